# SPDX-License-Identifier: MIT
"""What a build makes of the `.config` that it is given.

Kbuild-like builds write the file again: with comments of their own, which is nothing,
or with other values, where their Kconfig sees another compiler or is another one.
Then something else was built than what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_LINE = re.compile(r"^(?:(?P<name>\w+)=(?P<value>.*)|# (?P<unset>\w+) is not set)$", re.MULTILINE)


def written(text: str) -> Mapping[str, str]:
    """Return the values that a `.config` has, by name with prefix; what is not set is n."""
    return {
        m["name"] or m["unset"]: "n" if m["unset"] else m["value"] for m in _LINE.finditer(text)
    }


def is_same(text: str, other: str) -> bool:
    """Return whether two `.config` have the same values: their comments do not count."""
    return _set(text) == _set(other)


def dropped(names: Iterable[str], given: str, left: str) -> tuple[str, ...]:
    """Return `NAME=y was dropped, it is n` for each value that a build has changed.

    Args:
        names: symbols that were asked for, with prefix.
        given: the `.config` before the build.
        left: the one after it.
    """
    before, after = written(given), written(left)
    pairs = ((name, before.get(name, "n"), after.get(name, "n")) for name in names)
    return tuple(f"{name}={b} was dropped, it is {a}" for name, b, a in pairs if a != b)


def _set(text: str) -> Mapping[str, str]:
    return {name: value for name, value in written(text).items() if value != "n"}
