# SPDX-License-Identifier: MIT
"""Where a variant's steps run: its folders, its `.config`, its environment."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.build.message_language import CHOOSING, english
from kvariant.errors import MissingError, os_error
from kvariant.project.glob_matches import undoubled
from kvariant.steps import changed_config, placeholders, untrusted_files
from kvariant.whole_file import is_laid_out, remove_abandoned

if TYPE_CHECKING:
    from kvariant.steps.step import Step, Steps

_NOT_OURS = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
"""Variables of a make that runs us: its job server is not for the steps."""
BUILT = ".kvariant-made"
"""The note in a build folder of what was made in it."""
CONFIG = 64 * 1024 * 1024
"""Bytes; a larger `.config` is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One variant's folders; absolute."""

    variant: str
    """`{name}`."""
    out: Path
    """`{out}`: its generated folder, else the folder it is built in."""
    is_ours: bool
    """Whether `out` is in the state folder, so that it may be emptied."""
    tree: Path
    """`{tree}`: the folder that is `$(srctree)` to Kconfig, where a tree's make runs."""
    root: Path
    """The project's folder: commands run there, globs start there."""
    state: Path
    jobs: int
    """`{jobs}`: what one step may use of the machine."""
    variables: Mapping[str, str]
    """What steps have beyond our environment: the project's `env` as the variant's environment
    has it, `CROSS_COMPILE`, and the variant's toolchain."""
    tree_variables: Mapping[str, str]
    """What its Kconfig files see: `{env.ARCH}` may be one that was detected."""

    @property
    def config(self) -> Path:
        """`{config}`: the resolved configuration, as Kconfig's own tools write it."""
        return self.out / ".config"

    @property
    def header(self) -> Path:
        """The configuration for C, where a Linux tree has it: `{out}/include/generated`."""
        return self.out / "include/generated/autoconf.h"

    @property
    def results(self) -> Path:
        """`{results}`: a folder for what tests report."""
        return self.state / "results" / self.variant

    def log(self, step: str) -> Path:
        """Return where a step's output is kept."""
        return self.state / "logs" / self.variant / f"{step}.log"

    def may_remove(self, path: Path) -> bool:
        """Return whether a file is one that steps have made: in a folder of theirs alone."""
        folders = (self.results, *((self.out,) if self.is_ours else ()))
        return any(untrusted_files.is_below(path, folder) for folder in folders)

    def environment(self, steps: Steps, step: Step) -> Mapping[str, str]:
        """Return what a step's environment has beyond ours, the step's own word last."""
        extra = {**self.variables, **step.env}
        values = self.values(steps, extra)
        return {name: placeholders.plain(text, values) for name, text in extra.items()}

    def values(self, steps: Steps, environment: Mapping[str, str]) -> placeholders.Replacements:
        """Return what the placeholders mean here; `env.NAME` is looked up when it is asked for."""
        return _Values(
            {
                "config": str(self.config),
                "out": str(self.out),
                "name": self.variant,
                "tree": str(self.tree),
                "results": str(self.results),
                "jobs": str(self.jobs),
            },
            lambda name: steps.variable(name, environment, self.tree_variables) or "",
        )

    def prepare(self, config_text: str | None, header_text: str | None = None) -> None:
        """Make the folders, and write the `.config` unless it is there as it should be.

        Args:
            config_text: the `.config`; None: it was generated.
            header_text: the `autoconf.h`; None: it was generated, or nobody asks for it.

        Raises:
            InputError, MissingError: they cannot be written.
        """
        try:
            if self.is_ours:
                untrusted_files.make_folder(self.out)
            untrusted_files.make_folder(self.results)
            for folder in (self.out, self.header.parent):
                remove_abandoned(folder)
            # Left alone where no value changes: builds go by its time; comments are theirs.
            if config_text is not None and not self._has_config(config_text):
                untrusted_files.put_text(self.config, config_text)
            if header_text is not None and _text_of(self.header) != header_text:
                untrusted_files.make_folder(self.header.parent)
                untrusted_files.put_text(self.header, header_text)
        except OSError as error:
            raise os_error(error, "cannot prepare the variant's folder") from None

    def config_left(self) -> str | None:
        """Return the `.config` as steps have left it; None: it is gone, or no file any more."""
        try:
            return untrusted_files.text_of(self.config, CONFIG)
        except OSError:
            return None

    def _has_config(self, text: str) -> bool:
        left = None if self.config.is_symlink() else self.config_left()
        return left is not None and changed_config.is_same(left, text)

    def note(self, step: str = "", key: str = "") -> None:
        """Note in the build folder what made it as it is, and how it is.

        Args:
            step: a step that has ended well; "": none has.
            key: that of what it was made from.

        Raises:
            MissingError: the disk is full.
        """
        made = self._made()
        if step:
            made[step] = key
        elif not made or not self.is_ours:
            return  # there is nothing to use again
        if self.is_ours:
            made[_EMPTY] = sorted(_empty(self.out))
        else:  # people clean generated folders, and the note is not in there
            made[_FILES] = {str(p.relative_to(self.out)): _signature(p) for p in _files(self.out)}
        try:
            untrusted_files.make_folder(self._notes.parent)
            untrusted_files.put_text(self._notes, json.dumps(made))
        except OSError as error:  # the step took the folder away: there is nothing to use again
            if isinstance(found := os_error(error, "cannot note what was built"), MissingError):
                raise found from None

    def forget(self, step: str) -> None:
        """Take the note of a step away before it runs: it may fail half-way.

        Raises:
            InputError: the note cannot be taken away.
        """
        made = self._made()
        if made.pop(step, None) is not None:
            try:
                untrusted_files.put_text(self._notes, json.dumps(made))
            except OSError as error:
                raise os_error(error, "cannot note what is built") from None

    def begins_anew(self, step: str, *, is_noted: bool) -> bool:
        """Return whether a step finds nothing in the build folder that it compiled before.

        Args:
            step: one that is about to run.
            is_noted: whether it is to be noted that it has; else what is found counts, also
                what a step before it has left.

        Raises:
            InputError: it cannot be noted.
        """
        made = self._made()
        begun = made.get(_BEGUN, [])
        if not is_noted or step in begun:
            every = (name for _, _, names in untrusted_files.below(self.out) for name in names)
            return not any(name.endswith(_OBJECTS) for name in every)
        try:
            untrusted_files.make_folder(self._notes.parent)
            untrusted_files.put_text(self._notes, json.dumps({**made, _BEGUN: [*begun, step]}))
        except OSError as error:
            raise os_error(error, "cannot note what is built") from None
        return True

    def has_made(self, step: str, key: str, read: Sequence[str] = ()) -> bool:
        """Return whether the build folder still holds what a step made from a content.

        Args:
            step: its name.
            key: that of the content.
            read: globs of the files that are asked for: they may be kept artifacts; none: all.
        """
        made = self._made()
        if not key:
            return False
        if made.get(step) == key:
            if self.is_ours:  # a power failure may have taken what was written last
                return not self._has_emptied(made)
            files = made.get(_FILES, {})
            return all(_signature(self.out / path) == files[path] for path in files)
        is_kept = bool(read) and made.get(_KEPT, {}).get(step) == key
        return (
            is_kept
            and not self.is_damaged(step, key)
            and all(matches(glob, self.root) for glob in read)
        )

    def is_damaged(self, step: str, key: str) -> bool:
        """Return whether a step's artifacts are not as it left them, or its files are empty now.

        What is gone is not damaged: somebody has cleaned up.

        Args:
            step: its name.
            key: that of the content that it made them from.
        """
        made = self._made()
        if made.get(step) == key:
            return self._has_emptied(made)
        if made.get(_KEPT, {}).get(step) != key:
            return False
        files = made.get(_ARTIFACTS, {})
        return any(_signature(self.out / path) != files[path] for path in files)

    def _has_emptied(self, made: Mapping[str, Any]) -> bool:
        """Return whether files are empty that had a content when they were noted."""
        if self.is_ours:
            return not set(_empty(self.out)) <= set(made.get(_EMPTY, ()))
        had = (path for path, noted in made.get(_FILES, {}).items() if noted and noted[0])
        signatures = (_signature(self.out / path) for path in had)
        return any(signature is not None and not signature[0] for signature in signatures)

    def keep(self, globs: Iterable[str], values: placeholders.Replacements) -> None:
        """Empty the build folder but for what the globs match, and the `.config`.

        Args:
            globs: relative to the build folder, or with placeholders.
            values: what the placeholders mean.
        """
        patterns = [placeholders.for_glob(glob, values) for glob in globs]
        kept = {path for pattern in patterns for path in matches(pattern, self.out)}
        spared = {self.config, *kept, *(up for path in kept for up in path.parents)}
        made = self._made()
        untrusted_files.empty(self.out, spared)
        if kept and made:
            own = {step: key for step, key in made.items() if not step.startswith("/")}
            files = {os.path.relpath(path, self.out): _signature(path) for path in kept}
            note = {_KEPT: {**made.get(_KEPT, {}), **own}, _ARTIFACTS: files}
            with contextlib.suppress(OSError):  # then nothing is known to be kept
                untrusted_files.put_text(self._notes, json.dumps(note))

    def clear(self, *, is_good: bool) -> None:
        """Take folders away in which nothing is left: thousands of them are many megabytes.

        Args:
            is_good: whether its steps ended well so far: then a build folder that has
                nothing but our `.config` goes as well.
        """
        with contextlib.suppress(OSError):  # something is in it, or it is not there
            self.results.rmdir()
        if not is_good or not self.is_ours:
            return
        with contextlib.suppress(OSError):
            if os.listdir(self.out) == [self.config.name] and not self.config.is_symlink():  # noqa: PTH208  names alone
                self.config.unlink()
                self.out.rmdir()

    @property
    def _notes(self) -> Path:
        if self.is_ours:
            return self.out / BUILT
        return self.state / _NOTES / f"{self.variant}.json"

    def _made(self) -> dict[str, Any]:
        try:
            made = json.loads(untrusted_files.text_of(self._notes, CONFIG))
        except (OSError, ValueError, RecursionError):
            return {}
        return made if _is_note(made) else {}  # damaged: all is made anew


