# SPDX-License-Identifier: MIT
"""Where an object is built, as the makefiles of a Kbuild say.

    obj-$(CONFIG_A) += a.o        in a's folder: y where A = y, m where A = m
    obj-m                         a module; one that is in obj-y too is built in
    lib-y, lib-m, extra-y         as obj-y
    a-y, a-objs                   parts of a.o, wherever that is built
    a-m                           parts of it where it is a module
    obj-$(CONFIG_A) += sub/       a folder; below obj-m nothing is built in
    subdir-y                      a folder of which nothing is built in unless a rule asks for it

[Linux Documentation/kbuild/makefiles.rst; scripts/Makefile.lib, scripts/Makefile.build]
An object in a list of another name (`vobjs-y`), or in a folder that no list names, is built
by rules that are not read: its condition is what is known, and a free term that names the
list.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Location
from kvariant.kconfig.expression import ALWAYS, NEVER, Types
from kvariant.presence.condition import Free, all_of, any_of, negated
from kvariant.presence.makefile import Makefile, exported_of
from kvariant.presence.makefile_values import MakeValues, MakeVariable, MakeWord

if TYPE_CHECKING:
    from kvariant.kconfig import Expression

NAMES = ("Kbuild", "Makefile")
"""The makefile of a folder: the first that is there."""
_INCLUDES = re.compile(r"^-?include ", re.MULTILINE)
_DEEPEST = 5
"""Makefiles that one another include, where a name is looked for."""
_TOP = re.compile(r"(?:init|core|drivers|net|libs|virt|head|sound)-([ym])")
"""Lists of folders in the top makefile."""
_OBJECT_LIST = re.compile(r"(?P<kind>obj|lib|extra)-(?P<level>[ym]?)")
_FOLDER_LIST = re.compile(r"(?P<kind>obj|subdir|libs?)-(?P<level>[ym]?)")
_NAMED_OPTION = re.compile(r"CONFIG_(?:\$[({]\w+[)}])?(\w+)")
_BUILT_FOLDER = re.compile(r"(.*/)(?:lib\.a|built-in\.[ao])")
"""What the top makefile makes of a folder in a list."""
_COMPOSITE = re.compile(r"(?P<stem>.+)-(?P<level>y|objs|m)?")
_NO_OBJECTS = re.compile(
    r"(?:targets|always|always-y|clean-files|hostprogs.*|userprogs.*|CFLAGS.*|AFLAGS.*|OBJECT_.*"
    r"|.*-n?|KASAN_.*|KCSAN_.*|KCOV_.*|KMSAN_.*|UBSAN_.*|GCOV_.*|PHONY|no-clean-files|.*FLAGS.*)"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a condition, and what says it."""

    condition: Expression
    location: Location
    text: str = ""
    """What stands there: a directive; "" where it is a list of a makefile."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way in which a file is built: the lists that lead to its object."""

    built_in: Expression
    module: Expression
    terms: tuple[Term, ...]
    folder: str = ""
    """The folder whose list it is in."""
    listed: str = ""
    """The object as that list names it, which may go up: a/../b/c.o."""

    @property
    def condition(self) -> Expression:
        """Where the object is built, in either way."""
        return any_of((self.built_in, self.module))


@dataclass(slots=True)
class _Folder:
    """A folder's makefile, read."""

    path: str
    makefile: Makefile
    lists: Mapping[str, Sequence[MakeWord]] = field(default_factory=dict)


