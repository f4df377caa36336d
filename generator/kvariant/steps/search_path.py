# SPDX-License-Identifier: MIT
"""Where a compiler looks for headers: a new file there may come before one that it has read.

A depfile names what was read, not where else it was looked for. So the folders of the search
are kept beside it, and the files of these names that were there and were not read: any other
one that has appeared under such a name since may now be the one that is read.

    #include "net/cfg.h" in src/m.c with -Iearly -Iinc, found in inc:
    read        src/m.c  inc/net/cfg.h
    looked for  src/net/cfg.h  early/net/cfg.h

That a folder was searched at all is known of those of files that were read, and of those
that options name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OPTION = re.compile(r"(?:^|\s)-(?:I|isystem|iquote|idirafter)\s*=?\s*(?P<folder>[^\s'\"]+)")
Listing = Callable[[str], Collection[str]]
"""Returns the names in a folder, none where there is no such folder."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where headers were looked for, beside the folders of what was read."""

    roots: tuple[str, ...]
    """Folders that options name."""
    beside: tuple[str, ...]
    """Files that the search would have met and that were there, and were not read."""

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"roots": list(self.roots), "beside": list(self.beside)}


def include_folders(text: str) -> tuple[str, ...]:
    """Return the folders that compiler options in a command name."""
    return tuple(dict.fromkeys(match["folder"] for match in _OPTION.finditer(text)))


def search_of(read: Iterable[Path], roots: Iterable[Path], listing: Listing) -> Search:
    """Return the search that found some files.

    Args:
        read: absolute paths.
        roots: folders that options name, absolute.
        listing: see there.
    """
    named = tuple(dict.fromkeys(map(str, roots)))
    paths = [str(path) for path in read]
    return Search(named, tuple(sorted(_met(paths, named, listing) - set(paths))))


def has_newcomer(search: Any, read: Collection[str], listing: Listing) -> bool:
    """Return whether a file is there now that the search would have met.

    Args:
        search: what `to_json` has made, None where nothing is known.
        read: paths of the files that were read.
        listing: see there.
    """
    if not search:
        return False
    return not _met(read, search["roots"], listing) <= {*read, *search["beside"]}


def _met(read: Collection[str], roots: Iterable[str], listing: Listing) -> set[str]:
    """Return the files that are there under names by which something was read."""
    folders = dict.fromkeys([*(path.rpartition(os.sep)[0] for path in read), *roots])
    names: dict[str, set[str]] = {}
    for path in read:
        folder, _, name = path.rpartition(os.sep)
        while True:  # it may have been asked for from any folder above it
            if folder in folders:
                names.setdefault(name.partition(os.sep)[0], set()).add(name)
            folder, slash, last = folder.rpartition(os.sep)
            if not slash:
                break
            name = f"{last}{os.sep}{name}"
    return {
        f"{folder}{os.sep}{name}"
        for folder in folders
        for first in names.keys() & set(listing(folder))
        for name in names[first]
        if _is_there(folder, name, listing)
    }


def _is_there(folder: str, name: str, listing: Listing) -> bool:
    above, _, last = f"{folder}{os.sep}{name}".rpartition(os.sep)
    return last in listing(above)
