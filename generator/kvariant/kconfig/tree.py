# SPDX-License-Identifier: MIT
"""A Kconfig tree: what it declares, and the configuration an assignment gives.

kconfiglib has parsed it; values come from the rules of the tree's dialect (`semantics`).
What a `Tree` returns is frozen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    Note,
    displayed,
    quote_from,
)
from kvariant.kconfig import outputs
from kvariant.kconfig.configuration import Configuration, Dropped
from kvariant.kconfig.dialect import KCONFIGLIB, Dialect, dialect_of
from kvariant.kconfig.dollars import dollars_of
from kvariant.kconfig.explanation import Explainer
from kvariant.kconfig.expression import Expression, Reference
from kvariant.kconfig.fragment import Fragment, Request
from kvariant.kconfig.generated import FilesInMemory
from kvariant.kconfig.include_path import IncludePath, include_path_of
from kvariant.kconfig.nearest_symbol import symbol_hint
from kvariant.kconfig.negatives import has_negatives
from kvariant.kconfig.never_on import behind_dead, needed
from kvariant.kconfig.parse import Parse
from kvariant.kconfig.presets import Preset, place_of
from kvariant.kconfig.reader import Reader, deep
from kvariant.kconfig.requests import effective_requests, judged_requests
from kvariant.kconfig.semantics.loop import without_loop
from kvariant.kconfig.semantics.resolver import Lines, Resolved
from kvariant.kconfig.surroundings import Surroundings
from kvariant.kconfig.tool import FOLDERS, Tool, tool_of
from kvariant.kconfig.tree_checks import tree_diagnostics, undefined_in, undefined_names
from kvariant.kconfig.written_clauses import WrittenClauses
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig.parsed import Entry, Parsed
    from kvariant.kconfig.symbol import Choice, Symbol
    from kvariant.kconfig.value import SymbolType

_Result = TypeVar("_Result")
_PER_SYMBOL, _PER_TERM, _FRAMES = 8, 3, 700
"""Frames that a link of a chain of dependencies takes, and a nested term; and what is safe."""


class Tree:
    """A parsed Kconfig tree. Make one with `Tree.load`."""

    def __init__(
        self,
        path: Path,
        parse: Parsed,
        environment: Mapping[str, str],
        preset: Preset,
        dialect: Dialect,
        tool: Tool | None = None,
        cross_compile: str = "",
    ) -> None:
        self.path = path
        self.dialect = dialect
        """Whose rules give symbols their values."""
        self.tool = tool
        """The tree's own tool, from whose source the rules were read; None: a named set."""
        self.preset = preset
        """What kind of tree it is, detected or told."""
        self.root = Path(parse.root)
        """The folder that `$(srctree)` was, below which sourced files are looked for."""
        self.environment = dict(environment)
        """Variables the tree read while it was parsed, with the values they had; `srctree`
        also where it is not the entry file's folder."""
        self.cross_compile = cross_compile
        """What the names of the compilers begin with that `$(shell ...)` asked; "": nothing."""
        self.generated_files = parse.generated
        """Kconfig files that the tree's build would write and that are not there, by path."""
        self.unset_variables = {name: places[0] for name, places in parse.unset.items()}
        """Variables that are referred to and that nobody set, with the line that was first."""
        self.shell_commands = parse.shell_commands
        """Every `$(shell ...)`, in order, whether it ran or was refused."""
        self.symbols: Mapping[str, Symbol] = parse.symbols
        """Every declared symbol by name, in Kconfig order."""
        self.choices: tuple[Choice, ...] = parse.choices
        """Every choice, in Kconfig order."""
        self.menus = parse.menus
        """The symbols of each menu, menuconfig or choice by its title, in Kconfig order.

        Those of menus inside it are included, and a menuconfig's own symbol; menus of
        equal titles are one.
        """
        self.prefix = parse.prefix
        """What stands before a symbol's name in a `.config`."""
        self.model = parse.model
        """The rules behind every value."""
        self.has_negatives = False
        """Whether the tree's own tool writes headers that say what is off (`negatives`)."""
        self.is_assumed = False
        """Whether nobody named its rules, and no tool is there that would say them."""
        self._again: Callable[[Dialect], Tree] | None = None
        self._read: Callable[[], Reader] | None = None
        self.kept_as = ""
        """Under which key of the cache it is kept, "" if it is not."""
        self.kept_digest = ""
        """The digest of what was taken from the cache, "" where the files were read."""
        self._parse = parse
        self._last: tuple[Configuration, Resolved] | None = None
        self._latest: tuple[tuple[Request, ...], Configuration] | None = None
        """The assignment that was resolved last, which is often asked for again: the defaults."""
        self._needs_depth = False
        """Whether a chain of dependencies was too long for a common stack."""
        self._own: WeakValueDictionary[int, Configuration] = WeakValueDictionary()
        """Configurations that were made here, by identity: their values need no second look."""

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        env: Mapping[str, str] | None = None,
        config_prefix: str | None = None,
        shell: bool = True,
        preset: str = "auto",
        dialect: str | Dialect = KCONFIGLIB,
        keep: bool = False,
    ) -> Tree:
        """Parse the tree whose entry file is `path`.

        Args:
            path: the entry file, or the tree's root folder. `$(srctree)` is what `env`
                sets, else the file's folder, or the nearest parent where more of the
                files are that it sources.
            env: environment variables for the parse, on top of the process's own.
            config_prefix: what stands before a symbol's name in a `.config`; None: what
                the tree's own tool writes, CONFIG_ with most.
            shell: whether `$(shell ...)` may run commands; refused ones give what a failed
                probe gives: n, and nothing within quotes.
            preset: `auto`, or what kind of tree it is, a name of `kconfig.presets`.
            dialect: a named set of rules (`DIALECTS`), or `auto` for the rules of the
                tree's own tool.
            keep: whether it is kept in the user's cache, and taken from there [`kept`].

        Raises:
            InputError: a file is missing, not UTF-8, or breaks the language's rules; there
                is no such dialect [dialect].
            MissingError: the installed kconfiglib is not a known one.

        Cost: about 0.2 ms a symbol (3.5 s for Linux 6.1 x86, 16,476 symbols).
        """
        given = dict(env or {})
        place = place_of(Path(path), preset, Path(given["srctree"]) if "srctree" in given else None)
        kind, root, entry = place.preset, place.root, place.entry
        quote_from(root, Path(path).parent, *_folders(given))
        prefix = kind.prefix if config_prefix is None else config_prefix
        expected = kind.environment(root, {**os.environ, **given})
        scoped = {**{n: t for n, t in expected.items() if n not in os.environ}, **given}
        scoped.setdefault("srctree", str(root))
        assumed = dialect_of(kind.rules if dialect == "auto" else dialect)
        tool = tool_of(root, assumed, kind.tools or FOLDERS) if dialect == "auto" else None
        rules = tool.dialect if tool is not None else assumed
        generated = FilesInMemory(kind.files(root, {**os.environ, **scoped}), root.resolve())
        asked = Parse(
            entry=entry,
            root=root,
            kind=kind,
            variables=scoped,
            prefix=prefix,
            shell=shell,
            dialect=rules,
            generated=generated,
            surroundings=_surroundings(kind, tool, rules),
        )
        found, kept_as, digest = asked.parsed(keep=keep)
        names = set(found.variables)
        if Path(found.root) != entry.parent.resolve():
            names.add("srctree")  # it says which files were read
        every = asked.seen()
        seen = {name: every.get(name, "") for name in sorted(names)}
        tree = cls(entry, found, seen, kind, rules, tool, expected.get("CROSS_COMPILE", ""))
        tree.has_negatives = has_negatives(root, {**os.environ, **given})
        tree.kept_as = kept_as
        tree.kept_digest = digest
        # Who has a preset of its own with kconfiglib's rules runs kconfiglib.
        is_known = kind.name != "plain" and kind.rules == KCONFIGLIB.name
        tree.is_assumed = dialect == "auto" and tool is None and not is_known
        tree._read = asked.read
        tree._again = lambda other: cls.load(
            path,
            env=env,
            config_prefix=config_prefix,
            shell=shell,
            preset=preset,
            dialect=other,
            keep=keep,
        )
        return tree

    def under(self, dialect: Dialect) -> Tree:
        """Return the same tree, read anew by other rules.

        Raises:
            InputError: by these it does not parse.
        """
        assert self._again is not None, "it was loaded"
        return self._again(dialect)

    @cached_property
    def include_path(self) -> IncludePath:
        """Where the tree's own build looks for what its configurations include."""
        return include_path_of(self.root)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every Kconfig file read from disk, the entry file first."""
        return tuple(map(Path, self._parse.files))

    @cached_property
    def types(self) -> Mapping[str, SymbolType]:
        """The type of every declared symbol."""
        return self._parse.types

    def declared(self, path: Path) -> tuple[str, ...]:
        """Return the symbols that a Kconfig file defines, in Kconfig order."""
        text = str(path)
        return tuple(
            name
            for name, places in self._parse.definitions.items()
            if any(place.path == text for place in places)
        )

    def unset_behind(self, dead: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the unset variables because of which symbols are never on, where there are.

        Args:
            dead: symbols that are on in no configuration.
        """
        parse = self._parse
        return behind_dead(dead, self.model.symbols, parse.definitions, parse.unset)

    def unset_at(self, notes: Collection[Note]) -> tuple[str, ...]:
        """Return the variables that nobody set and that are behind what some notes say.

        Those that their lines need; that the definition needs of which they name the first
        line; and of the numbers and texts that they speak of, those of their definitions.
        """
        parse = self._parse
        lines = {(n.location.path, n.location.line) for n in notes if n.location}
        found = {
            name
            for name, places in parse.unset.items()
            if any((place.path, place.line) in lines for place in places)
        }
        for symbol, names in needed(parse.definitions, parse.unset).items():
            is_named = any((at.path, at.line) in lines for at in parse.definitions[symbol])
            word, is_logical = re.compile(rf"\b{symbol}\b"), self.types[symbol].is_logical
            if is_named or (not is_logical and any(word.search(note.text) for note in notes)):
                found.update(names)
        return tuple(name for name in parse.unset if name in found)

    def architectures_that_select(self, name: str) -> tuple[str, ...]:
        """Return the other architectures of a kernel-like tree whose own Kconfig selects a symbol.

        Their files are searched, not parsed: a hint where to look, and no proof.
        """
        own = self.environment.get("SRCARCH", self.environment.get("ARCH"))
        line = re.compile(rf"^\s*select\s+{re.escape(name)}\b", re.MULTILINE)
        found = []
        for path in sorted(self.root.glob("arch/*/Kconfig")):
            text = read_text(path, "replace")
            if path.parent.name != own and line.search(text):
                found.append(path.parent.name)
        return tuple(found)

    def place(self, symbol: str, term: Expression, definition: Location) -> Location:
        """Return where a term of a definition's dependencies is written.

        Args:
            symbol: the symbol that is defined.
            term: part of its dependency, or the `Reference` that it selects or implies.
            definition: the definition; returned where no line of it has the term.
        """
        if isinstance(term, Reference) and (line := self._lever_line(term.name, definition)):
            return line
        if definition in self._parse.definitions.get(symbol, ()):
            clause = self._written.of(definition, term)
            return clause.location if clause else definition
        return definition

    def _lever_line(self, target: str, definition: Location) -> Location | None:
        """Return the line of a definition that selects or implies a symbol."""
        made = self.generated_files.get(definition.path)
        lines = _lines(definition.path) if made is None else made.splitlines()
        for number in range(definition.line, len(lines)):
            line = lines[number]
            if re.match(r"\s*(?:menu)?config\b", line):
                return None
            if match := re.match(rf"\s*(?:select|imply)\s+({re.escape(target)})\b", line):
                return Location(definition.path, number + 1, match.start(1) + 1)
        return None

    def why(self, symbol: str, assignment: Mapping[str, str]) -> tuple[Note, ...]:
        """Return what gives a symbol its value under an assignment: user, select, default."""
        lines = list(assignment.items())
        found = self._resolver(lines)
        return without_loop(
            lambda: self._deep_enough(
                lambda: Explainer(self._parse, self._written, found, assignment).why(symbol)
            ),
            lambda: self._resolver(lines),
        )

    def why_dropped(self, symbol: str, assignment: Mapping[str, str]) -> tuple[Note, ...]:
        """Return why an asked-for value does not take, as `resolve` has it in `dropped`."""
        lines = list(assignment.items())
        found = self._resolver(lines)
        return without_loop(
            lambda: self._deep_enough(
                lambda: Explainer(self._parse, self._written, found, assignment).dropped(
                    symbol, assignment[symbol]
                )
            ),
            lambda: self._resolver(lines),
        )

    def value(self, symbol: str, assignment: Mapping[str, str]) -> str:
        """Return the value text of one symbol under an assignment; what it rests on is resolved."""
        lines = list(assignment.items())
        return without_loop(
            lambda: self._deep_enough(lambda: self._resolver(lines).text(symbol)),
            lambda: self._resolver(lines),
        )

    def resolve(self, assignment: Mapping[str, str] | Fragment) -> Configuration:
        """Return the configuration that an assignment gives.

        Args:
            assignment: value text per symbol, or a fragment. Where a fragment
                selects a member of a choice after an included one selected
                another, the included selection is overridden and not dropped.

        Values that do not take are in the result's `dropped`, each with its reason.

        Cost: a few milliseconds on a small tree, 0.1 s on Linux.
        """
        if isinstance(assignment, Fragment):
            lines = self._judged(assignment)
            told = effective_requests(lines, self.symbols)
            allowed = {p.symbol: p.reason for p in assignment.permissions}
        else:
            lines = tuple(Request(name, value) for name, value in assignment.items())
            if self._latest is not None and self._latest[0] == lines:
                return self._latest[1]
            told = list(lines)
            allowed = {}
        found = without_loop(
            lambda: self._deep_enough(lambda: self._resolved(lines, told, allowed)),
            lambda: self._resolver(self._lines(lines)),
        )
        if not isinstance(assignment, Fragment):
            self._latest = lines, found
        return found

    def requests(self, fragment: Fragment) -> list[Request]:
        """Return the requests of a fragment that count: the last for each symbol.

        The selection of a choice's member that another file overrides is left out.
        """
        return effective_requests(self._judged(fragment), self.symbols)

    def user_values(self, fragment: Fragment) -> dict[str, str]:
        """Return the assignment of a fragment: one user value a symbol, as `resolve` has it."""
        return Lines(self.model, self.dialect, self._lines(self._judged(fragment))).assignment

    def asked(self, fragment: Fragment) -> tuple[list[Request], dict[str, str]]:
        """Return the requests of a fragment that count, and its assignment, read once."""
        judged = self._judged(fragment)
        lines = Lines(self.model, self.dialect, self._lines(judged))
        return effective_requests(judged, self.symbols), lines.assignment

    def configured(self, values: Mapping[str, str], assignment: Mapping[str, str]) -> Configuration:
        """Return a configuration of which all values are known, none of them dropped.

        Args:
            values: what `resolve` gives for the assignment, as the space has found it.
        """
        found = Configuration(
            values_=values,
            types=self.types,
            assignment=assignment,
            modules=self.model.modules,
        )
        self._own[id(found)] = found
        return found

    def _lines(self, requests: Iterable[Request]) -> Iterator[tuple[str, str]]:
        """Yield what requests ask for: `is not set` is n, of bools and tristates alone."""
        for request in requests:
            kind = self.types.get(request.symbol)
            if kind and not request.refused and (kind.is_logical or not request.is_unset):
                yield request.symbol, request.value

    def _judged(self, fragment: Fragment) -> tuple[Request, ...]:
        """Return the lines of a fragment with the values that the tree's tool reads."""
        return judged_requests(fragment.requests, self.types, self.dialect, self.prefix)

    def config_text(self, configuration: Configuration) -> str:
        """Return the `.config` of a configuration, menus as comments."""
        return self._deep_enough(
            lambda: outputs.config_text(
                self._parse, self._found(configuration), configuration.assignment
            )
        )

    def header_text(self, configuration: Configuration) -> str:
        """Return the `autoconf.h` of a configuration: a #define for what is not n."""
        return self._deep_enough(
            lambda: outputs.header_text(self._parse, self._found(configuration))
        )

    def minimal_text(self, configuration: Configuration) -> str:
        """Return the minimal config: only what differs from the tree's defaults."""
        return self._deep_enough(
            lambda: outputs.minimal_text(
                self._parse, self._found(configuration), configuration.assignment
            )
        )

    def check_expression(
        self, expression: Expression, location: Location | None
    ) -> list[Diagnostic]:
        """Return an error for each name in an expression that the tree does not define."""
        return undefined_names(expression, self.symbols, location)

    def diagnostics(
        self, *, undefined: bool = True, elsewhere: Collection[str] = ()
    ) -> list[Diagnostic]:
        """Return what is wrong with the Kconfig files although they parse.

        Warnings are kconfiglib's own, one for each command of `$(shell ...)` that was
        refused, one for each construct that the tree's own tool would refuse, and those
        of `lint`.

        Args:
            undefined: whether a name that no file defines is an error, `default true`
                being always n. A kernel has hundreds, for other architectures.
            elsewhere: names that the same files define in another environment.
        """
        names = [n for n in self.undefined_names if n not in elsewhere] if undefined else []
        return tree_diagnostics(self._parse, names, self.root)

    @cached_property
    def _written(self) -> WrittenClauses:
        return WrittenClauses(self._parse)

    @cached_property
    def undefined_names(self) -> tuple[str, ...]:
        """Names in conditions, defaults and selects that no file defines: always n."""
        return undefined_in(self._parse)

    def _resolved(
        self, lines: Iterable[Request], told: list[Request], allowed: Mapping[str, str]
    ) -> Configuration:
        """Return what lines give; `told` are those of them whose values may be dropped."""
        found = self._resolver(self._lines(lines))
        configuration = Configuration(
            values_=found.all_texts(),
            types=self.types,
            assignment=found.lines.assignment,
            modules=self.model.modules,
            dropped=tuple(self._dropped(told, found, allowed)),
        )
        self._last = configuration, found
        self._own[id(configuration)] = configuration
        return configuration

    def _dropped(
        self, requests: Iterable[Request], found: Resolved, allowed: Mapping[str, str]
    ) -> Iterable[Dropped]:
        explainer = Explainer(
            self._parse, self._written, found, {r.symbol: r.value for r in requests}
        )
        for request in requests:
            kind = self.types.get(request.symbol)
            got = None if kind is None else found.text(request.symbol)
            if got == request.value or (request.is_unset and kind and not kind.is_logical):
                continue
            known = got is not None
            yield Dropped(
                symbol=request.symbol,
                asked=request.value,
                got=got,
                location=request.location,
                line=request.line,
                reasons=self._reasons(explainer, request) if known else (),
                hint=request.hint if known else symbol_hint(request.symbol, self.symbols),
                allowed=allowed.get(request.symbol),
            )

    def _reasons(self, explainer: Explainer, request: Request) -> tuple[Note, ...]:
        if request.refused:
            return (Note(request.refused, self.symbols[request.symbol].location),)
        return explainer.dropped(request.symbol, request.value)

    def _found(self, configuration: Configuration) -> Resolved:
        """Return the values of a configuration as the rules found them."""
        if self._last is not None and self._last[0] is configuration:
            return self._last[1]
        found = Resolved(self.model, self.dialect, configuration.assignment.items())
        if self._own.get(id(configuration)) is configuration:
            found.know(configuration)
        elif found.all_texts() != dict(configuration):
            raise InputError(
                Diagnostic(
                    message=f"this configuration is not one of {displayed(self.path)}",
                    code="foreign-configuration",
                    hint="resolve the assignment with the tree that is to write it",
                )
            )
        self._last = configuration, found
        return found

    def _resolver(self, lines: Iterable[tuple[str, str]]) -> Resolved:
        return Resolved(self.model, self.dialect, lines)

    def _deep_enough(self, call: Callable[[], _Result]) -> _Result:
        """Return `call()`, with a deep stack where a chain of dependencies could need one."""
        frames = len(self.symbols) * _PER_SYMBOL + self._parse.nesting * _PER_TERM
        if frames <= _FRAMES:
            return call()
        if not self._needs_depth:
            try:
                return call()
            except RecursionError:  # the longest chains there can be are rare, and threads dear
                self._needs_depth = True
        return deep(call)

    def __reduce__(self) -> str:
        raise TypeError("a Tree cannot be pickled; load it again from its path")


