# SPDX-License-Identifier: MIT
"""Whether a variant obeys its relations; each function returns a line for what it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from kvariant.kconfig import Configuration
from kvariant.pytest_plugin.relation_inputs import Input, Inputs
from kvariant.pytest_plugin.relation_sides import Answer, Call, Side, sides
from kvariant.pytest_plugin.variant_fixture import VariantView
from kvariant.render import Helper
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


class Subject:
    """One variant: its languages, what its helpers are asked on, and what they answered."""

    def __init__(self, variant: VariantView, relations: Relations) -> None:
        self.variant = variant
        self.relations = relations
        self.sides = sides(variant, relations)
        self._calls: dict[str, list[Call] | None] = {}
        self._answers: dict[tuple[str, str], list[Answer]] = {}

    @property
    def configuration(self) -> Configuration:
        """The variant's values."""
        return self.variant.config

    def calls(self, helper: Helper) -> list[Call]:
        """Return the calls of a helper, none where nothing says what they may be."""
        if helper.name not in self._calls:
            self._calls[helper.name] = self._inputs.calls(helper)
        return self._calls[helper.name] or []

    def answers(self, side: Side, name: str) -> list[Answer]:
        """Return what a helper answers to its calls."""
        key = (side.language, name)
        if key not in self._answers:
            self._answers[key] = side.answers(name, self.calls(side.helpers[name]))
        return self._answers[key]

    def has_body(self, side: Side, name: str) -> bool:
        """Return whether a helper is there, and no stub."""
        helper = side.helpers.get(name)
        return helper is not None and self.configuration.satisfies(helper.requires)

    @cached_property
    def _inputs(self) -> Inputs:
        constants = self.sides[-1].constants if self.sides else {}
        return Inputs(self.relations, constants, self._made)

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
            for call, found in zip(subject.calls(helper), subject.answers(side, name), strict=True):
                wanted = _stub_answer(helper, side, call)
                if wanted is not None and found != wanted:
                    yield _said(side, subject, helper, call, found, wanted)
                    break


def _stub_answer(helper: Helper, side: Side, call: Call) -> Answer | None:
    assert helper.stub is not None
    match helper.stub.value:
        case "false" | "zero":
            return 0
        case "argument":
            return call[0].words[0] if len(call[0].words) == 1 else None
        case "empty-entry":
            nothing = Input((0,), (0,))
            makes = "swp_entry" in side.helpers
            return side.answers("swp_entry", [(nothing, nothing)])[0] if makes else None


def languages(subject: Subject) -> Iterator[str]:
    """Yield what two languages do not have alike: names, constants, answers."""
    if len(subject.sides) < 2:
        return
    c, python = subject.sides
    interface = subject.relations.interface
    both = {m for m, outputs in interface.modules.items() if len(outputs) > 1}
    for item in interface.items:
        exists = subject.configuration.satisfies(item.exists)
        if item.module in both and exists and not item.private:
            for side in subject.sides:
                if item.name not in side.helpers and item.name not in side.constants:
                    yield f"{side.language} has no {item.name_in(subject.configuration)}"
    for name, value in c.constants.items():
        other = python.constants.get(name, value)
        if value != other:
            yield f"{name} is {_shown(value)} in c, {_shown(other)} in python"
    for name, helper in c.helpers.items():
        if name not in python.helpers:
            continue
        answers = subject.answers(c, name), subject.answers(python, name)
        for call, one, two in zip(subject.calls(helper), *answers, strict=True):
            if one != two:
                named = helper.named_in(subject.configuration)
                yield f"{_call(named, call)} is {_shown(one)} in c, {_shown(two)} in python"
                break


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
        answers = subject.answers(side, name), added.answers(name, calls)
        for call, one, two in zip(calls, *answers, strict=True):
            if one != two:
                yield f"{_said(side, subject, helper, call, one, None)}, and then {_shown(two)}"
                break


def _round_trip(relation: RoundTrip, side: Side, subject: Subject) -> Iterator[str]:
    there, back = side.helpers[relation.there], side.helpers[relation.back]
    calls = _masked(subject.calls(there), relation.mask, relation.but)
    sent = side.answers(relation.there, calls)
    returned = side.answers(relation.back, _as_calls(sent))
    for call, middle, found in zip(calls, sent, returned, strict=True):
        if found != call[0].words[0]:
            named = back.name_in(subject.configuration)
            yield (
                f"{side.language}: {named}({_call(there.named_in(subject.configuration), call)})"
                f" is {_shown(found)}, by way of {_shown(middle)}"
            )
            return


