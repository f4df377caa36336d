# SPDX-License-Identifier: MIT
"""A step with a command, run in one variant: its output, its tests, its retries."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.build import Processes, Run
from kvariant.errors import (
    Diagnostic,
    InputError,
    KvariantError,
    Location,
    MissingError,
    displayed,
    is_of_the_machine,
    os_error,
)
from kvariant.results.cell import Cell, Failure, Outcome
from kvariant.results.figures import Figures
from kvariant.results.masking import masked, without_variant
from kvariant.steps import changed_config, placeholders, untrusted_files
from kvariant.steps.compiler_lines import plain
from kvariant.steps.failure_line import failure_line, folded
from kvariant.steps.generated_line import generated_line
from kvariant.steps.job import CellId, CellResult, Emit
from kvariant.steps.measured_file import MeasureError, excesses, sizes_of
from kvariant.steps.test_results import TestOutcome, parse_results
from kvariant.steps.tools import with_ccache
from kvariant.steps.warning_counter import WarningCounter
from kvariant.steps.workspace import Workspace, process_environment
from kvariant.untrusted_pattern import first_match

if TYPE_CHECKING:
    from kvariant.project.steps import ResultsFile
    from kvariant.steps.step import Step, Steps

LOG = 64 * 1024
"""Characters of a log that the results database keeps; the file has more."""
_MESSAGE = 400
"""Characters of what a failure says."""
RESULTS = 64 * 1024 * 1024
"""Bytes; a larger file of results is not read."""
_NOT_WRITTEN = "no results: the file is from before this run"
_FULL = "No space left on device"
ROOM = 256 * 1024 * 1024
"""Bytes that are free on a disk that nobody takes for full, whatever a command says: a test
may be about just that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandJob:
    """A step with a command in one variant, ready to be run: every placeholder has its value."""

    step: str
    key: str
    arguments: tuple[str, ...]
    """The program and its arguments."""
    is_shell: bool
    """Whether the program is sh, so that an exit code may stand for a signal."""
    environment: Mapping[str, str]
    """What it has beyond the environment of whoever runs it."""
    timeout: float
    """Seconds."""
    retries: int
    infrastructure: tuple[int | str, ...]
    """How a broken machine shows; see `Step`."""
    results: ResultsFile | None
    report: Path | None
    """The file of results."""
    measure: Path | None
    """The file whose sections are measured; None: none is."""
    measure_limits: Mapping[str, int]
    """See `Step`."""
    is_counted: bool
    """Whether somebody goes by its warnings: whether it began from nothing is noted."""
    workspace: Workspace
    config_text: str | None
    header_text: str | None
    """The `.config` to be there; None: it was generated."""
    asked: tuple[str, ...]
    """Symbols that the variant asks for, with prefix: the step must leave them as they are."""
    again: str
    """The command that replays it."""

    @classmethod
    def of(
        cls,
        step: Step,
        steps: Steps,
        workspace: Workspace,
        *,
        key: str,
        config_text: str | None,
        header_text: str | None,
        asked: Iterable[str],
        again: str,
    ) -> CommandJob:
        """Return the job of a step in a workspace; see the fields."""
        extra = workspace.environment(steps, step)
        values = workspace.values(steps, extra)
        report = step.results and workspace.root / placeholders.plain(step.results.path, values)
        return cls(
            step=step.name,
            key=key,
            arguments=tuple(step.arguments(values)),
            is_shell=isinstance(step.command, str),
            environment=extra,
            timeout=step.timeout,
            retries=step.retries,
            infrastructure=step.infrastructure,
            results=step.results,
            report=report,
            measure=workspace.root / placeholders.plain(step.measure, values)
            if step.measure
            else None,
            measure_limits=step.measure_limits,
            is_counted=step.baseline is not None,
            workspace=workspace,
            config_text=config_text,
            header_text=header_text,
            asked=tuple(asked),
            again=again,
        )

    @property
    def cells(self) -> tuple[CellId, ...]:
        """The cell that it is for."""
        return ((self.workspace.variant, self.step),)

    def run(self, processes: Processes, emit: Emit) -> None:
        """Run it, again where it fails and may; see `CellJob`.

        Raises:
            MissingError: the disk is full, or no process can be started.
        """
        try:
            self.workspace.prepare(self.config_text, self.header_text)
            self.workspace.forget(self.step)
            is_anew = self.workspace.begins_anew(self.step, is_noted=self.is_counted)
        except InputError as error:  # an earlier step's doing, and this variant's trouble alone
            emit(CellResult(cells=(self._not_run(error),)))
            return
        counter = WarningCounter()
        tried = [self._try_on_sound_machine(processes, counter)]
        while (
            tried[-1].cells[0].is_bad and len(tried) <= self.retries and not processes.is_stopping
        ):
            tried.append(self._try_on_sound_machine(processes, counter))
        result = self._measured(self._unchanged(_folded_tries(tried)))
        emit(self._counted(result, counter, is_anew=is_anew))

    def _not_run(self, error: KvariantError) -> Cell:
        """Return the cell of a step that could not be begun."""
        message = str(error.diagnostics[0].message)
        return Cell(
            variant=self.workspace.variant,
            step=self.step,
            outcome=Outcome.ERROR,
            reason=message,
            key=self.key,
            failures=(Failure(message=message, again=self.again),),
        )

    def _measured(self, result: CellResult) -> CellResult:
        """Return a good result with the sizes of what the step has made.

        It is an error where they cannot be measured, and failed where they are over a limit.
        """
        head, *tests = result.cells
        if self.measure is None or not head.is_good:
            return result
        place = self.workspace
        folders = (place.out, place.results, place.tree, place.root, place.state)
        try:
            sizes = sizes_of(self.measure, folders)
        except MeasureError as error:
            message = f"measure: {_folded(str(self.measure), place)}: {error}"
            failure = Failure(message=message, again=self.again)
            head = replace(head, outcome=Outcome.ERROR, reason=message, failures=(failure,))
            return replace(result, cells=(head, *tests))
        head = replace(head, figures=Figures(sizes=sizes))
        if over := excesses(sizes, self.measure_limits):
            failures = tuple(Failure(message=one.message, again=self.again) for one in over)
            reason = "; ".join(one.reason for one in over)
            head = replace(head, outcome=Outcome.FAILED, reason=reason, failures=failures)
        return replace(result, cells=(head, *tests))

    def _counted(self, result: CellResult, counter: WarningCounter, *, is_anew: bool) -> CellResult:
        """Return a result with the warnings of all tries."""
        head, *tests = result.cells
        if head.is_of_machine:
            return result
        place = self.workspace
        figures = replace(
            head.figures,
            warnings=counter.counts((place.out, place.results, place.tree, place.root)),
            is_counted=True,
            is_complete=is_anew
            and not counter.is_full
            and (head.is_good or bool(head.figures.sizes)),
        )
        return replace(result, cells=(replace(head, figures=figures), *tests))

    def _try_on_sound_machine(self, processes: Processes, counter: WarningCounter) -> CellResult:
        """Run it; once more where the machine was to blame, whatever its `retries`."""
        first = self._try(processes, counter)
        before = first.cells[0]
        if not before.is_of_machine or processes.is_stopping:
            return first
        result = self._try(processes, counter)
        head, *tests = result.cells
        duration = before.duration + head.duration
        if head.is_of_machine:
            reason = f"{head.reason}; twice"
        else:  # not flaky: that would be said of the variant
            reason = ", ".join(filter(None, [head.reason, f"once more after {before.reason}"]))
        return replace(result, cells=(replace(head, reason=reason, duration=duration), *tests))

    def _try(self, processes: Processes, counter: WarningCounter) -> CellResult:
        place, report = self.workspace, self.report
        # What an earlier run reported is not this one's.
        before = untrusted_files.state_of(report) if report is not None else None
        if report is not None and place.may_remove(report):
            with contextlib.suppress(OSError):  # a file that stays is told apart by its time
                report.unlink()
            before = untrusted_files.state_of(report) if report.is_file() else None
        start = time.perf_counter()
        environment = with_ccache(process_environment(self.environment), place.state)
        try:
            done = processes.run(
                self.arguments,
                place.root,
                self.timeout,
                environment,
                ends_daemons=True,
                heard=counter.hear,
            )
        except OSError as error:
            if is_of_the_machine(error):
                raise os_error(error, f"cannot run {self.step} in {place.variant}") from None
            done = Run((), 127, f"{error.filename}: {error.strerror}\n")
        duration = time.perf_counter() - start
        _write_log(place.log(self.step), done)
        says_full = not done.is_ok and _FULL in done.output and not processes.is_stopping
        if says_full and _is_full(place):
            raise _disk_full(self)
        broken, undecided = self._broken_machine(done)
        if broken:
            cell = self._of_machine(done, duration, broken)
            return CellResult(cells=(cell,), undecided=undecided)
        tests: Sequence[TestOutcome] = ()
        trouble = ""
        if self.results is not None and report is not None:
            if before is not None and untrusted_files.state_of(report) == before:
                tests, trouble = (), _NOT_WRITTEN if done.is_ok else ""
            else:
                tests, trouble = _tests(self.results.kind, report, done)
        return replace(self._told(done, duration, tests, trouble), undecided=undecided)

    def _broken_machine(self, done: Run) -> tuple[str, tuple[str, ...]]:
        """Return what says that the machine is broken on which it failed, "" if nothing does.

        An exit code in words, or the first line of the output that matches a pattern; and the
        patterns of which it is not known whether one does.
        """
        if done.is_ok:
            return "", ()
        codes = [sign for sign in self.infrastructure if isinstance(sign, int)]
        if done.code in codes and not done.timed_out:
            return f"exit code {done.code}", ()
        patterns = [sign for sign in self.infrastructure if isinstance(sign, str)]
        found = first_match(patterns, plain(done.output).splitlines() if patterns else ())
        return " ".join(found.line.split())[:200], found.undecided

    def _of_machine(self, done: Run, duration: float, broken: str) -> Cell:
        """Return the cell of a command for whose end the machine is to blame.

        Its tests are not asked: they ran on a machine that is broken.
        """
        message = f"{self.step}: infrastructure: {_folded(broken, self.workspace)}"
        return Cell(
            variant=self.workspace.variant,
            step=self.step,
            outcome=Outcome.ERROR,
            reason=f"infrastructure: {broken}",
            duration=duration,
            key=self.key,
            log=plain(done.log)[-LOG:],
            failures=(Failure(message=message, again=self.again, is_of_machine=True),),
        )

    def _told(
        self, done: Run, duration: float, tests: Sequence[TestOutcome], trouble: str
    ) -> CellResult:
        place, lines = self.workspace, dict[Failure, str]()
        tests = [
            replace(test, test=without_variant(test.test, place.variant) or test.test)
            for test in tests
        ]
        cells = [self._test_cell(test, lines) for test in tests]
        outcome, reason = self._ending(done, tests, trouble)
        failures = tuple(failure for cell in cells for failure in cell.failures)
        if outcome.is_bad and (outcome is not Outcome.FAILED or not failures):
            line = trouble or self._first_error(done)
            message = trouble or _folded(" ".join(line.split()), place)
            at = self._at(line, done.output)
            failure = Failure(message=message, again=self.again, at=at)
            lines[failure] = line
            failures += (failure,)
        head = Cell(
            variant=place.variant,
            step=self.step,
            outcome=outcome,
            reason=reason,
            duration=duration,
            key=self.key,
            log=plain(done.log)[-LOG:],
            failures=failures,
        )
        return CellResult(cells=(head, *cells), lines=lines, output=done.output if lines else "")

    def _test_cell(self, test: TestOutcome, lines: dict[Failure, str]) -> Cell:
        failures: tuple[Failure, ...] = ()
        if test.outcome.is_bad:
            failure = Failure(
                message=f"{test.test}: {_said(test, self.workspace)}",
                again=self.again,
                test=test.test,
                is_always_told=test.is_always_told,
                at=self._at(test.message),
            )
            lines[failure] = f"{test.test}: {test.message}"
            failures = (failure,)
        return Cell(
            variant=self.workspace.variant,
            step=self.step,
            test=test.test,
            outcome=test.outcome,
            reason=test.message,
            duration=test.duration,
            key=self.key,
            failures=failures,
        )

    def _at(self, text: str, log: str = "") -> str:
        """Return the line of what is rendered for the variant that a text points at."""
        place = self.workspace
        if place.is_ours:  # nothing is rendered
            return ""
        return generated_line(text, log, place.out, place.root)

    def _unchanged(self, result: CellResult) -> CellResult:
        """Return a good result, as failed if its step has changed what was asked for."""
        head, *tests = result.cells
        left = self.workspace.config_left() if head.is_good and self.config_text else None
        if left is None:  # it cleans up: what it was built from is not known to be another one
            return result
        found = changed_config.dropped(self.asked, self.config_text or "", left)
        if not found:
            return result
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        failure = Failure(message=f"{found[0]} after {self.step}{more}", again=self.again)
        head = replace(
            head, outcome=Outcome.FAILED, reason=f"{found[0]}{more}", failures=(failure,)
        )
        return replace(result, cells=(head, *tests))

    def _ending(self, done: Run, tests: Sequence[TestOutcome], trouble: str) -> tuple[Outcome, str]:
        counts = Counter(test.outcome for test in tests)
        said = ", ".join(
            f"{counts[outcome]} {'passed' if outcome is Outcome.OK else outcome.value}"
            for outcome in Outcome
            if counts[outcome]
        )
        ending = f"exit code {done.code}" if done.code > 0 else done.ending
        if done.timed_out:
            return Outcome.TIMEOUT, f"longer than {_duration(self.timeout)}"
        if done.code < 0 or done.code in (126, 127):
            return Outcome.ERROR, ending
        if trouble:
            return Outcome.ERROR, trouble
        if (killed := self._killed(done)) and not counts:
            return Outcome.ERROR, killed
        if any(test.outcome.is_bad for test in tests):
            return Outcome.FAILED, said
        if done.code:
            return Outcome.FAILED, ", ".join(filter(None, [said, killed or ending]))
        return Outcome.FLAKY if counts[Outcome.FLAKY] else Outcome.OK, said

    def _killed(self, done: Run) -> str:
        """Return how a signal ended what a step ran, "" if none did: then it has said nothing."""
        if victim := done.victim:
            return f"{victim} was killed"
        number = done.code - 128  # a shell's word for it
        if self.is_shell and number in set(signal.Signals):
            return f"exit code {done.code}: signal {number} ({signal.strsignal(number)})"
        return ""

    def _first_error(self, done: Run) -> str:
        """Return what says what went wrong."""
        if done.timed_out:
            return f"{self.step} ran longer than {_duration(self.timeout)}"
        return failure_line(done.output) or f"{self.step} {done.ending}"


