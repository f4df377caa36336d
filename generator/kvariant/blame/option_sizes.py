# SPDX-License-Identifier: MIT
"""What an option costs: the sizes of variants that differ in its own value alone.

    variant       asks for                    .text
    none          nothing                    13,792
    sso           SSO=y                      18,004    SSO costs 4,212 bytes
    sso-debug     SSO=y SSO_DEBUG=y          18,916    SSO_DEBUG costs 912; with `none`: no pair

Two variants are a pair where one symbol alone has another value, or where the minimal
configurations, which have no value that follows from others, differ in one symbol, or in
members of one choice. What follows from the option is part of what it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kvariant.blame.option_size import OptionSize, OptionSizes, SizePair, Unpaired
from kvariant.errors import KvariantError
from kvariant.plan.inline_variant import settings_of

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.plan.variant_table import VariantTable
    from kvariant.results.cell import Cell

LARGEST = 2_000
"""Variants of one tree that are compared with one another; of more, the first."""
FOLLOWING = 200
"""Symbols in which the variants of a pair may differ: one that they set, and what follows."""
MINIMAL = 300
"""Minimal configurations that are worked out; of a whole Linux each takes a moment."""
_TRISTATE = ("n", "m", "y")

TreeOf = Callable[[str], "Tree | None"]
"""Returns the tree of an environment, None where it cannot be read."""


def option_sizes(
    cells: Iterable[Cell],
    table: VariantTable,
    tree_of: TreeOf = lambda _: None,
    context: Sequence[str] = (),
) -> OptionSizes:
    """Return what each option costs in the variants that were measured.

    Args:
        cells: of one sweep; those without sizes are left out.
        table: the variants' values.
        tree_of: tells what follows from an option; without trees only variants that
            differ in nothing else are pairs.
        context: options with which a sweep is of the same tree and base.
    """
    measured: dict[tuple[str, str], dict[str, Mapping[str, int]]] = {}
    for cell in cells:
        if cell.figures.sizes and not cell.test:
            environment = cell.variant.rpartition("/")[0]
            measured.setdefault((cell.step, environment), {})[cell.variant] = cell.figures.sizes
    sizes: list[OptionSize] = []
    free: list[tuple[str, str]] = []
    unpaired: list[Unpaired] = []
    left_out = 0
    finders: dict[tuple[str, ...], _Pairs] = {}
    for (step, environment), by_variant in measured.items():
        names = tuple(name for name in table.variants if name in by_variant)
        left_out += max(0, len(names) - LARGEST)
        names = names[:LARGEST]
        if len(names) < 2:
            continue
        if names not in finders:  # steps of the same variants
            finders[names] = _Pairs(table, names, tree_of(environment))
        found = finders[names]
        for (option, value, other, instead), pairs in found.by_option.items():
            mine = _by_section(pairs, by_variant)
            sizes += [
                OptionSize(
                    step=step, environment=environment, option=option, value=value, other=other,
                    instead=instead, section=section, pairs=tuple(some),
                )
                for section, some in mine.items()
            ]  # fmt: skip
            if not mine:
                free.append((step, option))
        paired = {option for option, *_ in found.by_option} | found.chosen
        unpaired += [
            Unpaired(step=step, environment=environment, option=name,
                     command=found.command(name, step, context))
            for name in found.dependents_first if name not in paired
        ]  # fmt: skip
    sizes.sort(key=lambda one: (one.step, -max(abs(one.least), abs(one.most))))
    return OptionSizes(
        sizes=tuple(sizes),
        free=tuple(dict.fromkeys(free)),
        unpaired=tuple(unpaired),
        left_out=left_out,
    )


def _by_section(
    pairs: Sequence[tuple[str, str]], sizes: Mapping[str, Mapping[str, int]]
) -> dict[str, list[SizePair]]:
    """Return the pairs by section, where any of them differ in it."""
    found: dict[str, list[SizePair]] = {}
    sections = dict.fromkeys(name for pair in pairs for one in pair for name in sizes[one])
    for section in sections:
        some = [
            SizePair(a, b, sizes[a].get(section, 0), sizes[b].get(section, 0)) for a, b in pairs
        ]
        if any(pair.cost for pair in some):
            found[section] = some
    return found


class _Pairs:
    """The pairs among some variants of one tree."""

    def __init__(self, table: VariantTable, names: Sequence[str], tree: Tree | None) -> None:
        self._tree = tree
        self._names = names
        self._values = table.configurations(
            name for name, column in table.symbols.items() if tree is None or name in tree.symbols
        )
        places = {name: i for i, name in enumerate(table.variants)}
        rows = [places[name] for name in names]
        columns = {
            name: [column.places[row] for row in rows]
            for name, column in table.symbols.items()
            if column.places and (tree is None or name in tree.symbols)
        }
        columns = {name: one for name, one in columns.items() if len(set(one)) > 1}
        settable = table.settable
        self.varying = [name for name in columns if name in settable]
        """The options that people can set and that not all variants have alike."""
        self._symbols = list(columns)
        self._own: dict[str, Mapping[str, str] | None] = {}
        self.by_option: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
        """Option, its greater value and its lesser, and the member of its choice that is on
        without it -> pairs of variants, with and without."""
        self.chosen: set[str] = set()
        """Members of choices of which another one is told with what it costs over them."""
        if columns:
            self._find(np.array(list(columns.values()), dtype=np.uint32).T)

    @property
    def dependents_first(self) -> Sequence[str]:
        """Those options, before others those that depend on others.

        What they depend on often differs for their sake alone.
        """
        rules = self._tree.model.symbols if self._tree else {}
        varying = frozenset(self.varying)
        needs = {n: len(varying.intersection(rules[n].depends.symbols)) for n in rules}
        return sorted(self.varying, key=lambda name: -needs.get(name, 0))

    def _find(self, values: np.ndarray) -> None:
        for first in range(len(values) - 1):
            differs = values[first + 1 :] != values[first]
            counts = differs.sum(axis=1)
            for row in np.flatnonzero((counts > 0) & (counts <= FOLLOWING)):
                symbols = [self._symbols[i] for i in np.flatnonzero(differs[row])]
                self._take(self._names[first], self._names[first + 1 + int(row)], symbols)

    def _take(self, first: str, second: str, symbols: Sequence[str]) -> None:
        """Note two variants if they are a pair."""
        option = symbols[0] if len(symbols) == 1 else self._alone(first, second)
        if option is None or option not in self.varying:
            return
        one, two = self._values[first][option], self._values[second][option]
        more, less = (first, second) if _order(one) > _order(two) else (second, first)
        instead = self._instead(option, symbols, less)
        self.chosen.update(filter(None, [instead]))
        key = option, self._values[more][option], self._values[less][option], instead
        self.by_option.setdefault(key, []).append((more, less))

    def _instead(self, option: str, symbols: Sequence[str], less: str) -> str:
        rules = self._tree.model.symbols if self._tree else {}
        choice = rules[option].choice if option in rules else None
        if choice is None:
            return ""
        others = (n for n in symbols if n != option and rules[n].choice == choice)
        return next((name for name in others if self._values[less][name] == "y"), "")

    def _alone(self, first: str, second: str) -> str | None:
        """Return the one symbol that differs in what two variants ask for; None: several do."""
        one, two = self._asked(first), self._asked(second)
        if one is None or two is None:
            return None
        differing = [name for name in {**one, **two} if one.get(name) != two.get(name)]
        if len(differing) == 1:
            return differing[0]
        assert self._tree is not None  # it has told what they ask for
        choices = {self._tree.model.symbols[name].choice for name in differing}
        if len(choices) == 1 and None not in choices:  # told by what the later one selects
            return next((n for n in differing if self._values[second][n] == "y"), None)
        return None

    def _asked(self, variant: str) -> Mapping[str, str] | None:
        """Return a variant's minimal configuration; None: nobody knows."""
        if variant not in self._own:
            is_enough = len(self._own) >= MINIMAL
            self._own[variant] = None if is_enough else self._minimal(self._values[variant])
        return self._own[variant]

    def _minimal(self, values: Mapping[str, str]) -> Mapping[str, str] | None:
        tree = self._tree
        if tree is None:
            return None
        rules = tree.model.symbols
        wanted = {n: t for n, t in values.items() if n in rules and rules[n].is_settable}
        try:
            found = tree.resolve(wanted)
            if any(found[name] != text for name, text in values.items() if name in found):
                return None  # the tree is another one now
            lines = settings_of(tree.minimal_text(found), tree.prefix)
        except KvariantError:
            return None
        return {name: text for name, _, text in (line.partition("=") for line in lines)}

    def command(self, option: str, step: str, context: Sequence[str]) -> tuple[str, ...]:
        """Return the words of a sweep with two variants that differ in an option alone."""
        words = ["kvariant", "sweep", "toggles", "--symbols", option]
        rules = self._tree.model.symbols.get(option) if self._tree else None
        if rules is not None and rules.choice is None and rules.depends.symbols:
            words += ["--where", str(rules.depends)]
        return (*words, *context, "--step", step)


def _order(text: str) -> tuple[int, int, str]:
    if text in _TRISTATE:
        return 0, _TRISTATE.index(text), ""
    try:
        return 1, int(text, 0), ""
    except ValueError:
        return 2, 0, text