# For this room alone: what is in a tree, and not said by it


def _surroundings(kind: Preset, tool: Tool | None, rules: Dialect) -> Surroundings:
    """Return what a kind of tree has around its files, as its tool reads them."""
    return Surroundings(
        dollars=dollars_of(tool.folder if tool else None, rules.name),
        runs_in_root=kind.runs_in_root,
        sources_beside=kind.sources_beside,
        answers=kind.answers,
        functions=kind.functions,
        writes=kind.writes,
        needs=kind.needs,
    )


def reader_of(tree: Tree) -> Reader:
    """Return kconfiglib's own objects for a tree, read anew.

    Raises:
        InputError: what it reads has changed, and does not parse any more.
    """
    assert tree._read is not None, "it was loaded"
    return tree._read()


def outline_of(tree: Tree) -> Sequence[Entry]:
    """Return the menus of a tree and what stands in them, in the order of a `.config`."""
    return tree._parse.outline


def judged_lines(tree: Tree, fragment: Fragment) -> tuple[Request, ...]:
    """Return the lines of a fragment with the values that a tree's tool reads, in order."""
    return tree._judged(fragment)


def asked_by(tree: Tree, requests: Iterable[Request]) -> tuple[tuple[str, str], ...]:
    """Return the user values that judged requests give the symbols of a tree, in order."""
    return tuple(tree._lines(requests))


def _lines(path: str) -> list[str]:
    state = os.stat(path)  # noqa: PTH116  # asked for each term
    return _lines_of(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _lines_of(path: str, _changed: int, _size: int) -> list[str]:
    return read_text(Path(path)).splitlines()


def _folders(variables: Mapping[str, str]) -> list[str]:
    """Return the folders that somebody has named as a part of the tree: a workspace, a board's."""
    named = [text for text in variables.values() if text.startswith(os.sep) and Path(text).is_dir()]
    too_wide = (os.sep, os.path.realpath(os.path.expanduser("~")))  # noqa: PTH111  never raises
    return [text for text in named if os.path.realpath(text) not in too_wide]
