# SPDX-License-Identifier: MIT
"""What helpers are asked on: fixed lists of words by the types of their arguments.

In `relations.toml`, for each type, any of

    "words"            64-bit words: small ones, each bit alone and missing, their neighbours
    "bits"             each bit alone, none and all
    "small"            0 to 100 and a few more: what no arithmetic overflows on
    "fields 6 58"      packed from the top: every value of a field of up to six bits, with
                       edge cases of wider ones
    "unions VM_* X"    every union of some constants' bits, by their first names
    "made by HELPER"   what a helper gives for its own inputs

What is not listed is told from the C spelling: a truth value, or small numbers in an integer
of the language; a type that C makes with `from` and Python has as an int: words. Helpers
with an argument of any other type are not asked.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.render.relations import WORD, Fields, Relations

if TYPE_CHECKING:
    from kvariant.render import Helper, Interface
    from kvariant.render.interface import Spelling

CALLS = 1500
"""About how many calls of one helper are made."""
_INTEGER = re.compile(
    r"(?:(?:un)?signed |const )*(?:char|short|int|long|long long|size_t|u?int\d+_t|unsigned)"
    r"(?: int)?|unsigned"
)


@dataclass(frozen=True, slots=True)
class Input:
    """One value of a type."""

    words: tuple[int, ...]
    """As C takes it."""
    values: tuple[object, ...]
    """As Python takes it: a value, or one for each field."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What one helper is asked, call by call."""

    words: Sequence[tuple[int, ...]]
    """Of each call, all words as C takes them."""
    values: Sequence[tuple[tuple[object, ...], ...]]
    """Of each call and argument, its values as Python takes them."""

    @classmethod
    def of_words(cls, words: Iterable[int]) -> Calls:
        """Return calls with one word each."""
        given = [(word,) for word in words]
        return cls(given, [(one,) for one in given])

    def __len__(self) -> int:
        return len(self.words)

    def shown(self, at: int) -> str:
        """Return a call's arguments as they are told."""
        values = (value for argument in self.values[at] for value in argument)
        return ", ".join(shown(value) for value in values)

    def some(self, places: Iterable[int]) -> Calls:
        """Return some of the calls."""
        listed = list(places)
        return Calls([self.words[at] for at in listed], [self.values[at] for at in listed])


def shown(value: object) -> str:
    """Return a word or a value as it is told."""
    return hex(value) if isinstance(value, int) else str(value)


Made = Callable[[str], Sequence[int]]
"""The words that a helper, by its first name, gives for its own inputs."""


class RelationInputs:
    """The inputs of an interface's types in one variant."""

    def __init__(self, relations: Relations, constants: Mapping[str, int], made: Made) -> None:
        """Say what inputs are made of.

        Args:
            constants: those of the variant, by first names.
            made: what to ask for "made by".
        """
        self._relations = relations
        self._interface: Interface = relations.interface
        self._constants = constants
        self._made = made
        self._known: dict[str, tuple[Input, ...]] = {}
        self._calls: dict[tuple[str, ...], Calls | None] = {}

    def of(self, type_name: str) -> tuple[Input, ...]:
        """Return the inputs of a type, none where nothing says what they are."""
        if type_name not in self._known:
            self._known[type_name] = tuple(self._listed(type_name))
        return self._known[type_name]

    def calls(self, helper: Helper) -> Calls | None:
        """Return the calls of a helper, None where nothing says what they may be."""
        types = tuple(argument.type for argument in helper.arguments)
        if types not in self._calls:
            self._calls[types] = self._called(types)
        return self._calls[types]

    def _called(self, types: Sequence[str]) -> Calls | None:
        columns = [self.of(name) for name in types]
        if not columns:
            return Calls([()], [()])
        if not all(columns):
            return None
        chosen = zip(columns[0], strict=True) if len(columns) == 1 else _combined(columns)
        calls = list(chosen)
        return Calls(
            [tuple(word for one in call for word in one.words) for call in calls],
            [tuple(one.values for one in call) for call in calls],
        )

    def _listed(self, name: str) -> Iterator[Input]:
        listed = self._relations.inputs.get(name)
        spelling = self._interface.types[name]
        if isinstance(listed, Fields):
            yield from self._structs(spelling, listed)
            return
        if listed is None:
            listed = _usual(spelling)
        kind = bool if _is_truth(spelling) else int
        for word in dict.fromkeys(w for text in listed for w in self._words(text, name)):
            if kind is bool and word > 1:
                continue
            yield Input((word,), (kind(word),))

    def _structs(self, spelling: Spelling, fields: Fields) -> Iterator[Input]:
        columns: list[list[tuple[int, object]]] = []
        for field in spelling.fields:
            texts = fields.values.get(field, ("words",))
            if any(_is_rule(text) for text in texts):
                words = dict.fromkeys(w for text in texts for w in self._words(text, field))
                columns.append([(word, word) for word in words])
            else:
                columns.append(list(enumerate(texts)))
        for chosen in itertools.product(*columns):
            yield Input(tuple(word for word, _ in chosen), tuple(value for _, value in chosen))

    def _words(self, text: str, where: str) -> Iterable[int]:
        rule, _, rest = text.partition(" ")
        match rule, rest.split():
            case "words", []:
                return edge_words()
            case "bits", []:
                return (0, *(1 << bit for bit in range(64)), WORD)
            case "small", []:
                return (*range(101), 127, 128, 255, 256, 1000)
            case "fields", [*bits] if bits and all(bit.isdecimal() for bit in bits):
                return packed(tuple(map(int, bits)))
            case "unions", [*globs] if globs:
                return self._unions(globs)
            case "made", ["by", helper] if any(h.name == helper for h in self._interface.helpers):
                return self._made(helper)
        document = self._relations.document
        message = f"{text!r} says nothing of what {where} may be"
        hint = did_you_mean(rule, _RULES, f"one of {', '.join(_RULES)}")
        if document is None:
            raise InputError(Diagnostic(message=message, code="bad-value", hint=hint))
        raise InputError(document.error(("inputs", where), message, "bad-value", hint))

    def _unions(self, globs: Sequence[str]) -> Iterator[int]:
        bits = [
            value
            for name, value in self._constants.items()
            if any(fnmatch.fnmatchcase(name, glob) for glob in globs)
        ][:8]
        for chosen in itertools.product((False, True), repeat=len(bits)):
            union = 0
            for bit, taken in zip(bits, chosen, strict=True):
                union |= bit if taken else 0
            yield union


