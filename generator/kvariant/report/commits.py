# SPDX-License-Identifier: MIT
"""What a sweep of commits tells: of each failure the commit that brought it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kvariant.report.cell_words import WHOLE
from kvariant.sweep.commits.search import Answer, SearchEnd
from kvariant.words import NAMES, counted, listed, shortened

if TYPE_CHECKING:
    from kvariant.sweep.commits.commit_range import Commit
    from kvariant.sweep.commits.first_bad import FirstBad


def commits_text(found: FirstBad, *, verbose: bool) -> str:
    """Return the first bad commit of each failure, and how many cells ran for that.

    Args:
        verbose: name every commit of a range of which nothing is told.
    """
    line = found.line
    count = counted(len(line.commits), "commit")
    head = f"{found.named}: {count}{_merges(found)}"
    if not found.findings:
        what = f"nothing fails at {line.last.short}" if not found.known else "only known failures"
        return f"{head}; {what}, so no commit is looked for"
    lines = [f"{head}; {counted(len(found.findings), 'failure')} at {line.last.short}"]
    for number, (finding, answer) in enumerate(zip(found.findings, found.answers, strict=True), 1):
        lines.append(f" {number:>2}  {_told(answer)}")
        lines += [f"     {text}" for text in _notes(answer, verbose=verbose)]
        said = shortened(finding.message, WHOLE)
        lines.append(f"     {finding.step} of {listed(finding.failing)}: {said}")
    every = found.cells * (len(line.commits) - (line.base is None))
    lines.append(
        f"{counted(found.builds, 'cell')} run at {counted(found.visited, 'older commit')} "
        f"(one by one: {every:,} at {len(line.commits) - (line.base is None):,})"
    )
    if found.known:
        lines.append(f"{counted(found.known, 'known failure')}: not looked for")
    return "\n".join(lines)


def ran_text(commit: Commit, ran: int, left: int, why: str, *, again: bool) -> str:
    """Return a line about what was done at a commit, while more is to be done."""
    if why:
        return f"{commit.said}: cannot be read: {why}"
    what = "run once more" if again else "run"
    return f"{commit.said}: {counted(ran, 'cell')} {what}, {counted(left, 'failure')} open"


def _merges(found: FirstBad) -> str:
    merges = sum(len(commit.parents) > 1 for commit in found.line.commits)
    return f" ({counted(merges, 'merge')}, by first parents)" if merges else ""


def _told(answer: Answer) -> str:
    bad, good = answer.bad, answer.good
    if answer.ending is SearchEnd.FLAKY:
        return f"flaky: {answer.why}; no commit is looked for"
    assert bad is not None
    if answer.ending is SearchEnd.OLDER:
        return f"before {bad.short}: it is there at {bad.said}"
    if answer.ending is SearchEnd.FOUND:
        return f"since {bad.said}  ({bad.author}, {bad.date})"
    if good is None:
        return f"since {bad.short} or before: {bad.said} has it, and no older one is known without"
    return f"between {good.short} and {bad.short}: {bad.said} has it"


def _notes(answer: Answer, *, verbose: bool) -> Iterator[str]:
    if answer.merged is not None:
        yield f"merged by {answer.merged.said}"
    untold = answer.between
    most = len(untold) if verbose else NAMES
    for commit, why in untold[:most]:
        yield f"nothing is told of {commit.said}: {why}"
    if len(untold) > most:
        yield f"nor of {len(untold) - most:,} more (names: -v)"
