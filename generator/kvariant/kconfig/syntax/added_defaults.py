# SPDX-License-Identifier: MIT
"""Properties that a fork lets one entry add to another's symbol, lowered to what all know.

    Zephyr      configdefault S            default 8 if C      a default of S, at the place
                  default 8 if C                               among S's where it stands
    ESP-IDF     config A                   default 8 if A && C && (depends of S)
                  set default S=8 if C                         before S's own defaults
                set S=8 if C               default 8 if A && C, before those, and S's
                                           prompts hidden while A && C is not n

A `set default` to nothing leaves the symbol its own defaults, and ends the search for others.

Zephyr's takes nothing from where it stands but the `if`s and menus around it, and does
not widen what S depends on [zephyr, scripts/kconfig/kconfiglib.py, `_finalize_sym`].
ESP-IDF's: the first `set` whose condition holds wins over the user; the first `set
default` counts where the user gave nothing [esp-idf-kconfig, esp_kconfiglib/core.py,
`Symbol.str_value`]. A `set` of a bool has no effect there, and so none here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import kconfiglib


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A `set` or `set default` of ESP-IDF."""

    node: Any
    """kconfiglib's node of the bool that gives it."""
    target: Any
    """kconfiglib's symbol that gets it."""
    value: Any
    condition: Any
    is_forced: bool
    """`set`, not `set default`."""


def is_only_default(node: Any, yes: Any) -> bool:
    """Return whether a parsed entry has nothing but defaults, as a `configdefault` must."""
    others = (node.prompt, node.ranges, node.selects, node.implies, node.help)
    return node.dep is yes and not any(others)


def settle_configdefaults(kconfig: Any, nodes: Sequence[Any]) -> None:
    """Let the dependencies of a symbol's definitions limit its added defaults too.

    Args:
        kconfig: the tree, dependencies propagated.
        nodes: its `configdefault`s.
    """
    for node in nodes:
        depends = node.item.direct_dep
        node.defaults = [
            (value, kconfig._make_and(depends, condition)) for value, condition in node.defaults
        ]
    for symbol in {id(node.item): node.item for node in nodes}.values():
        symbol.defaults = [default for node in symbol.nodes for default in node.defaults]


def settle_given_values(kconfig: Any, given: Iterable[GivenValue]) -> None:
    """Turn `set` and `set default` into defaults, and hide prompts where `set` forces.

    Args:
        kconfig: the tree, dependencies propagated.
    """
    by_target: dict[int, list[GivenValue]] = {}
    for one in given:
        by_target.setdefault(id(one.target), []).append(one)
    for values in by_target.values():
        target = values[0].target
        if target.nodes and target.orig_type not in (kconfiglib.BOOL, kconfiglib.TRISTATE):
            _give(kconfig, target, values)


def _give(kconfig: Any, target: Any, values: list[GivenValue]) -> None:
    forced = [(one, _active(kconfig, one)) for one in values if one.is_forced]
    weak = [(one, _active(kconfig, one)) for one in values if not one.is_forced]
    defaults = [(one.value, active) for one, active in forced]
    defaults += _weak(kconfig, target, weak)
    for _, active in forced:
        for node in target.nodes:
            if node.prompt:
                text, shown = node.prompt
                node.prompt = (text, kconfig._make_and(shown, (kconfiglib.NOT, active)))
    target.nodes[0].defaults = defaults + target.nodes[0].defaults
    target.defaults = defaults + target.defaults


def _weak(kconfig: Any, target: Any, weak: Iterable[tuple[GivenValue, Any]]) -> Iterator[Any]:
    """Yield the defaults that `set default`s are, up to the first one that gives nothing."""
    ended = kconfig.n
    for one, active in weak:
        counts = kconfig._make_and(active, target.direct_dep)
        if ended is not kconfig.n:
            counts = kconfig._make_and(counts, (kconfiglib.NOT, ended))
        if one.value.is_constant or target.orig_type is not kconfiglib.STRING:
            gives = kconfig.y if _is_value(target, one.value.name) else kconfig.n
        else:
            gives = (kconfiglib.UNEQUAL, one.value, kconfig._lookup_const_sym(""))
        if gives is not kconfig.n:
            yield one.value, kconfig._make_and(counts, gives)
        if gives is not kconfig.y:
            ended = kconfig._make_or(ended, active)


def _is_value(target: Any, text: str) -> bool:
    """Return whether a text gives the symbol a value: a number's has to be one."""
    if target.orig_type is kconfiglib.STRING:
        return text != ""
    return bool(kconfiglib._is_base_n(text, 10 if target.orig_type is kconfiglib.INT else 16))


def _active(kconfig: Any, one: GivenValue) -> Any:
    condition = kconfig._make_and(one.condition, one.node.dep)
    return kconfig._make_and(one.node.item, condition)
