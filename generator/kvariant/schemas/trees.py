# SPDX-License-Identifier: MIT
"""What verbs print of a tree: `space`, `explain`, `check` and `review`.

Of several trees each prints `{"format": 1, "trees": [{"name": ...}, ...]}`; the records here
are of one.
"""

from __future__ import annotations

from typing import Literal

from kvariant.schemas.record import ABSENT, DiagnosticJson, JsonRecord, OtherwiseJson


class ShellCommandJson(JsonRecord):
    """A `$(shell ...)` of the Kconfig files."""

    command: str
    location: str
    was_run: bool


class TemplatesJson(JsonRecord):
    """What the templates read."""

    symbols: list[str]
    count: int | None
    """Configurations that differ in these; null: nobody knows."""
    of: list[str]
    uncounted: str = ABSENT
    """Why it is not known."""
    hint: str = ABSENT


class SpaceJson(JsonRecord):
    """What a tree can become."""

    kconfig: str
    preset: str
    version: str
    """Of the tree; "": not known."""
    environment: dict[str, str]
    """The variables that the Kconfig files read."""
    dialect: str
    rules: dict[str, bool | str]
    """Each rule of the dialect."""
    tool: str | None
    """The folder of the tree's own tool."""
    unread_rules: list[str]
    """Rules that could not be read from it."""
    rules_found: str
    """How the rules were found; "": they were named."""
    shell_commands: list[ShellCommandJson]
    symbols: int
    types: dict[str, int]
    choices: int
    undefined_names: int
    """Names that are used and never defined."""
    dead: list[str]
    """Symbols that are never on."""
    unset_variables: dict[str, str]
    """Variables that Kconfig files read and nothing sets: where they are read."""
    dead_while_unset: dict[str, list[str]]
    always_on: list[str]
    domains: dict[str, list[str]]
    """Values that each symbol can be given."""
    count: int | None = ABSENT
    """Configurations, exactly; null: nobody knows."""
    of: list[str] = ABSENT
    """The symbols that they differ in; none: all."""
    uncounted: str = ABSENT
    """Why it is not known."""
    hint: str = ABSENT
    templates: TemplatesJson = ABSENT
    otherwise: list[OtherwiseJson]


class PlacedNoteJson(JsonRecord):
    """A rule that has to do with a value."""

    text: str
    location: str = ABSENT


class FixJson(JsonRecord):
    """The smallest change that makes an asked-for value take."""

    changes: dict[str, str | None]
    """Values to ask for; null: no longer to ask for."""
    size: int
    text: str


class ExplainJson(JsonRecord):
    """Why a symbol has its value, or cannot have another."""

    symbol: str
    value: str
    """What it is here."""
    asked: str | None
    """The value that was asked about."""
    holds: bool
    """Whether it has that value here."""
    possible: bool
    """Whether it has it in any configuration."""
    cause: str
    notes: list[PlacedNoteJson]
    fixes: list[FixJson]
    dialect: str
    rules_found: str
    """How the rules were found; "": they were named."""
    otherwise: list[OtherwiseJson]


class TermJson(JsonRecord):
    """A term of the condition of a line, and where it is written."""

    condition: str
    location: str
    text: str


class NearestFixJson(JsonRecord):
    """The nearest change by which a line is there."""

    changes: dict[str, str | None]
    text: str


class PresenceJson(JsonRecord):
    """Under which options a line is compiled or rendered: `explain FILE:LINE`."""

    file: str
    line: int
    condition: str
    symbols: list[str]
    free: list[str]
    """What no option decides."""
    is_code: bool
    possible: bool
    terms: list[TermJson]
    notes: list[PlacedNoteJson]
    configurations: dict[str, Literal["yes", "no", "if what is free holds"]]
    nearest: NearestFixJson | None


class CheckJson(JsonRecord):
    """Everything that is wrong with a tree and what belongs to it."""

    diagnostics: list[DiagnosticJson]
    counts: dict[str, int]
    """How much was checked of each kind."""


