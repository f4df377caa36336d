# SPDX-License-Identifier: MIT
"""Which objects the tree's own make has in its lists: the makefiles, read by make itself.

    MAKEFILES=FILE             a makefile that every make reads first, sub-makes too
    DIR/kvariant-lists.i       a goal of it: writes what Kbuild has made of DIR's lists

A recipe is expanded when it runs, so it sees what the folder's makefile and Kbuild have made
of obj-y, lib-y, composites and the folders to go into. A folder is reached where one above
it that is reached, or the top makefile, goes into it.
[Linux, U-Boot, BusyBox scripts/Makefile.build, scripts/Makefile.lib]

An object in no list of these (`setup-y`, a rule of its own) is not known.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GOAL = "kvariant-lists.i"
VARIABLE = "KVARIANT_LISTS"
"""Names the folder that the records are written to."""
DIRECT = "kvariant-made"
"""A goal that has Kbuild work in a folder that no list leads to, as rules of makefiles do."""
FOLDER, TARGETS = "KVARIANT_FOLDER", "KVARIANT_TARGETS"
"""Say where, and what is to be made there."""
_FIELDS = {
    "built-in": "$(real-obj-y) $(real-objs-y) $(lib-y) $(extra-y) $(always-y) $(always)",
    "module": "$(real-obj-m) $(real-objs-m)",
    "folders": "$(subdir-ym)",
    "top": "$(vmlinux-dirs) $(build-dirs) $(u-boot-dirs) $(busybox-dirs) $(libs-y)",
}
_RECORD = "in-"
"""What the names of the records begin with; the rest is the folder, "" for the top makefile."""


def makefile() -> str:
    """Return the makefile that is read first."""
    record = f"$({VARIABLE})/{_RECORD}$(subst /,+,$(obj))"
    writes = "".join(f"$(file >>{record},{name}: {text})" for name, text in _FIELDS.items())
    # A pattern's stem is not empty, so the top has a rule of its own.
    rules = [f"{target}:\n\t@: {writes}\n" for target in (GOAL, f"%/{GOAL}")]
    rules.append(f"{DIRECT}:\n\t$(MAKE) -k $(build)=$({FOLDER}) $({TARGETS})\n")
    return "".join(rules)


@dataclass(frozen=True, slots=True)
class ObjectLists:
    """What make has in the lists of some folders."""

    records: Mapping[str, Mapping[str, frozenset[str]]]
    """By folder ("": the top of the build), each list's words, paths below the tree's root."""

    @classmethod
    def read(cls, folder: Path) -> ObjectLists:
        """Return what make has written."""
        found: dict[str, Mapping[str, frozenset[str]]] = {}
        for path in sorted(folder.glob(f"{_RECORD}*")):
            name = path.name.removeprefix(_RECORD).replace("+", "/")
            own: dict[str, frozenset[str]] = {}
            for line in path.read_text(errors="replace").split("\n"):
                key, _, words = line.partition(":")
                own[key] = frozenset(posixpath.normpath(word) for word in words.split())
            found[posixpath.normpath(name) if name else ""] = own
        return cls(found)

    def is_reached(self, folder: str) -> bool | None:
        """Return whether make goes into a folder; None: it was not asked."""
        if folder in ("", "."):
            return True
        if folder in self._words("", "top"):
            return True
        asked = [one for one in _above(folder) if one in self.records]
        if any(folder in self._words(one, "folders") and self.is_reached(one) for one in asked):
            return True
        return False if asked or folder in self.records else None

    def is_built(self, source: str) -> bool | None:
        """Return whether a source's object is in a list of a folder that make goes into.

        None: the folders that know it are not gone into by lists, as with objects that are
        made by other rules.
        """
        name = posixpath.splitext(source)[0] + ".o"
        having = [
            folder
            for folder in self.records
            if name in self._words(folder, "built-in") or name in self._words(folder, "module")
        ]
        if any(map(self.is_reached, having)):
            return True
        is_asked = bool(having) or self.is_reached(posixpath.dirname(source)) is not None
        return False if is_asked else None

    def _words(self, folder: str, key: str) -> frozenset[str]:
        return self.records.get(folder, {}).get(key, frozenset())


def goals(folders: Iterable[str]) -> list[str]:
    """Return what make is asked for, of folders and all above them."""
    wanted = dict.fromkeys(["."])
    for folder in folders:
        wanted |= dict.fromkeys(one for one in (folder, *_above(folder)) if one)
    return [posixpath.normpath(f"{folder}/{GOAL}") for folder in wanted]


def _above(folder: str) -> Iterator[str]:
    while folder not in ("", "."):
        folder = posixpath.dirname(folder) or "."
        yield folder
