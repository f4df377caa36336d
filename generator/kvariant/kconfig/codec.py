# SPDX-License-Identifier: MIT
"""A parsed tree as bytes and back, without pickle: what is read back can run nothing.

    sections        what they hold, in `marshal`'s form of numbers, texts, tuples and dicts
    head            the plain fields of `Parsed`, and the paths that places refer to
    nodes           each expression once: (kind, ...), terms by their indices, which are smaller
    rules, symbols, definitions   by name; each value in bytes of its own
    the others      one field of `Parsed` each

A section, and each symbol's part of one, is decoded when it is first asked for: who explains
one symbol of a kernel does not pay for 16,000. Equal expressions become one object; what
`Values` remembers of an expression, by its id(), it remembers for all of them.

`marshal` differs between releases of Python and is not safe against bytes that somebody made
up: `kept` hands out what has the right digest and lies where nobody else can write.
"""

from __future__ import annotations

import functools
import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kvariant.errors import Location
from kvariant.kconfig.expression import (
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
)
from kvariant.kconfig.model import (
    ChoiceRules,
    Default,
    Mode,
    Model,
    Prompt,
    Range,
    ReverseDependency,
    Rules,
)
from kvariant.kconfig.parsed import Entry, MenuHeading, Parsed
from kvariant.kconfig.reader import Clause, ShellCommand
from kvariant.kconfig.symbol import Choice, Symbol
from kvariant.kconfig.syntax.construct import Construct, Found
from kvariant.kconfig.value import SymbolType

_T = TypeVar("_T")
_TYPES: tuple[SymbolType | None, ...] = (None, *SymbolType)
_CODES = {kind: i for i, kind in enumerate(_TYPES)}
_REFERENCE, _CONSTANT, _COMPARISON, _NOT, _AND, _OR, _MODE = range(7)
_PLAIN = ("root", "prefix", "files", "variables", "warnings", "undefined", "nesting")


def encoded(parse: Parsed) -> dict[str, bytes]:
    """Return the sections of a parsed tree; `Decoded` reads them."""
    return _Encoder(parse).sections()


class _Encoder:
    def __init__(self, parse: Parsed) -> None:
        self._parse = parse
        self._paths: dict[str, int] = {}
        self._nodes: dict[tuple[Any, ...], int] = {}
        self._known: dict[int, int] = {}
        """Indices of nodes by the id() of expressions, which the tree keeps alive."""

    def sections(self) -> dict[str, bytes]:
        parse, model, place = self._parse, self._parse.model, self._place
        sections: dict[str, Any] = {
            "rules": {name: _packed(self._rules(r)) for name, r in model.symbols.items()},
            "choice_rules": tuple(map(self._choice_rules, model.choices)),
            "modules": model.modules,
            "symbols": {
                s.name: _packed((
                    _CODES[s.type], s.prompt, place(s.location), s.choice, s.is_allnoconfig_y,
                ))
                for s in parse.symbols.values()
            },
            "types": {s.name: _CODES[s.type] for s in parse.symbols.values()},
            "definitions": {
                name: _packed(self._places(places)) for name, places in parse.definitions.items()
            },
            "choices": tuple(
                (c.prompt, c.members, place(c.location), c.is_optional, c.is_tristate)
                for c in parse.choices
            ),
            "clauses": {
                path: tuple(
                    (line, tuple((c.text, place(c.location)) for c in clauses))
                    for line, clauses in rows
                )
                for path, rows in parse.clauses.items()
            },
            "constructs": tuple(
                (f.construct.name, place(f.location), f.text) for f in parse.constructs
            ),
            "menus": dict(parse.menus),
            "outline": self._outline(),
            "generated": dict(parse.generated),
            "unset": {name: self._places(places) for name, places in parse.unset.items()},
            "shell_commands": tuple(
                (c.text, place(c.location), c.was_run) for c in parse.shell_commands
            ),
            "unwritten": tuple(sorted(parse.unwritten)),
            **{name: getattr(parse, name) for name in _PLAIN},
        }  # fmt: skip
        sections["nodes"] = tuple(self._nodes)
        sections["paths"] = tuple(self._paths)
        return {name: _packed(value) for name, value in sections.items()}

    def _place(self, place: Location) -> tuple[int, int, int]:
        return self._paths.setdefault(place.path, len(self._paths)), place.line, place.column

    def _places(self, places: Iterable[Location]) -> tuple[Any, ...]:
        return tuple(map(self._place, places))

    def _rules(self, rules: Rules) -> tuple[Any, ...]:
        node, place = self._node, self._place
        return (
            _CODES[rules.type],
            tuple((node(p.condition), place(p.location)) for p in rules.prompts),
            tuple((node(d.value), node(d.condition), place(d.location)) for d in rules.defaults),
            tuple((node(r.low), node(r.high), node(r.condition)) for r in rules.ranges),
            tuple((x.source, node(x.condition), place(x.location)) for x in rules.selected),
            tuple((x.source, node(x.condition), place(x.location)) for x in rules.implied),
            node(rules.depends),
            rules.choice,
            place(rules.location),
            rules.is_transitional,
        )

    def _choice_rules(self, rules: ChoiceRules) -> tuple[Any, ...]:
        node, place = self._node, self._place
        return (
            _CODES[rules.type],
            rules.is_optional,
            tuple((node(p.condition), place(p.location)) for p in rules.prompts),
            tuple((name, node(condition)) for name, condition in rules.defaults),
            rules.members,
            node(rules.depends),
            place(rules.location),
        )

    def _outline(self) -> tuple[Any, ...]:
        """Return the steps: a symbol's name, or whether a heading opens, and its number."""
        headings: dict[int, int] = {}
        listed: list[Any] = []
        steps: list[Any] = []
        for entry in self._parse.outline:
            heading = entry.opens or entry.closes
            if heading is None:
                steps.append(entry.symbol)
                continue
            if id(heading) not in headings:
                headings[id(heading)] = len(listed)
                listed.append((heading.text, tuple(map(self._node, heading.shows))))
            steps.append((entry.opens is not None, headings[id(heading)]))
        return tuple(listed), tuple(steps)

    def _node(self, root: Expression) -> int:
        """Return an expression's index; those of its terms are known first."""
        known = self._known
        found = known.get(id(root))
        if found is not None:
            return found
        stack = [root]
        while stack:
            item = stack[-1]
            missing = [term for term in _terms(item) if id(term) not in known]
            if missing:
                stack += missing
                continue
            stack.pop()
            row = self._row(item)
            known[id(item)] = self._nodes.setdefault(row, len(self._nodes))
        return known[id(root)]

    def _row(self, item: Expression) -> tuple[Any, ...]:
        known = self._known
        match item:
            case Reference():
                return _REFERENCE, item.name
            case Constant():
                return _CONSTANT, item.text
            case Comparison():
                return _COMPARISON, item.operator, known[id(item.left)], known[id(item.right)]
            case Not():
                return _NOT, known[id(item.term)]
            case And():
                return _AND, *(known[id(term)] for term in item.terms)
            case Or():
                return _OR, *(known[id(term)] for term in item.terms)
            case Mode():
                return _MODE, item.choice, item.members, item.is_y
        raise TypeError(f"no such expression can be kept: {item!r}")