class HunkJson(JsonRecord):
    """Lines that were edited in one place."""

    place: str
    removed: list[str]
    added: list[str]


class EditJson(JsonRecord):
    """An edit of Kconfig: hunks that belong together."""

    place: str
    text: str
    """What it does, in words."""
    hunks: list[HunkJson]


class ChangedValueJson(JsonRecord):
    """A value that changes in some configurations, and by which edits."""

    symbols: list[str]
    called_before: list[str]
    old: str | None
    """null: there was no such symbol."""
    new: str | None
    """null: there is none any more."""
    configurations: list[str]
    edits: list[int]
    """Positions in `edits`."""
    either: bool
    """Whether each of them alone does it."""
    asked_otherwise: bool
    """Whether the configuration itself asks for something else."""
    follows: str | None
    """The symbol by which it changes."""


class DropFixJson(JsonRecord):
    """A fix, and the configurations in which it is one."""

    text: str
    configurations: list[str]


class DropJson(JsonRecord):
    """An asked-for value that does not take any more."""

    symbol: str
    asked: str
    got: str | None
    """null: there is no such symbol."""
    configurations: list[str]
    fixes: list[DropFixJson]
    searched: bool
    """Whether fixes were looked for."""
    hint: str


class OldAndNewJson(JsonRecord):
    """A name and what it was."""

    old: str
    new: str


class RenamedJson(OldAndNewJson):
    """A symbol that is called otherwise."""

    why: str


class StillNamedJson(JsonRecord):
    """A name in Kconfig files that has no symbol any more."""

    symbol: str
    place: str
    """Where it is used first."""


class RetypedJson(JsonRecord):
    """A symbol of another type."""

    symbol: str
    old: str | None
    new: str | None


class DeadJson(JsonRecord):
    """A symbol that can never be on any more."""

    symbol: str
    why: str
    is_new: bool


class SelectJson(JsonRecord):
    """A select that can now violate a dependency."""

    source: str
    target: str
    depends: str
    location: str


class SelectsAskedJson(JsonRecord):
    """How many selects were put to the test."""

    symbols: int
    all: bool


class UnreachableJson(JsonRecord):
    """A branch of a template that no configuration renders any more, or of a source that none
    compiles."""

    path: str
    line: int
    condition: str
    whole_file: bool


class SourcesAskedJson(JsonRecord):
    """How much of the sources was put to the test."""

    options: int
    """Options whose naming was looked for."""
    conditions: int
    not_asked: str | None
    """Why sources were not looked at, or not all."""


class CombinationsJson(JsonRecord):
    """Combinations of the named symbols before and after."""

    symbols: list[str]
    left_out: list[str]
    """Symbols that are not in both trees."""
    before: int
    after: int
    lost: list[list[str]] | None
    """Values in the order of `symbols`; null: too many to compare one by one."""
    won: list[list[str]] | None


class ReviewJson(JsonRecord):
    """What an edit of Kconfig does."""

    before: str
    """Which tree it was compared with."""
    edits: list[EditJson]
    configurations: list[str]
    changed: list[str]
    """Those of them that have other values."""
    new_configurations: list[str]
    gone_configurations: list[str]
    renamed_configurations: list[OldAndNewJson]
    values: list[ChangedValueJson]
    dropped: list[DropJson]
    dropped_in_new_configurations: dict[str, list[str]]
    new: list[str]
    """Symbols that were not there."""
    gone: list[str]
    renamed: list[RenamedJson]
    retyped: list[RetypedJson]
    still_named: list[StillNamedJson]
    dead: list[DeadJson]
    always_on: list[str]
    no_longer_dead: list[str]
    no_longer_always_on: list[str]
    selects: list[SelectJson]
    selects_asked: SelectsAskedJson
    unreachable: list[UnreachableJson]
    sources_asked: SourcesAskedJson
    broken: list[DiagnosticJson]
    """What is wrong with templates now."""
    combinations: CombinationsJson | None
    counts: dict[str, int]
    """By what `--fail-on` names."""
