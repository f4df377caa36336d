# SPDX-License-Identifier: MIT
"""Whether a variant obeys its relations; each function returns a line for what it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from kvariant.pytest_plugin.relation_inputs import Calls, RelationInputs, shown
from kvariant.pytest_plugin.relation_sides import Answer, RelationSide, sides
from kvariant.render.relations import (
    Exclusive,
    Implies,
    Makes,
    Relation,
    Relations,
    RoundTrip,
    Same,
    Unchanged,
)

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.pytest_plugin.variant_fixture import VariantView
    from kvariant.render import Helper

_NONE = Calls([], [])


class Subject:
    """One variant: its languages, what its helpers are asked on, and what they answered."""

    def __init__(self, variant: VariantView, relations: Relations) -> None:
        self.variant = variant
        self.relations = relations
        self.sides = sides(variant, relations)
        self._answers: dict[tuple[str, str], list[Answer]] = {}

    @property
    def configuration(self) -> Configuration:
        """The variant's values."""
        return self.variant.config

    def calls(self, helper: Helper) -> Calls:
        """Return the calls of a helper, none where nothing says what they may be."""
        return self._inputs.calls(helper) or _NONE

    def answers(self, side: RelationSide, name: str) -> list[Answer]:
        """Return what a helper answers to its calls."""
        key = (side.language, name)
        if key not in self._answers:
            self._answers[key] = side.answers(name, self.calls(side.helpers[name]))
        return self._answers[key]

    def has_body(self, side: RelationSide, name: str) -> bool:
        """Return whether a helper is there, and no stub."""
        helper = side.helpers.get(name)
        return helper is not None and self.configuration.satisfies(helper.requires)

    def name(self, helper: Helper) -> str:
        """Return what a helper is called in the variant."""
        return helper.name_in(self.configuration)

    @cached_property
    def _inputs(self) -> RelationInputs:
        constants = self.sides[-1].constants if self.sides else {}
        return RelationInputs(self.relations, constants, self._made)

    def _made(self, name: str) -> Sequence[int]:
        for side in reversed(self.sides):  # Python is quicker
            if name in side.helpers:
                found = self.answers(side, name)
                return [word for word in found if isinstance(word, int)]
        return ()


def stubs(subject: Subject) -> Iterator[str]:
    """Yield stubs that answer something else than is declared."""
    for side in subject.sides:
        for name, helper in side.helpers.items():
            if subject.configuration.satisfies(helper.requires) or helper.stub is None:
                continue
            calls = subject.calls(helper)
            wanted = _stub_answers(helper, side, calls)
            at = _first_difference(subject.answers(side, name), wanted)
            if at is not None:
                found = subject.answers(side, name)[at]
                yield _said(side, subject, helper, calls, at, found, wanted[at])


def _stub_answers(helper: Helper, side: RelationSide, calls: Calls) -> list[Answer]:
    """Return what a stub has to answer, nothing where that cannot be told."""
    assert helper.stub is not None
    match helper.stub.value:
        case "false" | "zero":
            return [0] * len(calls)
        case "argument":
            return [words[0] for words in calls.words if len(words) == len(helper.arguments)]
        case "empty-entry":
            nothing = Calls([(0, 0)], [((0,), (0,))])
            makes = "swp_entry" in side.helpers
            return side.answers("swp_entry", nothing) * len(calls) if makes else []


def languages(subject: Subject) -> Iterator[str]:
    """Yield what two languages do not have alike: names, constants, answers."""
    if len(subject.sides) < 2:
        return
    c, python = subject.sides
    yield from _missing(subject)
    for name, value in c.constants.items():
        other = python.constants.get(name, value)
        if value != other:
            yield f"{name} is {shown(value)} in c, {shown(other)} in python"
    for name, helper in c.helpers.items():
        if name not in python.helpers:
            continue
        one, two = subject.answers(c, name), subject.answers(python, name)
        if (at := _first_difference(one, two)) is not None:
            call = _call(subject, helper, subject.calls(helper), at)
            yield f"{call} is {shown(one[at])} in c, {shown(two[at])} in python"


def _missing(subject: Subject) -> Iterator[str]:
    interface = subject.relations.interface
    both = {m for m, outputs in interface.modules.items() if len(outputs) > 1}
    for item in interface.items:
        exists = subject.configuration.satisfies(item.exists)
        if item.module in both and exists and not item.private:
            for side in subject.sides:
                if item.name not in side.helpers and item.name not in side.constants:
                    yield f"{side.language} has no {item.name_in(subject.configuration)}"


def broken(relation: Relation, subject: Subject) -> Iterator[str]:
    """Yield how one variant breaks a relation of the file, in each language."""
    for side in subject.sides:
        if not all(subject.has_body(side, name) for name in relation.needed):
            continue
        match relation:
            case RoundTrip():
                yield from _round_trip(relation, side, subject)
            case Makes():
                yield from _makes(relation, side, subject)
            case Exclusive():
                yield from _exclusive(relation, side, subject)
            case Implies():
                yield from _implies(relation, side, subject)
            case Same():
                yield from _same(relation, side, subject)


