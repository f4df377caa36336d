# SPDX-License-Identifier: MIT
"""Our own test step: few pytest processes for all variants that need it.

Starting pytest and collecting tests costs more than many a variant's tests, so
each process takes a batch of variants. It reports each test as it ends: a variant
is done when its last test is, so that a killed sweep has lost one variant, not a
batch. When a process dies or hangs, the variant it was at is at fault; a new
process goes on with the others.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import os_error, printable
from kvariant.results.cell import TEST, Cell, Failure, Outcome
from kvariant.results.masking import masked
from kvariant.results.pytest_result import PytestResult
from kvariant.steps.job import CellId, CellResult, Emit
from kvariant.steps.untrusted_files import text_of
from kvariant.sweep.plain_matrix import PlainMatrix

if TYPE_CHECKING:
    from kvariant.build import Processes, Run
    from kvariant.plan import Variant
    from kvariant.sweep.again import TestsAgain
    from kvariant.sweep.request import Sweep

TIMEOUT = 600.0
"""Seconds that one test may take."""
_LEAST, _MOST = 16, 400
"""Variants that one process takes: fewer do not pay for its start, more for its memory."""
_FILES = "tests-"
_SETTINGS = 4 * 1024 * 1024
"""Bytes; a larger file configures nothing."""
"""How the names begin of what pytest is told and tells, in the state folder."""
_FINE = (0, 1, 5)
"""Exit codes of a pytest that did its work: passed, failed, no tests."""


def test_files(paths: Sequence[Path], root: Path, not_ours: Collection[Path]) -> list[Path]:
    """Return the files that tests are made of, sorted: all below `paths`, and conftests above.

    Args:
        paths: what pytest is given; none: every Python file may be a test.
        root: the project's folder.
        not_ours: folders whose files are made by the sweep.
    """
    found: set[Path] = set()
    for start in paths or [root]:
        if start.is_file():
            found.add(start)
        for folder, folders, names in os.walk(start):
            here = Path(folder)
            folders[:] = [
                name
                for name in folders
                if not name.startswith(".")
                and name not in ("__pycache__", "node_modules")
                and here / name not in not_ours
                and not (here / name / "pyvenv.cfg").exists()
            ]
            found |= {here / n for n in names if n.endswith(".py") or (paths and n[0] != ".")}
        found |= {
            parent / "conftest.py" for parent in start.parents if (parent / "conftest.py").is_file()
        }
    return sorted(found)


def pytest_settings(root: Path) -> list[str]:
    """Return what configures pytest in a folder and above it, as text: its tables and files."""
    found = []
    for folder in (root, *root.parents):
        for name in ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"):
            path = folder / name
            try:
                text = text_of(path, _SETTINGS)
            except OSError:
                continue  # not every folder has each
            if name == "pyproject.toml":
                with contextlib.suppress(tomllib.TOMLDecodeError):  # pytest says so
                    table = tomllib.loads(text).get("tool", {}).get("pytest")
                    text = json.dumps(table, default=str)
            found.append(f"{path}\0{text}")
    return found


def test_tools() -> str:
    """Return what our own test step runs with: the packages installed here, with versions."""
    folders = [Path(folder) for folder in sys.path if folder.endswith("-packages")]
    found = (path.name for folder in folders if folder.is_dir() for path in folder.iterdir())
    return " ".join(sorted(name for name in found if name.endswith((".dist-info", ".egg-info"))))


def batch_sizes(count: int, jobs: int) -> Iterator[int]:
    """Yield the sizes of batches of variants, large at first and small at last.

    Each takes three quarters of a worker's share of what is left, so that few processes
    are started and all workers end at about the same time (guided self-scheduling:
    Polychronopoulos and Kuck, IEEE Transactions on Computers C-36, 1987). One worker
    needs no such care.
    """
    least = min(_LEAST, -(-count // jobs))
    while count:
        share = count * 3 // (4 * jobs) if jobs > 1 else count
        size = min(count, _MOST, max(least, share))
        yield size
        count -= size


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestJob:
    """The project's variant tests, in one batch of variants."""

    __test__ = False  # not a pytest class

    number: int
    """Of the batch: its files are named so."""
    matrix: PlainMatrix
    """The variants."""
    root: Path
    """The project's folder."""
    state: Path
    paths: tuple[Path, ...]
    """What pytest collects; none: its own `testpaths`."""
    output: Path | None
    """The folder of the generated variants; None: the project's own."""
    again: Mapping[str, TestsAgain]
    """By variant, the commands that run its tests again."""

    @property
    def cells(self) -> tuple[CellId, ...]:
        """The test cells of its variants."""
        return tuple((name, TEST) for name in self.matrix.names)

    def run(self, processes: Processes, emit: Emit) -> None:
        """Run pytest until each variant has ended; see `CellJob`.

        Raises:
            InputError, MissingError: its files cannot be written.
        """
        due: Sequence[str] = self.matrix.names
        while due and not processes.is_stopping:
            due = self._run(due, processes, emit)

    def _run(self, due: Sequence[str], processes: Processes, emit: Emit) -> Sequence[str]:
        """Run pytest over some variants; return those that it did not come to."""
        name = f"{_FILES}{os.getpid()}-{self.number}"
        report, matrix = self.state / f"{name}.jsonl", self.state / f"{name}.json"
        report.unlink(missing_ok=True)
        tail = _Tail(report, emit, self.again)
        try:
            matrix.write_text(json.dumps(self.matrix.only(due).plain()), encoding="utf-8")
            command = self._command(report, matrix)
            done = processes.run(command, self.root, TIMEOUT, progress=tail.look)
            tail.look()
        except OSError as error:
            raise os_error(error, "cannot run the tests") from None
        finally:
            report.unlink(missing_ok=True)
            matrix.unlink(missing_ok=True)
        if processes.is_stopping:
            return []
        left = [variant for variant in due if variant not in tail.ended]
        for variant in left:
            is_through = done.code in _FINE and tail.is_whole(variant)
            if variant == tail.current and not is_through:
                cell = _broken(variant, done, tail.results(variant), self.again[variant])
                emit(CellResult(cells=(cell,), read=tail.read))
                return [v for v in left if v != variant]
        for variant in left:
            cell = _cell(variant, tail.results(variant), self.again[variant], done)
            emit(CellResult(cells=(cell,), read=tail.read))
        return []

    def _command(self, report: Path, matrix: Path) -> list[str]:
        return [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *map(str, self.paths),
            f"--kvariant-report={report}",
            f"--kvariant-plain-matrix={matrix}",
            *([f"--kvariant-output={self.output}"] if self.output else []),
        ]