def _is_note(made: object) -> bool:
    """Return whether something is of the form that notes have."""
    return isinstance(made, dict) and all(
        _is_of(value, *_FORMS.get(name, (str, object))) for name, value in made.items()
    )


def _is_of(value: object, kind: type, parts: type | tuple[type, ...]) -> bool:
    each = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, kind) and all(isinstance(part, parts) for part in each)


def _text_of(path: Path) -> str | None:
    try:
        return None if path.is_symlink() else untrusted_files.text_of(path, CONFIG)
    except OSError:
        return None


_NOTES = "made"
"""The folder of the notes on folders that are generated, in the state folder."""
_FILES = "/files"
"""What a note says of all files: size and time; no step is named so."""
_KEPT = "/kept"
"""What a note says of a folder in which artifacts alone are left: step -> key."""
_ARTIFACTS = "/artifacts"
"""What it says of those: size and time of each."""
_BEGUN = "/begun"
"""What it says of the steps that were begun since the folder was empty: a list."""
_OBJECTS = (".o", ".obj", ".a", ".lo", ".ko", ".so", ".gch", ".pch")
"""How names end of what a build does not compile again."""
_EMPTY = "/empty"
"""What a note says of a build folder: the files that are empty in it. Others had a content."""
_FORMS: Mapping[str, tuple[type, type | tuple[type, ...]]] = {
    **dict.fromkeys((_FILES, _ARTIFACTS), (dict, (list, type(None)))),
    _KEPT: (dict, str),
    _BEGUN: (list, str),
    _EMPTY: (list, str),
}
"""Of what kind they are, and what is in them. Of steps there are keys."""


