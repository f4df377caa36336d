# SPDX-License-Identifier: MIT
"""What verbs print of a sweep: `sweep`, `report`, `blame`, `reproduce`, `clean`, and `init`."""

from __future__ import annotations

from typing import Literal

from kvariant.schemas.record import ABSENT, JsonRecord

OutcomeName = Literal[
    "ok", "failed", "error", "timeout", "flaky", "skipped", "reused", "merged", "missing"
]


class CellJson(JsonRecord):
    """A variant x step, or one test of it."""

    variant: str
    step: str
    test: str = ABSENT
    outcome: OutcomeName
    ended: OutcomeName = ABSENT
    """Of what is reused or merged: how that ended."""
    reason: str
    duration: float
    """Seconds."""
    key: str
    """Digest of all that it reads; "": not known."""
    known: str = ABSENT
    """Why it is known to fail."""
    sizes: dict[str, int] = ABSENT
    """Bytes by section, and in `total`, of what the step's `measure` names."""


class BlameOfFailureJson(JsonRecord):
    """What blame said of a failure."""

    told: str
    notes: list[str]
    expression: str
    """"": none is told."""
    proven: bool


class FailureJson(JsonRecord):
    """One distinct failure, and the option values that it goes with."""

    step: str
    known: str = ABSENT
    was_known: str = ABSENT
    """Why it was known to fail, until it ended."""
    message: str
    messages: list[str]
    variants: list[str]
    again: str
    """The command that shows it again."""
    fails_iff: str
    """A Kconfig expression."""
    against: int
    """Variants that pass although it holds."""
    passing: int
    unrun: list[str]
    candidates: list[str]
    """Expressions that explain it as well."""
    certain: bool
    proven: bool
    passes_nearest: str
    """The variant that passes nearest; "": none passes."""
    differing: list[str]
    """What that differs in."""
    blame: BlameOfFailureJson = ABSENT


class GapJson(JsonRecord):
    """Values between which the cause lies, and which were not tried."""

    symbol: str
    from_: int
    to: int


class BlamedFailureJson(FailureJson):
    """A failure as blame tells it; what has a cause elsewhere has no expression of its own."""

    fails_iff: str = ABSENT
    candidates: list[str] = ABSENT
    certain: bool = ABSENT
    proven: bool = ABSENT
    settled: bool
    flaky: str = ABSENT
    """A variant that failed so in some runs and passed in others."""
    runs: int = ABSENT
    """How often that variant was run, in this sweep, earlier ones of the same, and again."""
    failed_runs: int = ABSENT
    hidden_in: str = ABSENT
    """A variant that failed so before and passes now in its own folder alone."""
    within: int = ABSENT
    """The number of the failure that it is within, from 1."""
    untried: list[GapJson]


class ExtraJson(JsonRecord):
    """An extra variant that was run."""

    name: str
    round: int
    assignment: dict[str, str]


class BlameJson(JsonRecord):
    """Which options break it."""

    format: Literal[1]
    failures: list[BlamedFailureJson]
    extra: list[ExtraJson]
    again: int
    """Variants that were run again."""
    duration: float
    """Seconds."""


class MessageJson(JsonRecord):
    """What a compiler says, once, with the options under which it says it."""

    step: str
    severity: str
    path: str
    line: int = ABSENT
    """Where it is the same in all variants."""
    message: str
    variants: list[str]
    absent: list[str]
    appears_iff: str
    """A Kconfig expression."""
    against: int
    """Variants that are silent although it holds."""


class CpuJson(JsonRecord):
    """Seconds of CPU."""

    own: float
    commands: float | None


class CostJson(JsonRecord):
    """What a sweep took; times in seconds."""

    jobs: int
    commands: float | None
    """Null where they ran on other machines, as `least` and their CPU time."""
    least: float | None
    over: float = ABSENT
    """Share over the commands' own time."""
    cpu: CpuJson


class SweptJson(JsonRecord):
    """What a sweep has covered of its matrix."""

    of: str
    strength: int
    total: int
    covered: int
    missing: int
    share: float
    """Rounded down to a millionth."""
    budget: float | None
    """Seconds."""
    shard: str
    left: list[str]
    """Variants that have not ended."""
    uncovered: list[dict[str, str]]
    in_no_variant: int


class CellNameJson(JsonRecord):
    """Which cell."""

    variant: str
    step: str
    test: str = ABSENT


class ComparedJson(JsonRecord):
    """What changed since another sweep."""

    newly_failing: list[CellNameJson]
    fixed: list[CellNameJson]
    still_failing: list[CellNameJson]
    only_now: list[CellNameJson]
    only_before: list[CellNameJson]


class BaselineJson(JsonRecord):
    """The results of a revision."""

    ended: str
    """When it was swept, in UTC."""
    changed_tools: list[str]
    """Tools that are others now."""


class ChangedFileJson(JsonRecord):
    """A file that differs from a revision's."""

    path: str
    """Below the checkout's top folder."""
    how: str


class DueVariantJson(JsonRecord):
    """A variant, and which of its cells run."""

    name: str
    runs: dict[str, str]
    """By step, why it runs."""


class PredictedJson(JsonRecord):
    """How long commands are predicted to take, one after the other, in seconds."""

    seconds: float
    """Of what runs."""
    whole: float
    """Of all that would run without the revision's results."""