def _terms(item: Expression) -> tuple[Expression, ...]:
    match item:
        case And() | Or():
            return item.terms
        case Not():
            return (item.term,)
        case Comparison():
            return item.left, item.right
    return ()


def _packed(value: Any) -> bytes:
    return marshal.dumps(value)


class Decoded(Parsed):
    """A parsed tree whose fields are decoded when they are asked for."""

    def __init__(self, sections: Mapping[str, bytes]) -> None:
        object.__setattr__(self, "_sections", sections)
        object.__setattr__(self, "_shared", _Shared(self._section("paths"), self._section("nodes")))

    def _section(self, name: str) -> Any:
        return marshal.loads(self._sections[name])

    def __getattr__(self, name: str) -> Any:
        """Decode a field that is not there yet; slots of a dataclass are empty until set."""
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._fields[name](self) if name in self._fields else self._section(name)
        object.__setattr__(self, name, found)
        return found

    @functools.cached_property
    def types(self) -> dict[str, SymbolType]:
        """Return the type of every symbol, without decoding symbols."""
        return {name: _type(code) for name, code in self._section("types").items()}

    def _of_model(self) -> Model:
        shared: _Shared = self._shared
        return Model(
            symbols=Lazy(self._section("rules"), shared.rules),
            choices=tuple(map(shared.choice_rules, self._section("choice_rules"))),
            modules=self._section("modules"),
        )

    def _of_symbols(self) -> Mapping[str, Symbol]:
        return Lazy(self._section("symbols"), self._shared.symbol)

    def _of_definitions(self) -> Mapping[str, tuple[Location, ...]]:
        return Lazy(self._section("definitions"), lambda _, row: self._shared.places(row))

    def _of_choices(self) -> tuple[Choice, ...]:
        place = self._shared.place
        return tuple(
            Choice(
                prompt=prompt,
                members=members,
                location=place(where),
                is_optional=is_optional,
                is_tristate=is_tristate,
            )
            for prompt, members, where, is_optional, is_tristate in self._section("choices")
        )

    def _of_clauses(self) -> Mapping[str, tuple[tuple[int, tuple[Clause, ...]], ...]]:
        place = self._shared.place
        return {
            path: tuple(
                (line, tuple(Clause(text, place(where)) for text, where in clauses))
                for line, clauses in rows
            )
            for path, rows in self._section("clauses").items()
        }

    def _of_constructs(self) -> tuple[Found, ...]:
        place = self._shared.place
        rows = self._section("constructs")
        return tuple(Found(Construct[name], place(where), text) for name, where, text in rows)

    def _of_outline(self) -> tuple[Entry, ...]:
        listed, steps = self._section("outline")
        expression = self._shared.expression
        headings = [MenuHeading(text, tuple(map(expression, shows))) for text, shows in listed]
        return tuple(
            Entry(symbol=step)
            if isinstance(step, str)
            else Entry(opens=headings[step[1]])
            if step[0]
            else Entry(closes=headings[step[1]])
            for step in steps
        )

    def _of_unset(self) -> Mapping[str, tuple[Location, ...]]:
        return {name: self._shared.places(row) for name, row in self._section("unset").items()}

    def _of_shell_commands(self) -> tuple[ShellCommand, ...]:
        place = self._shared.place
        rows = self._section("shell_commands")
        return tuple(ShellCommand(text, place(where), was_run) for text, where, was_run in rows)

    def _of_unwritten(self) -> frozenset[str]:
        return frozenset(self._section("unwritten"))

    _fields: Mapping[str, Callable[[Decoded], Any]] = {  # a constant
        "model": _of_model,
        "symbols": _of_symbols,
        "definitions": _of_definitions,
        "choices": _of_choices,
        "clauses": _of_clauses,
        "constructs": _of_constructs,
        "outline": _of_outline,
        "unset": _of_unset,
        "shell_commands": _of_shell_commands,
        "unwritten": _of_unwritten,
    }


