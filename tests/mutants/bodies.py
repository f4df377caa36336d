# SPDX-License-Identifier: MIT
"""Mutants of templates: bodies, constants, tables of architectures, conditions.

Everything is derived from the tokens: a helper or a constant that is added to
the templates has its mutants without a line here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kvariant.render import Helper, Interface

from .mutant import Edit, Kind, Mutant, edited
from .source import Source, Token, inside

_SWAPPED = {
    "&&": ("||",), "||": ("&&",), "==": ("!=",), "!=": ("==",), ">=": (">", "<"), "<=": ("<",),
    "&": ("|",), "|": ("&",), "^": ("|", "&"), "<<": (">>",), ">>": ("<<",), "+": ("-",),
    "-": ("+",), "&=": ("|=",), "|=": ("&=",), "+=": ("-=",), "and": ("or",), "or": ("and",),
}  # fmt: skip
"""Binary operators, and what each is mistaken for."""
_CLOSING = {")", "]", "}"}
_WORDS = {"return", "not", "and", "or", "if", "else", "in"}
_LITERALS = {"true": "false", "false": "true", "True": "False", "False": "True", "U64_MAX": "0"}


def mutants(sources: Sequence[Source], interface: Interface) -> Iterator[Mutant]:
    """Yield every mutant of some templates, file by file."""
    names = _Names(sources, interface)
    for source in sources:
        seen: set[tuple[int, int, str]] = set()
        for kind, owner, edit in _edits(source, names):
            if (key := (edit.start, edit.end, edit.text)) not in seen:
                seen.add(key)
                yield edited(kind, source.path, source.text, owner or source.path, edit)


_Found = tuple[Kind, str, Edit]
"""What is wrong, in which definition, and how."""


def _edits(source: Source, names: _Names) -> Iterator[_Found]:
    tokens = source.tokens()
    for index, token in enumerate(tokens):
        match token.kind:
            case "tag":
                yield from _condition(token)
            case "value":
                yield from _value(token, names)
            case "string" if token.is_tagged and source.language == "python":
                if other := names.other_literal(token.text):
                    yield Kind.CONSTANT, token.owner, _replaced(token, other)
            case _ if token.owner:
                yield from _code(tokens, index, names, source.language)
    yield from _results(source, names)
    yield from _statements(source, tokens)
    yield from _constants(source, names)


def _code(tokens: Sequence[Token], index: int, names: _Names, language: str) -> Iterator[_Found]:
    token = tokens[index]
    before = tokens[index - 1] if index else None
    if token.kind == "number":
        yield from _number(tokens, index, names)
    elif token.text in _LITERALS:
        kind = Kind.INVERSION if token.text == "U64_MAX" else Kind.RESULT
        yield kind, token.owner, _replaced(token, _LITERALS[token.text])
    elif token.text in ("!", "~", "not"):
        kind = Kind.INVERSION if token.text == "~" else Kind.OPERATOR
        yield kind, token.owner, _replaced(token, "")
    elif token.text in _SWAPPED and before and _ends_operand(before):
        for other in _SWAPPED[token.text]:
            yield Kind.OPERATOR, token.owner, _replaced(token, other)
    elif token.kind == "name" and token.text != token.owner:
        if other := names.other_constant(token, language):
            yield Kind.CONSTANT, token.owner, _replaced(token, other)
        if other := names.other_helper(token):
            yield Kind.HELPER, token.owner, _replaced(token, other)


def _ends_operand(token: Token) -> bool:
    return (
        token.kind in ("number", "string", "value")
        or token.text in _CLOSING
        or (token.kind == "name" and token.text not in _WORDS)
    )


def _number(tokens: Sequence[Token], index: int, names: _Names) -> Iterator[_Found]:
    token = tokens[index]
    value = int(token.text, 0)
    for other in (value + 1, value - 1):
        if other >= 0:
            kind = _kind_of_number(tokens, index, names)
            yield kind, token.owner, _replaced(token, str(other))


def _kind_of_number(tokens: Sequence[Token], index: int, names: _Names) -> Kind:
    token, before = tokens[index], [t.text for t in tokens[max(0, index - 2) : index]]
    if before == ["BIT", "("] or re.search(r"_(SHIFT|BITS)$", token.owner):
        return Kind.BIT
    if names.module_of.get(token.owner) == "swap":
        return Kind.TYPE
    if before[-1:] == ["-"] and "MASK" in token.owner:
        return Kind.MASK
    return Kind.CONSTANT


def _condition(tag: Token) -> Iterator[_Found]:
    """Yield the mutants of `{% if %}` and `{% elif %}`."""
    match = re.fullmatch(r"\{%\s*(?:el)?if\s+(.*?)\s*%\}", tag.text, re.DOTALL)
    if match:
        yield from _negated(tag, match.start(1), match[1])


def _value(value: Token, names: _Names) -> Iterator[_Found]:
    """Yield the mutants of `{{ x if condition else y }}`."""
    for match in re.finditer(r"\bif (.+?) else\b", value.text):
        yield from _negated(value, match.start(1), match[1])
    parts = inside(value)
    for index, token in enumerate(parts):
        if token.kind == "number" and token.owner:
            yield from _number(parts, index, names)
        elif token.kind == "string" and token.is_tagged:
            within = inside(token)
            for place in range(len(within)):
                yield from _code(within, place, names, "c")


def _negated(token: Token, start: int, condition: str) -> Iterator[_Found]:
    at = token.start + start
    whole = Edit(start=at, end=at + len(condition), text=f"not ({condition})")
    yield Kind.BRANCH, token.owner, whole
    for word in re.finditer(r"\b(?:and|or|not)\b", condition):
        if word[0] != "not":
            edit = Edit(start=at + word.start(), end=at + word.end(), text=_SWAPPED[word[0]][0])
            yield Kind.BRANCH, token.owner, edit
        elif " and " in condition or " or " in condition:  # else it is the whole, negated
            yield (
                Kind.BRANCH,
                token.owner,
                Edit(start=at + word.start(), end=at + word.end(), text=""),
            )


def _results(source: Source, names: _Names) -> Iterator[_Found]:
    """Yield each `return` of a helper with another result: negated, or with another lowest bit."""
    for kind, name, start, end in source.bodies():
        if kind != "helper":
            continue
        for found in re.finditer(r"\breturn\b\s*", source.text[start:end]):
            first = start + found.end()
            last = (
                source.text.find(";", first) if source.language == "c" else _end_of(source, first)
            )
            text = source.text[first:last]
            if text not in _LITERALS:
                other = names.wrong(name, text, source.language)
                yield Kind.RESULT, name, Edit(start=first, end=last, text=other)


def _end_of(source: Source, start: int) -> int:
    """Return where a Python expression ends: at the first line break outside of brackets."""
    depth = 0
    for offset in range(start, len(source.text)):
        character = source.text[offset]
        depth += (character in "([{") - (character in ")]}")
        if character == "\n" and depth == 0:
            return offset
    return len(source.text)


_ASSIGNMENT = {
    "c": re.compile(r"^[ \t]+(?:\*?\w+ (?:[&|^+]?=) [^;\n]*;|\w+\+\+;)", re.MULTILINE),
    "python": re.compile(r"^ +(?:\w+ (?:[&|^+]?=) [^\n]*|_\w+\.\w+\([^\n]*\))$", re.MULTILINE),
}
_GUARD = {
    "c": re.compile(r"^[ \t]+if \((.*)\)( \{)?$", re.MULTILINE),
    "python": re.compile(r"^ +if (.*):$", re.MULTILINE),
}
_PRINT = {
    "c": re.compile(r"^[ \t]+fprintf\([^;]*;", re.MULTILINE),
    "python": re.compile(r"^ +print\(.*\)$", re.MULTILINE),
}


def _statements(source: Source, tokens: Sequence[Token]) -> Iterator[_Found]:
    """Yield functions without one statement, or with a guard that never or wrongly holds."""
    nothing = {"c": ";", "python": "pass"}[source.language]
    for pattern, kind in ((_ASSIGNMENT, Kind.STATEMENT), (_PRINT, Kind.WARN)):
        for match in pattern[source.language].finditer(source.text):
            first = match.start() + len(match[0]) - len(match[0].lstrip())
            if owner := _owner_at(tokens, first):
                yield kind, owner, Edit(start=first, end=match.end(), text=nothing)
    for match in _GUARD[source.language].finditer(source.text):
        if owner := _owner_at(tokens, match.start(1)):
            never, negated = ("0", f"!({match[1]})") if source.language == "c" else (
                "False", f"not ({match[1]})")  # fmt: skip
            for text in (never, negated):
                edit = Edit(start=match.start(1), end=match.end(1), text=text)
                yield Kind.STATEMENT if text == never else Kind.OPERATOR, owner, edit


def _owner_at(tokens: Sequence[Token], offset: int) -> str:
    return next((t.owner for t in tokens if t.start <= offset < t.end), "")


def _constants(source: Source, names: _Names) -> Iterator[_Found]:
    """Yield each constant that is made of other constants, one too high and one too low."""
    for kind, name, start, end in source.bodies():
        body = source.text[start:end]
        if kind == "constant" and not re.search(r"(?<![\w(])\d|^0$", body):
            wrong = Kind.TYPE if names.module_of[name] == "swap" else Kind.CONSTANT
            for sign in "+-":
                yield wrong, name, Edit(start=start, end=end, text=f"({body}) {sign} 1")


def _replaced(token: Token, text: str) -> Edit:
    return Edit(start=token.start, end=token.end, text=text)


@dataclass(frozen=True)
class _Names:
    """What one name can be mistaken for: the most alike of the same sort."""

    sources: Sequence[Source]
    interface: Interface

    @cached_property
    def module_of(self) -> Mapping[str, str]:
        return {item.name: item.module for item in self.interface.items}

    @cached_property
    def _helpers(self) -> Mapping[str, Helper]:
        return {h.name: h for h in self.interface.helpers}

    @cached_property
    def _constants(self) -> Mapping[str, tuple[str, ...]]:
        declared = [c.name for c in self.interface.constants]
        found = {language: [*declared] for language in ("c", "python")}
        for source in self.sources:
            listed = found[source.language]
            listed += re.findall(
                r"^(?:#define )?([A-Z][A-Z0-9_]+)(?: =|\s+[^\s(])", source.text, re.M
            )
            for members in re.findall(r"^enum \w+ \{([^}]*)\}", source.text, re.M):
                listed += re.findall(r"[A-Z_]+", members)
        return {language: tuple(dict.fromkeys(listed)) for language, listed in found.items()}

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        texts = [m for s in self.sources for m in re.findall(r"Literal\[(.*?)\]", s.text)]
        return tuple(dict.fromkeys(re.findall(r'"[^"]*"', " ".join(texts))))

    def other_constant(self, token: Token, language: str) -> str:
        """Return another constant, "" where the token is none."""
        return _most_alike(token.text, self._constants[language], token.owner)

    def other_helper(self, token: Token) -> str:
        """Return another helper with the same types, "" where the token is no helper."""
        helper = self._helpers.get(token.text)
        if helper is None:
            return ""
        types = self.interface.type_names(helper)
        alike = [n for n, h in self._helpers.items() if self.interface.type_names(h) == types]
        return _most_alike(token.text, alike, token.owner)

    def other_literal(self, text: str) -> str:
        """Return the next string of the same set, "" where it is in none."""
        if text not in self._literals:
            return ""
        return self._literals[(self._literals.index(text) + 1) % len(self._literals)]

    def wrong(self, name: str, expression: str, language: str) -> str:
        """Return an expression of a helper's type with another value."""
        result = self._helpers[name].result
        if result == "bool":
            return f"!({expression})" if language == "c" else f"not ({expression})"
        spelling = self.interface.types[result]
        if language == "c" and spelling.to:
            return f"{spelling.from_}({spelling.to}(({expression})) ^ 1)"
        return f"({expression}) ^ 1"


def _most_alike(name: str, others: Sequence[str], owner: str) -> str:
    """Return the other name with the longest common beginning; of several, the next one."""
    if name not in others:
        return ""
    at = others.index(name)
    turned = [o for o in (*others[at + 1 :], *others[:at]) if o not in (name, owner)]
    shared = {o: _shared(name, o) for o in turned}
    best = max(turned, key=lambda o: shared[o], default="")
    return best if best and shared[best] >= 3 else ""  # shorter ones are alike by accident


def _shared(one: str, other: str) -> int:
    """Return how many characters two names begin with alike."""
    pairs = zip(one, other, strict=False)  # the shorter one's length at most
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
