# SPDX-License-Identifier: MIT
"""What every report of a sweep tells, in counts: how it ended, and what did not run and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from kvariant.plan.variant_table import VariantTable
from kvariant.report.cell_words import WHOLE, outcomes_text, verdict_text
from kvariant.results import Cell, Outcome, SweepComparison
from kvariant.results.cell import GOES_ON
from kvariant.words import NAMES, counted, listed, shortened

if TYPE_CHECKING:
    from kvariant.blame import Finding
    from kvariant.blame.compiler_messages import FoldedMessage
    from kvariant.blame.ratchet import RatchetVerdict
    from kvariant.report.sizes import SizeReport
    from kvariant.report.verdict import BlameVerdict
    from kvariant.results.swept_coverage import SweptCoverage
    from kvariant.sweep.commits.first_bad import FirstBad
    from kvariant.sweep.since import Since

ROWS = 12
"""Variants that have a row of their own; of more, those that end alike share one."""

T = TypeVar("T")

_NOT_RUN = (Outcome.REUSED, Outcome.MERGED, Outcome.SKIPPED, Outcome.MISSING)
_REUSED = "what they read is as it was when they last ran"


@dataclass(frozen=True, kw_only=True)
class SweepReport:
    """A sweep, or several put together, with all that a report says of it."""

    cells: Sequence[Cell]
    steps: Sequence[str]
    reading: Mapping[str, str] = field(default_factory=dict)
    """See `Steps.reading`."""
    findings: Sequence[Finding] = ()
    """The distinct failures, in the order of their numbers."""
    messages: Sequence[FoldedMessage] = ()
    """What compilers said."""
    changes: SweepComparison | None = None
    """What changed since another sweep, if one was named."""
    unreported: Sequence[str] | None = None
    """Variants that should have reported and did not; None: all have, the sweep just ended."""
    jobs: Mapping[str, int] = field(default_factory=dict)
    """By variant the number of the shard that it is in, as far as that is known."""
    verdicts: Sequence[BlameVerdict] = ()
    """What blame said of the failures, if it was asked since."""
    coverage: SweptCoverage | None = None
    """What is covered of what was to be, if that was asked."""
    since: Since | None = None
    """The revision from whose results it went on, with why what ran did; None: from no one's."""
    commits: FirstBad | None = None
    """The commits that brought the failures, if that was asked."""
    every: bool = False
    """Whether every variant, failure and message is told, however many there are."""
    table: VariantTable = field(default_factory=lambda: VariantTable((), {}))
    """The variants' values, for formats that show them."""
    sizes: SizeReport | None = None
    """What is said of sizes; None: nobody has asked."""
    ratchet: Sequence[RatchetVerdict] = ()
    """What baselines of warnings say."""
    lowering: str = ""
    """The sweep that lowers them."""
    about: Sequence[str] = ()
    """What was swept: the matrix, its strategy and random seed, a line each."""

    @property
    def heads(self) -> list[Cell]:
        """The steps' own cells, without those of their tests."""
        return [cell for cell in self.cells if not cell.test]

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants that reported, in order."""
        return tuple(dict.fromkeys(cell.variant for cell in self.cells))

    def verdict(self, finding: Finding) -> BlameVerdict | None:
        """Return what blame said of a failure, None where it was not asked."""
        return next((one for one in self.verdicts if one.is_of(finding)), None)

    @property
    def is_shared(self) -> bool:
        """Whether variants that ended alike share a row."""
        return len(self.variants) > ROWS and not self.every

    def first(self, items: Sequence[T], most: int) -> Sequence[T]:
        """Return the items that are told; the rest is counted."""
        return items if self.every else items[:most]


def headline(report: SweepReport) -> str:
    """Return how it ended, in a sentence: `18 variants: 2 distinct failures in 4 of them`."""
    bad = {c.variant for c in report.cells if c.is_bad and c.outcome is not Outcome.MISSING}
    unreported = set(report.unreported or ())
    left = {c.variant for c in report.cells if c.is_left}
    missing = {c.variant for c in report.cells if c.outcome is Outcome.MISSING and not c.is_left}
    lost = missing | unreported
    flaky = {cell.variant for cell in report.cells if cell.outcome is Outcome.FLAKY}
    known = sum(bool(finding.known) for finding in report.findings)
    has_others = len(left) < len(report.variants)
    parts = [] if bad or lost or not has_others else [f"all {'others ' if left else ''}ok"]
    if bad:
        new = len(report.findings) - known
        parts.append(f"{counted(new, 'distinct failure')} in {len(bad)} of them")
    parts += [counted(known, "known failure")] if known else []
    parts += [f"{len(flaky)} flaky"] if flaky else []
    parts += [f"{len(left)} left for want of time"] if left else []
    parts += [f"{len(lost)} did not report"] if lost else []
    count = len({*report.variants, *unreported})
    return f"{counted(count, 'variant')}: {', '.join(parts)}"


def step_ends(report: SweepReport) -> list[tuple[str, str]]:
    """Return for each step how its cells ended: `("build", "14 ok, 4 failed")`."""
    ends: dict[str, Counter[Outcome]] = {step: Counter() for step in report.steps}
    for cell in report.heads:
        ends.setdefault(cell.step, Counter())[cell.verdict] += 1
    return [(step, outcomes_text(counts)) for step, counts in ends.items()]


def not_run(report: SweepReport, *, with_steps: bool = True) -> list[str]:
    """Return a line for what was reused, merged, skipped or never began: how often, and why.

    Args:
        with_steps: whether the lines on steps whose results are never reused come after them.
    """
    reasons: dict[Outcome, Counter[str]] = {outcome: Counter() for outcome in _NOT_RUN}
    for cell in report.heads:
        if cell.outcome in reasons:
            is_as_it_was = cell.outcome is Outcome.REUSED and cell.reason != GOES_ON
            why = _REUSED if is_as_it_was else cell.reason
            reasons[cell.outcome][why] += 1
    lines = [
        f"{ways.total()} {outcome.value}{_why(ways)}" for outcome, ways in reasons.items() if ways
    ]
    return [*lines, *never_reused(report)] if with_steps else lines


def of_machine(report: SweepReport) -> str:
    """Return how many cells ended for the sake of a broken machine, and how it showed."""
    reasons = Counter(cell.reason for cell in report.heads if cell.is_of_machine)
    if not reasons:
        return ""
    count = counted(reasons.total(), "cell")
    return f"{count} of a broken machine, which say nothing of their variants{_why(reasons)}"


def flaky_before(report: SweepReport) -> list[str]:
    """Return a line for each failure of an earlier sweep that passes now and blame found flaky."""
    gone = (one for one in report.verdicts if not any(one.is_of(f) for f in report.findings))
    return [
        f"{one.told}: {shortened(one.messages[0], WHOLE)}  (in a sweep before)"
        for one in gone
        if one.is_flaky
    ]


def never_reused(report: SweepReport) -> list[str]:
    """Return a line for each cause for which results of steps are never reused."""
    worked = (Outcome.OK, Outcome.FLAKY, Outcome.FAILED)
    unkeyed = {c.step for c in report.heads if not c.key and c.outcome in worked}
    causes: dict[str, list[str]] = {}
    first = ""
    for step in (step for step in report.steps if step in unkeyed):
        if (how := report.reading.get(step, "")) == "":
            cause = "for want of reads or depfiles"
        elif first:
            cause = f"as it comes after {first}"
        elif how == "depfiles":
            cause = "as its depfiles match no file"
        else:  # what it reads is known; what is before it was flaky this time
            continue
        first = first or step
        causes.setdefault(cause, []).append(step)
    return [f"never reused, {cause}: {', '.join(steps)}" for cause, steps in causes.items()]


def variant_rows(report: SweepReport, text: Callable[[Cell], str] | None = None) -> list[list[str]]:
    """Return the matrix: a row for each variant with a text for each step.

    Of more than `ROWS` those that ended alike share a row, the commonest last.

    Args:
        text: what a variant's own row says of a cell; None: what shared rows say.
    """
    cells = {(cell.variant, cell.step): cell for cell in report.heads}
    say = verdict_text if report.is_shared or text is None else text
    rows = [
        (name, tuple(say(c) if (c := cells.get((name, s))) else "-" for s in report.steps))
        for name in report.variants
    ]
    return _shared(rows) if report.is_shared else [[name, *ended] for name, ended in rows]


def _shared(rows: Sequence[tuple[str, tuple[str, ...]]]) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, ended in rows:
        groups.setdefault(ended, []).append(name)
    order = sorted(groups.items(), key=lambda group: len(group[1]))
    shown = order if len(order) <= ROWS else order[-ROWS + 1 :]
    shared = [[listed(names, 2), *ended] for ended, names in shown]
    if rest := order[: len(order) - len(shown)]:
        count = sum(len(names) for _, names in rest)
        shared.insert(0, [f"{count} more, each otherwise", *("..." for _ in rest[0][0])])
    return shared


def told_messages(report: SweepReport) -> list[FoldedMessage]:
    """Return compiler messages but for errors that are a failure's own, or beside it."""
    failed = [text for finding in report.findings for text in finding.messages]
    beside = () if report.every else errors_beside(report)
    return [
        m
        for m in report.messages
        if m.message.severity == "warning"
        or not (any(m.message.text in text for text in failed) or m in beside)
    ]


