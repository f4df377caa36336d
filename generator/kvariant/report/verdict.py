# SPDX-License-Identifier: MIT
"""What blame says of each failure in words: kept with the sweep, so that `report` says it too.

fails iff A && B: 6 of 6 against 0 of 11      runs have left no other explanation
fails where A: 3 of 3 against 0 of 9          they have; what is left is told below
flaky: NAME failed in 2 of 3 runs             no cause was looked for
only within failure 1 (A && B)                a wider failure has been explained
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from kvariant.blame.thresholds import tried_limits
from kvariant.errors import Diagnostic, InputError
from kvariant.words import counted, listed

if TYPE_CHECKING:  # a report of a sweep asks nothing
    from kvariant.blame import Finding
    from kvariant.blame.rounds import Blamed


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameVerdict:
    """What blame found of one failure."""

    step: str
    messages: tuple[str, ...]
    """By which the failure is known again."""
    told: str
    """One line."""
    notes: tuple[str, ...] = ()
    """Further lines: what is the same, what was not told apart, what was not tried."""
    expression: str = ""
    """"" where none is told."""
    is_proven: bool = False
    is_flaky: bool = False
    within: str = ""
    """The first message of the failure that this one is within."""

    def is_of(self, finding: Finding) -> bool:
        """Whether it is about a failure."""
        return self.step == finding.step and not set(self.messages).isdisjoint(finding.messages)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self)

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> BlameVerdict:
        """Return what `to_json` made data of.

        Raises:
            InputError: it made them not [damaged-store].
        """
        try:
            lists = {name: tuple(data[name]) for name in ("messages", "notes")}
            found = cls(**{**data, **lists})
        except (TypeError, KeyError):
            message = "damaged results database: what blame said of a failure cannot be read"
            raise InputError(Diagnostic(message=message, code="damaged-store")) from None
        return found


def verdict_of(blamed: Blamed, position: int) -> BlameVerdict:
    """Return what blame says of a failure, by position."""
    finding = blamed.findings[position]
    if (outer := blamed.within.get(position)) is not None:
        wider = blamed.findings[outer]
        told = f"only within failure {outer + 1} ({wider.attribution.expression})"
        return _plain(finding, told, wider.message)
    if (flaky := blamed.flaky.get(position)) is not None:
        return replace(_plain(finding, f"flaky: {flaky}"), is_flaky=True)
    return replace(
        _plain(finding, str(finding.attribution)),
        notes=tuple(_notes(blamed, position)),
        expression=str(finding.attribution.expression),
        is_proven=finding.attribution.is_proven,
    )


def _plain(finding: Finding, told: str, within: str = "") -> BlameVerdict:
    return BlameVerdict(step=finding.step, messages=finding.messages, told=told, within=within)


def _notes(blamed: Blamed, position: int) -> Sequence[str]:
    finding, is_settled = blamed.findings[position], position in blamed.settled
    notes = [_others(finding, is_blamed=True, is_settled=is_settled)]
    if is_settled and (tried := _tried(blamed, finding)):
        notes.append(f"tried:  {'; '.join(tried)}")
    untried = blamed.untried.get(position, 0)
    if gaps := blamed.gaps.get(position, ()):
        notes.append(f"not tried: {', '.join(map(str, gaps))} (more with --extra N)")
    elif untried and is_settled:
        what = f"{counted(untried, 'variant')} that would put it to the test"
        notes.append(f"not tried: {what} (more with --extra N)")
    elif not is_settled and not notes[0] and not finding.attribution.against:
        notes.append("not told apart: longer expressions (more with --extra N)")
    if variant := blamed.hidden.get(position):
        notes.append(f"hidden: {variant} passes now in its own folder, where it has run before")
    return [note for note in notes if note]


def _tried(blamed: Blamed, finding: Finding) -> list[str]:
    """Return of the numbers in a single explanation what was tried next to their limits."""
    (best, *_), *more = finding.attribution.terms
    known = {name: one for mine in blamed.configurations.values() for name, one in mine.items()}
    failing = [known[name] for name in finding.failing if name in known]
    passing = [known[name] for name in finding.passing if name in known]
    if more or not failing or finding.attribution.against:
        return []
    types = failing[0].types
    if any(c.symbol not in types for c in best.conditions):
        return []
    return [str(one) for one in tried_limits(best, failing, passing, types)]


def verdicts(blamed: Blamed) -> tuple[BlameVerdict, ...]:
    """Return what blame says of each failure."""
    return tuple(verdict_of(blamed, position) for position in range(len(blamed.findings)))


def explained(finding: Finding, verdict: BlameVerdict | None) -> list[str]:
    """Return in lines where a failure is met: what blame said of it, else what the sweep shows."""
    if verdict is None:
        return list(filter(None, [str(finding.attribution), _others(finding)]))
    return [verdict.told, *verdict.notes]


def _others(finding: Finding, *, is_blamed: bool = False, is_settled: bool = False) -> str:
    """Return what explains a failure as well as the expression told; "" if nothing does.

    Args:
        is_blamed: whether extra variants were run for it.
        is_settled: whether the expressions left are one in every valid configuration.
    """
    others = finding.attribution.candidates[1:]
    if is_settled:
        same = [str(one) for one in finding.attribution.same]
        return f"same as {listed(same, 1)}  (in every valid configuration)" if same else ""
    if not finding.passing and finding.attribution.unrun and not is_blamed:
        return "or      passes in a variant that is not here  (kvariant blame looks for one)"
    if finding.attribution.is_certain or finding.attribution.against or not finding.passing:
        return ""
    told = listed([str(other) for other in others], 3, "  or  ") or "other terms, no more of them"
    if is_blamed:
        return f"or      {told}  (not told apart; more with --extra N)"
    return f"or      {told}  (kvariant blame tells them apart)"
