# SPDX-License-Identifier: MIT
"""Our own generating: the first step of a sweep, in order, in this process.

The digests of what is written are part of the keys of all steps that follow.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.build import recipe
from kvariant.digest import digest, files_digest
from kvariant.plan import Generation, Plan, Variant
from kvariant.plan.digests import configuration_digest, toolkit
from kvariant.render.records import MANIFEST, is_intact, written_files
from kvariant.results.cell import GENERATE, Cell, Outcome
from kvariant.results.store import Kept, Store

if TYPE_CHECKING:
    from kvariant.render import Change
    from kvariant.sweep.recorder import Recorder
    from kvariant.sweep.request import Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFiles:
    """A variant's files, by their digests."""

    key: str
    content: str
    """Of all files."""
    recipe: str
    """Of what is compiled, "" where there is no C."""
    times: Mapping[str, Sequence[int]]
    """Path -> size and time of change in nanoseconds, as they were written."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The same for the store."""
        return {"content": self.content, "recipe": self.recipe, "times": dict(self.times)}


class Generator:
    """Generates the variants that are not as they should be."""

    def __init__(self, sweep: Sweep, store: Store, recorder: Recorder) -> None:
        self._sweep = sweep
        self._store = store
        self._recorder = recorder
        self._reused: list[Cell] = []
        """Ended in one go: there may be thousands, and none of them took work."""

    def generate(self, variants: Sequence[Variant]) -> Mapping[str, GeneratedFiles]:
        """Generate variants in order and end their cells; return the files of each.

        When a budget is spent those that are not as they should be are left out.

        Raises:
            InputError: a template fails, or a folder is not ours.
            MissingError: the disk is full.
        """
        sweep = self._sweep
        if sweep.output is None or not sweep.generates:
            return {}
        whole = sweep.is_home and sweep.is_whole
        generation = Generation(sweep.plans, sweep.output, is_home=whole)
        wanted = {v.name: self._key(v, sweep.output) for v in variants}
        kept = self._store.kept((GENERATE, key) for key in wanted.values()) if sweep.reuse else {}

        with nullcontext() if sweep.dry else generation.locked(sweep.waiting):
            found = ((v.name, self._one(v, wanted[v.name], kept, generation)) for v in variants)
            done = {name: files for name, files in found if files is not None}
            for name in () if sweep.dry else generation.stale_variants():
                generation.remove(name)
        self._recorder.settle([cell] for cell in self._reused)
        return done

    @property
    def _goes_on(self) -> bool:
        """Whether a variant that is as it would be rendered is not rendered."""
        since = self._sweep.since
        return since is not None and since.baseline is not None and self._sweep.reuse

    @cached_property
    def _sources(self) -> Mapping[str, str]:
        return {plan.environment.name: sources(plan) for plan in self._sweep.plans}

    def _key(self, variant: Variant, output: Path) -> str:
        """Return the digest of what a variant's files are made from."""
        values = configuration_digest(variant.configuration)
        return digest([self._sources[variant.environment], values, str(output / variant.name)])

    def _one(
        self,
        variant: Variant,
        key: str,
        kept: Mapping[tuple[str, str], Kept],
        generation: Generation,
    ) -> GeneratedFiles | None:
        folder, last = self._sweep.workspace(variant).out, kept.get((GENERATE, key))
        if last is not None and (done := _reused(folder, key, last)) is not None:
            cell = Cell(
                variant=variant.name,
                step=GENERATE,
                outcome=Outcome.REUSED,
                ended=Outcome.OK,
                reason=last.reason,
                key=key,
            )
            if done.times != last.facts["times"]:
                self._keep(cell, done)
            self._reused.append(cell)
            return done
        if self._goes_on and not any(_changed(generation.change(variant))):
            done = self._files(variant, key, folder, generation.files(variant), is_there=True)
            cell = Cell(
                variant=variant.name,
                step=GENERATE,
                outcome=Outcome.REUSED,
                ended=Outcome.OK,
                reason="renders to the same files",
                key=key,
            )
            self._keep(cell, done)
            self._reused.append(cell)
            return done
        if self._sweep.budget is not None and self._sweep.budget.is_spent:
            return None
        done, cell = self._generated(variant, key, folder, generation)
        if self._sweep.dry:
            self._recorder.put(replace(cell, outcome=Outcome.MISSING, duration=0.0))
        else:
            self._keep(cell, done)
            self._recorder.end([cell])
        return done

    def _keep(self, cell: Cell, done: GeneratedFiles) -> None:
        if not self._sweep.dry:
            kept = Kept(reason=cell.reason, facts=done.facts)
            self._store.record((), {(GENERATE, cell.key): kept})

    def _generated(
        self, variant: Variant, key: str, folder: Path, generation: Generation
    ) -> tuple[GeneratedFiles, Cell]:
        """Generate a variant; a dry sweep writes nothing."""
        start = time.perf_counter()
        is_dry = self._sweep.dry
        files = generation.files(variant)
        change = generation.change(variant) if is_dry else generation.write(variant)
        parts = [f"{len(change.written)} written"] if change.written else []
        parts += [f"{len(change.removed)} removed"] if change.removed else []
        done = self._files(variant, key, folder, files, is_there=not is_dry)
        cell = Cell(
            variant=variant.name,
            step=GENERATE,
            outcome=Outcome.OK,
            key=key,
            reason=", ".join(parts) or "unchanged",
            duration=time.perf_counter() - start,
        )
        return done, cell

    def _files(
        self, variant: Variant, key: str, folder: Path, files: Mapping[str, str], *, is_there: bool
    ) -> GeneratedFiles:
        """Return what a variant's files are; their times where they are on disk."""
        templates = self._sweep.plans[variant].templates
        interface = templates.interface if templates else None
        texts = {path: text for path, text in files.items() if path != MANIFEST}
        plan = recipe(folder, texts, interface, variant.configuration)
        return GeneratedFiles(
            key=key,
            content=_content(texts),
            recipe=plan.digest if plan else "",
            times=_times(folder, files) if is_there else {},
        )


