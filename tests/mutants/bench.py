# SPDX-License-Identifier: MIT
"""A copy of the project in which one mutant at a time is tried, the way the sweep would.

Rendering, our own build and pytest with the plugin are those of the sweep, step
by step: whatever ends one is what the sweep would report. Pytest runs in a
forked child of a process that has everything imported: about a second less for
each trial, and nothing of a trial is left behind.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from kvariant.build import build, recipe
from kvariant.errors import InputError
from kvariant.plan import Plan, Variant
from kvariant.project import Project
from kvariant.render import Rendered, Templates, Writer, recorded

from . import bodies, stubs
from .mutant import Edit, Files, Mutant
from .source import Source
from .verdict import Outcome, Verdict

TIMEOUT = 300
"""Seconds that one pytest run may take; a mutant that hangs is noticed by then."""
MEMORY = 2 << 30
"""Bytes that it may take: a Python shifted too far would take what there is."""
PARTS = ("pyproject.toml", "Kconfig", "configs", "tests")
"""What a project consists of, beside its templates."""
TELLING = "test_languages.py"
"""The tests to run first: they compare every helper with its plainest form."""
_PROFILE = "mutants"
_IMPORTED = (
    "hypothesis",
    "hypothesis.strategies",
    "kvariant.pytest_plugin.variant_fixture",
    "xdist.plugin",
)


def copied(root: Path, folder: Path) -> Path:
    """Copy a project without what its runs have left, and return the copy."""
    unwanted = shutil.ignore_patterns("__pycache__", "mutants", ".*")
    for name in (*PARTS, Project.find(root).templates_label):
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=unwanted)
        else:
            shutil.copyfile(source, target)
    return folder


class Bench:
    """One copy of the project, in use by one process."""

    def __init__(self, folder: Path) -> None:
        """Read the project copied to `folder`; see `copied`."""
        self.plan = Plan.of(Project.find(folder))
        assert self.plan.templates is not None
        assert self.plan.templates.interface is not None
        self.templates = self.plan.templates
        self.interface = self.plan.templates.interface
        self._writer = Writer(folder / "generated")

    def mutants(self) -> tuple[Mutant, ...]:
        """Return every mutant of the project's templates."""
        folder = self.templates.folder
        declared = self.interface.document.path
        sources = [
            Source(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
            for path in self.templates.files
            if path != declared
        ]
        return (
            *bodies.mutants(sources, self.interface),
            *stubs.mutants(declared.read_text(encoding="utf-8"), self.interface),
        )

    def control(self, *, is_whole: bool) -> str:
        """Run tests on the unbroken family, "" if all is well, else the first that fails.

        Args:
            is_whole: all tests in all variants, else only the telling ones in one.
        """
        variants = self.plan.matrix.variants[: None if is_whole else 1]
        for variant in variants:
            self._write(variant, self.unbroken[variant.name])
        return self._tests(variants, self._folders if is_whole else self._telling)

    def verdict(self, mutant: Mutant, *, is_explained: bool = False) -> Verdict:
        """Try one mutant; one that is explained on its first variant with the telling tests."""
        start = time.perf_counter()
        outcome, variants, detail = self._tried(mutant, is_brief=is_explained)
        return Verdict(mutant, outcome, variants, detail, time.perf_counter() - start)

    def _tried(self, mutant: Mutant, *, is_brief: bool) -> tuple[Outcome, tuple[str, ...], str]:
        with self.broken(mutant):
            try:
                templates, rendered = self.rendered(mutant)
            except InputError as error:
                return Outcome.RENDER, (), error.diagnostics[0].message
            differing = [v for v in self.plan.matrix if rendered[v.name] != self.unbroken[v.name]]
            names = tuple(v.name for v in differing)
            # The first variant and the telling tests are enough for nearly every mutant.
            for some in filter(None, (differing[:1], [] if is_brief else differing[1:])):
                for variant in some:
                    self._write(variant, rendered[variant.name])
                    if said := self._build(variant, templates):
                        return Outcome.BUILD, names, f"{variant.name}: {said}"
                for tests in (self._telling, *([] if is_brief else [self._folders])):
                    if said := self._tests(some, tests):
                        return Outcome.TEST, names, said
            return Outcome.SURVIVED if names else Outcome.SAME, names, ""

    @cached_property
    def unbroken(self) -> Mapping[str, Files]:
        """Each variant's files without any mutant."""
        return {v.name: self.templates.render(v.configuration).files for v in self.plan.matrix}

    @contextlib.contextmanager
    def broken(self, mutant: Mutant) -> Iterator[None]:
        """Have the mutant in the copy's templates for a while, if that is where it is."""
        path = self.templates.folder / mutant.path
        text = path.read_text(encoding="utf-8")
        assert self.unbroken  # rendered before anything is broken
        if isinstance(mutant.change, Edit):
            path.write_text(mutant.change.applied(text), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(text, encoding="utf-8")

    def rendered(self, mutant: Mutant) -> tuple[Templates, Mapping[str, Files]]:
        """Return the mutant's templates, and each variant's files.

        Raises:
            InputError: it is no longer valid, or fails on a variant's values.
        """
        if not isinstance(mutant.change, Edit):
            change = mutant.change
            return self.templates, {n: change.applied(f) for n, f in self.unbroken.items()}
        project = self.plan.project
        templates = Templates(self.templates.folder, self.plan.tree, project.templates_label)
        matrix = self.plan.matrix
        return templates, {v.name: templates.render(v.configuration).files for v in matrix}

    def _write(self, variant: Variant, files: Files) -> None:
        written = recorded(self.plan.tree, variant.configuration, Rendered(files))
        with self._writer.locked():
            self._writer.write(variant.name, written)

    def _build(self, variant: Variant, templates: Templates) -> str:
        """Build a written variant, and return the first thing a compiler says against it."""
        from kvariant.render.records import written_files

        folder = self._writer.output / variant.name
        parts = recipe(folder, written_files(folder), templates.interface, variant.configuration)
        if parts is None:
            return ""
        built = build(parts, self.plan.project.state / "build" / variant.name)
        lines = [line for run in built.failures for line in run.output.splitlines()]
        said = next((line for line in lines if "error" in line), "it does not build")
        return said.replace(f"{folder}/", "") if built.failures else ""

    @cached_property
    def _folders(self) -> tuple[Path, ...]:
        return tuple(self.plan.project.root / path for path in self.plan.project.tests)

    @cached_property
    def _telling(self) -> tuple[Path, ...]:
        found = [path for folder in self._folders for path in folder.glob(TELLING)]
        return tuple(found) or self._folders

    def _tests(self, variants: Sequence[Variant], tests: Sequence[Path]) -> str:
        """Run tests on some written variants, and return the first that fails."""
        project = self.plan.project
        report, log = project.state / "report.jsonl", project.state / "pytest.log"
        arguments = [
            "-q",
            "-x",
            "--assert=plain",
            "--tb=line",
            "-p",
            "no:cacheprovider",
            f"--rootdir={project.root}",
            f"--kvariant-report={report}",
            *(f"--kvariant-config={variant.fragment}" for variant in variants),
            *map(str, tests),
        ]
        project.state.mkdir(exist_ok=True)
        report.unlink(missing_ok=True)
        code = _in_child(arguments, project.root, log)
        if code == 0:
            return ""
        if code in (1, 2) or code < 0:  # negative: a signal, of a crash or of the time limit
            return _first_failure(report) or f"pytest: {_last_line(log)}"
        raise RuntimeError(f"pytest ended with {code}: {log.read_text(encoding='utf-8')}")


def preload() -> None:
    """Import what every pytest run needs, for the children to have it."""
    phases = (Phase.explicit, Phase.generate)  # shrinking a failure takes 20 s, and says no more
    settings.register_profile(_PROFILE, settings.get_profile("default"), derandomize=True,
                              deadline=None, phases=phases)  # fmt: skip
    for name in _IMPORTED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _in_child(arguments: Sequence[str], folder: Path, log: Path) -> int:
    """Run pytest in a fork of this process, and return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        code = 70  # never seen by a caller unless pytest.main raises
        try:
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.chdir(folder)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ["KVARIANT_HYPOTHESIS"] = _PROFILE  # see tests/conftest.py
            signal.alarm(TIMEOUT)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            code = int(pytest.main([*arguments]))
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _first_failure(report: Path) -> str:
    if not report.is_file():
        return ""
    for line in report.read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        if result.get("outcome") == "failed":
            return str(result["test"]).rpartition("/")[2]
    return ""


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
