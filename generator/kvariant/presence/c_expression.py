# SPDX-License-Identifier: MIT
"""The expressions of `#if`, as conditions over options.

A value is a list of cases, numbers with the conditions under which they are it, or an int
option, or something that is not known:

    42                       42 always
    IS_ENABLED(CONFIG_A)     1 where A, 0 where !A
    CONFIG_INT               the option's number; 0 where it has none
    SOME_MACRO               not known; what compares it is free

Grammar and promotion follow C17 6.10.1: what is no macro is 0, everything is a number of 64
bits, unsigned where one of two operands is. What does not fit is not known.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    Comparison,
    Constant,
    Reference,
)
from kvariant.presence.condition import Free, all_of, any_of, negated

if TYPE_CHECKING:
    from kvariant.presence.macros import Macros

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)[uUlLzZ]*)(?![\w.])"
    r"|(?P<name>[A-Za-z_$]\w*)"
    r"|(?P<char>L?'(?:[^'\\]|\\.)*')"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<operator>&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^~!<>()?:,])"
    r"|(?P<other>\S))"
)


def _divided(one: int, other: int) -> int:
    """Return a quotient cut towards zero [C17 6.5.5]."""
    found = abs(one) // abs(other)
    return found if (one < 0) == (other < 0) else -found


_BINARY: Sequence[Mapping[str, Callable[[int, int], int]]] = (
    {"|": operator.or_},
    {"^": operator.xor},
    {"&": operator.and_},
    {"==": operator.eq, "!=": operator.ne},
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge},
    {"<<": operator.lshift, ">>": operator.rshift},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": _divided, "%": lambda a, b: a - b * _divided(a, b)},
)
"""Loosest first, below && and ||."""
_COMPARED = {"==": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_SWAPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_LARGEST = (1 << 63) - 1
_MODULUS = 1 << 64
MOST_CASES = 64
"""Cases of a value; of one with more nothing is known."""


class UnsignedNumber(int):
    """A number of an unsigned type: what is computed with it is unsigned as well."""


@dataclass(frozen=True, slots=True)
class Cases:
    """A number that depends on options: exactly one of the conditions holds."""

    cases: tuple[tuple[int, Expression], ...]


@dataclass(frozen=True, slots=True)
class NumberOption:
    """The number that an int or hex option is."""

    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is not known, as it is written."""

    text: str


Value = Cases | NumberOption | Unknown


class NotAnExpressionError(Exception):
    """What follows `#if` is no expression; the text says where."""


def condition_of(text: str, macros: Macros) -> Expression:
    """Return where an expression after `#if` is not 0.

    What cannot be read is free, as a whole.
    """
    try:
        return _Reader(text, macros).condition()
    except NotAnExpressionError:
        return Free(" ".join(text.split()))


