# SPDX-License-Identifier: MIT
"""What a variant is called that a file makes: one rule, whoever wrote the file.

    file, below the root                    variant
    configs/net.config                      net
    arch/x86/configs/x86_64_defconfig       x86_64
    configs/A10-Lime_defconfig              a10-lime      in lower case, what is unfit as -
    prj.conf                                prj.conf
    boards/sim/configs/nsh/defconfig        sim-nsh       the name of the file says nothing:
    arch/arm64/configs/defconfig            arm64         the folders that say something
    mm/.kunitconfig                         mm
    .kunitconfig                            kunitconfig   there is none
    tests/x/testcase.yaml/net.fax           net.fax       a scenario, which its file lists
    x/y.config, z/y.config                  x-y, z-y      equal: as many folders as tell them
    x/y.config, x/y_defconfig               y.config, y_defconfig
    a name of more than 64 characters       its first 55, - and 8 digits of its SHA-256

A name that is fit stays as it is. Folders of one file's name only are added where names
are equal, the nearest first, so that of several files with one name the one that has no
folder to add keeps it. What is still equal then is an error.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kvariant.digest import text_digest
from kvariant.errors import Diagnostic, InputError, Location, Note
from kvariant.kconfig.presets.zephyr_scenarios import FILES

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What a variant may be called: safe as a folder name and in every shell."""
_MOST = 64
_DIGEST = 8
"""Hexadecimal digits at the end of a name that is cut."""
_SUFFIXES = (".config", "_defconfig")
_SILENT = re.compile(r"defconfig|\.[a-z]*config")
"""Files that are called alike wherever they are: `defconfig`, `.config`, `.kunitconfig`."""
_OWNED = "configs"
"""The folder whose folders are one board's or architecture's: NuttX's `BOARD/configs/NAME`."""
_GENERIC = frozenset(
    (
        *(_OWNED, "config", "defconfig", "defconfigs", "arch", "board", "boards", "test", "tests"),
        *FILES,  # a scenario is named as if it lay in the file that lists it
    )
)
"""Folders that say what kind of file is in them, and not for what it is."""


def variant_name(path: Path, root: Path | None = None) -> str:
    """Return the name of the variant that one file makes; see `variant_names`.

    Raises:
        InputError: nothing in its name can be in a variant's [variant-name].
    """
    (name,) = variant_names([path], root)
    return name


def variant_names(
    paths: Sequence[Path], root: Path | None = None, taken: Collection[str] = ()
) -> list[str]:
    """Return the names of the variants that files make, in their order; all differ.

    Args:
        paths: the files; their order does not count.
        root: the folder above which no folder's name says anything; None: what the
            paths do not have.
        taken: names of other variants. Where adding folders does not help, a number
            tells from them.

    Raises:
        InputError: nothing in a file's name can be in a variant's [variant-name], or
            two files would make one variant [duplicate-name].
    """
    ways = _all_ways(paths, root)
    level = [0] * len(paths)
    while True:
        equal = _equal([way.at(i) for way, i in zip(ways, level, strict=True)], taken)
        # The names of folders that say something first, of some files at least; then all.
        longer = [_longer(group, ways, level) for group in equal]
        if not any(longer):
            break
        for index in (index for group in longer for index in group):
            level[index] += 1
    names = [way.at(i) for way, i in zip(ways, level, strict=True)]
    if errors := [e for group in equal for e in _duplicates([(paths[i], ways[i]) for i in group])]:
        raise InputError(*errors)
    return _numbered(names, taken)


@dataclass(frozen=True, slots=True)
class _Ways:
    """What one file's variant may be called, the shortest first."""

    telling: tuple[str, ...]
    """The name, then with one more folder each, of those that say something."""
    whole: tuple[str, ...]
    """With all folders; with all folders and the whole name of the file."""

    def at(self, level: int) -> str:
        """Return the name of a level."""
        return (*self.telling, *self.whole)[level]


def _all_ways(paths: Sequence[Path], root: Path | None) -> list[_Ways]:
    stems: dict[tuple[Path, str], int] = defaultdict(int)
    for path in set(paths):
        stems[path.parent, _stem(path)] += 1
    found, errors = [], []
    for path in paths:
        is_alone = stems[path.parent, _stem(path)] == 1
        stem = _stem(path) if is_alone else path.name
        if not _fit(stem) and not _SILENT.fullmatch(path.name):
            errors.append(_unfit(path, stem))
        else:
            found.append(_ways(path.name, stem, _folders(path, root)))
    if errors:
        raise InputError(*errors)
    return found


