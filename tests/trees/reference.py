# SPDX-License-Identifier: MIT
"""Real trees as kconfiglib reads them, and random assignments to them.

It shares no code with kvariant. `Reference` is kconfiglib as released with the one
keyword that it cannot read and Linux has, `modules`, put as `option modules`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kconfiglib

import strategies


class Reader(kconfiglib.Kconfig):  # type: ignore[misc]  # kconfiglib ships no types
    """kconfiglib with the keyword `modules`."""

    def _tokenize(self, s: str) -> Any:
        tokens = super()._tokenize(s)
        if tokens[0] is kconfiglib._T_MODULES:
            return [kconfiglib._T_OPTION, *tokens]
        return tokens


@dataclass(frozen=True, slots=True)
class Reference:
    """A real tree in kconfiglib."""

    kconfig: kconfiglib.Kconfig
    types: Mapping[str, str]
    """The declared type of every symbol."""

    @classmethod
    def load(cls, entry: Path, environment: Mapping[str, str]) -> Reference:
        """Parse the tree whose entry file is `entry`, its folder being `srctree`."""
        with variables_set({**environment, "srctree": str(entry.parent)}):
            kconfig = Reader(entry.name, warn=False)
        return cls(kconfig, strategies.types(kconfig))

    def resolve(self, assignment: Mapping[str, str]) -> dict[str, str]:
        """Return the value of every symbol after loading the assignment from a file."""
        return strategies.resolve(self.kconfig, assignment)

    def random_assignment(self, seed: int) -> dict[str, str]:
        """Return user values for a random part of the symbols that have a prompt.

        How many are set, and how many of those to y, differs from seed to seed. Each
        choice gets one member at most; ints and hexes get ends of their ranges, and
        strings "" or a text that they have as default.
        """
        rng = random.Random(seed)
        asked, yes = rng.choice((0.2, 0.9, 1.0)), rng.choice((0.3, 0.8, 0.97))
        assignment: dict[str, str] = {}
        for symbol in self.kconfig.unique_defined_syms:
            if symbol.choice or rng.random() > asked or not _has_prompt(symbol):
                continue
            value = _random_value(rng, symbol, yes)
            if value is not None:
                assignment[symbol.name] = value
        for choice in self.kconfig.unique_choices:
            if choice.syms and rng.random() < asked:
                assignment[rng.choice(choice.syms).name] = "y"
        return assignment


def _has_prompt(symbol: kconfiglib.Symbol) -> bool:
    return any(node.prompt for node in symbol.nodes)


def _random_value(rng: random.Random, symbol: kconfiglib.Symbol, yes: float) -> str | None:
    kind = kconfiglib.TYPE_TO_STR[symbol.orig_type]
    if kind in strategies.LOGICAL:
        off = ("n", "m") if kind == "tristate" else ("n",)
        return "y" if rng.random() < yes else rng.choice(off)
    ends = [end for low, high, _ in symbol.ranges for end in (low, high)]
    known = [] if kind == "string" else ends
    known += [value for value, _ in symbol.defaults if not isinstance(value, tuple)]
    texts = [s.name for s in known if not s.nodes and _is_text_of(kind, s.name)]
    if kind == "string":
        texts.append("")
    return rng.choice(texts) if texts else None


def _is_text_of(kind: str, text: str) -> bool:
    try:
        return kind == "string" or int(text, 10 if kind == "int" else 16) >= 0
    except ValueError:
        return False


@contextmanager
def variables_set(values: Mapping[str, str]) -> Iterator[None]:
    """Have variables set for the moment."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
