# SPDX-License-Identifier: MIT
"""Why a symbol cannot have a value, in Kconfig's words and places.

Every requirement of the image is switched by an assumption of its own; where the
wanted value has no solution, the assumptions that clash are an unsat core, shrunk
until every member is needed (deletion: Dershowitz, Hanna, Nadel: A scalable
algorithm for minimal unsatisfiable core extraction, SAT 2006). Each member is a
rule of one symbol and becomes a note. Values without prompts are no requirements
but definitions: they are added where a note leads to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pysat.solvers import Cadical153

from kvariant.errors import Location, Note
from kvariant.kconfig.expression import Expression, Reference, conjuncts
from kvariant.kconfig.reader import deep
from kvariant.kconfig.semantics import levels
from kvariant.space.circuit import FALSE, TRUE, Literal, Tri
from kvariant.space.image import Image, Requirement, Rule
from kvariant.space.solve import solve
from kvariant.space.solver import required

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration
    from kvariant.kconfig.model import Prompt, ReverseDependency, Rules
    from kvariant.space.encoding import Encoding

PlaceOf = Callable[[str, Expression, Location], Location]
"""Where a term of a symbol's dependency is written, given the definition it holds in."""

_LISTED = 12
"""Definitions of promptless symbols that an explanation follows."""
_WALKED = 200
"""Dead symbols that are looked at for the one thing that all lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Whether a symbol can have a value, and why not."""

    symbol: str
    value: str
    configuration: Configuration | None
    """One where it has the value, with the fewest user values; None: it never has."""
    notes: tuple[Note, ...]
    """A minimal set of rules that together exclude the value, in Kconfig order."""
    cause: str = ""
    """The one missing thing that it is all due to, if it is one: `nothing in this tree
    selects HAVE_X`."""

    @property
    def is_possible(self) -> bool:
        """Return whether some configuration has the value."""
        return self.configuration is not None


def explained(encoding: Encoding, place: PlaceOf, symbol: str, value: str) -> Explanation:
    """Return whether a symbol can have a value, and the rules that exclude it if not.

    Raises:
        InputError: no such symbol, or no value of its type.
    """
    encoding.check([(symbol, value)])
    cone = encoding.part([symbol]).widened([(symbol, value)])
    found = solve(cone, {symbol: value})
    notes: tuple[Note, ...] = ()
    cause = ""
    if found is None:
        notes, cause = deep(lambda: _excluded(cone, place, symbol, value))
    return Explanation(symbol=symbol, value=value, configuration=found, notes=notes, cause=cause)


def _excluded(
    cone: Encoding, place: PlaceOf, symbol: str, value: str
) -> tuple[tuple[Note, ...], str]:
    wanted = cone.literals(symbol).get(value, FALSE)
    narrator = Narrator(cone.image, place)
    notes = narrator.notes(symbol, conflict(cone.image, wanted))
    return notes, narrator.cause(symbol) if value in ("m", "y") else ""


def conflict(image: Image, wanted: Literal) -> list[Requirement]:
    """Return a minimal set of requirements under which a literal cannot be true.

    Empty where the definitions alone exclude it. Cost: a solver call of milliseconds
    for each of the set; a chain of 3,000 dependencies takes 10 s.
    """
    if wanted == FALSE:
        return []
    circuit = image.circuit
    requirements = list(_by_term(image))
    switches = {len(circuit) + 1 + i: r for i, r in enumerate(requirements)}
    with Cadical153() as solver:
        solver.add_clause([TRUE])
        for clause in circuit.clauses(circuit.cone([wanted, *(r.literal for r in requirements)])):
            solver.add_clause(clause)
        for switch, requirement in switches.items():
            for clause in required(circuit, [requirement.literal]):
                solver.add_clause([-switch, *clause])
        core = _failed(solver, wanted, list(switches))
        while core is not None:  # a core of the core is often much smaller
            smaller = _failed(solver, wanted, core)
            if smaller is None or len(smaller) >= len(core):
                break
            core = smaller
        needed = list(core or ())
        for switch in list(needed):
            without = [other for other in needed if other != switch]
            reduced = _failed(solver, wanted, without)
            if reduced is not None:
                kept = set(reduced)
                needed = [other for other in without if other in kept]
    return [switches[switch] for switch in sorted(needed)]


def _by_term(image: Image) -> Iterator[Requirement]:
    """Yield the requirements, upper bounds by each term of a prompt's condition."""
    split: set[str] = set()
    for requirement in image.requirements:
        rules = image.model.symbols.get(requirement.symbol)
        if requirement.rule is not Rule.BOUND or rules is None or not _is_splittable(rules):
            yield requirement
        elif rules.name not in split:
            split.add(rules.name)
            for term in conjuncts(rules.prompts[0].condition):
                literal = _bounded(image, rules, image.condition(term))
                yield Requirement(literal, rules.name, Rule.BOUND, term)