def _ways(name: str, stem: str, folders: Sequence[str]) -> _Ways:
    """Return the ways of a file.

    Args:
        stem: what its name says, with the suffix where another file has the same stem.
        folders: those that it is in, the outermost first.
    """
    telling = [folder for folder in folders if folder.lower() not in _GENERIC and _fit(folder)]
    words: list[str] = [stem]
    end: list[str] = []
    if _SILENT.fullmatch(name):
        stem = name = name.lstrip(".")
        words, end = ([telling.pop()], [name]) if telling else ([name], [])
        if telling and _is_owned(folders, words[0]):
            words = [telling.pop(), *words]
    ways = [_joined(words)]
    while telling:
        words = [telling.pop(), *words]
        ways.append(_joined(words))
    if end:
        ways.append(_joined([*words, *end]))
    return _Ways(tuple(ways), (_joined([*folders, stem]), _joined([*folders, name])))


def _is_owned(folders: Sequence[str], name: str) -> bool:
    """Return whether the innermost folder of a name is a folder of `configs`."""
    index = len(folders) - 1 - list(reversed(folders)).index(name)
    return index > 0 and folders[index - 1].lower() == _OWNED


def _folders(path: Path, root: Path | None) -> tuple[str, ...]:
    """Return the folders that a file is in, below the root if it is below it."""
    if root is None:
        return path.parts[path.is_absolute() : -1]
    # Not `resolve`: a link is called as it is called.
    whole, top = (Path(os.path.abspath(p)) for p in (path, root))  # noqa: PTH100
    inner = whole.relative_to(top) if whole.is_relative_to(top) else whole
    return inner.parts[inner.is_absolute() : -1]


def _stem(path: Path) -> str:
    name = path.name
    for suffix in () if path.parent.name in FILES else _SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _joined(words: Iterable[str]) -> str:
    return _fit("-".join(words))


def _fit(text: str) -> str:
    """Return a text as a variant may be called, "" where nothing of it can be."""
    if NAME.fullmatch(text):
        return text
    found = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).lstrip("._-").rstrip("-")
    if len(found) <= _MOST:
        return found
    digest = text_digest(found)[:_DIGEST]
    return f"{found[: _MOST - _DIGEST - 1]}-{digest}"


def _equal(names: Sequence[str], taken: Collection[str]) -> list[list[int]]:
    """Return the indices of equal names, in groups; also of one that is taken."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        groups[name].append(index)
    return [group for name, group in groups.items() if len(group) > 1 or name in taken]


def _longer(group: Sequence[int], ways: Sequence[_Ways], level: Sequence[int]) -> list[int]:
    """Return which of equal names are to be made longer, none where none can be."""
    telling = [i for i in group if level[i] + 1 < len(ways[i].telling)]
    return telling or [i for i in group if level[i] + 1 < len(ways[i].telling) + len(ways[i].whole)]


def _numbered(names: Sequence[str], taken: Collection[str]) -> list[str]:
    """Return names with a number where others have them."""
    used = {*taken, *names}
    found = []
    for name in names:
        if name in taken:
            name = next(way for n in count(2) if (way := f"{name[:60]}-{n}") not in used)
            used.add(name)
        found.append(name)
    return found


def _duplicates(equal: Sequence[tuple[Path, _Ways]]) -> Iterable[Diagnostic]:
    """Yield an error for each file but the first of those that make one variant."""
    (first, ways), *others = equal
    for path, _ in others:
        yield Diagnostic(
            message=f"a second fragment makes the variant {ways.at(0)!r}",
            code="duplicate-name",
            location=Location(str(path)),
            notes=(Note("the first one", Location(str(first))),),
            hint="name the file once" if path == first else "rename one of the files",
        )


def _unfit(path: Path, stem: str) -> Diagnostic:
    return Diagnostic(
        message=f"{stem!r} cannot name a variant",
        code="variant-name",
        location=Location(str(path)),
        hint=f"names match {NAME.pattern}; other characters become -, and here nothing is left",
    )
