# SPDX-License-Identifier: MIT
"""What one CMakeLists.txt of Zephyr adds: sources and folders, each with where it does.

    zephyr_sources, zephyr_library_sources, target_sources, add_library, ...   sources
    NAME_ifdef(CONFIG_X ...), NAME_ifndef        where X is set, or not
    add_subdirectory                             a folder
    if, elseif, else                             their conditions
    set, list(APPEND)                            lists of these
    foreach over words that are there            each of them

What is not understood makes what it may add unknown, never absent: a source whose name has a
variable in it that nobody knows may be any file whose name fits; a function of the project's own
that adds sources, and what stands in a loop over something else, may add any file of the folder.
[cmake-language(7); Zephyr doc/build/cmake, cmake/modules/extensions.cmake]
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS, NEVER, Types
from kvariant.presence.cmake_condition import CMakeOptions, said
from kvariant.presence.cmake_text import CMakeCommand, CMakeSyntaxError, CMakeWord, commands
from kvariant.presence.condition import Free, all_of, any_of, negated

if TYPE_CHECKING:
    from kvariant.kconfig import Expression

_SOURCES = {"zephyr_sources", "zephyr_library_sources"}
"""All of whose words are sources."""
_OF_TARGET = {"target_sources", "add_library", "add_executable", "zephyr_library_import_sources"}
"""The first of whose words is what they are added to."""
_ADDING = re.compile(r"(?:.*_)?(?:sources|add_subdirectory|add_library)(?:_.*)?")
_NO_SOURCE = {
    "PRIVATE", "PUBLIC", "INTERFACE", "STATIC", "SHARED", "OBJECT", "MODULE", "IMPORTED", "GLOBAL",
    "EXCLUDE_FROM_ALL", "UNKNOWN", "ALIAS", "BASE_DIRS", "FILE_SET", "TYPE", "FILES",
}  # fmt: skip
_NOT_ALWAYS = {"EXCLUDE_FROM_ALL", "INTERFACE"}
"""What is added so is built where something needs it."""
_REFERENCE = re.compile(r"\$\{([\w./+-]+)\}")
_SETTING = ("string", "file", "math", "unset", "execute_process", "cmake_parse_arguments")
_HARMLESS = {"zephyr_linker_sources", "zephyr_linker_section", "set_source_files_properties"}
"""They say more of what is added, or add what is not compiled."""
_CONDITIONAL = re.compile(r"(?P<name>\w+?)_(?P<how>ifdef|ifndef)")
_OWN_FOLDER = ("CMAKE_CURRENT_SOURCE_DIR", "CMAKE_CURRENT_LIST_DIR")
_ROOT = ("ZEPHYR_BASE",)
_MOST = 2_000
"""Words that a list may have."""


@dataclass(frozen=True, slots=True)
class Added:
    """A source or folder that a file adds."""

    path: str
    """Below the root; of what is not known a pattern, see `is_pattern`."""
    condition: Expression
    line: int
    text: str
    """The command, for people."""
    is_pattern: bool = False

    def may_be(self, path: str) -> bool:
        """Return whether it is a file, or may be."""
        return re.fullmatch(self.path, path) is not None if self.is_pattern else self.path == path


@dataclass(frozen=True, slots=True, kw_only=True)
class CMakeFile:
    """All that one file adds."""

    sources: tuple[Added, ...]
    folders: tuple[Added, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """A word of a list, and where it is in it."""

    text: str
    condition: Expression


@dataclass(slots=True)
class _Block:
    """An `if` that is open."""

    before: list[Expression]
    """The branches so far do not hold."""
    now: Expression


def cmake_file(path: str, text: str, types: Types, prefix: str) -> CMakeFile:
    """Return what a file adds.

    Args:
        path: its path below the root.
        types: of the options.
    """
    folder = posixpath.dirname(path)
    try:
        every = commands(text)
    except CMakeSyntaxError:
        free = Free(f"{path} is not understood")
        anything = Added(_below(folder), free, 1, path, is_pattern=True)
        return CMakeFile(sources=(anything,), folders=(anything,))
    changed = {
        c.words[0].text for c in every if c.name in ("set", "unset", "option") and c.words
    }  # fmt: skip
    reader = _Adding(path, folder, CMakeOptions(types, prefix, changed), types)
    reader.run(every, ALWAYS)
    return CMakeFile(sources=tuple(reader.sources), folders=tuple(reader.folders))


@dataclass
class _Adding:
    """Runs commands as far as they are understood."""

    path: str
    folder: str
    options: CMakeOptions
    types: Types
    sources: list[Added] = field(default_factory=list)
    folders: list[Added] = field(default_factory=list)
    variables: dict[str, list[_Item] | None] = field(default_factory=dict)
    """None: not known."""
    functions: dict[str, bool] = field(default_factory=dict)
    """Those that the file defines, and whether they may add sources."""
    ended: Expression = NEVER
    """Where a `return()` has ended the file."""

    def run(self, every: Sequence[CMakeCommand], around: Expression) -> None:
        """Run commands that are run in some places alone."""
        blocks: list[_Block] = []
        at = 0
        while at < len(every):
            command = every[at]
            here = all_of((around, negated(self.ended, self.types), *(b.now for b in blocks)))
            match command.name:
                case "if":
                    now = self.options.condition(command.words)
                    blocks.append(_Block([negated(now, self.types)], now))
                case "elseif" if blocks:
                    own = self.options.condition(command.words)
                    block = blocks[-1]
                    block.now = all_of((*block.before, own))
                    block.before.append(negated(own, self.types))
                case "else" if blocks:
                    blocks[-1].now = all_of(blocks[-1].before)
                case "endif" if blocks:
                    blocks.pop()
                case "return":
                    self.ended = any_of((self.ended, here))
                case "foreach" | "while" | "function" | "macro":
                    end = _end(every, at)
                    self._group(command, every[at + 1 : end], here)
                    at = end
                case _:
                    self._command(command, here)
            at += 1

    # Groups

    def _group(
        self, command: CMakeCommand, inner: Sequence[CMakeCommand], here: Expression
    ) -> None:
        if command.name in ("function", "macro"):
            if command.words:
                adds = any(_may_add(one.name, self.functions) for one in inner)
                self.functions[command.words[0].text.lower()] = adds
            return
        items = self._loop(command) if command.name == "foreach" else None
        if items is None:
            if any(_may_add(one.name, self.functions) for one in inner):
                self._anything(command, here)
            for one in inner:
                self._forget(one)
            return
        name = command.words[0].text
        for item in items:
            self.variables[name] = [_Item(item.text, ALWAYS)]
            self.run(inner, all_of((here, item.condition)))
        self.variables[name] = None

    def _loop(self, command: CMakeCommand) -> list[_Item] | None:
        """Return what a `foreach` runs over, None where nobody knows."""
        words = list(command.words[1:])
        if not command.words or (words and words[0].text == "RANGE"):
            return None
        if words and words[0].text == "IN":
            if len(words) < 2 or words[1].text not in ("ITEMS", "LISTS"):
                return None
            if words[1].text == "LISTS":
                words = [CMakeWord(f"${{{word.text}}}") for word in words[2:]]
            else:
                words = words[2:]
        found = list(self._items(words))
        return [one for one in found if one is not None] if None not in found else None

    def _forget(self, command: CMakeCommand) -> None:
        """Whatever a command sets that may run or not is not known."""
        if command.name in ("set", "unset", "string", "file", "math") and command.words:
            self.variables[command.words[0].text] = None
        if command.name in ("list", "string", "file") and len(command.words) > 1:
            for word in command.words[1:]:
                if word.text in self.variables:
                    self.variables[word.text] = None

    # Commands

    def _command(self, command: CMakeCommand, here: Expression) -> None:
        name, words = command.name, command.words
        if found := _CONDITIONAL.fullmatch(name):
            if not words:
                return
            toggle = self.options.toggle(words[0])
            if found["how"] == "ifndef":
                toggle = negated(toggle, self.types)
            inner = CMakeCommand(found["name"], words[1:], command.line)
            self._plain(inner, all_of((here, toggle)), said_of(command))
            return
        self._plain(command, here, said_of(command))

    def _plain(self, command: CMakeCommand, here: Expression, text: str) -> None:
        name, words = command.name, command.words
        if name == "set" and words:
            self._set(words[0].text, words[1:], here)
        elif name == "list" and len(words) > 1:
            self._list(words, here)
        elif name in _SETTING:
            self._forget(command)
        elif name == "add_subdirectory" and words:
            self._add(self.folders, words[:1], here, command.line, text)
        elif name in _SOURCES:
            self._add(self.sources, words, here, command.line, text)
        elif name in _OF_TARGET and words:
            plain = {word.text for word in words[1:] if not word.is_quoted}
            if plain & _NOT_ALWAYS:
                here = all_of((here, Free(f"{words[0].text} is built")))
            self._add(self.sources, words[1:], here, command.line, text)
        elif name not in _HARMLESS and _may_add(name, self.functions):
            self._anything(command, here)

    def _set(self, name: str, words: Sequence[CMakeWord], here: Expression) -> None:
        texts = [word.text for word in words if not word.is_quoted]
        if "PARENT_SCOPE" in texts or "CACHE" in texts:
            self.variables[name] = None
            return
        items = list(self._items(words))
        old = self.variables.get(name, [])
        if None in items or (here != ALWAYS and old is None):
            self.variables[name] = None
            return
        new = [_Item(i.text, all_of((here, i.condition))) for i in items if i is not None]
        left = [] if here == ALWAYS else [
            _Item(i.text, all_of((i.condition, negated(here, self.types)))) for i in old or ()
        ]  # fmt: skip
        self.variables[name] = [*left, *new] if len(left) + len(new) <= _MOST else None

    def _list(self, words: Sequence[CMakeWord], here: Expression) -> None:
        name = words[1].text
        items = list(self._items(words[2:]))
        old = self.variables.get(name, [])
        if words[0].text not in ("APPEND", "PREPEND") or old is None or None in items:
            for word in words[1:]:
                self.variables[word.text] = None
            return
        new = [_Item(i.text, all_of((here, i.condition))) for i in items if i is not None]
        self.variables[name] = [*old, *new]

    def _anything(self, command: CMakeCommand, here: Expression) -> None:
        """Any file of the folder may be added."""
        free = Free(f"{command.name}() in {self.path}, line {command.line}")
        condition = all_of((here, free))
        pattern = _below(self.folder)
        self.sources.append(Added(pattern, condition, command.line, said_of(command), True))
        self.folders.append(Added(pattern, condition, command.line, said_of(command), True))

    def _add(
        self,
        to: list[Added],
        words: Sequence[CMakeWord],
        here: Expression,
        line: int,
        text: str,
    ) -> None:
        for word in words:
            if not word.is_quoted and word.text in _NO_SOURCE:
                continue
            for item in self._items([word]):
                if item is None:
                    free = Free(f"{word.text} in {self.path}, line {line}")
                    condition = all_of((here, free))
                    to.append(Added(self._pattern(word.text), condition, line, text, True))
                else:
                    condition = all_of((here, item.condition))
                    to.append(Added(self._path(item.text), condition, line, text))

    # Words

    def _items(self, words: Sequence[CMakeWord]) -> Iterator[_Item | None]:
        """Yield the texts of words, None for what is not known."""
        for word in words:
            if word.is_bracket:
                yield _Item(word.text, ALWAYS)
                continue
            whole = _REFERENCE.fullmatch(word.text)
            if whole and whole[1] not in (*_OWN_FOLDER, *_ROOT):
                items = self.variables.get(whole[1])
                yield from items if items is not None else [None]
                continue
            text = self._replaced(word.text)
            if text is None:
                yield None
            elif word.is_quoted:
                yield _Item(text, ALWAYS)
            else:
                yield from (_Item(part, ALWAYS) for part in text.split(";") if part)

    def _replaced(self, text: str) -> str | None:
        """Return a text with the values of variables; None: one is not known."""
        known = True

        def value(match: re.Match[str]) -> str:
            nonlocal known
            name = match[1]
            if name in _OWN_FOLDER:
                return f"/{self.folder}" if self.folder else ""
            if name in _ROOT:
                return ""
            items = self.variables.get(name)
            if items is None or len(items) != 1 or items[0].condition != ALWAYS:
                known = False
                return ""
            return items[0].text

        found = _REFERENCE.sub(value, text)
        return found if known and "$" not in found else None

    def _path(self, text: str) -> str:
        """Return where a file is, below the root: what begins at the root is so written."""
        if text.startswith("/"):
            return posixpath.normpath(text.lstrip("/"))
        return posixpath.normpath(posixpath.join(self.folder, text))

    def _pattern(self, text: str) -> str:
        """Return a pattern for a name that has something in it which nobody knows."""
        if "$<" in text or _REFERENCE.fullmatch(text):
            return _below(self.folder) if not _REFERENCE.fullmatch(text) else ".*"
        parts = re.split(r"\$\{[^{}]*\}|\$ENV\{[^{}]*\}", text)
        if "$" in "".join(parts) or "${" in text.replace("}", ""):
            parts = [re.sub(r"\$.*", "", part) for part in parts]
        last = parts[-1]
        return rf".*{re.escape(posixpath.basename(last))}" if last else ".*"


def said_of(command: CMakeCommand) -> str:
    """Return a command as it is written, cut where it is long."""
    text = f"{command.name}({said(command.words)})"
    return text if len(text) <= 72 else f"{text[:69]}..."


def _below(folder: str) -> str:
    return rf"{re.escape(folder)}/.*" if folder else ".*"


def _may_add(name: str, functions: Mapping[str, bool]) -> bool:
    """Return whether a command may add sources or folders."""
    if name in functions:
        return functions[name]
    return name not in _HARMLESS and _ADDING.fullmatch(name) is not None


def _end(every: Sequence[CMakeCommand], start: int) -> int:
    """Return where the group that begins somewhere ends."""
    name = every[start].name
    depth = 0
    for at in range(start, len(every)):
        depth += every[at].name == name
        depth -= every[at].name == f"end{name}"
        if not depth:
            return at
    return len(every)
