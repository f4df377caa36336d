# SPDX-License-Identifier: MIT
"""The sizes of what a step has made: of an ELF file by section, of any other its size.

    an executable, library, object,    each section that takes room on the target (SHF_ALLOC), as
    kernel or module                   `size -A` tells it; `total` is all of them
    an archive of objects              the same over all of its members, by name of section
    anything else, an image or a hex   `total` is the size of the file
    file

Debug information, symbols and notes of the linker take no room there and are left out. Sections
of one name, as in objects with a section for each function of one name, are one.

[ELF: System V gABI, chapter 4; archives: ar(5), with the names of GNU and BSD. pyelftools reads
the files of every machine; binutils' `size` only those that it was built for.]
"""

from __future__ import annotations

import difflib
import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kvariant.results.figures import TOTAL
from kvariant.words import counted

LARGEST = 16 * 1024**3
"""Bytes of a file that is looked into; a whole kernel with its debug information has one."""
MOST = 1_000_000
"""Sections, and members of an archive, that are read."""
_ELF, _ARCHIVE, _THIN = b"\x7fELF", b"!<arch>\n", b"!<thin>\n"
_ALLOCATED = 0x2
"""SHF_ALLOC."""
_MEMBER = 60
"""Bytes before each member of an archive."""


class MeasureError(Exception):
    """The file cannot be measured; the message says why, without its path."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A section that has more bytes than it may."""

    section: str
    size: int
    limit: int

    @property
    def message(self) -> str:
        """What is wrong, the same for every size: one option may be the cause of several."""
        return f"{self.section} is over its measure-limit of {counted(self.limit, 'byte')}"

    @property
    def reason(self) -> str:
        """What is wrong, with by how much."""
        over = self.size - self.limit
        size = counted(self.size, "byte")
        return f"{self.section} is {size}, {over:,} over its limit of {self.limit:,}"


def excesses(sizes: Mapping[str, int], limits: Mapping[str, int]) -> list[Excess]:
    """Return what is over its limit; a section that is not there has no bytes."""
    found = (Excess(name, sizes.get(name, 0), limit) for name, limit in limits.items())
    return [one for one in found if one.size > one.limit]


def sizes_of(path: Path, within: Sequence[Path]) -> Mapping[str, int]:
    """Return the bytes of a file by section, and of all together as `TOTAL`.

    Args:
        path: what to measure, or a link to it.
        within: the folders that a link in one of them may not lead out of.

    Raises:
        MeasureError: it is not there, no regular file, elsewhere, too large or damaged.
    """
    try:
        real = Path(os.path.realpath(path, strict=True))
        inside = [folder.resolve() for folder in within]
        named = Path(os.path.normpath(path))
        is_ours = any(named.is_relative_to(folder) for folder in (*within, *inside))
        if is_ours and not any(real.is_relative_to(folder) for folder in inside):
            raise MeasureError(f"a link that leads out of the project, to {real}")
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise MeasureError(f"no such file{_nearest(path)}") from None
    except OSError as error:
        raise MeasureError(_words(error)) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise MeasureError("not a regular file")
        if status.st_size > LARGEST:
            raise MeasureError(f"larger than {LARGEST >> 30} GB")
        with open(handle, "rb", closefd=False) as stream:
            return _sizes(stream, status.st_size)
    except OSError as error:
        raise MeasureError(_words(error)) from None
    finally:
        os.close(handle)


def _sizes(stream: IO[bytes], size: int) -> Mapping[str, int]:
    magic = stream.read(8)
    if magic.startswith(_ELF):
        found = _sections(stream, 0, size)
    elif magic == _ARCHIVE:
        found = Counter()
        objects = 0
        for start, length in _members(stream, size):
            stream.seek(start)
            if stream.read(4) == _ELF:
                objects += 1
                found.update(_sections(stream, start, length))
        if not objects:
            return {TOTAL: size}
    elif magic == _THIN:
        raise MeasureError("a thin archive: its members are files elsewhere")
    else:
        return {TOTAL: size}
    return {**{name: found[name] for name in sorted(found)}, TOTAL: found.total()}


class _Window:
    """A part of a file as if it were a file: pyelftools reads from the beginning on."""

    def __init__(self, stream: IO[bytes], start: int, size: int) -> None:
        self._stream, self._start, self._size = stream, start, size
        self._at = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        self._stream.seek(self._start + min(self._at, self._size))
        data = self._stream.read(wanted)
        self._at += len(data)
        return data


def _sections(stream: IO[bytes], start: int, size: int) -> Counter[str]:
    """Return the bytes of each allocated section of an ELF file, or a member of an archive.

    Raises:
        MeasureError: it is damaged, as far as sections go.
    """
    try:
        from elftools.elf.elffile import ELFFile  # nothing else needs it
    except ImportError:  # on a machine of a cluster
        raise MeasureError("an ELF file, and pyelftools is not installed here") from None

    found: Counter[str] = Counter()
    try:
        file = ELFFile(_Window(stream, start, size))  # type: ignore[arg-type]  # all that it uses
        header = file.header
        count, entry, table = file.num_sections(), header["e_shentsize"], header["e_shoff"]
        if not table or not count:
            raise MeasureError("an ELF file without sections: it was stripped of them")
        if count > MOST or table + count * entry > size:
            raise MeasureError(f"damaged: its {count:,} section headers are not all there")
        for section in file.iter_sections():
            if not section["sh_flags"] & _ALLOCATED or section["sh_type"] == "SHT_NULL":
                continue
            bytes_ = section["sh_size"]
            if section["sh_type"] != "SHT_NOBITS" and section["sh_offset"] + bytes_ > size:
                raise MeasureError(f"damaged: section {section.name!r} goes beyond its end")
            if bytes_:
                found[_printable(section.name)] += bytes_
    except MeasureError:
        raise
    except Exception as error:  # a damaged file meets pyelftools anywhere; it has no one error
        said = f"{error}".strip() or type(error).__name__
        raise MeasureError(f"damaged: {said[:200]}") from None
    return found


def _printable(name: str) -> str:
    """Return a section's name on one line: it is printed, and a file may have any bytes there."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _members(stream: IO[bytes], size: int) -> Iterator[tuple[int, int]]:
    """Yield where each member of an archive begins, and its length.

    Raises:
        MeasureError: it is cut, or has a length that is no number.
    """
    at = len(_ARCHIVE)
    for _ in range(MOST):
        if at >= size:
            return
        stream.seek(at)
        header = stream.read(_MEMBER)
        length = header[48:58].strip()
        if len(header) < _MEMBER or header[58:] != b"`\n" or not length.isdigit():
            raise MeasureError("damaged: an archive whose members do not follow one another")
        start, bytes_ = at + _MEMBER, int(length)
        if start + bytes_ > size:
            raise MeasureError("damaged: an archive that ends within a member")
        skipped = header[3:16].strip()  # BSD: the name stands before the content
        name = int(skipped) if header.startswith(b"#1/") and skipped.isdigit() else 0
        yield start + min(name, bytes_), bytes_ - min(name, bytes_)
        at = start + bytes_ + bytes_ % 2
    raise MeasureError(f"an archive of more than {MOST:,} members")


def _nearest(path: Path) -> str:
    """Return a file of nearly that name, in words that follow; "" for none."""
    try:
        names = sorted(os.listdir(path.parent))[:10_000]  # noqa: PTH208  names alone
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, names, 1, 0.6)
    return f"; there is {near[0]}" if near else ""


def _words(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a link that leads to itself"
    said = error.strerror or str(error)
    return said[:1].lower() + said[1:]
