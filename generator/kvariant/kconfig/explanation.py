# SPDX-License-Identifier: MIT
"""Why a symbol has its value, and why an asked-for value did not take.

Both are told from the values of one assignment, in the words and places of the
Kconfig files. One step deep: the unmet terms are named and why each is n, not the
whole chain behind them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.errors import Location, Note
from kvariant.kconfig.expression import (
    And,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    conjuncts,
)
from kvariant.kconfig.model import Mode, Prompt, Range, ReverseDependency, Rules
from kvariant.kconfig.semantics import levels
from kvariant.kconfig.value import SymbolType, Tristate

if TYPE_CHECKING:
    from kvariant.kconfig.parsed import Parsed
    from kvariant.kconfig.semantics.resolver import Resolved
    from kvariant.kconfig.written_clauses import WrittenClauses

_LISTED = 8
"""Symbols of one unmet term that are explained."""
_CLAUSES = 4
"""Unmet dependencies of one definition that are told."""
_SELECTORS = 3
"""Selects that do not hold that are told."""


class Explainer:
    """Tells about the values of one assignment."""

    def __init__(
        self, parse: Parsed, written: WrittenClauses, found: Resolved, asked: Mapping[str, str]
    ) -> None:
        """Take values and the user values that give them."""
        self._parse = parse
        self._written = written
        self._found = found
        self._asked = asked
        self._lacks: dict[str, str] = {}

    # Why a symbol has its value

    def why(self, name: str) -> tuple[Note, ...]:
        """Return what gives a symbol its value: user, select, imply, default, range, choice."""
        return tuple(dict.fromkeys(self._why(self._found.model.symbols[name])))

    def _why(self, rules: Rules) -> Iterator[Note]:
        found, name = self._found, rules.name
        value, shows = found.text(name), found.visibility(rules)
        if rules.is_logical and not levels.is_inert(found, rules):
            yield from (self._reverse(reverse, "selects", name) for reverse in self._selects(rules))
            if levels.barred(found, rules):
                yield Note(f"its selects do not count: {self._barred_by(rules)}", rules.location)
        asked = self._asked.get(name)
        if asked is not None:
            effect = "" if asked == value else f", but it is {value or 'empty'}"
            yield Note(f"it is asked to be {asked}{effect}", rules.location)
        if rules.choice is None and (asked is None or not shows):
            yield from self._given(rules)
        if (bounds := self._active(rules)) and asked != value:
            yield self._range(rules, bounds)
        if rules.prompts and not shows:
            for prompt in rules.prompts:
                yield Note(
                    f"its prompt does not show: {self._because(prompt.condition)}", prompt.location
                )
        if rules.choice is not None:
            yield from self._of_choice(rules, rules.choice)

    def _given(self, rules: Rules) -> Iterator[Note]:
        """Tell what gives a symbol a value that the user does not."""
        found = self._found
        for default in rules.defaults:
            if found.holds(default.condition):
                yield Note(f"its default is {default.value}", default.location)
                break
        else:
            reverses = rules.is_logical and (
                levels.implied(found, rules) or levels.selected(found, rules)
            )
            if not reverses:
                yield Note("it has no user value, and no default that counts", rules.location)
        if rules.is_logical and levels.implied(found, rules):
            for reverse in self._on(rules.implied):
                yield self._reverse(reverse, "implies", rules.name)
            if found.dialect.limited_imply and not found.fallback(rules):
                yield Note(
                    f"an imply gives no more than the dependency {rules.depends}", rules.location
                )

    def _reverse(self, reverse: ReverseDependency, verb: str, target: str) -> Note:
        condition = "" if reverse.condition == Constant("y") else f" if {reverse.condition}"
        source = self._found.text(reverse.source)
        return Note(
            f"{reverse.source} {verb} {target}{condition}, and is {source}", reverse.location
        )

    def _on(self, reverses: Sequence[ReverseDependency]) -> list[ReverseDependency]:
        found = self._found
        return [e for e in reverses if found.value(e.source) and found.holds(e.condition)]

    def _selects(self, rules: Rules) -> list[ReverseDependency]:
        """Return the selects that count."""
        return [] if levels.barred(self._found, rules) else self._on(rules.selected)

    def _barred_by(self, rules: Rules) -> str:
        return self._because(rules.depends) or f"{rules.depends} is n"

    def _of_choice(self, rules: Rules, index: int) -> Iterator[Note]:
        choice = self._found.model.choices[index]
        chosen = [member for member in choice.members if self._found.value(member) == 2]
        yield Note(f"its choice has {', '.join(chosen) or 'no member'} at y", choice.location)
        if rules.name in chosen and self._asked.get(rules.name) != "y":
            yield Note(f"{rules.name} is what its choice falls to", choice.location)

    # Why a value did not take

    def dropped(self, name: str, asked: str) -> tuple[Note, ...]:
        """Return the reasons why a symbol does not have the asked-for value."""
        return tuple(dict.fromkeys(self._dropped(self._found.model.symbols[name], asked)))

    def _dropped(self, rules: Rules, asked: str) -> Iterator[Note]:
        kind = self._parse.symbols[rules.name].type
        if kind.is_logical:
            yield from self._logical(rules, asked, kind)
        elif not self._found.dialect.is_value(asked, kind):
            yield Note(f"{asked!r} is not a value of the {kind.value} {rules.name}", rules.location)
        elif self._is_promptless(rules):
            yield Note(
                f"{rules.name} has no prompt: only its defaults give it a value", rules.location
            )
        elif not self._found.visibility(rules):
            yield from self._invisible(rules)
        elif bounds := self._active(rules):
            yield self._range(rules, bounds)

    def _logical(self, rules: Rules, asked: str, kind: SymbolType) -> Iterator[Note]:
        name, here = rules.name, rules.location
        if asked not in ("n", "y", "m"):
            yield Note(f"{name} is a {kind.value}; {asked!r} is none of its values", here)
        elif asked == "m" and self._found.acts_as_bool(rules.type):
            is_bool = rules.type is not SymbolType.TRISTATE
            why = "is a bool" if is_bool else "acts as a bool, modules are off"
            yield Note(f"{name} {why}: it is y or n, never m", here)
        elif Tristate.of(asked) > self._found.value(name):
            yield from self._held_down(rules, Tristate.of(asked))
        else:
            yield from self._held_up(rules, Tristate.of(asked))

    def _held_down(self, rules: Rules, asked: Tristate) -> Iterator[Note]:
        if self._is_promptless(rules):
            yield Note(f"{rules.name} {self._without_prompt(rules)}", rules.location)
        elif self._found.visibility(rules) < asked:
            yield from self._invisible(rules)
        else:
            yield from self._other_member(rules)

    def _held_up(self, rules: Rules, asked: Tristate) -> Iterator[Note]:
        found, name = self._found, rules.name
        above = [e for e in self._selects(rules) if self._strength(e) > asked]
        if above and not levels.is_inert(found, rules):
            for reverse in above:
                source = found.model.symbols[reverse.source]
                value = found.text(reverse.source)
                yield Note(f"{source.name} selects {name} and is {value}", source.location)
        elif rules.choice is not None:
            choice = found.model.choices[rules.choice]
            text = f"{name} is what its choice falls to; ask for another member instead"
            yield Note(text, choice.location)
        elif self._is_promptless(rules):
            value = found.text(name)
            giver = "an imply makes" if self._is_implied(rules) else "its defaults make"
            yield Note(f"{name} has no prompt: {giver} it {value}", rules.location)
        elif not found.visibility(rules):
            giver = "an imply" if self._is_implied(rules) else "its default"
            yield Note(f"{name} is not visible, so {giver} counts", rules.location)
            yield from self._invisible(rules)
        else:
            yield Note(f"m becomes {found.text(name)} for {name} here", rules.location)

    def _strength(self, reverse: ReverseDependency) -> int:
        return min(self._found.value(reverse.source), self._found.condition(reverse.condition))

    def _is_implied(self, rules: Rules) -> bool:
        counts = any(self._found.holds(default.condition) for default in rules.defaults)
        return not counts and bool(levels.implied(self._found, rules))

    def _other_member(self, rules: Rules) -> Iterator[Note]:
        if rules.choice is None:
            return
        choice = self._found.model.choices[rules.choice]
        for name in choice.members:
            if name != rules.name and self._found.value(name) == 2:
                how = "asked for later" if self._asked.get(name) == "y" else "the default"
                other = self._found.model.symbols[name]
                yield Note(f"its choice has {name}, {how}", other.location)

    def _is_promptless(self, rules: Rules) -> bool:
        return not rules.prompts and not self._found.visibility(rules)

    # Ranges

    def _active(self, rules: Rules) -> Range | None:
        return next((item for item in rules.ranges if self._found.holds(item.condition)), None)

    def _range(self, rules: Rules, bounds: Range) -> Note:
        found = self._found
        texts = [next(iter(found.operand(end))) for end in (bounds.low, bounds.high)]
        low, high = (found.number(text, rules.type) for text in texts)
        empty = [
            f"{end} has no value"
            for end, text in zip((bounds.low, bounds.high), texts, strict=True)
            if not text
        ]
        because = f": {' and '.join(empty)}, which counts as 0" if empty else ""
        if low > high:
            because += "; no number is inside"
        shown = f"[{texts[0] or low}, {texts[1] or high}]"
        return Note(f"the active range is {shown}{because}", rules.location)

    # Dependencies

    def _invisible(self, rules: Rules) -> Iterator[Note]:
        for prompt in rules.prompts:
            value = self._found.condition(prompt.condition)
            if value == Tristate.M:
                yield Note(f"{rules.name} is limited to m by {prompt.condition}", prompt.location)
                continue
            yield from self._unmet(rules, prompt)

    def _unmet(self, rules: Rules, prompt: Prompt) -> Iterator[Note]:
        """Yield a note for each written dependency that is n, then more on their symbols."""
        terms = dict.fromkeys(
            term for term in conjuncts(prompt.condition) if not self._found.condition(term)
        )
        unmet: dict[tuple[str, Location], list[Expression]] = {}
        for term in terms:
            clause = self._written.of(prompt.location, term)
            written = (clause.text, clause.location) if clause else (str(term), prompt.location)
            unmet.setdefault(written, []).append(term)
        for (text, location), parts in list(unmet.items())[:_CLAUSES]:
            states = list(dict.fromkeys(s for term in parts for s in self._states(term)))
            more = f" and {len(states) - _LISTED} more" if len(states) > _LISTED else ""
            yield Note(f"depends on {text}; {', '.join(states[:_LISTED])}{more}", location)
            for term in parts:
                yield from self._more(term)
        if len(unmet) > _CLAUSES:
            yield Note(f"{len(unmet) - _CLAUSES} more of its dependencies are not met")

    def _states(self, term: Expression) -> Iterator[str]:
        """Say what the symbols are that make a term n: `NET is n (asked to be n)`."""
        match term:
            case And(terms) | Or(terms):
                for part in terms:
                    if not self._found.condition(part):
                        yield from self._states(part)
            case Reference(name) if self._fails(name):
                yield f"{name} is n ({self._lack(name)})"
            case Not(Reference(name)) if name in self._found.model.symbols:
                yield f"{name} is {self._found.text(name)} ({self._giver(name)})"
            case Mode(index, members):
                for name in members[:1]:
                    yield f"the {term} is n ({self._hidden_choice(index, name)})"
            case _:
                yield f"{term} is n"

    def _hidden_choice(self, index: int, member: str) -> str:
        """Say why a choice is n."""
        choice = self._found.model.choices[index]
        conditions = [prompt.condition for prompt in choice.prompts]
        because = [self._because(condition) for condition in conditions]
        return " and ".join(filter(None, dict.fromkeys(because))) or "not visible"

    def _giver(self, name: str) -> str:
        """Say shortly what makes a symbol not n."""
        found = self._found
        rules = found.model.symbols[name]
        if not levels.is_inert(found, rules):
            for reverse in self._selects(rules):
                return f"{reverse.source} selects it"
        if name in self._asked and found.visibility(rules):
            return f"asked to be {self._asked[name]}"
        if rules.choice is not None:
            return "its choice falls to it"
        return "implied" if rules.is_logical and self._is_implied(rules) else "its default"

    def _lack(self, name: str) -> str:
        """Say shortly why a symbol is n."""
        rules = self._found.model.symbols.get(name)
        if rules is None:
            return "no Kconfig file read here defines it"
        if self._is_promptless(rules):
            has_way = rules.selected or rules.defaults or rules.implied
            return "no prompt" if has_way else "no prompt, nothing selects it"
        if not self._found.visibility(rules):
            return "not visible"
        if self._asked.get(name) == "n":
            return "asked to be n"
        if rules.choice is not None:
            return "another member of its choice is y"
        counts = "no default that counts" if rules.defaults else "no default"
        return f"no user value, {counts}"

    def _more(self, term: Expression) -> Iterator[Note]:
        """Tell where a symbol that makes a term n depends on others in turn."""
        failing = [name for name in term.symbols if self._fails(name)]
        for name in failing[:_LISTED]:
            rules = self._found.model.symbols.get(name)
            if rules is None:
                continue
            if name not in self._lacks:
                self._lacks[name] = self._why_no(rules)
            if self._lacks[name]:
                yield Note(f"{name} {self._lacks[name]}", rules.location)

    def _fails(self, name: str) -> bool:
        rules = self._found.model.symbols.get(name)
        return rules is None or (rules.is_logical and not self._found.value(name))

    def _why_no(self, rules: Rules) -> str:
        """Say which other symbols a symbol is n for, "" where it is for none."""
        if self._is_promptless(rules):
            return self._without_prompt(rules) if rules.selected else ""
        if not self._found.visibility(rules):
            because = [self._because(prompt.condition) for prompt in rules.prompts]
            return f"is not visible: {' and '.join(dict.fromkeys(because))}"
        return ""

    def _without_prompt(self, rules: Rules) -> str:
        reverses = rules.selected
        if not reverses:
            return "has no prompt and nothing selects it"
        if levels.barred(self._found, rules):
            return f"has no prompt, and its selects do not count: {self._barred_by(rules)}"
        terms = [
            f"{reverse.source} selects it, but {self._reverse_lacks(reverse)}"
            for reverse in reverses[:_SELECTORS]
            if not self._strength(reverse)
        ]
        more = len(reverses) - _SELECTORS
        others = f" and {more} more select it" if more > 0 else ""
        return f"has no prompt; {'; '.join(terms) or 'its selects give less'}{others}"

    def _reverse_lacks(self, reverse: ReverseDependency) -> str:
        source = self._because(Reference(reverse.source))
        return source or self._because(reverse.condition)

    def _because(self, condition: Expression) -> str:
        """Say which term of a condition is n, "" if it holds."""
        values, types = self._values, self._types
        for term in conjuncts(condition):
            if isinstance(term, Mode):
                if not self._found.condition(term):
                    return self._hidden_choice(term.choice, "")
            elif because := term.because(values, types):
                return because
        return ""

    @functools.cached_property
    def _values(self) -> Mapping[str, str]:
        return _ResolvedTexts(self._found)

    @functools.cached_property
    def _types(self) -> Mapping[str, SymbolType]:
        return self._parse.types


class _ResolvedTexts(Mapping[str, str]):
    """Value texts as `Expression` reads them, found when asked for."""

    def __init__(self, found: Resolved) -> None:
        self._found = found

    def __getitem__(self, name: str) -> str:
        if name not in self._found.model.symbols:
            raise KeyError(name)
        return self._found.text(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found.model.symbols)

    def __len__(self) -> int:
        return len(self._found.model.symbols)
