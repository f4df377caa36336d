# SPDX-License-Identifier: MIT
"""One test of a foreign runner, and how several reports of it fold into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kvariant.errors import printable
from kvariant.results.cell import Outcome

RANK = (
    *(Outcome.OK, Outcome.SKIPPED, Outcome.FLAKY),
    *(Outcome.FAILED, Outcome.TIMEOUT, Outcome.ERROR),
)
"""How tests end, the worst last."""
UNNAMED = "unnamed"
"""What a test is called that has no name: the one without any is the step itself."""
_LINES = 4
"""Lines of a failure's text that make its message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """One test, as its runner reported it."""

    __test__ = False  # not a pytest class

    test: str
    """Its name, groups first: `suite.case`, `tests.test_billing.test_total[x]`."""
    outcome: Outcome
    """OK, FLAKY, FAILED, ERROR, TIMEOUT or SKIPPED; an expected failure is skipped."""
    duration: float = 0.0
    """Seconds, 0 where the format or the runner does not say."""
    message: str = ""
    """One line: why it failed or was skipped."""
    is_always_told: bool = True
    """Whether it is reported where it goes well, too. That a plan was not kept, or a group
    with good tests failed, is reported where it is so."""


def folded(outcomes: Iterable[TestOutcome]) -> tuple[TestOutcome, ...]:
    """Return each test once, in order of first report.

    A test that is reported more than once (pytest reports an error in a
    teardown beside the test's own result) has its worst outcome, with the
    message of that, and the sum of the durations.
    """
    found: dict[str, TestOutcome] = {}
    for new in outcomes:
        test = printable(new.test).translate({ord("\n"): " ", ord("\t"): " "}) or UNNAMED
        old = found.get(test, new)
        worst = max(old, new, key=lambda o: RANK.index(o.outcome))
        found[test] = replace(
            worst,
            test=test,
            duration=new.duration if old is new else old.duration + new.duration,
            message=printable(worst.message),
        )
    return tuple(found.values())


def one_line(lines: Iterable[str]) -> str:
    """Return the first lines that say something, as one."""
    said = [" ".join(line.split()) for line in lines if line.strip()]
    return "; ".join(said[:_LINES])
