# SPDX-License-Identifier: MIT
"""The sweep: every variant generated, built and tested, each cell ending in an outcome."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from kvariant.build import Run, build, compilers, end_all, recipe
from kvariant.plan import Generation, Plan, Variant
from kvariant.render.records import MANIFEST, manifest_files, sha256
from kvariant.sweep import keys
from kvariant.sweep.cell import BUILD, GENERATE, TEST, Cell, Failure, Outcome
from kvariant.sweep.store import Store
from kvariant.sweep.testing import run_tests, test_cell, test_files


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is to be swept, where, and with how much of the machine."""

    plan: Plan
    output: Path
    """The folder with one folder per variant."""
    steps: tuple[str, ...]
    jobs: int
    is_home: bool
    """Whether `output` is the project's own; see `Generation`."""
    is_whole: bool
    """Whether the plan's matrix is all of the project's variants."""
    arguments: tuple[str, ...] = ()
    """What a replaying command must repeat to mean the same variants."""
    report: Callable[[Cell], None] = field(default=lambda _: None)
    """Called with each cell as it ends."""
    waiting: Callable[[], None] = field(default=lambda: None)
    """Called if another run holds the output folder."""

    @property
    def state(self) -> Path:
        """The project's state folder."""
        return self.plan.project.state

    def run(self, store: Store) -> tuple[Cell, ...]:
        """Run every cell and return them: variants in order, steps in order.

        Raises:
            InputError: a template fails, or the output folder is not ours.
            MissingError: a tool or disk space is missing.
        """
        if BUILD in self.steps and self._has_c():
            compilers()  # a missing tool is one error, before anything runs
        cells: dict[tuple[str, str], Cell] = {}

        def end(cell: Cell) -> None:
            store.record(cell)
            cells[cell.variant, cell.step] = cell
            self.report(cell)

        self._generate(store, end)
        if BUILD in self.steps:
            self._build(end)
        if TEST in self.steps:
            self._test(store, cells, end)
        return tuple(
            cells[v.name, s] for v in self.plan.matrix for s in self.steps if (v.name, s) in cells
        )

    def _generate(self, store: Store, end: Callable[[Cell], None]) -> None:
        generation = Generation(self.plan, self.output, is_home=self.is_home and self.is_whole)
        sources = self._sources()
        with generation.locked(self.waiting):
            for variant in self.plan.matrix:
                key = keys.digest(
                    [keys.toolkit(), sources, keys.of_configuration(variant.configuration)]
                )
                folder = self.output / variant.name
                if (last := store.last(variant.name, GENERATE, key)) and is_intact(folder):
                    end(last)
                    continue
                start = time.perf_counter()
                change = generation.write(variant)
                parts = [f"{len(change.written)} written"] if change.written else []
                parts += [f"{len(change.removed)} removed"] if change.removed else []
                end(
                    Cell(
                        variant=variant.name,
                        step=GENERATE,
                        outcome=Outcome.OK,
                        key=key,
                        reason=", ".join(parts) or "unchanged",
                        duration=time.perf_counter() - start,
                    )
                )
            for name in generation.stale_variants():
                generation.remove(name)

    def _build(self, end: Callable[[Cell], None]) -> None:
        with ThreadPoolExecutor(self.jobs) as pool:
            cells = [pool.submit(self._build_cell, variant) for variant in self.plan.matrix]
            try:
                for cell in cells:
                    end(cell.result())
            except BaseException:  # Ctrl-C: leaving the pool waits for what still runs
                pool.shutdown(wait=False, cancel_futures=True)
                while not all(cell.done() for cell in cells):
                    end_all()  # again and again: a cell calls compilers one after the other
                    time.sleep(0.02)
                raise

    def _build_cell(self, variant: Variant) -> Cell:
        folder = self.output / variant.name
        interface = self.plan.templates.interface if self.plan.templates else None
        parts = recipe(folder, written_files(folder), interface, variant.configuration)
        if parts is None:
            return Cell(
                variant=variant.name, step=BUILD, outcome=Outcome.SKIPPED, reason="no C files"
            )
        start = time.perf_counter()
        built = build(parts, self.workshop(variant))
        if built.reused:
            return Cell(
                variant=variant.name,
                step=BUILD,
                outcome=Outcome.REUSED,
                ended=Outcome.OK,  # only a build that ended well is kept
                key=parts.content,
            )
        again = " ".join(["kvariant sweep --step build -k", variant.name, *self.arguments])
        return Cell(
            variant=variant.name,
            step=BUILD,
            outcome=_outcome(built.failures),
            key=parts.content,
            reason=f"{built.compiled} compilations",
            duration=time.perf_counter() - start,
            log="\n".join(r.output for r in built.failures),
            failures=tuple(
                dict.fromkeys(
                    Failure(message=_first_error(r, folder, self.workshop(variant)), again=again)
                    for r in built.failures
                )
            ),
        )

    def _test(
        self, store: Store, cells: Mapping[tuple[str, str], Cell], end: Callable[[Cell], None]
    ) -> None:
        tests = [self.plan.project.root / path for path in self.plan.project.tests]
        content = keys.of_files(test_files(tests))
        due: dict[str, str] = {}
        for variant in self.plan.matrix:
            built = cells.get((variant.name, BUILD))
            if built and not built.is_good and built.outcome is not Outcome.SKIPPED:
                end(
                    Cell(
                        variant=variant.name,
                        step=TEST,
                        outcome=Outcome.SKIPPED,
                        reason=f"build {built.outcome.value}",
                    )
                )
                continue
            files = written_files(self.output / variant.name)
            key = keys.digest([keys.toolkit(), content, *(f"{p}\0{t}" for p, t in files.items())])
            if last := store.last(variant.name, TEST, key):
                end(last)
            else:
                due[variant.name] = key
        if not due:
            return
        done, results = run_tests(
            self.plan.project.root,
            tests,
            list(due),
            self.state,
            self.jobs,
            self._pytest_arguments(),
        )
        for name, key in due.items():
            end(test_cell(name, key, results, done))

    def workshop(self, variant: Variant) -> Path:
        """Return the folder in which a variant is built."""
        return self.state / ("build" if self.is_home else "build-other") / variant.name

    def _pytest_arguments(self) -> Sequence[str]:
        configs = (
            [f"--kvariant-config={self._fragment(v)}" for v in self.plan.matrix]
            if not self.is_home
            else []
        )
        return [*configs, *([f"--kvariant-output={self.output}"] if not self.is_home else [])]

    def _fragment(self, variant: Variant) -> Path:
        """Return a file that asks for a variant; one that a strategy chose gets it here."""
        if variant.fragment is not None:
            return variant.fragment
        path = self.state / "configs" / f"{variant.name}.config"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.plan.tree.minimal_text(variant.configuration), encoding="utf-8")
        return path

    def _has_c(self) -> bool:
        templates = self.plan.templates
        return bool(templates and any(o.endswith((".c", ".h")) for o in templates.outputs))

    def _sources(self) -> str:
        templates = self.plan.templates
        files = [*self.plan.tree.files, *(templates.files if templates else ())]
        return keys.digest(
            [keys.of_files(files), *(f"{k}={v}" for k, v in self.plan.tree.environment.items())]
        )


