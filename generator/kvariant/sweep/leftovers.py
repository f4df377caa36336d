# SPDX-License-Identifier: MIT
"""What variants that are no more have left in the state folder: found, and taken away.

    out/NAME  build/NAME  build-other/NAME  results/NAME     of a name that is known as ours
    logs/NAME/*.log  made/NAME.json  failing/NAME.config     ours by what they are
    generated/NAME                                           ours by its manifest

A name is known by the results database, or by what stands in the second line. Whatever
else is in the state folder stays: it is somebody's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig.variant_names import NAME
from kvariant.project import Project
from kvariant.render.records import manifest_files
from kvariant.render.writer import Writer
from kvariant.steps import untrusted_files

_BY_NAME = ("out", "build", "build-other", "results")
_BY_KIND = {"made": ".json", "failing": ".config"}
_GENERATED = "generated"
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+-]*")
_DEPTH = 2
"""Parts that a variant's name may have: `NAME`, or `ENVIRONMENT/NAME`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A file or folder of a variant that is no more."""

    variant: str
    path: Path
    size: int
    """Bytes of the files in it."""


def leftovers(
    project: Project, existing: Collection[str], known: Iterable[str]
) -> tuple[Leftover, ...]:
    """Return what is left of variants that are no more, sorted by name; nothing is touched.

    Args:
        project: its state folder is looked at.
        existing: names of variants that are to keep what they have.
        known: names that any sweep has had.

    Raises:
        InputError: the state folder is one in which the project itself is [not-ours].
    """
    _require_own(project)
    state = project.state
    found = dict(_by_kind(state))
    names = {*known, *found.values()}
    for part in _BY_NAME:
        found |= {state / part / name: name for name in names if _is_name(name)}
    generated = state / _GENERATED
    for name in Writer(generated).others(set(existing)):
        found[generated / name] = name
    there = (
        (path, name)
        for path, name in found.items()
        if os.path.lexists(path) and _is_within(path, state)
    )
    gone = sorted((name, path) for path, name in there if not _is_any(name, existing))
    return tuple(Leftover(variant=name, path=path, size=_size(path)) for name, path in gone)


def remove(leftover: Leftover, state: Path) -> None:
    """Take a leftover away, and the folder that it was in if nothing else is there.

    Raises:
        InputError, MissingError: it cannot be removed.
        ValueError: it is not in the state folder.
    """
    if not _is_within(leftover.path, state):
        raise ValueError(f"{leftover.path} is not in {state}")  # a defect of ours: nothing goes
    try:
        if leftover.path.is_relative_to(state / _GENERATED):
            Writer(state / _GENERATED).remove(leftover.variant)
        else:
            untrusted_files.clear(leftover.path)
        parent = leftover.path.parent
        while parent != state and parent.is_relative_to(state) and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent
    except FileNotFoundError:  # somebody else was faster
        pass
    except OSError as error:
        raise os_error(error, "cannot remove what is left of a variant") from None


def _require_own(project: Project) -> None:
    """Refuse a state folder that has the project in it: nothing there is surely ours."""
    state = Path(os.path.realpath(project.state))
    places = [project.root, project.kconfig, project.lock]
    places += [place for place in (project.templates, project.output) if place]
    inside = [place for place in places if Path(os.path.realpath(place)).is_relative_to(state)]
    if inside:
        raise InputError(
            Diagnostic(
                message="the state folder has the project's own files in it; nothing is removed",
                code="not-ours",
                location=Location(str(inside[0])),
                hint='set state = ".kvariant", a folder for nothing else',
            )
        )


def _by_kind(state: Path) -> Iterator[tuple[Path, str]]:
    """Yield what is ours by what it is: path and variant."""
    for part, suffix in _BY_KIND.items():
        for path in _entries(state / part, Path.is_file):
            if path.suffix != suffix:
                continue
            name = path.relative_to(state / part).as_posix().removesuffix(suffix)
            if _is_name(name):
                yield path, name
    for path in _entries(state / "logs", _has_logs):
        name = path.relative_to(state / "logs").as_posix()
        if _is_name(name):
            yield path, name


def _entries(
    folder: Path, is_wanted: Callable[[Path], bool], depth: int = _DEPTH
) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.is_symlink():
            continue
        if is_wanted(path):
            yield path
        elif path.is_dir() and depth > 1:
            yield from _entries(path, is_wanted, depth - 1)


def _has_logs(path: Path) -> bool:
    if not path.is_dir():
        return False
    entries = list(path.iterdir())
    return bool(entries) and all(e.suffix == ".log" and not e.is_dir() for e in entries)


def _is_name(name: str) -> bool:
    """Return whether a name can be a variant's: what a database says is no path as it is."""
    *environment, own = name.split("/")
    return (
        len(environment) < _DEPTH
        and NAME.fullmatch(own) is not None
        and all(_ENVIRONMENT.fullmatch(part) for part in environment)
    )


def _is_within(path: Path, state: Path) -> bool:
    """Return whether a path is in the state folder, and so is the folder that it really is in.

    The last line of defence: an absolute part makes a path forget all before it, and a
    link in the place of a folder of ours leads to somebody else's.
    """
    real, here = os.path.realpath(path.parent), os.path.realpath(state)
    is_below = path != state and path.is_relative_to(state) and ".." not in path.parts
    return is_below and Path(real).is_relative_to(here)


def _is_any(name: str, existing: Collection[str]) -> bool:
    """Return whether a name is that of a variant, or of a folder that has some."""
    return name in existing or any(other.startswith(f"{name}/") for other in existing)


def _size(path: Path) -> int:
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size
    if manifest_files(path) is None and not os.access(path, os.R_OK):
        return 0
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(file.lstat().st_size for file in files if os.path.lexists(file))
