# SPDX-License-Identifier: MIT
"""A step with a command, run in one variant: its output, its tests, its retries."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kvariant.build import Run, run
from kvariant.errors import (
    Diagnostic,
    InputError,
    KvariantError,
    Location,
    MissingError,
    displayed,
    os_error,
    printable,
)
from kvariant.results.cell import Cell, Failure, Outcome, without_variant
from kvariant.steps import placeholders
from kvariant.steps import untrusted_files as leavings
from kvariant.steps.generated_line import generated_line
from kvariant.steps.message import Message
from kvariant.steps.step import Step, Steps
from kvariant.steps.test_results import TestOutcome, parse_results
from kvariant.steps.tools import with_ccache
from kvariant.steps.workspace import Workspace, process_environment

LOG = 64 * 1024
"""Characters of a log that the results database keeps; the file has more."""
RESULTS = 64 * 1024 * 1024
"""Bytes; a larger file of results is not read."""
_FULL = "No space left on device"
ROOM = 256 * 1024 * 1024
"""Bytes that are free on a disk that nobody takes for full, whatever a command says: a test
may be about just that."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """What running a step's command takes beside the variant."""

    steps: Steps
    again: Callable[[str, str], str]
    """Variant and step -> the command that replays it."""
    mark: Callable[[], str]
    """A new mark for a command's processes; see `kvariant.build.run`."""
    stopped: Callable[[], bool] = lambda: False
    """Whether the sweep is ending, so that nothing is tried again."""
    reads: Callable[[Workspace, Message], tuple[str, ...]] = lambda _, __: ()
    """The symbols that the files named in a message read."""

    def cells(self, step: Step, place: Workspace, key: str) -> list[Cell]:
        """Run a step in a variant; return its cell, then one for each of its tests.

        Raises:
            MissingError: the disk is full.
        """
        tried = [self._try_on_sound_machine(step, place, key)]
        while tried[-1][0].is_bad and len(tried) <= step.retries and not self.stopped():
            tried.append(self._try_on_sound_machine(step, place, key))
        head, *tests = tried[-1]
        if len(tried) == 1:
            return [head, *tests]
        first = tried[0][0]
        duration = sum(cells[0].duration for cells in tried)
        if not head.is_good:
            reason = f"{head.reason}; {len(tried)} times"
            return [replace(head, reason=reason, duration=duration), *tests]
        reason = f"passed at try {len(tried)}; first: {first.reason}"
        head = replace(head, outcome=Outcome.FLAKY, reason=reason, duration=duration)
        failed = {cell.test: cell for cells in tried[:-1] for cell in cells[1:] if cell.is_bad}
        return [head, *(_flaky(cell, failed.get(cell.test)) for cell in tests)]

    def not_run(self, step: Step, place: Workspace, key: str, error: KvariantError) -> Cell:
        """Return the cell of a step that could not be begun."""
        message = str(error.diagnostics[0].message)
        again = self.again(place.variant.name, step.name)
        return Cell(
            variant=place.variant.name,
            step=step.name,
            outcome=Outcome.ERROR,
            reason=message,
            key=key,
            failures=(Failure(message=message, again=again),),
        )

    def _try_on_sound_machine(self, step: Step, place: Workspace, key: str) -> list[Cell]:
        """Run a step; once more where the machine was to blame, whatever its `retries`."""
        cells = self._try(step, place, key)
        if not cells[0].is_of_machine or self.stopped():
            return cells
        head, *tests = self._try(step, place, key)
        duration = cells[0].duration + head.duration
        if head.is_of_machine:
            return [replace(head, reason=f"{head.reason}; twice", duration=duration)]
        # Not flaky: that would be said of the variant.
        reason = ", ".join(filter(None, [head.reason, f"once more after {cells[0].reason}"]))
        return [replace(head, reason=reason, duration=duration), *tests]

    def _try(self, step: Step, place: Workspace, key: str) -> list[Cell]:
        extra = place.environment(self.steps, step)
        values = place.values(self.steps, extra)
        report = _report(step, place, values)
        if report is not None:
            with contextlib.suppress(OSError):
                report.unlink()  # what an earlier run reported is not this one's
        start = time.perf_counter()
        environment = with_ccache(process_environment(extra), place.state)
        try:
            done = run(
                step.arguments(values), place.root, step.timeout, environment, mark=self.mark()
            )
        except OSError as error:
            done = Run((), 127, f"{error.filename}: {error.strerror}\n")
        duration = time.perf_counter() - start
        _write_log(place.log(step.name), done)
        if not done.is_ok and _FULL in done.output and not self.stopped() and _is_full(place):
            raise _disk_full(step, place)
        if broken := _broken_machine(done, step):
            return [self._of_machine(step, place, key, done, duration, broken)]
        tests: Sequence[TestOutcome] = ()
        trouble = ""
        if step.results is not None and report is not None:
            tests, trouble = _tests(step.results.kind, report, done)
        return self._told(step, place, key, done, duration, tests, trouble)

    def _of_machine(
        self, step: Step, place: Workspace, key: str, done: Run, duration: float, broken: str
    ) -> Cell:
        """Return the cell of a command for whose end the machine is to blame.

        Its tests are not asked: they ran on a machine that is broken.
        """
        again = self.again(place.variant.name, step.name)
        message = f"{step.name}: infrastructure: {_folded(broken, place)}"
        return Cell(
            variant=place.variant.name,
            step=step.name,
            outcome=Outcome.ERROR,
            reason=f"infrastructure: {broken}",
            duration=duration,
            key=key,
            log=printable(done.log)[-LOG:],
            failures=(Failure(message=message, again=again, is_of_machine=True),),
        )

    def _told(
        self,
        step: Step,
        place: Workspace,
        key: str,
        done: Run,
        duration: float,
        tests: Sequence[TestOutcome],
        trouble: str,
    ) -> list[Cell]:
        name, again = place.variant.name, self.again(place.variant.name, step.name)
        tests = [replace(test, test=without_variant(test.test, name)) for test in tests]
        cells = [self._test_cell(step, place, key, done, test) for test in tests]
        outcome, reason = _ending(done, tests, trouble, step)
        failures = tuple(failure for cell in cells for failure in cell.failures)
        if outcome.is_bad and (outcome is not Outcome.FAILED or not failures):
            line = trouble or _first_error(done, step)
            message = trouble or _folded(" ".join(line.split()), place)
            reads = self._reads(place, line, done)
            at = self._at(place, line, done)
            failures += (Failure(message=message, again=again, reads=reads, at=at),)
        head = Cell(
            variant=name,
            step=step.name,
            outcome=outcome,
            reason=reason,
            duration=duration,
            key=key,
            log=printable(done.log)[-LOG:],
            failures=failures,
        )
        return [head, *cells]

    def _test_cell(
        self, step: Step, place: Workspace, key: str, done: Run, test: TestOutcome
    ) -> Cell:
        failure = Failure(
            message=f"{test.test}: {_said(test, place)}",
            again=self.again(place.variant.name, step.name),
            test=test.test,
            reads=self._reads(place, f"{test.test}: {test.message}", done)
            if test.outcome.is_bad
            else (),
            is_always_told=test.is_always_told,
            at=self._at(place, test.message) if test.outcome.is_bad else "",
        )
        return Cell(
            variant=place.variant.name,
            step=step.name,
            test=test.test,
            outcome=test.outcome,
            reason=test.message,
            duration=test.duration,
            key=key,
            failures=(failure,) if test.outcome.is_bad else (),
        )

    def _at(self, place: Workspace, text: str, done: Run | None = None) -> str:
        """Return the line of what is rendered for the variant that a text points at."""
        if place.is_ours:  # nothing is rendered
            return ""
        return generated_line(text, done.output if done else "", place.out, place.root)

    def _reads(self, place: Workspace, text: str, done: Run) -> tuple[str, ...]:
        return self.reads(place, Message(text=text, log=done.output, out=place.out))


