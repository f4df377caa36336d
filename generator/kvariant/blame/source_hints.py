# SPDX-License-Identifier: MIT
"""Which symbols a failure's files read: of equal explanations those with them are likelier.

    the message says                        looked at
    coreutils/cut.c:114:43: error: ...      that file
    cut.c:(.text+0x25e): undefined ...      coreutils/cut.c, as the only file of the name,
                                            or the one whose object the log names
    lib.a(cut.o): undefined ...             the same, the source of the object
    undefined reference to `xregcomp'       as well the lines of makefiles that say for
                                            which options the file that defines it is built

A file that names no symbol itself is asked for its `.cmd` or `.d` file: Kbuild notes
there, as stamps below include/config/, the options that its headers read.

It is a heuristic: it orders what fits the outcomes equally well, and excludes nothing.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.plan.symbols import symbols_read
from kvariant.steps import depfiles
from kvariant.steps.untrusted_files import below, is_file, text_of

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.steps.message import Message

MOST = 3
"""Files of one name of which nothing tells which is meant; of more none is looked at."""
LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is read; a larger one is no source."""
SCANNED = 5_000
"""C files of a tree that is searched for a function's definition."""
_NEAR = 3
"""Lines of the log from the message on: some compilers name the file in the next line."""

_WORD = re.compile(r"[\w.+@~/-]*[\w+]")
_UNDEFINED = re.compile(
    r"undefined (?:reference to|symbol:?) \W?(?P<linker>\w+)|\"(?P<kbuild>\w+)\" .*\bundefined!"
)
_SOURCES = (".c", ".S", ".s", ".cc", ".cpp", ".cxx", ".rs", ".l", ".y")
_OBJECTS = ("o", "ko")
_MAKEFILES = ("Makefile", "Kbuild", "GNUmakefile")


