# SPDX-License-Identifier: MIT
"""Mutants tried with the relations alone: no test of the project, no plainest form beside it."""

from __future__ import annotations

import os
import random
import resource
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from kvariant.build import build, recipe
from kvariant.errors import InputError, KvariantError
from kvariant.plan import Variant
from kvariant.pytest_plugin.relation_checks import Subject, broken, languages, stubs
from kvariant.pytest_plugin.relation_tests import relations_of
from kvariant.pytest_plugin.variant_fixture import VariantView
from kvariant.render import Interface

from .bench import MEMORY, Bench
from .mutant import Edit, Files, Mutant

SECONDS = 120
"""That one mutant may take; one that hangs is noticed by then."""


def of_bodies(
    mutants: Sequence[Mutant], interface: Interface, count: int, seed: int
) -> list[Mutant]:
    """Draw breaks of helpers' bodies, from all helpers alike."""
    helpers = {helper.name for helper in interface.helpers}
    piles: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        if isinstance(mutant.change, Edit) and mutant.owner in helpers:
            piles.setdefault(mutant.owner, []).append(mutant)
    chance = random.Random(seed)
    owners = sorted(piles)
    chance.shuffle(owners)
    drawn: list[Mutant] = []
    while len(drawn) < count and any(piles.values()):
        for owner in owners:
            if piles[owner] and len(drawn) < count:
                drawn.append(piles[owner].pop(chance.randrange(len(piles[owner]))))
    return drawn


class Trials:
    """Tries mutants in a bench's copy of the project."""

    def __init__(self, bench: Bench, *, sides: int = 2) -> None:
        """Try them with so many languages: with one, no second says what is right."""
        relations = relations_of(bench.templates.folder)
        assert relations is not None
        self._bench = bench
        self._relations = relations
        self._sides = sides

    def said(self, mutant: Mutant) -> str:
        """Return what notices a mutant, "same" if it renders alike, "" if nothing does."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                signal.alarm(SECONDS)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                os.write(writing, self._said(mutant).encode()[:4000])
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else text

    def _said(self, mutant: Mutant) -> str:
        with self._bench.broken(mutant):
            try:
                templates, rendered = self._bench.rendered(mutant)
            except InputError as error:
                return error.diagnostics[0].message
            unbroken = self._bench.unbroken
            differing = [v for v in self._bench.plan.matrix if rendered[v.name] != unbroken[v.name]]
            assert templates.interface is not None
            for variant in differing:
                folder = _Folder(self._bench.plan.project.state, templates.interface, variant)
                folder.write(rendered[variant.name])
                try:
                    line = next(self._lines(folder.view), "")
                except KvariantError as error:  # it does not compile
                    line = str(error).partition("\n")[0]
                except Exception as error:  # Python that cannot be imported
                    line = f"{type(error).__name__}: {error}"
                if line:
                    return f"{variant.name}: {line}"
        return "" if differing else "same"

    def _lines(self, view: VariantView) -> Iterator[str]:
        subject = Subject(view, self._relations)
        subject.sides = subject.sides[-self._sides :]
        yield from stubs(subject)
        yield from languages(subject)
        for relation in self._relations.declared.values():
            if view.config.satisfies(relation.where):
                yield from broken(relation, subject)


class _Folder:
    """One variant's files, rendered with a mutant, and its library."""

    def __init__(self, state: Path, interface: Interface, variant: Variant) -> None:
        self.interface: Interface | None = interface
        self._place = state / "relations" / f"{os.getpid()}-{variant.name}"
        self._variant = variant
        self._files: Files = {}

    @property
    def view(self) -> VariantView:
        return VariantView(self._variant, self)

    def write(self, files: Files) -> None:
        self._files = files
        for path, text in files.items():
            (self._place / path).parent.mkdir(parents=True, exist_ok=True)
            (self._place / path).write_text(text, encoding="utf-8")

    def folder(self, name: str) -> Path:
        return self._place

    def library(self, name: str) -> Path:
        configuration = self._variant.configuration
        parts = recipe(self._place, self._files, self.interface, configuration)
        assert parts is not None
        built = build(parts, self._place / "build")
        if built.failures or built.library is None:
            lines = [line for run in built.failures for line in run.output.splitlines()]
            raise RuntimeError(next((line for line in lines if "error" in line), "no library"))
        return built.library
