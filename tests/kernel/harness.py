# SPDX-License-Identifier: MIT
"""From configurations to comparisons: render ours, compile both, compare, in parallel.

Configurations that the kernel's headers cannot tell apart, and whose renderings
are equal, are one job: fewer remain than there are configurations.
"""

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import debian
from kvariant.build import recipe
from kvariant.plan import Plan, Selection
from kvariant.project import Project

from .compare import Comparison, compare, expectations
from .configurations import Configuration
from .family import CSide, PythonSide, Side
from .headers import Architecture, Release, symbols_read, write_headers
from .native import Caller, compile_library
from .oracle import Oracle, program

PROJECT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """Configurations that give the same kernel text and the same rendering of ours."""

    configurations: tuple[Configuration, ...]
    files: Mapping[str, str]
    """Rendered files, path -> text."""
    exports: str
    """C text that exports our helpers over words."""

    @property
    def configuration(self) -> Configuration:
        """The one that stands for all."""
        return self.configurations[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Headers:
    """The laid-out headers of a release for an architecture."""

    folder: Path
    symbols: frozenset[str]
    """Every symbol that they mention."""


def lay_out(release: Release, architecture: Architecture, folder: Path) -> Headers:
    """Fetch a kernel's source and lay out its headers in an empty folder.

    Raises:
        debian.Unavailable: the source cannot be had.
    """
    write_headers(debian.linux_source(release), release, architecture, folder)
    return Headers(folder, symbols_read(folder))


def libraries() -> Path:
    """Return the folder where compiled libraries are kept between runs."""
    return debian.cache_folder() / "kernel-libraries"


def write_fragments(configurations: Iterable[Configuration], folder: Path) -> tuple[Path, ...]:
    """Write each configuration as a fragment and return the files."""
    paths = []
    for configuration in configurations:
        path = folder / f"{configuration.name}.config"
        path.write_text(configuration.fragment, encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def jobs(configurations: Sequence[Configuration], headers: Headers) -> list[Job]:
    """Render our family in every configuration and join those that cannot differ.

    Raises:
        AssertionError: our tree does not give a configuration that the kernel allows.
    """
    with tempfile.TemporaryDirectory(prefix="kvariant-fragments-") as folder:
        fragments = write_fragments(configurations, Path(folder))
        plan = Plan.of(Project.find(PROJECT), Selection(configs=fragments))
        assert plan.templates is not None
        joined: dict[tuple[object, ...], Job] = {}
        for configuration, variant in zip(configurations, plan.matrix, strict=True):
            dropped = variant.configuration.dropped
            assert not dropped, f"{configuration}: our tree drops {dropped}"
            rendered = plan.templates.render(variant.configuration)
            read = tuple(
                (name, value)
                for name, value in configuration.values.items()
                if name in headers.symbols
            )
            key = (read, rendered.digest)
            if key in joined:
                alike = (*joined[key].configurations, configuration)
                joined[key] = dataclasses.replace(joined[key], configurations=alike)
                continue
            built = recipe(Path(), rendered.files, plan.templates.interface, variant.configuration)
            assert built is not None
            exports = built.sources["exports.c"]
            joined[key] = Job((configuration,), dict(rendered.files), exports)
    return list(joined.values())


def compare_all(jobs: Sequence[Job], headers: Headers) -> Comparison:
    """Run jobs on all cores; a difference that many configurations share is told once."""
    values = 0
    differing: dict[str, list[Configuration]] = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for job, found in zip(
            jobs, pool.map(_run, jobs, [headers] * len(jobs), chunksize=4), strict=True
        ):
            values += found.values
            for line in found.differences:
                differing.setdefault(line, []).extend(job.configurations)
    return Comparison(
        values,
        [
            f"{line}\n    in {len(where)} configurations, as {where[0]}"
            for line, where in differing.items()
        ],
    )


def _run(job: Job, headers: Headers) -> Comparison:
    found = Comparison()
    with loaded(job, headers) as (oracle, ours):
        expected = expectations(oracle, caller())
        for side in ours:
            found += compare(side, oracle, expected)
    return found


@contextmanager
def loaded(
    job: Job, headers: Headers, *, place: Path | None = None
) -> Iterator[tuple[Oracle, tuple[Side, Side]]]:
    """Compile and load the kernel's side of a job, and ours in both languages.

    Args:
        job: what to compile.
        headers: the kernel's.
        place: folder for the libraries; default: the cache. A library is loaded
            once a process and keeps its counters, but one in a new place is new.
    """
    place = place or libraries()
    oracle = program(job.configuration, headers.folder).compile(place)
    with tempfile.TemporaryDirectory(prefix="kvariant-family-") as name:
        folder = Path(name)
        for path, text in job.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        rendered = "\0".join(job.files[path] for path in sorted(job.files))
        library = compile_library(
            job.exports, place, "-O1", f"-I{folder / 'include'}", identity=rendered
        )
        python = PythonSide(folder / "python" / "pte_markers", job.configuration.release)
        try:
            yield oracle, (python, CSide(library, caller()))
        finally:
            python.unload()


@cache
def caller() -> Caller:
    """Return this process's caller."""
    return Caller(libraries())