class _Reader:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, text: str, macros: Macros) -> None:
        self._macros = macros
        self._types = macros.types
        self._tokens: list[tuple[str, str, int]] = []
        self._text = text
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            assert found is not None
            kind = found.lastgroup or ""
            self._tokens.append((kind, found[kind], found.start(kind)))
            at = found.end()
        self._tokens.append(("end", "", end))
        self._at = 0

    def condition(self) -> Expression:
        found = self._ternary()
        if self._peek()[0] != "end":
            raise NotAnExpressionError(self._peek()[1])
        return self._truth(found)

    # Tokens

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str, int]:
        token = self._tokens[self._at]
        self._at += token[0] != "end"
        return token

    def _accept(self, text: str) -> bool:
        kind, found, _ = self._peek()
        if kind == "operator" and found == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise NotAnExpressionError(text)

    def _written(self, start: int) -> str:
        """Return what was read from a token on, as it is written."""
        last = self._tokens[self._at - 1]
        return " ".join(self._text[self._tokens[start][2] : last[2] + len(last[1])].split())

    # Grammar

    def _ternary(self) -> Value:
        start = self._at
        test = self._either()
        if not self._accept("?"):
            return test
        holds = self._truth(test)
        one = self._ternary()
        self._expect(":")
        other = self._ternary()
        if isinstance(one, Cases) and isinstance(other, Cases):
            fails = negated(holds, self._types)
            cases = [(n, all_of((holds, c))) for n, c in one.cases]
            cases += [(n, all_of((fails, c))) for n, c in other.cases]
            if any(isinstance(n, UnsignedNumber) for n, _ in cases):  # both are, then
                cases = [(UnsignedNumber(n % _MODULUS), c) for n, c in cases]
            return self._cases(cases, start)
        return Unknown(self._written(start))

    def _either(self) -> Value:
        start, found = self._at, self._both()
        if self._peek()[1] != "||":
            return found
        terms = [self._truth(found)]
        while self._accept("||"):
            terms.append(self._truth(self._both()))
        return self._logical(any_of(terms), start)

    def _both(self) -> Value:
        start, found = self._at, self._binary(0)
        if self._peek()[1] != "&&":
            return found
        terms = [self._truth(found)]
        while self._accept("&&"):
            terms.append(self._truth(self._binary(0)))
        return self._logical(all_of(terms), start)

    def _binary(self, level: int) -> Value:
        if level == len(_BINARY):
            return self._unary()
        start, left = self._at, self._binary(level + 1)
        while self._peek()[0] == "operator" and self._peek()[1] in _BINARY[level]:
            sign = self._next()[1]
            right = self._binary(level + 1)
            left = self._combined(sign, _BINARY[level][sign], left, right, start)
        return left

    def _unary(self) -> Value:
        start = self._at
        for sign, function in _UNARY.items():
            if self._accept(sign):
                inner = self._expanded(self._unary(), is_wanted=sign != "!")
                if sign == "!":
                    return self._logical(negated(self._truth(inner), self._types), start)
                if isinstance(inner, Cases):
                    return self._cases(
                        [(computed(sign, function, n), c) for n, c in inner.cases], start
                    )
                return Unknown(self._written(start))
        return self._primary()

    def _primary(self) -> Value:
        start = self._at
        kind, text, _ = self._next()
        if kind == "number":
            return _constant(_number(text))
        if kind == "char":
            inner = text.lstrip("L")[1:-1]
            return _constant(ord(inner)) if len(inner) == 1 else Unknown(text)
        if kind == "operator" and text == "(":
            inner_value = self._ternary()
            self._expect(")")
            if isinstance(inner_value, Unknown):
                return Unknown(inner_value.text)
            return inner_value
        if kind != "name":
            raise NotAnExpressionError(text)
        if text == "defined":
            return self._logical(self._macros.defined(self._operand()), start)
        if self._peek()[1] == "(":
            return self._call(text, start)
        return self._named(text)

    def _operand(self) -> str:
        is_grouped = self._accept("(")
        kind, text, _ = self._next()
        if kind != "name":
            raise NotAnExpressionError(text)
        if is_grouped:
            self._expect(")")
        return text

    def _call(self, name: str, start: int) -> Value:
        """Read a call: of a macro that asks for an option, or of another one."""
        first = self._at
        depth = 0
        while True:
            kind, text, _ = self._next()
            if kind == "end":
                raise NotAnExpressionError("(")
            depth += (text == "(") - (text == ")")
            if not depth:
                break
        inside = self._tokens[first + 1 : self._at - 1]
        if len(inside) == 1 and inside[0][0] == "name":
            found = self._macros.asked(name, inside[0][1])
            if found is not None:
                return self._logical(found, start)
        return Unknown(self._written(start))

    def _named(self, name: str) -> Value:
        option = self._macros.option(name)
        if option and self._types.get(option) in (SymbolType.INT, SymbolType.HEX):
            return NumberOption(option)
        defined = self._macros.value(name)
        if defined is None:
            return Unknown(name)
        return Cases(((1, defined), (0, negated(defined, self._types))))

    # Values

    def _logical(self, condition: Expression, start: int) -> Value:
        if condition in (ALWAYS, NEVER):
            return _constant(int(condition == ALWAYS))
        return Cases(((1, condition), (0, negated(condition, self._types))))

    def _truth(self, value: Value) -> Expression:
        match value:
            case Cases(cases):
                return any_of(condition for number, condition in cases if number)
            case NumberOption(name):
                return compared(name, "!=", 0)
        return Free(value.text)

    def _combined(
        self, sign: str, function: Callable[[int, int], int], left: Value, right: Value, start: int
    ) -> Value:
        relation = _COMPARED.get(sign)
        if isinstance(left, Cases) and isinstance(right, Cases):
            try:
                return self._cases(
                    [
                        (computed(sign, function, a, b), all_of((c, d)))
                        for a, c in left.cases
                        for b, d in right.cases
                    ],
                    start,
                )
            except (ZeroDivisionError, ValueError, OverflowError, MemoryError):
                return Unknown(self._written(start))
        if not relation:
            one, other = self._expanded(left), self._expanded(right)
            if isinstance(one, Cases) and isinstance(other, Cases):
                return self._combined(sign, function, one, other, start)
        if relation and isinstance(left, NumberOption) and isinstance(right, Cases):
            return self._logical(self._against(left, relation, right), start)
        if relation and isinstance(left, Cases) and isinstance(right, NumberOption):
            return self._logical(self._against(right, _SWAPPED[relation], left), start)
        if relation and isinstance(left, NumberOption) and isinstance(right, NumberOption):
            return self._logical(_both_compared(left.name, relation, right.name), start)
        return Unknown(self._written(start))

    def _expanded(self, value: Value, *, is_wanted: bool = True) -> Value:
        """Return an option of few numbers as the cases that it can be."""
        numbers = self._macros.numbers.get(value.name) if isinstance(value, NumberOption) else None
        if not is_wanted or not numbers or not isinstance(value, NumberOption):
            return value
        every = dict.fromkeys((*numbers, 0))  # without a value it is 0
        return Cases(tuple((n, compared(value.name, "=", n)) for n in every))

    def _against(self, number: NumberOption, relation: str, cases: Cases) -> Expression:
        return any_of(all_of((c, compared(number.name, relation, n))) for n, c in cases.cases)

    def _cases(self, cases: Sequence[tuple[int, Expression]], start: int) -> Value:
        by_number: dict[tuple[type, int], list[Expression]] = {}
        for number, condition in cases:
            if condition != NEVER:
                by_number.setdefault((type(number), number), []).append(condition)
        if len(by_number) > MOST_CASES or not all(_fits(n) for _, n in by_number):
            return Unknown(self._written(start))
        return Cases(tuple((n, any_of(conditions)) for (_, n), conditions in by_number.items()))