def pytest_jobs(sweep: Sweep, variants: Sequence[Variant]) -> Iterator[PytestJob]:
    """Yield the jobs that test some variants of a sweep; see `batch_sizes`."""
    left = iter(variants)
    for number, size in enumerate(batch_sizes(len(variants), sweep.jobs)):
        batch = list(itertools.islice(left, size))
        plans = sweep.plans.only({variant.name for variant in batch})
        yield PytestJob(
            number=number,
            matrix=PlainMatrix.of(plans, is_whole=False),
            root=sweep.plans.project.root,
            state=sweep.state,
            paths=sweep.test_paths,
            output=None if sweep.is_home else sweep.output,
            again={variant.name: sweep.again.tests(variant) for variant in batch},
        )


def clear_reports(state: Path) -> None:
    """Remove what the test processes of a killed sweep have left."""
    for left in state.glob(f"{_FILES}*.json*"):
        left.unlink(missing_ok=True)


class _Tail:
    """Follows a report while it is written.

    First line: {"expected": {variant: tests}}; then one line for each test that ended.
    """

    def __init__(self, path: Path, emit: Emit, again: Mapping[str, TestsAgain]) -> None:
        self._path = path
        self._again = again
        self._emit = emit
        self._offset = 0
        self._expected: Mapping[str, int] = {}
        self._results: dict[str, list[PytestResult]] = {}
        self.ended: set[str] = set()
        self.read: tuple[str, ...] = ()
        """The files that the process has read so far: of all its variants, who knows for which."""
        self.current = ""
        """The variant whose test is running, or ran last."""

    def results(self, variant: str) -> list[PytestResult]:
        """Return a variant's results so far."""
        return self._results.get(variant, [])

    def look(self) -> bool:
        """Read what is new; return whether there was anything."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))
        return bool(whole)

    def _take(self, record: Mapping[str, object]) -> None:
        if "expected" in record:
            self._expected = record["expected"]  # type: ignore[assignment]
            self.current = next(iter(self._expected), "")
            return
        if "began" in record:
            self.current = str(record["began"])
            if (before := self._previous) and before != self.current:
                self._finish(before)
            self._previous = self.current
            return
        if "read" in record:
            self.read += tuple(map(str, record["read"]))  # type: ignore[call-overload]
            return
        told = {n: printable(v) if isinstance(v, str) else v for n, v in record.items()}
        result = PytestResult(**told)  # type: ignore[arg-type]
        self._results.setdefault(result.variant, []).append(result)

    _previous = ""

    def is_whole(self, variant: str) -> bool:
        """Return whether all tests of a variant have reported: what a test exits with may be 0."""
        return len({r.test for r in self.results(variant)}) >= self._expected.get(variant, 0)

    def _finish(self, variant: str) -> None:
        """End a variant once all its tests have reported."""
        if variant in self.ended or not self.is_whole(variant):
            return
        self.ended.add(variant)
        cell = _cell(variant, self.results(variant), self._again[variant])
        self._emit(CellResult(cells=(cell,), read=self.read))


def _cell(
    variant: str, results: Sequence[PytestResult], again: TestsAgain, done: Run | None = None
) -> Cell:
    """Fold one variant's results into its cell; `done`: the run, if it has ended."""
    if done is not None and (done.code not in _FINE or not results):
        why = _why(done) if done.code not in _FINE else "no test ran"
        return _error(variant, Outcome.ERROR, why, again, done)
    counts = Counter(r.outcome for r in results)
    failures = tuple(r.failure(again.of(r.test)) for r in results if r.outcome == "failed")
    return Cell(
        variant=variant,
        step=TEST,
        outcome=Outcome.FAILED if failures else Outcome.OK,
        reason=", ".join(f"{counts[o]} {o}" for o in ("passed", "failed", "skipped") if counts[o]),
        duration=sum(r.duration for r in results),
        log="\n".join(f"{r.test}: {r.message}" for r in results if r.outcome == "failed"),
        failures=failures,
        skipped={
            r.name: r.message.removesuffix(f" in {variant}")
            for r in results
            if r.outcome == "skipped"
        },
    )


def _broken(variant: str, done: Run, results: Sequence[PytestResult], again: TestsAgain) -> Cell:
    """Return the cell of the variant at which a pytest died or hung."""
    after = f" after {results[-1].test}" if results else ""
    if done.timed_out:
        why = f"a test ran longer than {TIMEOUT:.0f} s"
        return _error(variant, Outcome.TIMEOUT, why + after, again, done)
    is_sudden = done.code < 0 or done.code in _FINE
    why = f"it {done.ending}{after}" if is_sudden else _why(done)
    return _error(variant, Outcome.ERROR, why, again, done)


def _error(variant: str, outcome: Outcome, why: str, again: TestsAgain, done: Run) -> Cell:
    return Cell(
        variant=variant,
        step=TEST,
        outcome=outcome,
        log=done.log,
        reason=why,
        failures=(Failure(message=f"pytest: {masked(why, variant)}", again=again.whole),),
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