def _files(folder: Path) -> list[Path]:
    every = (Path(here, name) for here, _, names in untrusted_files.below(folder) for name in names)
    return [path for path in every if untrusted_files.is_file(path)]


def _empty(folder: Path) -> Iterator[str]:
    """Yield the empty files of a build folder; of thousands there are few."""
    for here, _, names in untrusted_files.below(folder):
        for name in names:
            if is_laid_out(name):  # a killed run's
                continue
            path = os.path.join(here, name)
            try:
                status = os.lstat(path)
            except OSError:
                continue  # it went meanwhile
            if not status.st_size and stat.S_ISREG(status.st_mode):
                yield os.path.relpath(path, folder)


def _signature(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


class _Values(dict[str, str]):
    def __init__(self, known: Mapping[str, str], variable: Callable[[str], str]) -> None:
        super().__init__(known)
        self._variable = variable

    def __missing__(self, name: str) -> str:
        # What nobody sets was refused before anything ran.
        return self._variable(name.removeprefix("env."))


def remove_abandoned_notes(state: Path) -> None:
    """Remove what killed runs have laid out of notes on generated folders."""
    folder = state / _NOTES
    with contextlib.suppress(OSError):  # there are none, and what cannot be removed hinders nobody
        for place in (folder, *(path for path in folder.iterdir() if path.is_dir())):
            remove_abandoned(place)


def failure_fragment(state: Path, name: str) -> Path:
    """Return where a failing variant that no fragment names is left as one."""
    return state / "failing" / f"{name}.config"


def process_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a command.

    Its messages are in English, as far as what is beyond ours says nothing of a language.
    """
    ours = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    if not extra.keys() & CHOOSING:
        ours = english(ours)
    return {**ours, **extra}


def matches(glob: str, folder: Path) -> list[Path]:
    """Return the files that a glob matches, sorted; relative ones start at a folder.

    `tests/**` is every file below a folder, as in .gitignore and newer Pythons.
    """
    glob = undoubled(glob)
    if glob.endswith("**"):
        glob += "/*"
    path = Path(glob)
    if path.is_absolute():
        start, rest = Path(path.anchor), path.relative_to(path.anchor).parts
        fixed = next((i for i, part in enumerate(rest) if any(c in part for c in "*?[")), len(rest))
        folder, glob = start.joinpath(*rest[:fixed]), "/".join(rest[fixed:])
        if not glob:
            return [folder] if untrusted_files.is_file(folder) else []
    return sorted(path for path in folder.glob(glob) if untrusted_files.is_file(path))
