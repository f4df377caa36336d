# SPDX-License-Identifier: MIT
"""A fragment that says what was chosen in a menu, in the fewest lines.

The menu has kconfiglib's rules, the tree those of its dialect. What is chosen is asked for in
full, and the tree's rules say what that gives; the fragment gets the lines that are needed for
it, and its text is read and resolved once more before anybody has it. Where the tree gives a
value that the menu did not show, the two are named. A value that the menu showed otherwise
from the start, and left so, nobody has chosen: it stays what it is by the tree's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.kconfig import outputs
from kvariant.kconfig.arrangement import Neighbours, OwnLine, arranged
from kvariant.kconfig.dialect import KCONFIGLIB
from kvariant.kconfig.needed_lines import needed_lines
from kvariant.kconfig.semantics.resolver import Resolved
from kvariant.kconfig.tree import Tree, asked_by, judged_lines, outline_of

if TYPE_CHECKING:
    from kvariant.kconfig.fragment import Fragment, Request
    from kvariant.kconfig.menu import MenuValues


@dataclass(frozen=True, slots=True)
class ShownOtherwise:
    """A value that the tree gives and the menu did not show."""

    symbol: str
    shown: str
    """In the menu, by kconfiglib's rules."""
    given: str
    """By the rules of the tree."""

    def __str__(self) -> str:
        return f"{self.symbol} is {self.given or 'empty'}, and not {self.shown or 'empty'}"


@dataclass(frozen=True, slots=True)
class Edited:
    """A fragment as it is to be."""

    text: str
    differences: tuple[ShownOtherwise, ...]
    """In Kconfig order."""


def start_lines(tree: Tree, fragment: Fragment) -> str:
    """Return the lines that a menu starts from: what the fragment asks for, for kconfiglib."""
    return outputs.lines(tree.prefix, tree.types, KCONFIGLIB, tree.user_values(fragment))


def edited(
    tree: Tree,
    fragment: Fragment,
    text: str,
    before: MenuValues,
    after: MenuValues,
    read: Callable[[str], Fragment],
    *,
    keeps: bool = False,
) -> Edited:
    """Return a fragment with what was chosen.

    Args:
        text: the fragment's own; included files stay as they are.
        before, after: the menu at its start and when it was saved. Where they are alike
            the text stays as it is.
        read: reads another text as the fragment's.
        keeps: whether lines stay that are not needed here: other trees have the fragment too.

    Raises:
        InputError: no lines were found that give the values again [not-given].
    """
    work = _FragmentEdit(tree, fragment, before, after, keeps=keeps)
    if before == after:
        given: Mapping[str, str] = tree.resolve(fragment)
        return Edited(text, work.differences(given))
    full = work.full()
    given = work.given(full)
    needed = needed_lines(tree.model, tree.dialect, work.below, full)
    for candidate in work.texts(text, needed):
        if dict(tree.resolve(read(candidate))) == given:
            return Edited(candidate, work.differences(given))
    message = "no lines were found that give these values when they are read"
    hint = "the file is as it was; kvariant check says what is unusual in the tree"
    raise InputError(
        Diagnostic(
            message=message, code="not-given", location=Location(str(fragment.path)), hint=hint
        )
    )


