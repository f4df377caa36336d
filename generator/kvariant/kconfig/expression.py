# SPDX-License-Identifier: MIT
"""Kconfig expressions: `PTE_MARKER && (X86_64 || ARM64) && BITS != 32`.

One syntax tree serves the tree's own conditions, the interface's `requires` and
`exists`, the pytest marker `kconfig(...)` and every `where`:

    Expression
    ├── Reference(name)           a symbol; a name no Kconfig defines is its own text.
    │                             Or $(NAME), a variable that `replaced` knows
    ├── Constant(text)            a quoted string, or n, m, y
    ├── Comparison(op, a, b)      = != < <= > >=
    ├── Not(term)
    ├── And(terms)                two or more, flattened
    └── Or(terms)

Evaluation follows the kernel's Documentation/kbuild/kconfig-language.rst, "Menu
dependencies", and kconfiglib's `expr_value`: comparisons are numeric where both
sides are numbers, else they compare text.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.kconfig.value import SymbolType, Tristate

Types = Mapping[str, SymbolType]
_NO_TYPES: Types = {}


class Expression:
    """A Kconfig expression: immutable, hashable, printed as Kconfig spells it.

    No `abc.ABC`, though it has abstract methods: `isinstance` and `match` ask such a class in
    Python what they ask any other in C, and conditions of makefiles are asked millions of times.
    """

    __slots__ = ("_hash",)  # no field of the dataclasses below: neither compared nor pickled
    _hash: int
    __match_args__: ClassVar[tuple[str, ...]]

    def __hash__(self) -> int:
        """Return the hash of all fields, worked out once: terms are keys of many dictionaries."""
        try:
            return self._hash
        except AttributeError:
            found = hash((type(self), *(getattr(self, name) for name in self.__match_args__)))
            object.__setattr__(self, "_hash", found)
            return found

    @staticmethod
    def parse(text: str, location: Location | None = None) -> Expression:
        """Parse Kconfig's expression syntax.

        Raises:
            InputError: `text` is not an expression [expression]; the column of
                `location`, if given, is that of the expression's first character.
        """
        return _Parser(text, location).parse()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the names of the symbols read, each once, in order of appearance."""
        return tuple(dict.fromkeys(self._names()))

    @abc.abstractmethod
    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        """Return the expression's value under the symbols' value texts.

        Args:
            values: value text of each symbol; a name that is absent is undefined,
                which makes it n, and its own name in comparisons.
            types: type of each symbol. A symbol without one counts as tristate
                where its text is n, m or y, and as a string or number otherwise.
        """

    def holds(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> bool:
        """Return whether the value is not n, as `depends on` asks."""
        return self.evaluate(values, types) is not Tristate.N

    def failing_term(
        self, values: Mapping[str, str], types: Types = _NO_TYPES
    ) -> Expression | None:
        """Return the first top-level `&&` term that is n, or None if all hold."""
        return None if self.holds(values, types) else self

    def because(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> str:
        """Say in words why the expression is n: `USERFAULTFD is y`, or "" if it holds."""
        term = self.failing_term(values, types)
        if term is None:
            return ""
        inner = term.term if isinstance(term, Not) else term
        if isinstance(inner, Reference):
            known = inner.name in values
            return f"{inner.name} is {values[inner.name] if known else 'not defined'}"
        return f"{term} is n"

    @abc.abstractmethod
    def replaced(self, values: Mapping[str, str]) -> Expression:
        """Return the expression with some names' values in their place, what follows worked out.

        With `$(ARCH)` being x86, `$(ARCH) = "x86" && NET` is `NET`.
        """

    @abc.abstractmethod
    def _names(self) -> Iterator[str]:
        """Yield the names read, with repetitions."""


@dataclass(frozen=True, slots=True)
class Reference(Expression):
    """A reference to a symbol by name."""

    name: str

    __hash__ = Expression.__hash__

    @property
    def symbols(self) -> tuple[str, ...]:
        return (self.name,)

    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        kind = types.get(self.name)
        if kind is not None and not kind.is_logical:
            return Tristate.N
        return Tristate.of(values.get(self.name, ""))

    def __str__(self) -> str:
        return self.name

    def replaced(self, values: Mapping[str, str]) -> Reference | Constant:
        return Constant(values[self.name]) if self.name in values else self

    def _names(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A quoted text; `n`, `m` and `y` are constants with or without quotes."""

    text: str

    __hash__ = Expression.__hash__

    @property
    def symbols(self) -> tuple[str, ...]:
        return ()

    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        return Tristate.of(self.text)

    def __str__(self) -> str:
        if self.text in ("n", "m", "y"):
            return self.text
        escaped = self.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    def replaced(self, values: Mapping[str, str]) -> Constant:
        return self

    def _names(self) -> Iterator[str]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    """A relation between two operands, y or n."""

    operator: str
    """One of = != < <= > >=."""
    left: Reference | Constant
    right: Reference | Constant

    __hash__ = Expression.__hash__

    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        order = _compare(self.left, self.right, values, types)
        return Tristate.Y if RELATIONS[self.operator](order) else Tristate.N

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"

    def replaced(self, values: Mapping[str, str]) -> Expression:
        sides = self.left.replaced(values), self.right.replaced(values)
        found = Comparison(self.operator, *sides)
        is_known = all(isinstance(side, Constant) for side in sides)
        return _constant(found) if is_known else found

    def _names(self) -> Iterator[str]:
        yield from self.left._names()
        yield from self.right._names()


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """The complement: 2 - value."""

    term: Expression

    __hash__ = Expression.__hash__

    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        return Tristate(2 - self.term.evaluate(values, types))

    def __str__(self) -> str:
        return f"!{_grouped(self.term, (And, Or, Comparison))}"

    def replaced(self, values: Mapping[str, str]) -> Expression:
        found = Not(self.term.replaced(values))
        return _constant(found) if isinstance(found.term, Constant) else found

    def _names(self) -> Iterator[str]:
        return self.term._names()


@dataclass(frozen=True, slots=True)
class And(Expression):
    """The minimum of two or more terms."""

    terms: tuple[Expression, ...]

    __hash__ = Expression.__hash__

    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        return min(term.evaluate(values, types) for term in self.terms)

    def failing_term(
        self, values: Mapping[str, str], types: Types = _NO_TYPES
    ) -> Expression | None:
        for term in self.terms:
            if (failing := term.failing_term(values, types)) is not None:
                return failing
        return None

    def __str__(self) -> str:
        return " && ".join(_grouped(term, (Or,)) for term in self.terms)

    def replaced(self, values: Mapping[str, str]) -> Expression:
        return every(term.replaced(values) for term in self.terms)

    def _names(self) -> Iterator[str]:
        for term in self.terms:
            yield from term._names()


@dataclass(frozen=True, slots=True)
class Or(Expression):
    """The maximum of two or more terms."""

    terms: tuple[Expression, ...]

    __hash__ = Expression.__hash__

    def evaluate(self, values: Mapping[str, str], types: Types = _NO_TYPES) -> Tristate:
        return max(term.evaluate(values, types) for term in self.terms)

    def __str__(self) -> str:
        return " || ".join(str(term) for term in self.terms)

    def replaced(self, values: Mapping[str, str]) -> Expression:
        return some(term.replaced(values) for term in self.terms)

    def _names(self) -> Iterator[str]:
        for term in self.terms:
            yield from term._names()


ALWAYS = Constant("y")
NEVER = Constant("n")

RELATIONS: Mapping[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def every(terms: Iterable[Expression]) -> Expression:
    """Return the conjunction of some terms: y without any, n where one is."""
    found = [term for term in terms if term != ALWAYS]
    if NEVER in found or not found:
        return NEVER if found else ALWAYS
    return found[0] if len(found) == 1 else And(_flattened(found, And))


def some(terms: Iterable[Expression]) -> Expression:
    """Return the disjunction of some terms: n without any, y where one is."""
    found = [term for term in terms if term != NEVER]
    if ALWAYS in found or not found:
        return ALWAYS if found else NEVER
    return found[0] if len(found) == 1 else Or(_flattened(found, Or))


def with_m(expression: Expression, m: Expression) -> Expression:
    """Return an expression with something in place of each bare m, as Kconfig puts `m && MODULES`.

    An m that is compared with stays.
    """
    match expression:
        case Constant("m"):
            return m
        case Not(term):
            return Not(with_m(term, m))
        case And(terms):
            return And(tuple(with_m(term, m) for term in terms))
        case Or(terms):
            return Or(tuple(with_m(term, m) for term in terms))
    return expression


def variable(name: str) -> str:
    """Return how expressions call a variable of the environment, as Kconfig files do."""
    return f"$({name})"


def is_variable(name: str) -> bool:
    """Return whether a name in an expression is a variable's, not a symbol's."""
    return name.startswith("$(")


def _constant(expression: Expression) -> Constant:
    return Constant("nmy"[expression.evaluate({})])


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """Yield the terms of a conjunction, the expression itself where it is none."""
    if isinstance(expression, And):
        for term in expression.terms:
            yield from conjuncts(term)
    else:
        yield expression


def _grouped(term: Expression, looser: tuple[type[Expression], ...]) -> str:
    return f"({term})" if isinstance(term, looser) else str(term)


def _compare(
    left: Reference | Constant, right: Reference | Constant, values: Mapping[str, str], types: Types
) -> int:
    return ordering(
        _text(left, values),
        _kind(left, values, types),
        _text(right, values),
        _kind(right, values, types),
    )


def ordering(
    left: str, left_type: SymbolType | None, right: str, right_type: SymbolType | None
) -> int:
    """Return -1, 0 or 1 as a value text is below, equal to or above another.

    Args:
        left_type: type of the symbol whose value `left` is; None for a constant
            and for a name that no Kconfig gives a type.

    Numeric where both sides are numbers and not both strings, else by text
    [kconfiglib `expr_value`].
    """
    if not left_type is right_type is SymbolType.STRING:
        try:
            a, b = _number(left, left_type), _number(right, right_type)
        except ValueError:
            pass  # no two numbers: compared as texts, below
        else:
            return (a > b) - (a < b)
    return (left > right) - (left < right)


def _text(operand: Reference | Constant, values: Mapping[str, str]) -> str:
    return operand.text if isinstance(operand, Constant) else values.get(operand.name, operand.name)


def _kind(
    operand: Reference | Constant, values: Mapping[str, str], types: Types
) -> SymbolType | None:
    if isinstance(operand, Constant):
        return SymbolType.TRISTATE if operand.text in ("n", "m", "y") else None
    if operand.name in types:
        return types[operand.name]
    return SymbolType.TRISTATE if values.get(operand.name) in ("n", "m", "y") else None


def _number(text: str, kind: SymbolType | None) -> int:
    """Return what kconfiglib's `_sym_to_num` makes of a value, or raise ValueError."""
    if kind is not None and kind.is_logical:
        return int(Tristate.of(text))
    return int(text, {SymbolType.INT: 10, SymbolType.HEX: 16}.get(kind, 0) if kind else 0)


_TOKEN = re.compile(
    r"""\s*(?:(?P<operator>&&|\|\||!=|<=|>=|[!()=<>])
          |(?P<name>[A-Za-z0-9_./-]+|\$\(\w+\))
          |"(?P<double>(?:[^"\\]+|\\.)*+)"
          |'(?P<single>(?:[^'\\]+|\\.)*+)')""",
    re.VERBOSE,
)


class _Parser:
    """Recursive descent: or > and > not > comparison > operand."""

    def __init__(self, text: str, location: Location | None) -> None:
        self._source = text
        self._location = location
        self._tokens: list[tuple[str, str, int]] = []
        position = 0
        end = len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if not match:
                position += len(text[position:]) - len(text[position:].lstrip())
                raise self._error(f"unexpected {text[position]!r}", position)
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind], match.start(kind)))
            position = match.end()
        self._tokens.append(("end", "", end))
        self._index = 0

    def parse(self) -> Expression:
        expression = self._or()
        if self._peek()[0] != "end":
            raise self._expected("&& or ||")
        return expression

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._index]

    def _accept(self, operator: str) -> bool:
        found = self._peek()[:2] == ("operator", operator)
        self._index += found
        return found

    def _or(self) -> Expression:
        terms = [self._and()]
        while self._accept("||"):
            terms.append(self._and())
        return terms[0] if len(terms) == 1 else Or(_flattened(terms, Or))

    def _and(self) -> Expression:
        terms = [self._not()]
        while self._accept("&&"):
            terms.append(self._not())
        return terms[0] if len(terms) == 1 else And(_flattened(terms, And))

    def _not(self) -> Expression:
        if self._accept("!"):
            return Not(self._not())
        if self._accept("("):
            inner = self._or()
            if not self._accept(")"):
                raise self._expected("')'")
            return inner
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._operand()
        kind, operator, _ = self._peek()
        if kind != "operator" or operator not in RELATIONS:
            return left
        self._index += 1
        return Comparison(operator, left, self._operand())

    def _operand(self) -> Reference | Constant:
        kind, text, _ = self._peek()
        if kind in ("operator", "end"):
            raise self._expected("a symbol")
        self._index += 1
        if kind == "name":
            return Constant(text) if text in ("n", "m", "y") else Reference(text)
        return Constant(re.sub(r"\\(.)", r"\1", text))

    def _expected(self, what: str) -> InputError:
        kind, text, position = self._peek()
        found = "the end" if kind == "end" else repr(text)
        return self._error(f"expected {what}, found {found}", position)

    def _error(self, message: str, position: int) -> InputError:
        where = self._location
        if where and where.column:
            where = Location(where.path, where.line, where.column + position)
        return InputError(
            Diagnostic(
                message=f"{message} in the expression {self._source!r}",
                code="expression",
                location=where,
                hint="Kconfig's operators are && || ! ( ) = != < <= > >=",
            )
        )


def _flattened(terms: list[Expression], kind: type[And] | type[Or]) -> tuple[Expression, ...]:
    flat: list[Expression] = []
    for term in terms:
        flat += term.terms if isinstance(term, kind) else [term]
    return tuple(flat)