class Lazy(Mapping[str, _T]):
    """Values by name, each decoded when it is first asked for, and then the same object."""

    def __init__(self, rows: dict[str, bytes], decode: Callable[[str, Any], _T]) -> None:
        self._rows = rows
        self._decode = decode
        self._done: dict[str, _T] = {}

    def __getitem__(self, name: str) -> _T:
        found = self._done.get(name)
        if found is None:
            found = self._done[name] = self._decode(name, marshal.loads(self._rows[name]))
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, the default for a name that has none."""
        found = self._done.get(name)
        if found is not None:
            return found
        return self[name] if name in self._rows else default

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class _Shared:
    """What the parts of a tree have in common: paths, and expressions by index."""

    def __init__(self, paths: tuple[str, ...], nodes: tuple[tuple[Any, ...], ...]) -> None:
        self._paths = paths
        self._nodes = nodes
        self._done: list[Expression | None] = [None] * len(nodes)

    def place(self, row: tuple[int, int, int]) -> Location:
        return Location(self._paths[row[0]], row[1], row[2])

    def places(self, rows: Iterable[tuple[int, int, int]]) -> tuple[Location, ...]:
        return tuple(map(self.place, rows))

    def expression(self, index: int) -> Any:
        """Return an expression, the same object for the same index."""
        done = self._done
        if (found := done[index]) is not None:
            return found
        nodes, stack = self._nodes, [index]
        while stack:
            at = stack[-1]
            row = nodes[at]
            kind = row[0]
            if kind == _REFERENCE:
                done[at] = Reference(row[1])
            elif kind == _CONSTANT:
                done[at] = Constant(row[1])
            elif kind == _MODE:
                done[at] = Mode(*row[1:])
            else:
                terms = row[2:] if kind == _COMPARISON else row[1:]
                if missing := [term for term in terms if done[term] is None]:
                    stack += missing
                    continue
                done[at] = _composed(kind, row, [done[term] for term in terms])
            stack.pop()
        return done[index]

    def rules(self, name: str, row: tuple[Any, ...]) -> Rules:
        kind, prompts, defaults, ranges, selected, implied, depends, choice, where, is_old = row
        of, place = self.expression, self.place
        return Rules(
            name=name,
            type=_TYPES[kind],
            prompts=tuple([Prompt(of(c), place(p)) for c, p in prompts]),
            defaults=tuple([Default(of(v), of(c), place(p)) for v, c, p in defaults]),
            ranges=tuple([Range(of(low), of(high), of(c)) for low, high, c in ranges]),
            selected=tuple(
                [ReverseDependency(source, of(c), place(p)) for source, c, p in selected]
            ),
            implied=tuple([ReverseDependency(source, of(c), place(p)) for source, c, p in implied]),
            depends=of(depends),
            choice=choice,
            location=place(where),
            is_transitional=is_old,
        )

    def choice_rules(self, row: tuple[Any, ...]) -> ChoiceRules:
        kind, is_optional, prompts, defaults, members, depends, where = row
        return ChoiceRules(
            type=_TYPES[kind],
            is_optional=is_optional,
            prompts=tuple(Prompt(self.expression(c), self.place(p)) for c, p in prompts),
            defaults=tuple((name, self.expression(c)) for name, c in defaults),
            members=members,
            depends=self.expression(depends),
            location=self.place(where),
        )

    def symbol(self, name: str, row: tuple[Any, ...]) -> Symbol:
        kind, prompt, where, choice, is_allnoconfig_y = row
        return Symbol(
            name=name,
            type=_type(kind),
            prompt=prompt,
            location=self.place(where),
            choice=choice,
            is_allnoconfig_y=is_allnoconfig_y,
        )


def _composed(kind: int, row: tuple[Any, ...], terms: list[Any]) -> Expression:
    if kind == _AND:
        return And(tuple(terms))
    if kind == _OR:
        return Or(tuple(terms))
    if kind == _NOT:
        return Not(terms[0])
    if kind == _COMPARISON:
        return Comparison(row[1], *terms)
    raise ValueError(f"no expression of kind {kind}")


def _type(code: int) -> SymbolType:
    found = _TYPES[code]
    assert found is not None
    return found