_RULES = ("words", "bits", "small", "fields", "unions", "made")


def _is_rule(text: str) -> bool:
    return text.partition(" ")[0] in _RULES


def _is_truth(spelling: Spelling) -> bool:
    return spelling.c in ("bool", "_Bool") or (not spelling.c and spelling.python == "bool")


def _usual(spelling: Spelling) -> tuple[str, ...]:
    if _is_truth(spelling) or (not spelling.c and spelling.python == "int"):
        return ("small",)
    if _INTEGER.fullmatch(spelling.c) and spelling.python in ("", "int"):
        return ("small",)
    is_word = spelling.from_ and len(spelling.fields) == 1 and spelling.python in ("", "int")
    return ("words",) if is_word else ()


@cache
def edge_words() -> tuple[int, ...]:
    """Return 64-bit words at which a wrong bit, shift or mask shows."""
    single = [1 << bit for bit in range(64)]
    around = [word for bit in single for word in (bit - 1, bit + 1)]
    mixed = [0x0123456789ABCDEF, 0xFEDCBA9876543210, 0x5555555555555555, 0xAAAAAAAAAAAAAAAA]
    pairs = [low | high << 58 for high in (1, 30, 31, 32, 63) for low in range(8)]
    return tuple(
        dict.fromkeys(
            [*range(9), *single, *(WORD ^ bit for bit in single), WORD, *around, *mixed, *pairs]
        )
    )


@cache
def packed(bits: tuple[int, ...]) -> tuple[int, ...]:
    """Return words made of fields, the first one at the top of those bits."""
    columns = [_field(width) for width in bits]
    found = []
    for values in itertools.product(*columns):
        word = 0
        for width, value in zip(bits, values, strict=True):
            word = word << width | value
        found.append(word & WORD)
    return tuple(dict.fromkeys(found))


def _field(width: int) -> list[int]:
    if width <= 6:
        return list(range(1 << width))
    top = (1 << width) - 1
    return [*range(8), top, top - 1, 1 << width - 1, 0x123456789ABCDEF & top]


def _combined(columns: Sequence[Sequence[Input]]) -> Iterator[tuple[Input, ...]]:
    """Yield calls of several arguments: all of the first few values, then all values somewhere."""
    few = max(2, int(CALLS ** (1 / len(columns))))
    spread = [column[:: max(1, len(column) // few)] for column in columns]
    yield from itertools.islice(itertools.product(*spread), 2 * CALLS)
    length = max(map(len, columns))
    for at in range(length):
        # Strides that differ, so that not the same values meet each time.
        yield tuple(
            column[(at * (2 * number + 1) + number) % len(column)]
            for number, column in enumerate(columns)
        )
