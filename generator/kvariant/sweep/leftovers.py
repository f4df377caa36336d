# SPDX-License-Identifier: MIT
"""What variants that are no more have left in the state folder: found, and taken away.

    out/NAME  build/NAME  build-other/NAME  results/NAME     of a name that is known as ours
    logs/NAME/*.log  failing/NAME.config                     likewise
    made/NAME.json                                           ours by what is in it
    generated/NAME                                           ours by its manifest

A name is known by the results database, by such a note, or by the one in its build folder.
Whatever else is in the state folder stays: it is somebody's. What lies behind a link is not in
the state folder, and where something is mounted it is not ours either.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig.variant_names import NAME
from kvariant.mounts import mounted_in
from kvariant.project.state_folder import require_own
from kvariant.regular_file import record_of
from kvariant.render.writer import Writer
from kvariant.steps import untrusted_files
from kvariant.steps.workspace import BUILT

if TYPE_CHECKING:
    from kvariant.project import Project

_BY_NAME = ("out", "build", "build-other", "results")
_MADE, _GENERATED = "made", "generated"
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
        InputError: the state folder is not known as ours, or is one in which the project itself
            is, or something is mounted where a variant was [not-ours].
    """
    require_cleanable(project)
    state = project.state
    found = dict(_by_kind(state))
    names = {*known, *found.values(), *_built(state)}
    for name in filter(_is_name, names):
        found |= {state / part / name: name for part in _BY_NAME}
        if _is_file(fragment := state / "failing" / f"{name}.config"):
            found[fragment] = name
        if _has_logs(logs := state / "logs" / name):
            found[logs] = name
    generated = state / _GENERATED
    for name in Writer(generated).others(set(existing)):
        found[generated / name] = name
    there = (
        (path, name)
        for path, name in found.items()
        if os.path.lexists(path) and _is_within(path, state)
    )
    gone = sorted((name, path) for path, name in there if not _is_any(name, existing))
    for _, path in gone:
        _require_unmounted(path)
    return tuple(Leftover(variant=name, path=path, size=_size(path)) for name, path in gone)


def remove(leftover: Leftover, state: Path) -> None:
    """Take a leftover away, and the folder that it was in if nothing else is there.

    Raises:
        InputError, MissingError: it cannot be removed.
        ValueError: it is not in the state folder.
    """
    if not _is_within(leftover.path, state):
        raise ValueError(f"{leftover.path} is not in {state}")  # a defect of ours: nothing goes
    _require_unmounted(leftover.path)
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


def forget(project: Project, name: str) -> None:
    """Take away what earlier runs of a variant have left, so that it begins in new folders.

    Where the state folder is not known as ours all stays.

    Raises:
        InputError, MissingError: something cannot be removed.
    """
    try:
        require_cleanable(project)
    except InputError:
        return
    state = project.state
    paths = [*(state / part / name for part in _BY_NAME), state / _MADE / f"{name}.json"]
    for path in paths if _is_name(name) else ():
        if os.path.lexists(path) and _is_within(path, state):
            remove(Leftover(variant=name, path=path, size=0), state)


def require_cleanable(project: Project) -> None:
    """Refuse a state folder that is not ours alone, or has the project in it.

    Raises:
        InputError: it is not known as ours, or the project's own files are in it [not-ours].
    """
    state = Path(os.path.realpath(project.state))
    places = [project.root, project.kconfig, project.lock]
    places += [place for place in (project.path, project.templates, project.output) if place]
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
    require_own(project.state)


def _require_unmounted(path: Path) -> None:
    if place := mounted_in(path):
        raise InputError(
            Diagnostic(
                message="something is mounted where a variant was; nothing is removed",
                code="not-ours",
                location=Location(str(place)),
                hint=f"unmount it first: umount {place}",
            )
        )


def _by_kind(state: Path) -> Iterator[tuple[Path, str]]:
    """Yield what is ours by what is in it: path and variant."""
    for path in _entries(state / _MADE, _is_note):
        name = path.relative_to(state / _MADE).as_posix().removesuffix(".json")
        if _is_name(name):
            yield path, name


def _built(state: Path) -> Iterator[str]:
    """Yield the variants in whose build folder a note of ours is."""
    for path in _entries(state / "out", lambda folder: _is_note(folder / BUILT, "")):
        yield path.relative_to(state / "out").as_posix()


def _entries(
    folder: Path, is_wanted: Callable[[Path], bool], depth: int = _DEPTH
) -> Iterator[Path]:
    if folder.is_symlink():
        return
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


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_note(path: Path, suffix: str = ".json") -> bool:
    """Return whether a file says what was built, as a workspace writes it."""
    if path.suffix != suffix or not _is_file(path):
        return False
    note = record_of(path)
    return note is not None and all(
        isinstance(value, str) or step.startswith("/") for step, value in note.items()
    )


def _has_logs(path: Path) -> bool:
    """Return whether a folder has nothing but logs: somebody may keep notes beside them."""
    if path.is_symlink() or not path.is_dir():
        return False
    entries = list(path.iterdir())
    return bool(entries) and all(e.suffix == ".log" and _is_file(e) for e in entries)


def _is_name(name: str) -> bool:
    """Return whether a name can be a variant's: what a database says is no path as it is."""
    *environment, own = name.split("/")
    return (
        len(environment) < _DEPTH
        and NAME.fullmatch(own) is not None
        and all(_ENVIRONMENT.fullmatch(part) for part in environment)
    )


def _is_within(path: Path, state: Path) -> bool:
    """Return whether a path is in the state folder, with no link on the way to it.

    The last line of defence: an absolute part makes a path forget all before it, and a
    link in the place of a folder of ours leads to somebody else's.
    """
    if path == state or not path.is_relative_to(state):
        return False
    inner = path.relative_to(state)
    real = Path(os.path.realpath(state)) / inner.parent
    return ".." not in inner.parts and Path(os.path.realpath(path.parent)) == real


def _is_any(name: str, existing: Collection[str]) -> bool:
    """Return whether a name is that of a variant, or of a folder that has some."""
    return name in existing or any(other.startswith(f"{name}/") for other in existing)


def _size(path: Path) -> int:
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size
    folders = untrusted_files.below(path)
    files = (os.path.join(folder, name) for folder, _, names in folders for name in names)
    return sum(os.lstat(file).st_size for file in files if os.path.lexists(file))
