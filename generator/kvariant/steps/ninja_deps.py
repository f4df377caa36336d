# SPDX-License-Identifier: MIT
"""What ninja noted of headers that compilers read: `.ninja_deps`, in its build folder.

With `deps = gcc`, as CMake, Meson and Zephyr write it, ninja takes a compiler's `.d` file into
this log and removes it. The format is ninja's own, version 4 (src/deps_log.h): after a line
and a version, records of 32-bit little-endian words::

    # ninjadeps\\n   4
    size              path, filled up with zeros to whole words, ~number     a file's name
    size | 1 << 31    output's number, time (two words), inputs' numbers     what it was made of

Numbers count the names from 0; of two records of an output the later one holds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

NAME = ".ninja_deps"
_HEAD = b"# ninjadeps\n"
_VERSION = 4
_DEPS = 1 << 31


def ninja_logs(folder: Path) -> tuple[Path, ...]:
    """Return the logs in a build folder and in the folders directly in it."""
    places = (folder / NAME, *sorted(folder.glob(f"*/{NAME}")))
    return tuple(path for path in places if path.is_file())


def ninja_inputs(logs: Iterable[Path]) -> frozenset[Path]:
    """Return the files that logs say were read and that exist, resolved.

    Raises:
        OSError: a log cannot be read.
        ValueError: it is none, or of another version.
    """
    found: set[Path] = set()
    for log in logs:
        names = {name for inputs in ninja_deps(log.read_bytes()).values() for name in inputs}
        for name in names:
            path = log.parent / name
            if path.is_file():
                found.add(path.resolve())
    return frozenset(found)


def ninja_deps(content: bytes) -> Mapping[str, tuple[str, ...]]:
    """Return a log's content: output -> inputs, names as ninja has them.

    A record that is cut off, as a killed ninja leaves it, ends the log.

    Raises:
        ValueError: it is no such log, or of another version.
    """
    version = struct.unpack_from("<i", content, len(_HEAD)) if len(content) >= 16 else (0,)
    if not content.startswith(_HEAD) or version != (_VERSION,):
        raise ValueError("no log of ninja, version 4")
    names: list[str] = []
    made: dict[str, tuple[str, ...]] = {}
    for is_deps, record in _records(content, len(_HEAD) + 4):
        if not is_deps:
            names.append(record[:-4].rstrip(b"\0").decode("utf-8", "surrogateescape"))
            continue
        output, _, _, *inputs = struct.unpack(f"<{len(record) // 4}i", record)
        if not all(0 <= number < len(names) for number in (output, *inputs)):
            break
        made[names[output]] = tuple(names[number] for number in inputs)
    return made


def _records(content: bytes, start: int) -> Iterator[tuple[bool, bytes]]:
    while start + 4 <= len(content):
        (size,) = struct.unpack_from("<I", content, start)
        is_deps, size = bool(size & _DEPS), size & ~_DEPS
        record = content[start + 4 : start + 4 + size]
        if size % 4 or size < (12 if is_deps else 4) or len(record) < size:
            return
        yield is_deps, record
        start += 4 + size