def _is_splittable(rules: Rules) -> bool:
    return rules.is_logical and rules.choice is None and len(rules.prompts) == 1


def _bounded(image: Image, rules: Rules, term: Tri) -> Literal:
    """Return that a value is not above one term; all terms together are the bound."""
    circuit = image.circuit
    value, fallback = image.value(rules.name), image.fallback(rules)
    full = circuit.either(term.full, circuit.both(term.some, levels.promotes(image, rules)))
    return circuit.both(
        circuit.implies(value.some, circuit.either(term.some, fallback.some)),
        circuit.implies(value.full, circuit.either(full, fallback.full)),
    )


def _failed(solver: Cadical153, wanted: Literal, switches: Sequence[int]) -> list[int] | None:
    """Return the switches that clash with the wanted literal, None if there is a solution."""
    if solver.solve([wanted, *switches]):
        return None
    core = set(solver.get_core() or ())
    return [switch for switch in switches if switch in core]


class Narrator:
    """Turns requirements into notes with places."""

    def __init__(self, image: Image, place: PlaceOf) -> None:
        self._image = image
        self._place = place
        self._told: dict[str, None] = {}

    def notes(self, symbol: str, core: Sequence[Requirement]) -> tuple[Note, ...]:
        """Return the notes for a core, those about the symbol first; "": about none."""
        rules = dict.fromkeys((r.symbol, r.rule, r.term) for r in core if r.rule is not Rule.ONE)
        ordered = sorted(rules, key=lambda item: item[0] != symbol)
        names = {name for name, _, _ in ordered}
        found: list[Note] = []
        if symbol and symbol not in names:
            found += self._definition(symbol)
        for name, rule, term in ordered:
            if rule is Rule.WHERE:
                assert term is not None
                found += [Note(f"the variants satisfy {term}"), *self._definitions(term)]
                continue
            told = self._image.model.symbols[name]
            found += self._term(told, term) if term else self._rule(told, rule, names)
        return tuple(dict.fromkeys(found))

    def cause(self, symbol: str) -> str:
        """Return what a symbol that is n by structure lacks in the end, "" if not one thing.

        Every way to make it y (a prompt, a default, a select) must end at the same
        symbol, which has no way itself.
        """
        causes = set(self._causes(symbol, set()))
        return causes.pop() if len(causes) == 1 else ""

    def _causes(self, name: str, seen: set[str]) -> Iterator[str]:
        rules = self._image.model.symbols.get(name)
        if rules is None:
            yield f"no Kconfig file read here defines {name}"
            return
        if not rules.is_logical or self._image.value(name).some != FALSE or len(seen) >= _WALKED:
            yield ""
            return
        if name in seen:
            return
        seen.add(name)
        if not (rules.prompts or rules.defaults or rules.selected or rules.implied):
            yield f"nothing in this tree selects {name}"
        for prompt in rules.prompts:
            yield from self._lacking(seen, prompt.condition)
        for default in rules.defaults:
            yield from self._lacking(seen, default.value, default.condition)
        for reverse in (*rules.selected, *rules.implied) if rules.choice is None else ():
            if self._image.value(reverse.source).some == FALSE:
                yield from self._causes(reverse.source, seen)
            else:
                yield from self._lacking(seen, reverse.condition)

    def _lacking(self, seen: set[str], *conditions: Expression) -> Iterator[str]:
        """Yield the causes of the first symbol that keeps conditions from holding together."""
        terms = [term for condition in conditions for term in conjuncts(condition)]
        never = [t.name for t in terms if isinstance(t, Reference) and self._never(t)]
        yield from self._causes(never[0], seen) if never else [""]

    def _rule(self, rules: Rules, rule: Rule, names: set[str]) -> Iterator[Note]:
        name = rules.name
        choice = None if rules.choice is None else self._image.model.choices[rules.choice]
        if rule is Rule.BOUND:
            yield from self._bound(rules, names)
        elif rule is Rule.SELECT:
            for reverse in self._active(rules.selected):
                yield self._reverse_note(reverse, "selects", name)
        elif rule is Rule.HIDDEN:
            yield Note(f"{name} is not visible, so its default counts", rules.location)
            yield from self._defaults(rules)
        elif rule is Rule.BARRED:
            yield Note(f"{name} is n while it is selected without {rules.depends}", rules.location)
        elif rule is Rule.PROMOTED:
            yield Note(f"m becomes y for {name}", rules.location)
        elif rule is Rule.RANGE:
            yield from self._ranges(rules)
            if not rules.ranges:
                yield Note(f"{name} has its default where it is not visible", rules.location)
        elif choice is not None:
            members = ", ".join(choice.members)
            if rule is Rule.MODE:
                yield Note(f"the choice of {members} is limited by its prompt", choice.location)
            else:
                yield Note(f"exactly one of {members} is y", choice.location)

    def _ranges(self, rules: Rules) -> Iterator[Note]:
        for item in rules.ranges:
            condition = f" if {item.condition}" if str(item.condition) != "y" else ""
            text = f"{rules.name} has the range [{item.low}, {item.high}]{condition}"
            yield Note(text, rules.location)
            for end in (item.low, item.high):
                yield from self._end(end)

    def _end(self, end: Expression) -> Iterator[Note]:
        """Tell what gives the end of a range its value, or that nothing does."""
        rules = self._image.model.symbols.get(end.name) if isinstance(end, Reference) else None
        if rules is None or rules.type is None:
            return
        for default in rules.defaults[:1]:
            yield Note(f"{rules.name} has default {default.value}", default.location)
        if not rules.defaults and not rules.prompts:
            value = next(iter(self._image.texts(rules.name)))
            effect = f"is {value}" if value else "has no value, which counts as 0"
            text = f"{rules.name} has no prompt and no default, so it {effect}"
            yield Note(text, rules.location)

    def _bound(self, rules: Rules, names: set[str]) -> Iterator[Note]:
        """Tell what a prompt depends on: the terms that the conflict is about."""
        for prompt in rules.prompts:
            terms = list(conjuncts(prompt.condition))
            telling = [
                t for t in terms if self._never(t) or names & set(t.symbols) or self._promptless(t)
            ]
            for term in [t for t in terms if self._never(t)] or telling or terms[:4]:
                yield from self._term(rules, term, prompt)

    def _term(self, rules: Rules, term: Expression, prompt: Prompt | None = None) -> Iterator[Note]:
        place = self._place(rules.name, term, (prompt or rules.prompts[0]).location)
        yield Note(f"{rules.name} depends on {term}", place)
        yield from self._definitions(term)

    def _definitions(self, term: Expression) -> Iterator[Note]:
        """Follow a term to the promptless, fixed or undefined symbols that it reads."""
        for name in term.symbols:
            rules = self._image.model.symbols.get(name)
            if rules is None:
                if not name.isdigit():
                    yield Note(f"no Kconfig file read here defines {name}")
            elif rules.is_logical and (not rules.prompts or self._image.value(name).some == FALSE):
                yield from self._definition(name)

    def _definition(self, name: str) -> Iterator[Note]:
        if name in self._told or len(self._told) >= _LISTED:
            return
        self._told[name] = None
        rules = self._image.model.symbols[name]
        if rules.ranges:
            yield from self._ranges(rules)
            return
        if rules.prompts:
            yield from self._bound(rules, set())
            return
        reverses = [*rules.selected, *rules.implied]
        if not reverses and not rules.defaults:
            yield Note(f"{name} has no prompt, no default, and nothing selects it", rules.location)
            return
        if rules.defaults:
            yield from self._defaults(rules)
        for reverse in reverses[:4]:
            verb = "selects" if reverse in rules.selected else "implies"
            yield self._reverse_note(reverse, verb, name)
            if self._image.value(reverse.source).some == FALSE:
                yield from self._definition(reverse.source)
            elif self._never(reverse.condition):
                yield from self._definitions(reverse.condition)
        if len(reverses) > 4:
            yield Note(f"{len(reverses) - 4} more select or imply {name}", rules.location)

    def _defaults(self, rules: Rules) -> Iterator[Note]:
        for default in rules.defaults[:4]:
            condition = f" if {default.condition}" if str(default.condition) != "y" else ""
            what = "" if rules.prompts else " and no prompt"
            yield Note(
                f"{rules.name} has default {default.value}{condition}{what}", default.location
            )
            yield from self._definitions(default.condition)

    def _reverse_note(self, reverse: ReverseDependency, verb: str, target: str) -> Note:
        condition = f" if {reverse.condition}" if str(reverse.condition) != "y" else ""
        place = self._place(reverse.source, Reference(target), reverse.location)
        return Note(f"{reverse.source} {verb} {target}{condition}", place)

    def _active(self, reverses: Sequence[ReverseDependency]) -> list[ReverseDependency]:
        return [r for r in reverses if self._image.value(r.source).some != FALSE][:4]

    def _never(self, term: Expression) -> bool:
        return self._image.condition(term).some == FALSE

    def _promptless(self, term: Expression) -> bool:
        symbols = self._image.model.symbols
        return any(name not in symbols or not symbols[name].prompts for name in term.symbols)
