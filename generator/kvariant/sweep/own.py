# SPDX-License-Identifier: MIT
"""The steps of our own: generating a variant's files, and building its C."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.build import Run, build_once, is_built, recipe
from kvariant.plan import Generation, Plan, Plans, Variant
from kvariant.plan.digests import toolkit
from kvariant.render.records import MANIFEST, manifest_files, sha256
from kvariant.sweep import keys
from kvariant.sweep.cell import BUILD, GENERATE, Cell, Failure, Outcome
from kvariant.sweep.store import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
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
    """Generates variants that are not as they should be."""

    def __init__(self, plans: Plans, output: Path, generation: Generation) -> None:
        self._plans = plans
        self._output = output
        self._generation = generation
        self._sources = {plan.environment.name: sources(plan) for plan in plans}

    def key(self, variant: Variant) -> str:
        """Return the digest of what a variant's files are made from."""
        values = keys.of_configuration(variant.configuration)
        return keys.digest(
            [self._sources[variant.environment], values, str(self._output / variant.name)]
        )

    def reused(self, variant: Variant, key: str, kept: Kept | None) -> Generated | None:
        """Return what was generated before, if it is there unchanged."""
        if kept is None:
            return None
        folder = self._output / variant.name
        times = kept.facts["times"]
        if not _unchanged(folder, times):
            # What is there may be whole and made from another content: an edit was taken back.
            if not is_intact(folder) or _content(written_files(folder)) != kept.facts["content"]:
                return None
            times = _times(folder, times)
        return Generated(
            key=key, content=kept.facts["content"], recipe=kept.facts["recipe"], times=times
        )

    def generated(self, variant: Variant, key: str, *, dry: bool) -> tuple[Generated, Cell]:
        """Generate a variant; `dry`: write nothing.

        Raises:
            InputError: a template fails, or the folder is not ours.
            MissingError: the disk is full.
        """
        start = time.perf_counter()
        files = self._generation.files(variant)
        change = self._generation.change(variant) if dry else self._generation.write(variant)
        parts = [f"{len(change.written)} written"] if change.written else []
        parts += [f"{len(change.removed)} removed"] if change.removed else []
        folder = self._output / variant.name
        templates = self._plans[variant].templates
        interface = templates.interface if templates else None
        texts = {path: text for path, text in files.items() if path != MANIFEST}
        plan = recipe(folder, texts, interface, variant.configuration)
        done = Generated(
            key=key,
            content=_content(texts),
            recipe=plan.digest if plan else "",
            times={} if dry else _times(folder, files),
        )
        cell = Cell(
            variant=variant.name,
            step=GENERATE,
            outcome=Outcome.OK,
            key=key,
            reason=", ".join(parts) or "unchanged",
            duration=time.perf_counter() - start,
        )
        return done, cell


def is_built_as(workshop: Path, recipe_digest: str) -> bool:
    """Return whether a workshop holds a good build of some content."""
    return bool(recipe_digest) and is_built(workshop, recipe_digest)


def built(plan: Plan, variant: Variant, folder: Path, workshop: Path, key: str, again: str) -> Cell:
    """Build a variant's C and return its cell."""
    interface = plan.templates.interface if plan.templates else None
    parts = recipe(folder, written_files(folder), interface, variant.configuration)
    assert parts is not None  # the agenda skips a variant without C
    start = time.perf_counter()
    done = build_once(parts, workshop)
    return Cell(
        variant=variant.name,
        step=BUILD,
        outcome=_outcome(done.failures),
        key=key,
        reason=f"{done.compiled} compilations",
        duration=time.perf_counter() - start,
        log="\n".join(r.log for r in done.failures),
        failures=tuple(
            dict.fromkeys(
                Failure(message=_first_error(r, folder, workshop), again=again)
                for r in done.failures
            )
        ),
    )


def written_files(folder: Path) -> dict[str, str]:
    """Return the files of a written variant but its manifest: path -> text."""
    return {
        path: (folder / path).read_text(encoding="utf-8")
        for path in manifest_files(folder) or ()
        if path != MANIFEST
    }


def sources(plan: Plan) -> str:
    """Return the digest of what variants are rendered from, with our own code."""
    files = [*plan.tree.files, *(plan.templates.files if plan.templates else ())]
    environment = (f"{name}={value}" for name, value in plan.tree.environment.items())
    return keys.digest([toolkit(), keys.of_files(files), *environment])


def _content(texts: Mapping[str, str]) -> str:
    """Return the digest of a variant's files but its manifest."""
    return keys.digest(f"{path}\0{text}" for path, text in sorted(texts.items()))


def _times(folder: Path, paths: Mapping[str, object]) -> dict[str, list[int]]:
    statuses = ((path, os.stat(f"{folder}/{path}")) for path in paths)  # noqa: PTH116  thousands
    return {path: [status.st_size, status.st_mtime_ns] for path, status in statuses}


def _unchanged(folder: Path, times: Mapping[str, Sequence[int]]) -> bool:
    try:
        return bool(times) and _times(folder, times) == {p: [*t] for p, t in times.items()}
    except OSError:
        return False


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
    if any(run.code < 0 or run.victim for run in failures):
        return Outcome.ERROR
    return Outcome.FAILED if failures else Outcome.OK


_ERROR = re.compile(r"^.*?(?:error|warning): .*$", re.MULTILINE)


def _first_error(run: Run, folder: Path, workshop: Path) -> str:
    """Return a compiler's first error without what differs between variants."""
    if run.timed_out:
        return f"{Path(run.command[0]).name} ran into the time limit"
    if run.victim:
        return f"{Path(run.command[0]).name}: {run.victim} was killed"
    match = _ERROR.search(run.output)
    if not match:
        return f"{Path(run.command[0]).name} {run.ending}"
    return match[0].replace(f"{folder}/", "").replace(f"{workshop}/", "")