def _folded_tries(tried: Sequence[CellResult]) -> CellResult:
    """Return the result of a step that was tried several times."""
    last = tried[-1]
    head, *tests = last.cells
    if len(tried) == 1:
        return last
    first = tried[0].cells[0]
    duration = sum(result.cells[0].duration for result in tried)
    if not head.is_good:
        reason = f"{head.reason}; {len(tried)} times"
        return replace(last, cells=(replace(head, reason=reason, duration=duration), *tests))
    reason = f"passed at try {len(tried)}; first: {first.reason}"
    head = replace(head, outcome=Outcome.FLAKY, reason=reason, duration=duration)
    failed = {cell.test: cell for r in tried[:-1] for cell in r.cells[1:] if cell.is_bad}
    return replace(last, cells=(head, *(_flaky(cell, failed.get(cell.test)) for cell in tests)))


def _flaky(cell: Cell, failed: Cell | None) -> Cell:
    if failed is None or not cell.is_good:
        return cell
    return replace(cell, outcome=Outcome.FLAKY, reason=f"failed first: {failed.reason}")


def _tests(kind: str, report: Path, done: Run) -> tuple[Sequence[TestOutcome], str]:
    """Return what a file of results says, and what is wrong with it."""
    try:
        text = untrusted_files.text_of(report, RESULTS)
        return parse_results(kind, text, Location(str(report))), ""
    except OSError as error:
        # A command that failed by itself need not have come to its tests.
        return (), f"no results: {error.strerror}" if done.is_ok or report.exists() else ""
    except InputError as error:
        return (), error.diagnostics[0].message