def _broken_machine(done: Run, step: Step) -> str:
    """Return what says that the machine is broken on which a step failed, "" if nothing does.

    An exit code in words, or the first line of the output that matches a pattern.
    """
    if done.is_ok:
        return ""
    for sign in step.infrastructure:
        if isinstance(sign, int):
            if done.code == sign and not done.timed_out:
                return f"exit code {sign}"
            continue
        pattern = re.compile(sign)
        lines = printable(done.output).splitlines()
        if found := next((line for line in lines if pattern.search(line)), ""):
            return " ".join(found.split())[:200]
    return ""


def _flaky(cell: Cell, failed: Cell | None) -> Cell:
    if failed is None or not cell.is_good:
        return cell
    return replace(cell, outcome=Outcome.FLAKY, reason=f"failed first: {failed.reason}")


def _report(step: Step, place: Workspace, values: placeholders.Values) -> Path | None:
    if step.results is None:
        return None
    return place.root / placeholders.plain(step.results.path, values)


def _tests(kind: str, report: Path, done: Run) -> tuple[Sequence[TestOutcome], str]:
    """Return what a file of results says, and what is wrong with it."""
    try:
        text = leavings.text_of(report, RESULTS)
        return parse_results(kind, text, Location(str(report))), ""
    except OSError as error:
        # A command that failed by itself need not have come to its tests.
        return (), f"no results: {error.strerror}" if done.is_ok or report.exists() else ""
    except InputError as error:
        return (), error.diagnostics[0].message