def _makes(relation: Makes, side: Side, subject: Subject) -> Iterator[str]:
    maker = side.helpers[relation.maker]
    calls = _masked(subject.calls(maker), relation.mask, relation.but)
    made = side.answers(relation.maker, calls)
    results = _as_calls(made)
    for name in (*relation.holds, *relation.fails):
        if not subject.has_body(side, name):
            continue
        wanted = name in relation.holds
        for call, result, found in zip(calls, results, side.answers(name, results), strict=True):
            if bool(found) != wanted:
                test = _call(side.helpers[name].named_in(subject.configuration), result)
                origin = _call(maker.named_in(subject.configuration), call)
                yield f"{side.language}: {test} is {_shown(found)}; it was made by {origin}"
                break
    for name in relation.keeps:
        if not subject.has_body(side, name):
            continue
        pairs = zip(side.answers(name, calls), side.answers(name, results), strict=True)
        for call, (before, after) in zip(calls, pairs, strict=True):
            if before != after:
                origin = _call(maker.named_in(subject.configuration), call)
                said = side.helpers[name].name_in(subject.configuration)
                yield (
                    f"{side.language}: {said} of {origin} is {_shown(after)},"
                    f" and was {_shown(before)}"
                )
                break


def _exclusive(relation: Exclusive, side: Side, subject: Subject) -> Iterator[str]:
    there = [name for name in relation.tests if name in side.helpers]
    table: Mapping[str, list[Answer]] = {name: subject.answers(side, name) for name in there}
    if len(there) < 2:
        return
    calls = subject.calls(side.helpers[there[0]])
    for at, call in enumerate(calls):
        holding = [name for name in there if table[name][at]]
        if relation.complete and len(there) == len(relation.tests) and not holding:
            names = [side.helpers[name].name_in(subject.configuration) for name in there]
            yield f"{side.language}: none of {', '.join(names)} holds for {_arguments(call)}"
            return
        if len(holding) > 1:
            both = " and ".join(
                side.helpers[name].name_in(subject.configuration) for name in holding
            )
            yield f"{side.language}: {both} hold for {_arguments(call)}"
            return


def _implies(relation: Implies, side: Side, subject: Subject) -> Iterator[str]:
    test = side.helpers[relation.test]
    held = [
        call
        for call, answer in zip(
            subject.calls(test), subject.answers(side, relation.test), strict=True
        )
        if answer
    ]
    for text in relation.then:
        name, wanted = text.removeprefix("!"), not text.startswith("!")
        if not subject.has_body(side, name):
            continue
        for call, found in zip(held, side.answers(name, held), strict=True):
            if bool(found) != wanted:
                then = _call(side.helpers[name].named_in(subject.configuration), call)
                first = test.name_in(subject.configuration)
                yield f"{side.language}: {then} is {_shown(found)} where {first} holds"
                break


def _same(relation: Same, side: Side, subject: Subject) -> Iterator[str]:
    first, *others = relation.helpers
    for name in others:
        helper = side.helpers[name]
        pairs = zip(subject.answers(side, first), subject.answers(side, name), strict=True)
        for call, (one, two) in zip(subject.calls(helper), pairs, strict=True):
            if one != two:
                yield _said(side, subject, helper, call, two, one)
                break


def _masked(calls: Sequence[Call], mask: int, but: Sequence[int]) -> list[Call]:
    """Return calls of one word as they can be, each once."""
    words = dict.fromkeys(call[0].words[0] & mask for call in calls if call)
    return _as_calls([word for word in words if word not in but]) if words else list(calls)


def _as_calls(words: Sequence[Answer]) -> list[Call]:
    numbers = [word if isinstance(word, int) else 0 for word in words]
    return [(Input((word,), (word,)),) for word in numbers]


def _said(
    side: Side, subject: Subject, helper: Helper, call: Call, found: Answer, wanted: Answer | None
) -> str:
    named = helper.named_in(subject.configuration)
    expected = "" if wanted is None else f", not {_shown(wanted)}"
    return f"{side.language}: {_call(named, call)} is {_shown(found)}{expected}"


def _call(helper: Helper, call: Call) -> str:
    return f"{helper.name}({_arguments(call)})"


def _arguments(call: Call) -> str:
    return ", ".join(
        _shown(value) if isinstance(value, int) else str(value)
        for one in call
        for value in one.values
    )


def _shown(answer: object) -> str:
    return hex(answer) if isinstance(answer, int) else str(answer)
