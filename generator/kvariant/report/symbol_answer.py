# SPDX-License-Identifier: MIT
"""Why a symbol has its value, or cannot have another: the answer, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kvariant.errors import Diagnostic, InputError, Note, abridged
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.kconfig.other_readings import Answer, OtherAnswer, differences, found_how
from kvariant.kconfig.unset import hint
from kvariant.space import Fix, Space

if TYPE_CHECKING:
    from kvariant.kconfig import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolAnswer:
    """What is known of a symbol's value under an assignment."""

    symbol: str
    value: str
    """What it is, or gets."""
    asked: str | None
    """What it was asked to be; None: why it is what it is."""
    is_possible: bool = True
    """Whether any assignment gives it that value."""
    cause: str = ""
    """Why none does, in a few words."""
    notes: tuple[Note, ...] = ()
    """The rules that decide, in order."""
    fixes: tuple[Fix, ...] = ()
    """The smallest changes with which it takes, if they were asked for."""
    dialect: str = ""
    rules_found: str = ""
    """How the rules of the tree were found."""
    otherwise: tuple[OtherAnswer, ...] = ()
    """What other rules that may be the tree's say."""

    @property
    def holds(self) -> bool:
        """Whether it has the value that it was asked to have."""
        return self.asked is None or self.value == self.asked

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "symbol": self.symbol,
            "value": self.value,
            "asked": self.asked,
            "holds": self.holds,
            "possible": self.is_possible,
            "cause": self.cause,
            "notes": [_note_json(note) for note in self.notes],
            "fixes": [_fix_json(fix) for fix in self.fixes],
            "dialect": self.dialect,
            "rules_found": self.rules_found,
            "otherwise": [difference.json for difference in self.otherwise],
        }

    def __str__(self) -> str:
        value, name = self.asked, self.symbol
        if value is None:
            head = f"{name} is {self.value or 'empty'}"
        elif self.holds:
            head = f"{name} can be {value}: asking for it is enough"
        elif self.is_possible:
            head = f"{name}={value} does not take here, it is {self.value or 'empty'}"
        else:
            cause = f": {self.cause}" if self.cause else " in this tree"
            head = f"{name} can never be {value}{cause}"
        notes = abridged(list(map(str, self.notes)), "note: {} more rules between these")
        fixes = [f"fix: {_fix_text(fix)}" for fix in self.fixes if not self.holds]
        return "\n".join([head, *notes, *fixes, *self._under_other_rules()])

    def _under_other_rules(self) -> Sequence[str]:
        """Return the line that says by whose rules the answer is another one, if there are such."""
        if not self.otherwise:
            return ()
        told = "; ".join(map(str, self.otherwise))
        return [f"note: this is by the rules of {self.dialect} ({self.rules_found}); {told}"]


def symbol_answer(
    space: Space, assignment: Mapping[str, str], name: str, value: str | None, *, fix: bool
) -> SymbolAnswer:
    """Return why a symbol is what it is under an assignment, or why it is not a value.

    Args:
        space: that of the tree.
        assignment: the user values.
        name: the symbol.
        value: what it is to be; None: why it is what it is.
        fix: whether the smallest changes are looked for with which it takes.

    Raises:
        InputError: no symbol has that name [unknown-symbol], or it cannot have such a value.
    """
    tree = space.tree
    found = _answer(space, assignment, name, value, fix=fix)

    def ask(other: Tree) -> Answer:
        return _compared(_answer(Space.of(other), assignment, name, value, fix=fix))

    return replace(
        found,
        dialect=tree.dialect.name,
        rules_found=found_how(tree),
        otherwise=tuple(differences(tree, _compared(found), ask)),
    )


def _answer(
    space: Space, assignment: Mapping[str, str], name: str, value: str | None, *, fix: bool
) -> SymbolAnswer:
    tree = space.tree
    if value is None:
        _require_known(tree, name)
        notes = tuple(tree.why(name, assignment))
        return SymbolAnswer(
            symbol=name, value=tree.value(name, assignment), asked=None, notes=notes
        )
    space.encoding.check([(name, value)])
    asked = {**assignment, name: value}
    got = tree.value(name, asked)
    fixes = tuple(space.fixes(assignment, {name: value})) if fix else ()
    notes = ()
    is_possible, cause = got == value or bool(fixes), ""
    if not is_possible:  # nothing shows yet that it is
        possible = space.explain(name, value)
        is_possible, notes, cause = possible.is_possible, tuple(possible.notes), possible.cause
    if is_possible and got != value:
        notes = tuple(tree.why_dropped(name, asked))
    if not is_possible and (unset := hint(tree.unset_at(notes))):
        notes = (*notes, Note(unset))
    return SymbolAnswer(
        symbol=name,
        value=got,
        asked=value,
        is_possible=is_possible,
        cause=cause,
        notes=notes,
        fixes=fixes,
    )


def _require_known(tree: Tree, name: str) -> None:
    if name not in tree.symbols:
        nearest = symbol_hint(name, tree.symbols)
        message = f"no symbol is named {name}"
        raise InputError(Diagnostic(message=message, code="unknown-symbol", hint=nearest))


def _compared(found: SymbolAnswer) -> Answer:
    """Return what counts of an answer, by what it is about."""
    answer: dict[str, Any] = {found.symbol: found.value}
    if found.asked is not None:
        possible = "possible" if found.is_possible else "impossible"
        answer[f"{found.symbol}={found.asked}"] = possible
        answer["fixes"] = "; ".join(map(_fix_text, found.fixes)) or "none"
    return answer


def _fix_text(fix: Fix) -> str:
    if not fix.words:
        return str(fix)
    changed = " and ".join(abridged(fix.words, "{} more (--json lists all)"))
    lost = ", ".join(abridged([f"{n}={t}" for n, t in fix.lost.items()], "{} more"))
    return changed + (f" (loses {lost})" if lost else "")


def _fix_json(fix: Fix) -> dict[str, Any]:
    return {"changes": dict(fix.changes), "size": fix.size, "text": str(fix)}


def _note_json(note: Note) -> dict[str, Any]:
    return {"text": note.text} | ({"location": str(note.location)} if note.location else {})
