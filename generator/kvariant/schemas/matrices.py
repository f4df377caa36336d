# SPDX-License-Identifier: MIT
"""What verbs print of variants: `matrix`, `coverage`, `generate` and `diff`."""

from __future__ import annotations

from typing import Literal

from kvariant.schemas.record import ABSENT, DiagnosticJson, JsonRecord


class VariantJson(JsonRecord):
    """A variant as it was chosen."""

    name: str
    description: str = ABSENT
    """The lead comment of its fragment."""
    assignment: dict[str, str]
    """What it asks for, or its values of the symbols that were chosen by."""
    stands_for: int = ABSENT
    """Configurations that are the same in what counts."""
    distance: int = ABSENT
    """User values over the base."""


class NumbersJson(JsonRecord):
    """Values that were chosen among of an int, hex or string."""

    values: list[str]
    of: int | None
    """How many it can have; null: nobody counts them."""


class TuplesJson(JsonRecord):
    """What the variants cover, counted."""

    strength: int
    feasible: int | None
    """null: not counted, as a limit or a budget came before; then there is `unproven`."""
    infeasible: int
    """Proven so."""
    covered: int
    unproven: int = ABSENT
    """In no variant and not proven infeasible; with the other two it is all there are."""
    uncovered: list[dict[str, str]]
    """Feasible ones, as far as they are listed."""


class VerifiedJson(JsonRecord):
    """What the independent verifier found."""

    holds: bool
    rows: int
    witness: str = ABSENT
    """The tree's own tool, where it was asked."""
    feasible: int = ABSENT
    infeasible: int = ABSENT
    covered: int = ABSENT
    diagnostics: list[DiagnosticJson]


class FittingJson(JsonRecord):
    """What of the matrix fits into `--budget`; times in seconds."""

    seconds: float
    predicted: float
    variants: int
    of: int
    """Variants of the whole matrix."""
    all: float
    """How long they would take."""


class NotCompiledJson(JsonRecord):
    """Changed lines of a file that no build compiles."""

    file: str
    lines: int


class ToldJson(JsonRecord):
    """A changed file that asks for nothing, and why, in words."""

    file: str
    what: str


class GoalJson(JsonRecord):
    """Changed lines that are to be seen, and the variants that see them."""

    kind: str
    file: str
    line: int
    condition: str
    free: list[str]
    """What no option decides."""
    possible: bool
    variants: dict[str, Literal["yes", "if what is free holds"]]
    text: str = ABSENT
    seen: bool = ABSENT
    """With --verify: whether preprocessing shows it in some variant."""
    unseen: str = ABSENT
    """Why it was not seen where it was predicted."""
    proof: str = ABSENT
    """Why no configuration sees it."""


class PatchJson(JsonRecord):
    """What a patch changes, and who sees it."""

    files: list[str]
    blank: int
    not_compiled: list[NotCompiledJson]
    told: list[ToldJson]
    goals: list[GoalJson]
    faults: list[str] = ABSENT
    """With --verify: what could not be preprocessed, or is in no list of make's."""


class MatrixJson(JsonRecord):
    """A matrix: its variants and what they cover."""

    format: Literal[1]
    matrix: str
    strategy: str
    random_seed: int | None
    numbers: dict[str, NumbersJson] = ABSENT
    conditions: dict[str, list[str]] = ABSENT
    """Branch conditions that were chosen by, as tuples name them, and where they are written."""
    variants: list[VariantJson]
    combinations: int | None = ABSENT
    """Different results that there are."""
    tuples: TuplesJson | None
    lower_bound: int | None
    """No fewer variants cover as much."""
    verified: VerifiedJson = ABSENT
    budget: FittingJson = ABSENT
    patch: PatchJson = ABSENT
    files: dict[str, str] = ABSENT
    """Of `.matrix.json` beside what `-o` writes: the digest of each file."""


class WrittenJson(JsonRecord):
    """What `matrix -o DIR` wrote."""

    format: Literal[1]
    written: list[str]
    removed: list[str]


class LockWrittenJson(JsonRecord):
    """What `matrix --write` wrote."""

    format: Literal[1]
    written: list[str]
    matrices: list[str]


class LockCheckedJson(JsonRecord):
    """What `matrix --check` found."""

    format: Literal[1]
    diagnostics: list[DiagnosticJson]


class ConfigurationJson(VariantJson):
    """A file of `matrix -o DIR --format json`."""

    format: Literal[1]
    configuration: dict[str, str]
    """Every symbol's value."""


class ValueJson(JsonRecord):
    """A value of a symbol."""

    symbol: str
    value: str


class DroppedJson(ValueJson):
    """An asked-for value that did not take."""

    configurations: list[str]


class ReductionJson(JsonRecord):
    """Some of the configurations, and what they keep."""

    configurations: list[str]
    covered: int
    total: int
    lower_bound: int
    """No fewer keep as much; 0: nothing is known."""
    uncovered: list[dict[str, str]]


class AddedVariantJson(JsonRecord):
    """A variant that would be added."""

    name: str
    assignment: dict[str, str]


class CompletionJson(JsonRecord):
    """What would exercise all that is feasible."""

    missing: int
    infeasible: int
    variants: list[AddedVariantJson]


class CoverageJson(JsonRecord):
    """What given configurations exercise."""

    format: Literal[1]
    configurations: list[str]
    dropped: list[DroppedJson]
    identical: list[list[str]]
    symbols: int
    conditions: dict[str, list[str]] = ABSENT
    """Branch conditions beside the symbols, and where they are written."""
    never_on: list[str]
    alone: dict[str, list[ValueJson]]
    """Values that only one configuration has."""
    varying: int = ABSENT
    distinct: int = ABSENT
    pairs: int = ABSENT
    reductions: list[ReductionJson] = ABSENT
    limited: ReductionJson = ABSENT
    completion: CompletionJson = ABSENT


class NearestJson(JsonRecord):
    """What would render a branch."""

    variant: str
    changes: dict[str, str | None]
    assignment: dict[str, str]


class UnrenderedJson(JsonRecord):
    """A branch that no variant renders."""

    path: str
    line: int
    condition: str
    nearest: NearestJson | None
    """null: no configuration does."""


class BranchesJson(JsonRecord):
    """What `coverage --templates` prints of a tree."""

    format: Literal[1]
    matrix: str
    variants: int
    branches: int
    rendered: int
    unrendered: list[UnrenderedJson]


class ChangeJson(JsonRecord):
    """What was written of a variant, or would be."""

    name: str
    written: list[str]
    removed: list[str]


class GenerateJson(JsonRecord):
    """What was generated; with `--check`, what is stale."""

    format: Literal[1]
    variants: list[ChangeJson]


class DiffJson(JsonRecord):
    """What two variants differ in."""

    format: Literal[1]
    variants: list[str]
    values: dict[str, list[str | None]]
    """Both values of a symbol; null: it is not defined."""
    files: dict[str, str]
    """A unified diff of each file that differs."""


class ShownOtherwiseJson(JsonRecord):
    """A value that is otherwise by the tree's rules than by those of the menu."""

    symbol: str
    shown: str
    """In the menu."""
    given: str
    """By the tree."""


class MenuEditJson(JsonRecord):
    """What became of a configuration in a menu."""

    format: Literal[1]
    path: str
    saved: bool
    removed: list[str]
    """Lines that are no more in its file."""
    added: list[str]
    """Lines that were not."""
    dialect: str
    """By whose rules the tree gives its values."""
    differences: list[ShownOtherwiseJson]