def changed(relation: Unchanged, subject: Subject, other: Subject) -> Iterator[str]:
    """Yield helpers that answer otherwise in a variant that has one option more."""
    # Both languages have been held to each other; the second is quicker to make.
    side = subject.sides[-1]
    added = next(one for one in other.sides if one.language == side.language)
    for name, helper in side.helpers.items():
        if name not in added.helpers or not relation.concerns(name):
            continue
        calls = subject.calls(helper)
        one, two = subject.answers(side, name), added.answers(name, calls)
        if (at := _first_difference(one, two)) is not None:
            before = _said(side, subject, helper, calls, at, one[at], None)
            yield f"{before}, and {shown(two[at])}"


def _round_trip(relation: RoundTrip, side: RelationSide, subject: Subject) -> Iterator[str]:
    there, back = side.helpers[relation.there], side.helpers[relation.back]
    calls = _masked(subject.calls(there), relation.mask, relation.but)
    sent = side.answers(relation.there, calls)
    returned = side.answers(relation.back, _results(sent))
    if (at := _first_difference(returned, [words[0] for words in calls.words])) is not None:
        first = _call(subject, there, calls, at)
        yield (
            f"{side.language}: {subject.name(back)}({first}) is {shown(returned[at])},"
            f" by way of {shown(sent[at])}"
        )


def _makes(relation: Makes, side: RelationSide, subject: Subject) -> Iterator[str]:
    maker = side.helpers[relation.maker]
    calls = _masked(subject.calls(maker), relation.mask, relation.but)
    made = side.answers(relation.maker, calls)
    results = _results(made)
    for name in (*relation.holds, *relation.fails):
        if not subject.has_body(side, name):
            continue
        wanted = name in relation.holds
        for at, found in enumerate(side.answers(name, results)):
            if bool(found) != wanted:
                test = _call(subject, side.helpers[name], results, at)
                origin = _call(subject, maker, calls, at)
                yield f"{side.language}: {test} is {shown(found)}; it was made by {origin}"
                break
    for name in relation.keeps:
        if not subject.has_body(side, name):
            continue
        before, after = side.answers(name, calls), side.answers(name, results)
        if (differs := _first_difference(before, after)) is not None:
            origin = _call(subject, maker, calls, differs)
            yield (
                f"{side.language}: {subject.name(side.helpers[name])} of {origin}"
                f" is {shown(after[differs])}, and was {shown(before[differs])}"
            )


def _exclusive(relation: Exclusive, side: RelationSide, subject: Subject) -> Iterator[str]:
    there = [name for name in relation.tests if name in side.helpers]
    table: Mapping[str, list[Answer]] = {name: subject.answers(side, name) for name in there}
    if len(there) < 2:
        return
    calls = subject.calls(side.helpers[there[0]])
    is_complete = relation.complete and len(there) == len(relation.tests)
    counts = [sum(map(bool, answers)) for answers in zip(*table.values(), strict=True)]
    for at, count in enumerate(counts):
        if count > 1 or (is_complete and count == 0):
            some = [name for name in there if table[name][at] or not count]
            names = [subject.name(side.helpers[name]) for name in some]
            said = f"{' and '.join(names)} hold" if count else f"none of {', '.join(names)} holds"
            yield f"{side.language}: {said} for {calls.shown(at)}"
            return


def _implies(relation: Implies, side: RelationSide, subject: Subject) -> Iterator[str]:
    test = side.helpers[relation.test]
    answers = subject.answers(side, relation.test)
    held = subject.calls(test).some(at for at, answer in enumerate(answers) if answer)
    for text in relation.then:
        name, wanted = text.removeprefix("!"), not text.startswith("!")
        if not subject.has_body(side, name):
            continue
        for at, found in enumerate(side.answers(name, held)):
            if bool(found) != wanted:
                then = _call(subject, side.helpers[name], held, at)
                yield f"{side.language}: {then} is {shown(found)} where {subject.name(test)} holds"
                break


def _same(relation: Same, side: RelationSide, subject: Subject) -> Iterator[str]:
    first, *others = relation.helpers
    for name in others:
        helper = side.helpers[name]
        one, two = subject.answers(side, first), subject.answers(side, name)
        if (at := _first_difference(one, two)) is not None:
            yield _said(side, subject, helper, subject.calls(helper), at, two[at], one[at])


def _first_difference(one: Sequence[Answer], two: Sequence[Answer]) -> int | None:
    if one == two:
        return None
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)


def _masked(calls: Calls, mask: int, but: Sequence[int]) -> Calls:
    """Return calls of one word as they can be, each once."""
    if not calls or len(calls.words[0]) != 1:
        return calls
    words = dict.fromkeys(word & mask for (word,) in calls.words)
    return Calls.of_words(word for word in words if word not in but)


def _results(words: Sequence[Answer]) -> Calls:
    return Calls.of_words(word if isinstance(word, int) else 0 for word in words)


def _said(
    side: RelationSide,
    subject: Subject,
    helper: Helper,
    calls: Calls,
    at: int,
    found: Answer,
    wanted: Answer | None,
) -> str:
    expected = "" if wanted is None else f", not {shown(wanted)}"
    return f"{side.language}: {_call(subject, helper, calls, at)} is {shown(found)}{expected}"


def _call(subject: Subject, helper: Helper, calls: Calls, at: int) -> str:
    return f"{subject.name(helper)}({calls.shown(at)})"