def _duration(seconds: float) -> str:
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:g} s"


def _said(test: TestOutcome, place: Workspace) -> str:
    """Return why a test did not end well; where its runner does not say, how it ended."""
    return _folded(test.message, place, "its results") or test.outcome.value


def _folded(text: str, place: Workspace, rest: str = "the log") -> str:
    """Return a text without the variant's folders and name; of a long one where the rest is."""
    if "/" in text:
        for folder in (place.out, place.results, place.tree, place.root):
            text = text.replace(f"{folder}/", "").replace(f"{displayed(folder)}/", "")
    told = masked(folded(text), place.variant)
    return told if len(told) <= _MESSAGE else f"{told[:_MESSAGE]}... (the rest is in {rest})"


def _write_log(path: Path, done: Run) -> None:
    """Leave what a command printed in a file; where that is nothing, there is none."""
    try:
        if not done.log:
            path.unlink(missing_ok=True)
            return
        untrusted_files.make_folder(path.parent)
        untrusted_files.write_text(path, done.log)
    except OSError as error:
        raise os_error(error, "cannot write the log") from None


def _is_full(place: Workspace) -> bool:
    """Return whether a disk that commands write to has little room, or no file is free."""
    disks = [os.statvfs(folder) for folder in (place.out, place.state, tempfile.gettempdir())]
    return any(
        disk.f_bavail * disk.f_frsize < ROOM or (disk.f_files > 0 and disk.f_favail == 0)
        for disk in disks
    )


def _disk_full(job: CommandJob) -> MissingError:
    return MissingError(
        Diagnostic(
            message=f"the disk is full: {job.step} of {job.workspace.variant} could not write",
            code="disk",
            location=Location(str(job.workspace.log(job.step))),
            hint="make room and sweep again: what has ended is kept",
        )
    )