def errors_beside(report: SweepReport) -> list[FoldedMessage]:
    """Return errors that compilers print in the very variants of a failure, after its own.

    Mostly they follow from the first one.
    """
    failed = [text for finding in report.findings for text in finding.messages]
    where = {(finding.step, finding.failing) for finding in report.findings}
    return [
        m
        for m in report.messages
        if m.message.severity != "warning"
        and (m.message.step, m.variants) in where
        and not any(m.message.text in text for text in failed)
    ]


def appears(one: FoldedMessage) -> str:
    """Return under which options a compiler says something."""
    found, count = one.attribution, len(one.variants)
    if not one.absent:
        return f"always: {count} of {count}"
    how = "sometimes if" if found.against else "iff"
    support = f"{count} of {count} against {found.against} of {len(one.absent)}"
    others = len(found.candidates) - 1 + found.more
    fits = "" if not others or found.against else f", or {counted(others, 'other')} as short"
    return f"{how} {found.expression}: {support}{fits}"


def _why(ways: Counter[str]) -> str:
    if len(ways) == 1:
        (why,) = ways
        return f": {why}" if why else ""
    most = ways.most_common(NAMES)
    rest = ways.total() - sum(count for _, count in most)
    shown = [f"{why or 'no reason'} ({count})" for why, count in most]
    others = f" and {rest} in {len(ways) - len(most)} other ways" if rest else ""
    return f": {', '.join(shown)}{others}"