def computed(sign: str, function: Callable[..., int], *operands: int) -> int:
    """Return what an operator makes of numbers, by the conversions of C [C17 6.3.1.8].

    Raises:
        ZeroDivisionError, ValueError, OverflowError, MemoryError: it has no value.
    """
    if sign == "!":
        return int(function(*operands))
    deciding = operands[:1] if sign in ("<<", ">>") else operands
    is_unsigned = any(isinstance(number, UnsignedNumber) for number in deciding)
    if is_unsigned and deciding == operands:
        operands = tuple(number % _MODULUS for number in operands)
    if sign in ("<<", ">>") and not 0 <= operands[1] < 64:
        raise ValueError("a shift by more than a number has bits")
    found = int(function(*map(int, operands)))
    if sign in _COMPARED or not is_unsigned:
        return found
    return UnsignedNumber(found % _MODULUS)


def _fits(number: int) -> bool:
    return isinstance(number, UnsignedNumber) or -_LARGEST - 1 <= number <= _LARGEST


def compared(name: str, relation: str, number: int) -> Expression:
    """Return where an int option stands in a relation to a number; without a value it is 0.

    Kconfig compares "" as text, which is below every number.
    """
    option, empty = Reference(name), Comparison("=", Reference(name), Constant(""))
    found = Comparison(relation, option, Reference(str(number)))
    as_text = (str(number) < "") - (str(number) > "")  # always -1
    as_zero = (number < 0) - (number > 0)
    holds = _HOLDS[relation]
    if holds(as_text) == holds(as_zero):
        return found
    if holds(as_zero):
        return any_of((found, empty))
    return all_of((found, Comparison("!=", option, Constant(""))))


def _both_compared(one: str, relation: str, other: str) -> Expression:
    """Return where two int options stand in a relation."""
    left, right, none = Reference(one), Reference(other), Constant("")
    has_both = [Comparison("!=", left, none), Comparison("!=", right, none)]
    return any_of(
        (
            all_of((*has_both, Comparison(relation, left, right))),
            all_of((Comparison("=", left, none), compared(other, _SWAPPED[relation], 0))),
            all_of((Comparison("=", right, none), compared(one, relation, 0))),
        )
    )


def _constant(number: int) -> Cases:
    return Cases(((number, ALWAYS),))


def _number(text: str) -> int:
    digits = text.rstrip("uUlLzZ")
    try:
        found = int(digits, 8) if re.fullmatch(r"0[0-7]+", digits) else int(digits, 0)
    except ValueError:  # 08
        raise NotAnExpressionError(text) from None
    if found >= _MODULUS:
        raise NotAnExpressionError(text)
    is_unsigned = "u" in text.lower() or found > _LARGEST
    return UnsignedNumber(found) if is_unsigned else found


_UNARY: Mapping[str, Callable[[int], int]] = {
    "!": operator.not_,
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
}
_HOLDS: Mapping[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
