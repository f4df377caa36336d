# SPDX-License-Identifier: MIT
"""The test step: one pytest run for all variants that need it, split into cells."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.build import Run, run
from kvariant.errors import displayed
from kvariant.sweep.cell import TEST, Cell, Failure, Outcome

TIMEOUT = 1800.0
"""Seconds that the whole pytest run may take."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test in one variant, as the plugin reports it."""

    __test__ = False  # not a pytest class

    variant: str
    test: str
    outcome: str
    """passed, failed or skipped."""
    duration: float
    message: str
    """One line: why it failed or was skipped."""


def test_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that tests are made of: those below `paths` and conftests above."""
    found: set[Path] = set()
    for path in paths:
        found |= {
            p for p in path.rglob("*") if p.suffix in (".py", ".toml", ".ini", ".txt", ".json")
        }
        found |= {
            parent / "conftest.py" for parent in path.parents if (parent / "conftest.py").is_file()
        }
    return sorted(p for p in found if "__pycache__" not in p.parts)


def run_tests(
    root: Path,
    paths: Sequence[Path],
    variants: Sequence[str],
    state: Path,
    jobs: int,
    extra: Sequence[str],
) -> tuple[Run, list[TestResult]]:
    """Run pytest over some variants and return its run and every result.

    Args:
        root: the project's folder; pytest runs in it.
        paths: what pytest collects; none: its own `testpaths`.
        variants: names; no other variant's tests run.
        state: the state folder; results pass through a file of this run's own in it.
        jobs: processes, used where pytest-xdist is installed.
        extra: more arguments, such as where the matrix comes from.
    """
    report = state / f"tests-{os.getpid()}.jsonl"  # another sweep may run beside this one
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *map(str, paths),
        f"--kvariant-report={report}",
        *extra,
    ]
    command += [f"--kvariant-only={name}" for name in variants]
    if jobs > 1 and importlib.util.find_spec("xdist"):
        command += ["-n", str(jobs)]
    try:
        done = run(command, root, TIMEOUT, dict(os.environ))
        return done, list(_read(report))
    finally:
        report.unlink(missing_ok=True)


def test_cell(variant: str, key: str, results: Sequence[TestResult], done: Run) -> Cell:
    """Fold one variant's results into its cell."""
    mine = [r for r in results if r.variant == variant]
    if done.timed_out:
        return Cell(
            variant=variant,
            step=TEST,
            outcome=Outcome.TIMEOUT,
            key=key,
            reason=f"pytest ran longer than {TIMEOUT:.0f} s",
            log=done.output,
        )
    if done.code not in (0, 1, 5) or not mine:
        why = _why(done) if done.code not in (0, 1, 5) else "no test ran"
        return Cell(
            variant=variant,
            step=TEST,
            outcome=Outcome.ERROR,
            key=key,
            log=done.output,
            reason=why,
            failures=(Failure(message=f"pytest: {why}", again=_again(done)),),
        )
    counts = Counter(r.outcome for r in mine)
    failures = tuple(_failure(r) for r in mine if r.outcome == "failed")
    return Cell(
        variant=variant,
        step=TEST,
        key=key,
        outcome=Outcome.FAILED if failures else Outcome.OK,
        reason=", ".join(f"{counts[o]} {o}" for o in ("passed", "failed", "skipped") if counts[o]),
        duration=sum(r.duration for r in mine),
        log=done.output if failures else "",
        failures=failures,
    )


def _why(done: Run) -> str:
    """Return one line: why pytest could not do its work."""
    if done.code < 0:
        return f"it {done.ending}"
    place = re.search(r"^_+ ERROR collecting (\S+) _+$", done.output, re.MULTILINE)
    errors = re.findall(r"^E   (\S.*)$", done.output, re.MULTILINE)
    if place and errors:
        return f"{place[1]}: {errors[-1]}"
    lines = [line for line in done.output.splitlines() if line.strip()]
    return lines[-1] if lines else f"it {done.ending}"


def _again(done: Run) -> str:
    """Return pytest's command as a person would type it."""
    arguments = [a for a in done.command[3:] if not a.startswith("--kvariant-report=")]
    return shlex.join(["pytest", *map(displayed, arguments)])


def _failure(result: TestResult) -> Failure:
    test = result.test.replace(f"[{result.variant}]", "").replace(f"[{result.variant}-", "[")
    message = result.message.replace(result.variant, "VARIANT")
    return Failure(message=f"{test}: {message}", again=f"pytest {shlex.quote(result.test)}")


def _read(report: Path) -> Iterable[TestResult]:
    if not report.is_file():
        return
    for line in report.read_text(encoding="utf-8").splitlines():
        yield TestResult(**json.loads(line))