class Kbuild:
    """The makefiles of a tree, each read when it is asked for."""

    def __init__(
        self,
        root: Path,
        types: Types,
        *,
        variables: Mapping[str, str],
        tops: Sequence[tuple[str, Expression]] = (("Makefile", ALWAYS),),
        given: Mapping[str, MakeVariable] | None = None,
        option_texts: Mapping[str, Sequence[str]] | None = None,
        folders: Sequence[MakeWord] = (),
        prefix: str = "CONFIG_",
        is_closed: bool = True,
        texts: Mapping[str, str] | None = None,
        arch: str = "",
    ) -> None:
        """Take a tree.

        Args:
            arch: the folder below arch/ that is built; "": any.
            variables: what make is called with, and what the tree's build sets.
            tops: the makefiles that begin, below the root, and where each does.
            given: variables that depend on more than options.
            option_texts: of string options that name folders, what they may be.
            folders: what is gone into besides.
            texts: makefiles that the build writes, by path.
        """
        self.root = root
        self._types = types
        self._variables = variables
        self._tops = tops
        self._prefix = prefix
        self._is_closed = is_closed
        self._texts = texts or {}
        self._arch = arch
        self._given = given or {}
        self._option_texts = option_texts
        self._more = folders
        self._folders: dict[str, _Folder | None] = {}
        self._reach: dict[str, tuple[Route, ...]] = {}
        self.not_read: list[tuple[str, int, str]] = []
        """Lines of makefiles that are not understood."""

    # Objects

    def routes(self, source: str) -> tuple[Route, ...]:
        """Return the ways in which a source file's object is built; none: no makefile names it.

        Args:
            source: its path below the root.
        """
        name = posixpath.splitext(source)[0] + ".o"
        never: tuple[Route, ...] = ()
        for folders in (self._near, self._naming, self._including):
            found = list(self._routes_from(folders(name), name))
            if any(route.condition != NEVER for route in found):
                return tuple(route for route in found if route.condition != NEVER)
            never = never or tuple(found)
        return never

    def _routes_from(self, folders: Sequence[str], name: str) -> Iterator[Route]:
        others: list[Route] = []
        for path in folders:
            folder = self._folder(path)
            if folder is None:
                continue
            known = [*self._in_lists(folder, name), *self._as_assembler(folder, name)]
            yield from known
            if not known:
                others += self._in_other_lists(folder, name)
        yield from others

    def _near(self, source: str) -> list[str]:
        """Return the folder of a file and those above it."""
        folder, found = posixpath.dirname(source), []
        while folder:
            found.append(folder)
            folder = posixpath.dirname(folder)
        return [*found, ""]

    def _including(self, name: str) -> list[str]:
        """Return the folders around a file whose makefiles include others: lists are made there."""
        folder, found = posixpath.dirname(name), dict[str, None]()
        while folder.count("/") > 1:
            folder = posixpath.dirname(folder)
            for path, text in self._makefile_texts.items():
                is_below = path.startswith(folder + "/") and posixpath.basename(path) in NAMES
                if is_below and _INCLUDES.search(text):
                    found[posixpath.dirname(path)] = None
        return list(found)

    def _in_lists(self, folder: _Folder, name: str) -> Iterator[Route]:
        """Yield how an object is built that a folder's lists name, or their composites' do."""
        relative = posixpath.relpath(name, folder.path or ".")
        own: list[tuple[str, str, MakeWord]] = []
        composites: list[tuple[str, str, MakeWord]] = []
        for list_name, words in folder.lists.items():
            for word in words:
                if os.path.normpath(word.text) not in (relative, name):
                    continue
                if found := _OBJECT_LIST.fullmatch(list_name):
                    own.append((found["kind"], found["level"], word))
                elif found := _COMPOSITE.fullmatch(list_name):
                    composites.append((found["stem"], found["level"] or "", word))
        stem = relative.removesuffix(".o")
        parts = [
            w.condition for n in ("y", "objs", "m") for w in folder.lists.get(f"{stem}-{n}", ())
        ]
        alone = negated(any_of(parts), self._types)  # else its own name is that of its parts
        for kind, level, word in own:
            yield from self._built(folder, kind, level, [word], alone)
        for stem, level, word in composites:
            for kind, whole_level, whole in self._wholes(folder, stem):
                if not level:  # a-$(CONFIG_X) of what is off
                    if not self._is_for_cleaning(word):
                        yield Route(NEVER, NEVER, (self._off(word),))
                elif level == "m" and whole_level != "m":
                    yield Route(NEVER, NEVER, (Term(NEVER, Location(*word.line)),))
                else:
                    yield from self._built(folder, kind, whole_level, [word, whole], ALWAYS)

    def _wholes(self, folder: _Folder, stem: str) -> Iterator[tuple[str, str, MakeWord]]:
        """Yield where a folder's lists name a composite object, or its composite."""
        for list_name, words in folder.lists.items():
            if found := _OBJECT_LIST.fullmatch(list_name):
                for word in words:
                    if os.path.normpath(word.text) == f"{stem}.o":
                        yield found["kind"], found["level"], word

    def _built(
        self, folder: _Folder, kind: str, level: str, words: Sequence[MakeWord], also: Expression
    ) -> Iterator[Route]:
        if not level:  # obj-$(CONFIG_X) of what is off: a list of which nothing is built
            if not self._is_for_cleaning(words[-1]):
                yield Route(NEVER, NEVER, (self._off(words[-1]),))
            return
        here = all_of((*(word.condition for word in words), also))
        own = tuple(
            Term(word.condition, Location(*word.line)) for word in words if word.condition != ALWAYS
        )
        for reach in self._reached(folder.path):
            is_module = level == "m" and kind == "obj"
            built_in = NEVER if is_module else all_of((here, reach.built_in))
            module = all_of((here, reach.condition)) if is_module else NEVER
            places = own or ((Term(ALWAYS, Location(*words[0].line)),) if not reach.terms else ())
            listed = _listed(folder.path, words[0].text)
            terms = (*places, *reach.terms)
            yield Route(built_in, module, terms, folder=folder.path, listed=listed)

    def _as_assembler(self, folder: _Folder, name: str) -> Iterator[Route]:
        """Yield how what the build reads numbers from is compiled: kernel/bounds.s."""
        if folder.path:
            return
        for word in folder.lists.get("targets", ()):
            if os.path.normpath(word.text) == posixpath.splitext(name)[0] + ".s":
                yield Route(word.condition, NEVER, (Term(word.condition, Location(*word.line)),))

    def _in_other_lists(self, folder: _Folder, name: str) -> Iterator[Route]:
        relative = posixpath.relpath(name, folder.path or ".")
        for list_name, words in folder.lists.items():
            is_known = _OBJECT_LIST.fullmatch(list_name) or _FOLDER_LIST.fullmatch(list_name)
            if is_known or _NO_OBJECTS.fullmatch(list_name):
                continue
            for word in words:
                if os.path.normpath(word.text) not in (relative, name):
                    continue
                path = folder.makefile.files[0]
                free = Free(f"{list_name} of {path} is built")
                for reach in self._reached(folder.path):
                    condition = all_of((word.condition, free, reach.condition))
                    terms = (Term(all_of((word.condition, free)), Location(*word.line)),)
                    yield Route(
                        condition,
                        NEVER,
                        (*terms, *reach.terms),
                        folder=folder.path,
                        listed=_listed(folder.path, word.text),
                    )

    def _naming(self, name: str) -> list[str]:
        """Return the folders whose makefiles, or what they include, have the text `/name.o`."""
        texts = self._makefile_texts
        needles, found = {"/" + posixpath.basename(name)}, dict[str, None]()
        for _ in range(_DEEPEST):
            new = set[str]()
            for path, text in texts.items():
                if path not in found and any(needle in text for needle in needles):
                    found[path] = None
                    if posixpath.basename(path) not in NAMES:  # others include it
                        new.add(posixpath.basename(path))
            if not new:
                break
            needles = new
        return [posixpath.dirname(path) for path in found if posixpath.basename(path) in NAMES]

    @cached_property
    def _makefile_texts(self) -> Mapping[str, str]:
        """Every makefile's text by path; a walk of the tree."""
        found: dict[str, str] = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(
                n for n in folders if not n.startswith(".") and n != "Documentation"
            )
            for name in names:
                if name.startswith(NAMES) or name.endswith(".mk"):
                    path = Path(folder, name)
                    relative = path.relative_to(self.root).as_posix()
                    try:
                        found[relative] = path.read_text(errors="replace")
                    except OSError:
                        continue  # a link to nowhere, or not for us to read
        return found | dict(self._texts)

    def naming(self, options: Set[str]) -> Iterator[tuple[str, bool]]:
        """Yield folders whose sources may be built or not for one of some options.

        With each, whether those below it are meant as well.
        """
        found = list(self._naming_lists(options))
        yield from found
        whole = tuple(f"{name}/" if name else "" for name, is_deep in found if is_deep)
        for path, text in self._makefile_texts.items():
            if path.startswith(whole) and "../" in text:
                own = self._folder(posixpath.dirname(path))
                for words in own.lists.values() if own else ():
                    for word in words:
                        if ".." in word.text:
                            listed = posixpath.join(posixpath.dirname(path), word.text)
                            yield posixpath.dirname(posixpath.normpath(listed)), False

    def _naming_lists(self, options: Set[str]) -> Iterator[tuple[str, bool]]:
        for path, text in self._makefile_texts.items():
            if options.isdisjoint(_NAMED_OPTION.findall(text)):
                continue
            folder = posixpath.dirname(path)
            own = self._folder(folder)
            if own is None or posixpath.basename(path) not in NAMES:
                yield folder, True
                continue
            for list_name, words in own.lists.items():
                kind = _FOLDER_LIST.fullmatch(list_name)
                for word in words:
                    if options.isdisjoint(word.condition.symbols):
                        continue
                    is_folder = word.text.endswith("/") or (kind and kind["kind"] == "subdir")
                    listed = posixpath.normpath(posixpath.join(folder, word.text))
                    yield (listed, True) if is_folder else (posixpath.dirname(listed), False)
                    if not is_folder:  # it may be a composite, whose parts are here
                        yield folder, False
        for words, _, _ in self._top_lists:
            for word in words:
                if not options.isdisjoint(word.condition.symbols):
                    yield posixpath.normpath(word.text), True

    # Folders

    def _reached(self, folder: str) -> tuple[Route, ...]:
        """Return the ways in which a folder is gone into."""
        if folder == "":
            return (Route(ALWAYS, ALWAYS, ()),)
        if folder not in self._reach:
            self._reach[folder] = (Route(NEVER, NEVER, ()),)  # of a folder that leads to itself
            found = list(self._leading(folder))
            if not found and self._is_of_another(folder):
                found = [Route(NEVER, NEVER, (Term(NEVER, Location(folder)),))]
            elif not found:
                # Objects of such a folder are made by rules, if at all.
                free = Free(f"something goes into {folder}/")
                found = [Route(free, free, (Term(free, Location(folder)),))]
            ways = [route for route in found if route.condition != NEVER]
            self._reach[folder] = tuple(ways or found)
        return self._reach[folder]

    def _is_of_another(self, folder: str) -> bool:
        """Return whether a folder is of an architecture that is not built."""
        first, _, rest = folder.partition("/")
        arch = rest.partition("/")[0]
        is_one = (self.root / "arch" / self._arch).is_dir()
        return first == "arch" and bool(self._arch) and is_one and arch not in ("", self._arch)

    def _leading(self, folder: str) -> Iterator[Route]:
        for words, kind, level in self._top_lists:
            for word in words:
                if os.path.normpath(word.text) == folder and word.condition != NEVER:
                    yield self._through(folder, word, kind, level, Route(ALWAYS, ALWAYS, ()))
        above = folder
        while above:
            above = posixpath.dirname(above)
            parent = self._folder(above)
            if parent is None:
                continue
            relative = posixpath.relpath(folder, above or ".")
            for list_name, words in parent.lists.items():
                if not (found := _FOLDER_LIST.fullmatch(list_name)):
                    continue
                for word in words:
                    is_folder = word.text.endswith("/") or found["kind"] == "subdir"
                    if not is_folder or os.path.normpath(word.text) != relative:
                        continue
                    if not found["level"] and self._is_for_cleaning(word):
                        continue
                    for reach in self._reached(above):
                        yield self._through(folder, word, found["kind"], found["level"], reach)

    def _off(self, word: MakeWord) -> Term:
        """Return what says that a word is in a list of which nothing is built."""
        return Term(NEVER, Location(*word.line), self._list_written(word))

    def _is_for_cleaning(self, word: MakeWord) -> bool:
        """Return whether a word is in `obj-` or `subdir-`, written so: make clean goes there.

        What else goes there no list says [arch/x86/Kbuild: boot].
        """
        return "$" not in self._list_written(word)

    def _list_written(self, word: MakeWord) -> str:
        path, line = word.line
        text = self._texts.get(path)
        try:
            lines = (text or (self.root / path).read_text(errors="replace")).split("\n")
        except OSError:
            lines = []
        shown = lines[line - 1].partition("=")[0].rstrip(" \t:+") if 0 < line <= len(lines) else ""
        return " ".join(shown.split())

    def _through(self, folder: str, word: MakeWord, kind: str, level: str, reach: Route) -> Route:
        if not level:
            return Route(NEVER, NEVER, (self._off(word), *reach.terms))
        here = word.condition
        built_in = all_of((here, reach.built_in)) if level == "y" else NEVER
        if level == "y" and kind == "subdir":
            # Kbuild makes nothing of it for the program; another makefile may ask for its lib.a.
            asked = Free(f"something asks for what is built in {folder}/")
            built_in = all_of((here, reach.condition, asked))
        return Route(
            built_in,
            all_of((here, reach.condition)),
            (*((Term(here, Location(*word.line)),) if here != ALWAYS else ()), *reach.terms),
        )

    def _folder(self, path: str) -> _Folder | None:
        if path not in self._folders:
            self._folders[path] = self._read_folder(path)
        return self._folders[path]

    def _read_folder(self, path: str) -> _Folder | None:
        values = self._values(self._exported)
        values.put("obj", path or ".")
        values.put("src", path or ".")
        makefile = Makefile(self.root, values)
        for name in NAMES:
            file = f"{path}/{name}" if path else name
            if path == "" and name != "Kbuild":
                return None  # the top makefile is read for itself
            text = self._texts.get(file)
            if text is not None or (self.root / file).is_file():
                makefile.read(file, text)
                break
        else:
            return None
        self.not_read += makefile.not_read
        lists = {
            name: values.words_of(name)
            for name in values.variables
            if "-" in name or name == "targets"
        }
        return _Folder(path, makefile, lists)

    def _values(self, given: Mapping[str, MakeVariable]) -> MakeValues:
        values = MakeValues(
            self.root,
            self._types,
            prefix=self._prefix,
            is_closed=self._is_closed,
            given={**given, **self._given},
            texts=self._option_texts,
            fixed=self._given,
        )
        for name, text in self._variables.items():
            values.put(name, text)
        return values

    @cached_property
    def _top(self) -> Sequence[tuple[Makefile, Expression]]:
        found = []
        for path, condition in self._tops:
            values = self._values({})
            values.put("obj", ".")
            makefile = Makefile(self.root, values)
            makefile.read(path, self._texts.get(path))
            self.not_read += makefile.not_read
            found.append((makefile, condition))
        return found

    @cached_property
    def _exported(self) -> Mapping[str, MakeVariable]:
        return exported_of(self._top[0][0]) if self._top else {}

    @cached_property
    def _top_lists(self) -> Sequence[tuple[Sequence[MakeWord], str, str]]:
        """The lists of folders in the top makefiles, with their levels."""
        found: list[tuple[Sequence[MakeWord], str, str]] = [(self._more, "obj", "y")]
        for makefile, condition in self._top:
            for name in makefile.values.variables:
                if level := _TOP.fullmatch(name):
                    words = [
                        replace(
                            word,
                            text=_BUILT_FOLDER.sub(r"\1", word.text),
                            condition=all_of((word.condition, condition)),
                        )
                        for word in makefile.values.words_of(name)
                    ]
                    found.append((words, "obj", level[1]))
        return found


def _listed(folder: str, name: str) -> str:
    """Return what make knows an object by that a list of a folder names.

    `$(obj)/misc.o` is named from the root on already.
    """
    is_whole = not folder or name.startswith(f"{folder}/")
    return name if is_whole else f"{folder}/{name}"