class SinceJson(JsonRecord):
    """From whose results a sweep since a revision goes on, and why what runs does."""

    revision: str
    """The commit's full name."""
    said: str
    """What it is, for people."""
    baseline: BaselineJson | None
    """None: there are no results of it, all runs."""
    lacking: str = ABSENT
    """Why there are none."""
    changed: list[ChangedFileJson]
    cells: int
    """How many there are."""
    skipped: int
    """How many of them do not run."""
    predicted: PredictedJson = ABSENT
    """Absent where a step never ran."""
    variants: list[DueVariantJson]


class SizePairJson(JsonRecord):
    """Two variants that differ in an option alone."""

    with_: str
    without: str
    bytes_with: int
    bytes_without: int


class OptionSizeJson(JsonRecord):
    """What a value of an option costs over another, in one section."""

    step: str
    option: str
    value: str
    other: str
    instead: str = ABSENT
    """Of a choice, the member that is selected without it."""
    section: str
    least: int
    """Bytes; below 0 it saves some."""
    most: int
    pairs: list[SizePairJson]


class FreeOptionJson(JsonRecord):
    """An option that changes no size."""

    step: str
    option: str


class UnpairedJson(JsonRecord):
    """An option that no two variants differ in alone."""

    step: str
    option: str
    command: str
    """What measures it."""


class SizeChangeJson(JsonRecord):
    """A section that has another size than it had."""

    variant: str
    step: str
    section: str
    before: int
    after: int


class SizesJson(JsonRecord):
    """What options cost, and what has grown."""

    options: list[OptionSizeJson]
    free: list[FreeOptionJson]
    unpaired: list[UnpairedJson]
    since: str = ABSENT
    """With what it is compared, where there is something."""
    compared: int = ABSENT
    """Cells that were measured both times."""
    changes: list[SizeChangeJson] = ABSENT


class NewWarningsJson(JsonRecord):
    """More compiler warnings of a kind than a baseline knows."""

    step: str
    path: str
    flag: str
    """"": the compiler names none."""
    count: int
    known: int
    variants: list[str]
    appears_iff: str
    """A Kconfig expression."""
    line: str
    """The line of the baseline that would know them."""


class FewerWarningsJson(JsonRecord):
    """Fewer compiler warnings of a kind than a baseline knows."""

    step: str
    path: str
    flag: str
    known: int
    count: int


class RatchetJson(JsonRecord):
    """What a baseline of warnings says of a sweep."""

    path: str
    new: list[NewWarningsJson]
    fewer: list[FewerWarningsJson]
    lowered: bool
    """Whether it was written."""


class CommitJson(JsonRecord):
    """A commit."""

    commit: str
    """Its full name."""
    subject: str
    author: str
    date: str
    """When it was written: 2026-11-30."""


class UntoldCommitJson(JsonRecord):
    """A commit that tells nothing of a failure."""

    commit: CommitJson
    why: str


class FirstBadJson(JsonRecord):
    """Where a failure began."""

    failure: int
    """Its number among those that are not known ones, from 1."""
    step: str
    message: str
    variants: list[str]
    ending: Literal["found", "range", "older", "flaky"]
    """range: between last_good and known_bad; older: it is there before the range."""
    first_bad: CommitJson | None
    """null: it is not one commit."""
    last_good: CommitJson | None
    known_bad: CommitJson | None
    between: list[UntoldCommitJson]
    merge: CommitJson | None
    """The merge that brought the line on which it began."""
    flaky: str = ABSENT


class RanJson(JsonRecord):
    """How many cells ran."""

    last: int
    """At the newest commit."""
    older: int
    at: dict[str, int]
    """By commit."""


class CommitsJson(JsonRecord):
    """A range of commits, and where in it the failures of the newest began."""

    range: str
    base: CommitJson | None
    """The parent of the first commit; null: there is none here."""
    last: CommitJson
    commits: int
    order: Literal["first-parent"]
    findings: list[FirstBadJson]
    known: int
    """Failures that are known ones: they are not looked for."""
    ran: RanJson
    one_by_one: int
    """Cells that there would be if each commit were swept."""


class SweepJson(JsonRecord):
    """What a sweep found."""

    format: Literal[1]
    cells: list[CellJson]
    failures: list[FailureJson]
    messages: list[MessageJson]
    duration: float = ABSENT
    """Seconds."""
    cost: CostJson = ABSENT
    coverage: SweptJson = ABSENT
    since: SinceJson = ABSENT
    sizes: SizesJson = ABSENT
    baselines: list[RatchetJson] = ABSENT
    commits: CommitsJson = ABSENT
    unreported: list[str] = ABSENT
    """Variants that `--require` asks for and that did not report."""
    unreported_jobs: dict[str, int] = ABSENT
    """By variant the shard that it is in, where shards have reported."""
    compared: ComparedJson = ABSENT


class EndedJson(JsonRecord):
    """How a step ended here."""

    step: str
    outcome: OutcomeName
    reason: str
    messages: list[str]


class ReproduceJson(JsonRecord):
    """What came of a failure in another checkout."""

    format: Literal[1]
    reproduced: bool
    messages: list[str]
    differs: dict[str, str]
    """What is otherwise here, in words."""
    cells: list[EndedJson]


class LeftoverJson(JsonRecord):
    """What a variant that is no more has left."""

    variant: str
    path: str
    bytes: int


class CleanJson(JsonRecord):
    """What was found, and what of it was removed."""

    format: Literal[1]
    removed: list[LeftoverJson]
    found: list[LeftoverJson]


class InitJson(JsonRecord):
    """What was written."""

    format: Literal[1]
    written: list[str]
    next: str
    """The next command."""