def written_files(folder: Path) -> dict[str, str]:
    """Return the files of a written variant but its manifest: path -> text."""
    return {
        path: (folder / path).read_text(encoding="utf-8")
        for path in manifest_files(folder) or ()
        if path != MANIFEST
    }


def is_intact(folder: Path) -> bool:
    """Return whether every file of a variant is as its manifest says."""
    try:
        digests = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return all(sha256(text) == digests[path] for path, text in written_files(folder).items())
    except (OSError, ValueError, KeyError):
        return False


def _outcome(failures: Sequence[Run]) -> Outcome:
    """Return how a build ended: a compiler that did not do its work outweighs what others said."""
    if any(run.timed_out for run in failures):
        return Outcome.TIMEOUT
    if any(run.code < 0 for run in failures):
        return Outcome.ERROR
    return Outcome.FAILED if failures else Outcome.OK


_ERROR = re.compile(r"^.*?(?:error|warning): .*$", re.MULTILINE)


def _first_error(run: Run, folder: Path, workshop: Path) -> str:
    """Return a compiler's first error without what differs between variants."""
    if run.timed_out:
        return f"{Path(run.command[0]).name} ran into the time limit"
    match = _ERROR.search(run.output)
    if not match:
        return f"{Path(run.command[0]).name} {run.ending}"
    return match[0].replace(f"{folder}/", "").replace(f"{workshop}/", "")


def distinct_failures(cells: Iterable[Cell]) -> list[tuple[Failure, list[Cell]]]:
    """Return each distinct failure message once, with the cells that have it, first seen first."""
    folded: dict[tuple[str, str], tuple[Failure, list[Cell]]] = {}
    for cell in cells:
        for failure in cell.failures:
            entry = folded.setdefault((cell.step, failure.message), (failure, []))
            if cell not in entry[1]:
                entry[1].append(cell)
    return list(folded.values())