def _ending(
    done: Run, tests: Sequence[TestOutcome], trouble: str, step: Step
) -> tuple[Outcome, str]:
    counts = Counter(test.outcome for test in tests)
    said = ", ".join(
        f"{counts[outcome]} {'passed' if outcome is Outcome.OK else outcome.value}"
        for outcome in Outcome
        if counts[outcome]
    )
    ending = f"exit code {done.code}" if done.code > 0 else done.ending
    if done.timed_out:
        return Outcome.TIMEOUT, f"longer than {_duration(step.timeout)}"
    if done.code < 0 or done.code in (126, 127):
        return Outcome.ERROR, ending
    if trouble:
        return Outcome.ERROR, trouble
    if (killed := _killed(done, step)) and not counts:
        return Outcome.ERROR, killed
    if any(test.outcome.is_bad for test in tests):
        return Outcome.FAILED, said
    if done.code:
        return Outcome.FAILED, ", ".join(filter(None, [said, killed or ending]))
    return Outcome.OK, said


def _killed(done: Run, step: Step) -> str:
    """Return how a signal ended what a step ran, "" if none did: then it has said nothing."""
    if victim := done.victim:
        return f"{victim} was killed"
    number = done.code - 128  # a shell's word for it
    if isinstance(step.command, str) and number in set(signal.Signals):
        return f"exit code {done.code}: signal {number} ({signal.strsignal(number)})"
    return ""


def _duration(seconds: float) -> str:
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:g} s"


_ERROR = re.compile(r"^.*?\b(?:fatal error|error|undefined reference|not found)\b.*$", re.M | re.I)
_COMPILER = re.compile(r"^[^\s:][^:]*:\d+(?::\d+)?: (?:fatal )?error: ")
"""Surer than the above: `Package libx was not found` is no reason for most builds to fail."""
_MAKE = re.compile(r"^\w*make(?:\[\d+\])?: ", re.M)
"""What make says of a failure is not its cause."""


def _first_error(done: Run, step: Step) -> str:
    """Return the line of a log that says what went wrong."""
    if done.timed_out:
        return f"{step.name} ran longer than {_duration(step.timeout)}"
    lines = [line for line in printable(done.output).splitlines() if line.strip()]
    said = [line for line in lines if not _MAKE.match(line)] or lines
    errors = [line for line in said if _ERROR.match(line)]
    likely = [*filter(_COMPILER.match, errors), *errors, *said[-1:]]
    return likely[0] if likely else f"{step.name} {done.ending}"


def _said(test: TestOutcome, place: Workspace) -> str:
    """Return why a test did not end well; where its runner does not say, how it ended."""
    return _folded(test.message, place) or test.outcome.value


def _folded(text: str, place: Workspace) -> str:
    """Return a text without the variant's folders and name."""
    for folder in (place.out, place.results, place.tree, place.root):
        text = text.replace(f"{folder}/", "").replace(f"{displayed(folder)}/", "")
    name = re.escape(place.variant.name)
    return re.sub(rf"(?<![\w.-]){name}(?![\w-])", "VARIANT", text)[:400]


def _write_log(path: Path, done: Run) -> None:
    try:
        leavings.make_folder(path.parent)
        leavings.write_text(path, done.log)
    except OSError as error:
        raise os_error(error, "cannot write the log") from None


def _is_full(place: Workspace) -> bool:
    """Return whether a disk that commands write to has little room, or no file is free."""
    disks = [os.statvfs(folder) for folder in (place.out, place.state, tempfile.gettempdir())]
    return any(
        disk.f_bavail * disk.f_frsize < ROOM or (disk.f_files > 0 and disk.f_favail == 0)
        for disk in disks
    )


def _disk_full(step: Step, place: Workspace) -> MissingError:
    return MissingError(
        Diagnostic(
            message=f"the disk is full: {step.name} of {place.variant.name} could not write",
            code="disk",
            location=Location(str(place.log(step.name))),
            hint="make room and sweep again: what has ended is kept",
        )
    )
