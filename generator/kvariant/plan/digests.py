# SPDX-License-Identifier: MIT
"""Digests: short texts that are equal exactly if what they stand for is.

They are compared between runs and reviewed in `variants.lock`, so they leave out
what does not count: comments, help texts and places of a tree, symbols that are
off in a configuration. `toolkit` and `versions` stand for what computes.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.digest import SHORT, digest, files_digest, short_digest
from kvariant.kconfig.reader import deep

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree
    from kvariant.kconfig.expression import Expression
    from kvariant.render import Rendered


@functools.cache
def toolkit() -> str:
    """Return the digest of kvariant's own code and the Python that runs it."""
    root = Path(__file__).parents[1]
    paths = (Path(folder, name) for folder, _, names in os.walk(root) for name in names)
    sources = sorted(path for path in paths if path.suffix == ".py")
    return digest([platform.python_version(), files_digest(sources)])


@functools.cache
def versions(packages: tuple[str, ...]) -> str:
    """Return the versions of packages, those that are not there without one."""
    return " ".join(f"{name}={_version(name)}" for name in packages)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def resolved_digest(values: Mapping[str, str]) -> str:
    """Return the digest of a configuration: of what is on or has a text.

    A new symbol that is off leaves it as it was.
    """
    return short_digest(f"{n}={t}" for n, t in sorted(values.items()) if t not in ("n", ""))


def configuration_digest(configuration: Configuration) -> str:
    """Return the digest of what was asked for and of every resolved value."""
    values = configuration.values_  # a dict: thousands of configurations have keys
    return digest([*_pairs(configuration.assignment), "resolved", *_pairs(values)])


def values_digest(configuration: Configuration) -> str:
    """Return the digest of every resolved value."""
    return digest(_pairs(configuration.values_))


def _pairs(values: Mapping[str, str]) -> Iterable[str]:
    return map("=".join, values.items())


def rendered_digest(rendered: Rendered) -> str:
    """Return the digest of rendered files: paths and texts."""
    return rendered.digest[:SHORT]


def tree_digest(tree: Tree) -> str:
    """Return the digest of a tree's rules: equal trees have equal configurations.

    Comments, help texts and where things are declared do not count; what
    `$(shell ...)` and the environment gave does, as far as it reached a rule.
    Cost: about 20 microseconds a symbol.
    """
    return deep(lambda: short_digest(_rules(tree)))


def _rules(tree: Tree) -> Iterable[str]:
    model, texts = tree.model, _Texts()
    yield f"{' '.join(tree.dialect.rules) or tree.dialect.name} {model.modules}"
    for name, rules in model.symbols.items():
        yield f"{name} {rules.type} {rules.choice} {texts[rules.depends]}"
        yield from (f"prompt {texts[p.condition]}" for p in rules.prompts)
        yield from (f"default {texts[d.value]} if {texts[d.condition]}" for d in rules.defaults)
        yield from (f"range {r.low} {r.high} if {texts[r.condition]}" for r in rules.ranges)
        yield from (f"selected {x.source} if {texts[x.condition]}" for x in rules.selected)
        yield from (f"implied {x.source} if {texts[x.condition]}" for x in rules.implied)
    for choice in model.choices:
        yield f"choice {choice.type} {choice.is_optional} {' '.join(choice.members)}"
        yield from (f"prompt {texts[p.condition]}" for p in choice.prompts)
        yield from (f"default {member} if {texts[when]}" for member, when in choice.defaults)


class _Texts:
    """Each expression's text, made once: large trees share theirs among many symbols.

    By identity, since the model keeps them alive: hashing one would walk all of it.
    """

    def __init__(self) -> None:
        self._made: dict[int, str] = {}

    def __getitem__(self, expression: Expression) -> str:
        key = id(expression)
        if key not in self._made:
            self._made[key] = str(expression)
        return self._made[key]
