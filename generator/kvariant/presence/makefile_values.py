# SPDX-License-Identifier: MIT
"""Variables of makefiles whose values depend on options.

    alternatives    of a text: what it expands to, each with its condition, exactly one of
                    which holds; obj-$(CONFIG_A) is obj-y where A = y, obj-m where A = m
    words           of a list: each word with the condition under which it is in it

What cannot be known without running a program (`$(shell ...)`), or is a function that is
not read here (`$(call ...)`), is opaque: an alternative that is not known, a word without
text. It keeps what is written, so that it can be named.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import ALWAYS, NEVER, Comparison, Constant, Types
from kvariant.kconfig.expression import Reference as Option
from kvariant.presence.condition import Free, all_of, any_of, is_level, negated
from kvariant.presence.make_functions import FUNCTIONS, WORDWISE, suffixed, wordwise
from kvariant.presence.makefile_text import (
    Call,
    MakeReference,
    Part,
    Parts,
    parts_of,
    tokens_of,
    written,
)

_WRITTEN = ("include/config/", "include/generated/", "./include/config/")
"""Where a build writes what it then looks for."""
MOST = 128
"""Alternatives of a text; one with more is opaque."""


@dataclass(frozen=True, slots=True)
class MakeWord:
    """A word of a list."""

    text: str
    """ "" where it is not known which words are here."""
    condition: Expression
    line: tuple[str, int] = ("", 0)
    """File and line that put it there."""
    opaque: str = ""
    """What is written where that is not known."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a text may expand to."""

    text: str
    condition: Expression


class OpaqueError(Exception):
    """What a text expands to is not known; the text is what is written."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What one line gives a variable."""

    condition: Expression
    line: tuple[str, int]
    raw: str | None
    """What is expanded where it is used; None: it was expanded where it is given."""
    words: tuple[MakeWord, ...] = ()
    alternatives: tuple[Alternative, ...] | None = None
    """Of what was expanded; None: opaque."""


@dataclass(slots=True)
class MakeVariable:
    """A variable: the lines that gave it something, each with its condition."""

    segments: list[Segment] = field(default_factory=list)
    is_simple: bool = False
    """Whether += expands at once."""

    def set(self, segment: Segment, types: Types) -> None:
        """Put a segment in place of all others, where its line is read."""
        if segment.condition == ALWAYS:
            self.segments = [segment]
            return
        otherwise = negated(segment.condition, types)
        kept = [
            replace(one, condition=both)
            for one in self.segments
            if (both := all_of((one.condition, otherwise))) != NEVER
        ]
        self.segments = [*kept, segment]