def _changed(change: Change) -> Sequence[str]:
    return (*change.written, *change.removed)


def _reused(folder: Path, key: str, kept: Kept) -> GeneratedFiles | None:
    """Return what was generated before, if it is there unchanged."""
    times = kept.facts["times"]
    if not _unchanged(folder, times):
        # What is there may be whole and made from another content: an edit was taken back.
        if not is_intact(folder) or _content(written_files(folder)) != kept.facts["content"]:
            return None
        times = _times(folder, times)
    return GeneratedFiles(
        key=key, content=kept.facts["content"], recipe=kept.facts["recipe"], times=times
    )


def sources(plan: Plan) -> str:
    """Return the digest of what variants are rendered from, with our own code."""
    files = [*plan.tree.files, *(plan.templates.files if plan.templates else ())]
    tree = plan.tree
    environment = (f"{name}={value}" for name, value in tree.environment.items())
    # What rows a .config and its header have, and how they are written.
    rules = [tree.dialect.label, tree.prefix, str(tree.has_negatives)]
    return digest([toolkit(), files_digest(files), *rules, *environment])


def _content(texts: Mapping[str, str]) -> str:
    """Return the digest of a variant's files but its manifest."""
    return digest(f"{path}\0{text}" for path, text in sorted(texts.items()))


def _times(folder: Path, paths: Mapping[str, object]) -> dict[str, list[int]]:
    statuses = ((path, os.stat(f"{folder}/{path}")) for path in paths)  # noqa: PTH116  thousands
    return {path: [status.st_size, status.st_mtime_ns] for path, status in statuses}


def _unchanged(folder: Path, times: Mapping[str, Sequence[int]]) -> bool:
    try:
        return bool(times) and _times(folder, times) == {p: [*t] for p, t in times.items()}
    except OSError:
        return False