class SourceHints:
    """The files of one tree, each read when a message names it first."""

    def __init__(self, tree: Tree, root: Path, ours: Iterable[Path] = ()) -> None:
        """Take a tree.

        Args:
            tree: its files are below `tree.root`.
            root: the folder in which commands run.
            ours: folders whose files are no sources: what we have written.
        """
        self._tree = tree
        self._roots = tuple(dict.fromkeys(p.resolve() for p in (tree.root, root)))
        self._ours = tuple(path.resolve() for path in ours)
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, message: Message) -> tuple[str, ...]:
        """Return the symbols that the files named in a message read, in Kconfig order.

        Cost: a walk through the tree for the first message that names a file without
        its folder; then milliseconds for each text, nothing for one that was asked before.
        """
        if message.text not in self._known:
            try:
                self._known[message.text] = tuple(self._of(message))
            except (OSError, ValueError, RecursionError):  # it only explains
                self._known[message.text] = ()
        return self._known[message.text]

    def _of(self, message: Message) -> Sequence[str]:
        files = list(dict.fromkeys(self._files(message)))
        texts = [(path.name, _contents(path)) for path in files]
        if match := _UNDEFINED.search(message.text):
            texts.append(("", "\n".join(self._built_for(match["linker"] or match["kbuild"]))))
        found, _ = symbols_read(self._tree, texts)
        return found or self._stamped(files, message)

    # Files

    def _files(self, message: Message) -> Iterator[Path]:
        for line in (message.text, *_near(message)):
            found = [p for word in _WORD.findall(line) for p in self._named(word, message.log)]
            if found:
                yield from found
                return

    def _named(self, word: str, log: str) -> Sequence[Path]:
        """Return the files of the tree that a word may be the name of."""
        plain = re.sub(r"^(?:\.{1,2}/)+", "", word)
        for root in self._roots:
            path = Path(os.path.normpath(root / word))
            if is_file(path) and self._is_source(path):
                return self._sources(path) if path.suffix[1:] in _OBJECTS else [path]
        stem, dot, suffix = plain.rpartition(".")
        if not dot or not stem or plain.startswith("/"):
            return []
        ends = [f"{stem}{s}" for s in _SOURCES] if suffix in _OBJECTS else [plain]
        found = [p for end in ends for p in self._ending(end)]
        if len(found) > 1:
            found = [p for p in found if self._is_in(p, log)] or found
        return found if len(found) <= MOST else []

    def _sources(self, path: Path) -> Sequence[Path]:
        every = (path.with_suffix(suffix) for suffix in _SOURCES)
        return [source for source in every if is_file(source)]

    def _ending(self, end: str) -> list[Path]:
        """Return the files whose path ends with some folders and a name."""
        name = end.rpartition("/")[2]
        return [p for p in self._index.get(name, ()) if f"/{p}".endswith(f"/{end}")]

    def _is_source(self, path: Path) -> bool:
        return any(path.is_relative_to(root) for root in self._roots) and not any(
            path.is_relative_to(folder) for folder in self._ours
        )

    def _is_in(self, path: Path, log: str) -> bool:
        """Return whether a log names a file's object: dir/name.o, or dir/lib.a(name.o)."""
        folder = re.escape(os.path.relpath(path.parent, self._roots[0]))
        stem = re.escape(path.stem)
        return re.search(rf"(?<!\w){folder}/(?:[^\s/()]*\({stem}\.o\)|{stem}\.)", log) is not None

    @cached_property
    def _index(self) -> dict[str, list[Path]]:
        """The files of the tree by name."""
        found: dict[str, list[Path]] = {}
        for folder, folders, names in below(self._roots[0]):
            folders[:] = sorted(
                n for n in folders if n != ".git" and Path(folder, n) not in self._ours
            )
            for name in sorted(names):
                found.setdefault(name, []).append(Path(folder, name))
        return found

    # What is not in the file itself

    def _built_for(self, function: str) -> Iterator[str]:
        """Yield the makefile lines that name the object in which a function is defined."""
        for source in self._defining(function):
            object_name = re.compile(rf"(?<![\w/-]){re.escape(source.stem)}\.o\b")
            for path in sorted(source.parent.glob("*")):
                if path.name.startswith(_MAKEFILES):
                    lines = _contents(path).replace("\\\n", " ").splitlines()
                    yield from (line for line in lines if object_name.search(line))

    def _defining(self, function: str) -> Sequence[Path]:
        """Return the C files that define a function."""
        start = re.compile(rf"^(?!\s|#|//)[^;={{}}\n]*\b{re.escape(function)}\s*\([^;]*$", re.M)
        every = [p for name, paths in self._index.items() if name.endswith(".c") for p in paths]
        if len(every) > SCANNED:
            every = self._index.get(f"{function}.c", [])
        texts = ((path, _contents(path)) for path in every)
        found = [path for path, text in texts if function in text and start.search(text)]
        return found if len(found) <= MOST else []

    def _stamped(self, files: Iterable[Path], message: Message) -> Sequence[str]:
        """Return the symbols that the dependency files of some sources name."""
        stamps = {
            stamp
            for path in files
            for record in self._records(path, message)
            for stamp in depfiles.stamps(_contents(record))
        }
        return [name for name in self._tree.symbols if name.upper() in stamps]

    def _records(self, source: Path, message: Message) -> Iterator[Path]:
        root = next(root for root in self._roots if source.is_relative_to(root))
        folder = source.parent.relative_to(root)
        for top in (message.out, root):
            for name in (f".{source.stem}.o.cmd", f".{source.stem}.o.d", f"{source.stem}.d"):
                if top is not None and is_file(path := top / folder / name):
                    yield path


def _near(message: Message) -> Iterator[str]:
    """Yield the lines of the log around the message, nearest first."""
    lines, numbers = _lines(message.log)
    if (number := numbers.get(" ".join(message.text.split()))) is not None:
        yield from lines[number + 1 : number + _NEAR]
        yield from lines[max(0, number - 1) : number]


@functools.lru_cache(maxsize=8)
def _lines(log: str) -> tuple[Sequence[str], Mapping[str, int]]:
    """Return a log's lines, and where each is met first: each failing test asks for its own."""
    lines = log.splitlines()
    numbers: dict[str, int] = {}
    for number, line in enumerate(lines):
        numbers.setdefault(" ".join(line.split()), number)
    return lines, numbers


def _contents(path: Path) -> str:
    try:
        return text_of(path, LARGEST)
    except OSError:
        return ""