class MakeValues:
    """The variables of one makefile while it is read."""

    def __init__(
        self,
        root: Path,
        types: Types,
        *,
        prefix: str = "CONFIG_",
        is_closed: bool = True,
        given: Mapping[str, MakeVariable] | None = None,
        texts: Mapping[str, Sequence[str]] | None = None,
        fixed: Collection[str] = (),
    ) -> None:
        """Take what the tree's options are.

        Args:
            fixed: variables that no line changes.
            texts: of string options that name folders, what they may be.
            root: the tree's, for `$(wildcard ...)`.
            is_closed: whether what is no option of the tree has no value; else it is opaque.
            given: variables that others have exported.
        """
        self.types = types
        self._root = root
        self._prefix = prefix
        self._is_closed = is_closed
        self._texts = texts or {}
        self._fixed = frozenset(fixed)
        self.variables: dict[str, MakeVariable] = {
            name: MakeVariable(list(one.segments), one.is_simple)
            for name, one in (given or {}).items()
        }
        self._active: set[str] = set()

    # Setting

    def put(self, name: str, text: str) -> None:
        """Give a variable a plain value."""
        one = MakeVariable(is_simple=True)
        one.segments = [Segment(ALWAYS, ("", 0), text)]
        self.variables[name] = one

    def assign(
        self, name: str, operator: str, raw: str, condition: Expression, line: tuple[str, int]
    ) -> None:
        """Read an assignment under a condition."""
        if condition == NEVER or name in self._fixed:
            return
        known = self.variables.setdefault(name, MakeVariable())
        if operator == "?=":
            # One that is defined as nothing is defined: unlike `ifdef`, which asks for a value.
            given = any_of(one.condition for one in known.segments)
            condition = all_of((condition, negated(given, self.types)))
            if condition == NEVER:
                return
        is_simple = operator in (":=", "::=", ":::=") or (operator == "+=" and known.is_simple)
        segment = (
            self._expanded(raw, condition, line) if is_simple else Segment(condition, line, raw)
        )
        if operator == "!=":
            segment = Segment(
                condition, line, None, (MakeWord("", ALWAYS, line, f"$(shell {raw})"),)
            )
        if operator == "+=":
            known.segments.append(segment)
        else:
            known.set(segment, self.types)
            known.is_simple = is_simple

    def _expanded(self, raw: str, condition: Expression, line: tuple[str, int]) -> Segment:
        if "$" not in raw:
            return Segment(condition, line, raw)
        try:
            texts: tuple[Alternative, ...] | None = tuple(self.alternatives(parts_of(raw)))
        except OpaqueError:
            texts = None
        return Segment(condition, line, None, tuple(self.words(raw, line)), texts)

    # Reading

    def defined(self, name: str) -> Expression:
        """Return where a variable has a value that is not empty, as `ifdef` asks."""
        if self._is_option(name):
            return self._option_set(name)
        known = self.variables.get(name)
        if known is None:
            return NEVER
        return any_of(
            one.condition
            for one in known.segments
            if (one.raw is None and (one.words or one.alternatives)) or (one.raw or "").strip()
        )

    def words(self, text: str, line: tuple[str, int] = ("", 0)) -> list[MakeWord]:
        """Return the words of a text that is expanded now."""
        found: list[MakeWord] = []
        for token in tokens_of(text):
            found += self._token(parts_of(token), line)
        return found

    def words_of(self, name: str) -> list[MakeWord]:
        """Return the words of a variable."""
        known = self.variables.get(name)
        if known is None:
            return []
        if name in self._active:  # make refuses a variable that names itself
            return [MakeWord("", ALWAYS, ("", 0), f"$({name})")]
        self._active.add(name)
        try:
            found: list[MakeWord] = []
            for one in known.segments:
                own = one.words if one.raw is None else self.words(one.raw, one.line)
                for word in own:
                    both = all_of((one.condition, word.condition))
                    if both != NEVER:
                        found.append(MakeWord(word.text, both, word.line, word.opaque))
            return found
        finally:
            self._active.discard(name)

    def alternatives(self, parts: Sequence[Part]) -> list[Alternative]:
        """Return what a text expands to, each with its condition.

        Raises:
            OpaqueError: that is not known.
        """
        found = [Alternative("", ALWAYS)]
        for part in parts:
            own = [Alternative(part, ALWAYS)] if isinstance(part, str) else self._part(part)
            found = self._product(found, own, "".join)
        return found

    def _product(
        self,
        ones: Sequence[Alternative],
        others: Sequence[Alternative],
        joined: Callable[[tuple[str, str]], str],
    ) -> list[Alternative]:
        if len(others) == 1 and others[0].condition == ALWAYS:
            return [Alternative(joined((a.text, others[0].text)), a.condition) for a in ones]
        if len(ones) * len(others) > 4 * MOST:
            raise OpaqueError("too many values")
        by_text: dict[str, list[Expression]] = {}
        for one in ones:
            for other in others:
                both = all_of((one.condition, other.condition))
                if both != NEVER:
                    by_text.setdefault(joined((one.text, other.text)), []).append(both)
        if len(by_text) > MOST:
            raise OpaqueError("too many values")
        return [Alternative(text, any_of(terms)) for text, terms in by_text.items()]

    def _part(self, part: MakeReference | Call) -> list[Alternative]:
        if isinstance(part, Call):
            return self._call(part)
        found: dict[str, list[Expression]] = {}
        for name in self.alternatives(part.name):
            for value in self._value(name.text):
                both = all_of((name.condition, value.condition))
                if both != NEVER:
                    found.setdefault(value.text, []).append(both)
        values = [Alternative(text, any_of(terms)) for text, terms in found.items()]
        if part.change is None:
            return values
        one, other = (self._plain(parts) for parts in part.change)
        return _mapped(values, lambda text: " ".join(suffixed(w, one, other) for w in text.split()))

    def _value(self, name: str) -> list[Alternative]:
        if self._is_option(name):
            return self._option(name)
        known = self.variables.get(name)
        if known is None:
            return [Alternative("", ALWAYS)]
        if name in self._active:
            raise OpaqueError(f"$({name})")
        self._active.add(name)
        try:
            found = [Alternative("", ALWAYS)]
            for one in known.segments:
                if one.raw is not None:
                    own = self.alternatives(parts_of(one.raw.strip()))
                elif one.alternatives is None:
                    raise OpaqueError(f"$({name})")
                else:
                    own = list(one.alternatives)
                if one.condition != ALWAYS:
                    own = [Alternative(a.text, all_of((a.condition, one.condition))) for a in own]
                    own.append(Alternative("", negated(one.condition, self.types)))
                found = self._product(found, own, _spaced)
            return found
        finally:
            self._active.discard(name)

    def _plain(self, parts: Parts) -> str:
        """Return a text that has one value alone."""
        found = self.alternatives(parts)
        if len(found) != 1:
            raise OpaqueError(written(parts))
        return found[0].text

    # Options

    def _is_option(self, name: str) -> bool:
        has_prefix = bool(self._prefix) and name.startswith(self._prefix)
        return has_prefix and name not in self.variables

    def _option(self, name: str) -> list[Alternative]:
        option = name.removeprefix(self._prefix)
        kind = self.types.get(option)
        if kind is None:
            if not self._is_closed:
                free = Free(f"$({name})")
                return [Alternative("y", free), Alternative("", negated(free, self.types))]
            return [Alternative("", ALWAYS)]
        if texts := self._texts.get(option, ()):
            ways = {text: Comparison("=", Option(option), Constant(text)) for text in texts}
            others = negated(any_of(ways.values()), self.types)
            return [*(Alternative(t, c) for t, c in ways.items()), Alternative("", others)]
        if kind is SymbolType.BOOL:
            levels: tuple[str, ...] = ("y", "n")
        elif kind is SymbolType.TRISTATE:
            levels = ("y", "m", "n")
        else:
            raise OpaqueError(f"$({name})")
        return [
            Alternative("" if level == "n" else level, is_level(option, kind, level))
            for level in levels
        ]

    def _option_set(self, name: str) -> Expression:
        option = name.removeprefix(self._prefix)
        kind = self.types.get(option)
        if kind is None:
            return NEVER if self._is_closed else Free(f"$({name})")
        if kind.is_logical:
            return Option(option)
        return Comparison("!=", Option(option), Constant(""))

    def equal(self, one: str, other: str) -> Expression:
        """Return where two texts expand to the same."""
        sides = [parts_of(one), parts_of(other)]
        for side, opposite in (sides, sides[::-1]):
            if compared := self._text_compared(side, opposite):
                return compared
        try:
            first, second = self.alternatives(sides[0]), self.alternatives(sides[1])
        except OpaqueError:
            return Free(f"ifeq ({' '.join(one.split())},{' '.join(other.split())})")
        return any_of(
            all_of((a.condition, b.condition)) for a in first for b in second if a.text == b.text
        )

    def _text_compared(self, side: Parts, opposite: Parts) -> Expression | None:
        """Return where an int, hex or string option is a text; None: this is none."""
        if len(side) == 1 and isinstance(side[0], Call) and side[0].function in ("strip", "subst"):
            side = side[0].arguments[-1]
        if len(side) != 1 or not isinstance(side[0], MakeReference) or side[0].change:
            return None
        try:
            name, text = self._plain(side[0].name), self._plain(opposite)
        except OpaqueError:
            return None
        kind = self.types.get(name.removeprefix(self._prefix)) if self._is_option(name) else None
        if kind is None or kind.is_logical:
            return None
        text = text.strip().strip('"')
        # A number compares as one; ifeq compares texts, which differ for 08 and 8 alone.
        right = Option(text) if kind is SymbolType.INT and text else Constant(text)
        return Comparison("=", Option(name.removeprefix(self._prefix)), right)

    # Lists

    def _token(self, parts: Parts, line: tuple[str, int]) -> list[MakeWord]:
        if len(parts) == 1 and isinstance(parts[0], MakeReference):
            found = self._listed(parts[0])
            if found is not None:
                return [replace(w, line=w.line if w.line[1] else line) for w in found]
        if len(parts) == 1 and isinstance(parts[0], Call):
            mapped = self._list_call(parts[0], line)
            if mapped is not None:
                return mapped
        try:
            return [
                MakeWord(word, one.condition, line)
                for one in self.alternatives(parts)
                for word in one.text.split()
            ]
        except OpaqueError:
            return [MakeWord("", ALWAYS, line, written(parts))]

    def _listed(self, part: MakeReference) -> list[MakeWord] | None:
        """Return the words of a variable; None where it is an option's."""
        try:
            names = self.alternatives(part.name)
        except OpaqueError:
            return None
        if any(self._is_option(name.text) for name in names):
            return None
        found = [
            replace(word, condition=both)
            for name in names
            for word in self.words_of(name.text)
            if (both := all_of((name.condition, word.condition))) != NEVER
        ]
        if part.change is None:
            return found
        try:
            one, other = (self._plain(parts) for parts in part.change)
        except OpaqueError:
            return None
        return [replace(w, text=suffixed(w.text, one, other) if w.text else "") for w in found]

    def _list_call(self, call: Call, line: tuple[str, int]) -> list[MakeWord] | None:
        """Return what a function makes of a list, word by word; None: it is no such function."""
        last = call.arguments[-1]
        try:
            if call.function in ("sort", "strip"):
                return self.words(written(last), line)
            if call.function == "if":
                return self._if_list(call, line)
            if call.function == "wildcard":
                return self._wildcard(call, line)
            count = WORDWISE.get(call.function)
            if count is None or len(call.arguments) != count:
                return None
            plain = [self._plain(parts).strip() for parts in call.arguments[:-1]]
        except OpaqueError:
            return None
        found = []
        for word in self.words(written(last), line):
            if not word.text:
                found.append(word)
            elif (text := wordwise(call.function, plain, word.text)) is not None:
                found.append(replace(word, text=text))
        return found

    def _if_list(self, call: Call, line: tuple[str, int]) -> list[MakeWord] | None:
        if not 2 <= len(call.arguments) <= 3:
            return None
        tests = self.alternatives(_stripped(call.arguments[0]))
        holds = any_of(test.condition for test in tests if test.text.strip())
        found = []
        pairs = zip(call.arguments[1:], (holds, negated(holds, self.types)), strict=False)
        for argument, condition in pairs:
            for word in self.words(written(argument), line):
                both = all_of((condition, word.condition))
                if both != NEVER:
                    found.append(replace(word, condition=both))
        return found

    def _wildcard(self, call: Call, line: tuple[str, int]) -> list[MakeWord]:
        patterns = self._plain(call.arguments[0]).split()
        return [
            MakeWord(text, ALWAYS, line)
            for pattern in patterns
            for text in _matching(self._root, pattern)
        ]

    # Functions of plain texts

    def _call(self, call: Call) -> list[Alternative]:
        name, arguments = call.function, call.arguments
        if name == "if" and 2 <= len(arguments) <= 3:
            tests = self.alternatives(_stripped(arguments[0]))
            holds = any_of(test.condition for test in tests if test.text.strip())
            others = [holds, negated(holds, self.types)]
            parts = [*arguments[1:], ()][:2]
            return [
                Alternative(a.text, both)
                for argument, condition in zip(parts, others, strict=True)
                for a in self.alternatives(argument)
                if (both := all_of((condition, a.condition))) != NEVER
            ]
        if name == "wildcard":
            patterns = self._plain(arguments[0]).split()
            files = [text for pattern in patterns for text in _matching(self._root, pattern)]
            return [Alternative(" ".join(files), ALWAYS)]
        function = FUNCTIONS.get(name)
        if function is None or (function[0] and len(arguments) != function[0]):
            raise OpaqueError(call.text)
        rows: list[tuple[tuple[str, ...], Expression]] = [((), ALWAYS)]
        for argument in arguments:
            own = self.alternatives(argument)
            if len(rows) * len(own) > 4 * MOST:
                raise OpaqueError(call.text)
            rows = [
                ((*texts, a.text), both)
                for texts, condition in rows
                for a in own
                if (both := all_of((condition, a.condition))) != NEVER
            ]
        by_text: dict[str, list[Expression]] = {}
        for texts, condition in rows:
            by_text.setdefault(function[1](*texts), []).append(condition)
        return [Alternative(text, any_of(terms)) for text, terms in by_text.items()]


def _mapped(values: Iterable[Alternative], function: Callable[[str], str]) -> list[Alternative]:
    by_text: dict[str, list[Expression]] = {}
    for one in values:
        by_text.setdefault(function(one.text), []).append(one.condition)
    return [Alternative(text, any_of(terms)) for text, terms in by_text.items()]


def _spaced(texts: tuple[str, str]) -> str:
    return " ".join(filter(None, texts))


def _stripped(parts: Parts) -> Parts:
    return tuple(part for part in parts if not (isinstance(part, str) and not part.strip()))


def _matching(root: Path, pattern: str) -> list[str]:
    if pattern == ".config" or pattern.startswith(_WRITTEN):  # there in every tree that is built
        return [pattern]
    found = glob.glob(str(root / pattern))  # noqa: PTH207
    return sorted(os.path.relpath(path, root) for path in found)
