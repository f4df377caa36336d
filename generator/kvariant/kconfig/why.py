# SPDX-License-Identifier: MIT
"""Why a symbol has the value it has: the user, a select, a default, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kvariant.errors import Note
from kvariant.kconfig.configuration import Configuration
from kvariant.kconfig.model import Lever, Model, Rules
from kvariant.kconfig.value import Tristate


def why(model: Model, configuration: Configuration, name: str) -> Iterator[Note]:
    """Yield what gives a symbol its value in a configuration, the decisive rule first."""
    rules = model.symbols[name]
    value = configuration[name]
    shows = max((configuration.evaluate(p.condition) for p in rules.prompts), default=Tristate.N)
    for lever in _raising(rules, configuration):
        condition = f" if {lever.condition}" if str(lever.condition) != "y" else ""
        source = configuration[lever.source]
        yield Note(f"{lever.source} selects {name}{condition}, and is {source}", lever.location)
    asked = configuration.assignment.get(name)
    if asked is not None:
        effect = "" if asked == value else f", but it is {value or 'empty'}"
        yield Note(f"it is asked to be {asked}{effect}", rules.location)
    if asked is None or shows is Tristate.N:
        for default in rules.defaults:
            if configuration.satisfies(default.condition):
                yield Note(f"its default is {default.value}", default.location)
                break
        else:
            yield Note("it has no user value, and no default that counts", rules.location)
    if rules.prompts and shows is Tristate.N:
        for prompt in rules.prompts:
            because = configuration.because(prompt.condition)
            yield Note(f"its prompt does not show: {because}", prompt.location)
    if rules.choice is not None:
        members = model.choices[rules.choice].members
        chosen = [member for member in members if configuration[member] == "y"]
        yield Note(
            f"its choice has {', '.join(chosen) or 'no member'} at y",
            model.choices[rules.choice].location,
        )


def _raising(rules: Rules, configuration: Configuration) -> list[Lever]:
    if not rules.is_logical or rules.choice is not None:
        return []
    return [
        lever
        for lever in rules.selected
        if Tristate.of(configuration[lever.source]) is not Tristate.N
        and configuration.satisfies(lever.condition)
    ]