class _FragmentEdit:
    """One fragment and what was chosen."""

    def __init__(
        self,
        tree: Tree,
        fragment: Fragment,
        before: MenuValues,
        after: MenuValues,
        *,
        keeps: bool,
    ) -> None:
        self._tree, self._after = tree, after
        self._user = tree.user_values(fragment)
        self._changed = {n for n, t in after.texts.items() if before.texts.get(n) != t}
        was = tree.resolve(fragment)
        self._free = {
            n for n, t in after.texts.items() if n not in self._changed and was.get(n) != t
        }
        """What the menu showed otherwise than it is, and left so."""
        judged = judged_lines(tree, fragment)
        self._requests = fragment.requests
        self._fixed = {
            r.symbol for r in self._requests if keeps and r.symbol not in self._changed
        } | {
            p.symbol
            for p in fragment.permissions
            if p.symbol not in self._changed and was.get(p.symbol) != self._user.get(p.symbol)
        }
        """Symbols whose lines stay: they may be dropped, or are there for other trees."""
        self._values = {
            r.location: r.value for r in judged if r.location is not None and asked_by(tree, [r])
        }
        own = str(fragment.path)
        self._is_own = [r.location is not None and r.location.path == own for r in self._requests]
        self.below = asked_by(
            tree,
            (
                r
                for r in judged
                if r.location is None or r.location.path != own or r.symbol in self._fixed
            ),
        )
        """Lines that are there in any case: of included files, and those that stay."""
        self._mine = {
            r.symbol for r, is_own in zip(self._requests, self._is_own, strict=True) if is_own
        }

    def full(self) -> dict[str, str]:
        """Return every value that can be asked for, in Kconfig order."""
        found = {}
        for name, rules in self._tree.model.symbols.items():
            if rules.type is None or name in self._fixed:
                continue
            if name in self._free:
                if name in self._mine and name in self._user:
                    found[name] = self._user[name]
            elif name in self._after.shown and self._is_value(name):
                found[name] = self._after.texts[name]
        more = self._hidden(self.given(found))
        if not more:
            return found
        both = {**found, **more}
        wider = {name: both[name] for name in self._tree.model.symbols if name in both}
        is_better = len(self.differences(self.given(wider))) < len(
            self.differences(self.given(found))
        )
        return wider if is_better else found

    def _hidden(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return values that only the tree's rules let one ask for, and that are not so by them."""
        symbols = self._tree.model.symbols
        return {
            difference.symbol: difference.shown
            for difference in self.differences(given)
            if difference.symbol not in self._after.shown
            and difference.symbol not in self._free
            and difference.symbol not in self._fixed
            and symbols[difference.symbol].is_settable
            and self._is_value(difference.symbol)
        }

    def _is_value(self, name: str) -> bool:
        kind = self._tree.model.symbols[name].type
        return kind is not None and self._tree.dialect.is_value(self._after.texts[name], kind)

    def given(self, full: Mapping[str, str]) -> Mapping[str, str]:
        """Return the configuration of lines by the tree's rules."""
        lines = [*self.below, *full.items()]
        return Resolved(self._tree.model, self._tree.dialect, lines).all_texts()

    def differences(self, given: Mapping[str, str]) -> tuple[ShownOtherwise, ...]:
        """Return where the tree gives what the menu does not show."""
        shown = self._after.texts
        return tuple(
            ShownOtherwise(name, shown[name], text)
            for name, text in given.items()
            if name in shown and shown[name] != text
        )

    def texts(self, text: str, needed: Mapping[str, str]) -> Sequence[str]:
        """Return texts with the lines that are needed: lines in their places, or all at the end."""
        tree = self._tree
        neighbours = Neighbours.of(tree.model, outline_of(tree))
        nobody = Neighbours(position={}, menu={}, choice={})
        written = {
            name: outputs.lines(tree.prefix, tree.types, tree.dialect, {name: value}).rstrip("\n")
            for name, value in needed.items()
        }
        own, shared = self._own_lines()
        moved = [OwnLine(o.number, o.symbol, o.value, o.is_fixed, is_overridden=True) for o in own]
        return [
            arranged(text, own, needed, written, neighbours, shared),
            arranged(text, moved, needed, written, nobody, shared),
        ]

    def _own_lines(self) -> tuple[list[OwnLine], set[str]]:
        """Return the file's own lines, and the symbols that others ask for, with their choices."""
        found: list[OwnLine] = []
        later: set[object] = set()
        for request, is_own in reversed([*zip(self._requests, self._is_own, strict=True)]):
            keys = self._keys(request)
            if not is_own:
                later |= keys
                continue
            assert request.location is not None
            is_known = request.symbol in self._tree.types
            found.append(
                OwnLine(
                    number=request.location.line,
                    symbol=request.symbol,
                    value=self._values.get(request.location),
                    is_fixed=not is_known or request.symbol in self._fixed,
                    is_overridden=bool(keys & later),
                )
            )
        shared = {
            name
            for name, rules in self._tree.model.symbols.items()
            if name in later or (rules.choice is not None and rules.choice in later)
        }
        return found[::-1], shared

    def _keys(self, request: Request) -> set[object]:
        symbol = self._tree.symbols.get(request.symbol)
        choice = symbol.choice if symbol else None
        return {request.symbol} if choice is None else {request.symbol, choice}
