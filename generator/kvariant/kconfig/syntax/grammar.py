# SPDX-License-Identifier: MIT
"""kconfiglib's parser with the syntax of today's trees and of the forks.

    modules               -> option modules            (Linux 5.13)
    transitional          -> a blank line, remembered  (Linux 6.18)
    depends on A if B     -> see `dependency`          (Linux 6.19)
    a fork's words        -> see `fork`

It also remembers where each `depends on` and `if` stands, which kconfiglib forgets,
because an unmet dependency is only half explained without its line; and which
constructs stand where that a tree's own tool may refuse (`portability` has the table).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kconfiglib

from kvariant.errors import Diagnostic, InputError, Location, source_line
from kvariant.kconfig.dialect import KCONFIGLIB, Dialect
from kvariant.kconfig.syntax.added_defaults import (
    GivenValue,
    is_only_default,
    settle_configdefaults,
    settle_given_values,
)
from kvariant.kconfig.syntax.construct import Construct, Found
from kvariant.kconfig.syntax.dependency import absent
from kvariant.kconfig.syntax.encoding import has_undecoded, readable, text_of
from kvariant.kconfig.syntax.environment_symbol import with_symbols
from kvariant.kconfig.syntax.fork import ForkLine, Word, fork_line
from kvariant.kconfig.syntax.help_text import help_text
from kvariant.kconfig.syntax.stray import without_strays

PRIVATE = tuple(
    f"_T_{name}"
    for name in [
        "CHOICE",
        "COMMENT",
        "CONFIG",
        "DEFAULT",
        "DEF_HEX",
        "DEF_INT",
        "DEF_STRING",
        "DEPENDS",
        "ENDCHOICE",
        "ENDIF",
        "ENDMENU",
        "ENV",
        "HELP",
        "IF",
        "MENU",
        "MAINMENU",
        "MENUCONFIG",
        "MODULES",
        "ON",
        "OPTION",
        "OPTIONAL",
        "ORSOURCE",
        "OSOURCE",
        "PROMPT",
        "RSOURCE",
        "SOURCE",
        "TRISTATE",
    ]
)
"""Names of kconfiglib 14.1.0 that are not for others, and that this module needs."""

_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Clause:
    """A `depends on` or `if` as written: its expression's text and place."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A `$(shell ...)` of a Kconfig file."""

    text: str
    """The command, macros and variables expanded."""
    location: Location
    """The line that was being read; for a macro, the one that uses it."""
    was_run: bool
    """False: it was refused."""


@dataclass(slots=True)
class Recorded:
    """What parsing touched beside the Kconfig files."""

    clauses: dict[tuple[str, int], list[Clause]] = field(default_factory=dict)
    """Clauses by the (file, line) of the config, choice, menu or if they stand in."""
    transitional: list[str] = field(default_factory=list)
    """The symbols with that keyword."""
    modules: list[str] = field(default_factory=list)
    """The symbols with the keyword `modules` or the option of that name."""
    typed: dict[Any, Any] = field(default_factory=dict)
    """kconfiglib's type of each choice that has one of its own, or of a symbol in no `if`."""
    globs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the names and globs of `source` found on disk."""
    probes: dict[str, str] = field(default_factory=dict)
    """Output of the `$(shell ...)` that ran, by command."""
    shell: list[ShellCommand] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    """Constructs that some tool refuses, seen while parsing."""


class Grammar(kconfiglib.Kconfig):  # type: ignore[misc]  # kconfiglib ships no types
    """kconfiglib.Kconfig that parses more; see the module's text.

    Its attributes are set before kconfiglib's own `__init__`, which parses.
    """

    def __init__(self, filename: str, *, shell: bool, dialect: Dialect = KCONFIGLIB) -> None:
        self.recorded = Recorded()
        self.dialect = dialect
        self._owner = (filename, 0)
        self._shell_allowed = shell
        self._is_quoted = False
        self._node: Any = None
        """The node whose properties are being read."""
        self._blocks: list[Any] = []
        """The end tokens of the blocks around, None for a file."""
        self._instead: list[Any] | None = None
        """Tokens for a line that kconfiglib does not know."""
        self._continued = ""
        """The choice that a `cont_choice` just read goes on with."""
        self._configdefault_at: tuple[str, int] | None = None
        self._configdefaults: dict[int, Any] = {}
        """The nodes of `configdefault`s by their id()."""
        self._conditional: set[int] = set()
        """The nodes with a dependency, one that is y too, by their id()."""
        self._given: list[GivenValue] = []
        self._on_first: dict[Any, Callable[[list[Any], str], list[Any] | None]] = {
            kconfiglib._T_MODULES: self._modules,
            kconfiglib._T_CONFIG: self._entry,
            kconfiglib._T_MENUCONFIG: self._menuconfig,
            kconfiglib._T_MENU: self._menu,
            kconfiglib._T_CHOICE: self._choice_entry,
            kconfiglib._T_COMMENT: self._comment,
            kconfiglib._T_IF: self._if,
            kconfiglib._T_DEPENDS: self._depends,
            kconfiglib._T_OPTION: self._option,
            kconfiglib._T_OPTIONAL: self._optional,
            kconfiglib._T_HELP: self._help_keyword,
            kconfiglib._T_SOURCE: self._source,
            **dict.fromkeys(
                (kconfiglib._T_PROMPT, kconfiglib._T_MAINMENU),
                self._text,
            ),
            **dict.fromkeys(kconfiglib._TYPE_TOKENS, self._type),
            **dict.fromkeys(
                (kconfiglib._T_OSOURCE, kconfiglib._T_RSOURCE, kconfiglib._T_ORSOURCE),
                self._other_source,
            ),
            **dict.fromkeys(
                (kconfiglib._T_DEF_INT, kconfiglib._T_DEF_HEX, kconfiglib._T_DEF_STRING),
                self._def_number_or_text,
            ),
        }
        super().__init__(filename, warn_to_stderr=False)

    def path_of(self, filename: str) -> str:
        """Return the path on disk of a file name as kconfiglib prints it."""
        return os.path.join(self.srctree, filename)

    def definitions_of(self, item: Any) -> list[Any]:
        """Return the nodes of a symbol or choice that define it: a `configdefault` does not."""
        defining = [node for node in item.nodes if id(node) not in self._configdefaults]
        return defining or item.nodes[:1]

    def note_dependency(self, node: Any) -> None:
        """Remember that a node has a dependency, its own or one of what is around it."""
        self._conditional.add(id(node))

    def is_conditional(self, node: Any) -> bool:
        """Return whether a node has a dependency, also one that is y whatever else is.

        kconfiglib forgets `depends on y` and `if y`; to C they are dependencies.
        """
        return node.item is None or id(node) in self._conditional

    # Files and characters.

    def _open(self, filename: str, mode: str) -> Any:
        if mode != "r":
            return super()._open(filename, mode)
        # Read whole: kconfiglib leaves a file open where it stops at an error.
        return text_of(Path(filename).read_bytes())

    def _expand_str(self, s: str, i: int) -> Any:
        self._is_quoted = True
        try:
            return super()._expand_str(s, i)
        finally:
            self._is_quoted = False

    def _fn_val(self, args: list[str]) -> str:
        if args[0] == "shell" and args[0] not in self.variables:
            command = ",".join(args[1:])
            self.recorded.shell.append(ShellCommand(command, self._here(), self._shell_allowed))
            if not self._shell_allowed:
                return "" if self._is_quoted else "n"
            output = str(super()._fn_val(args))
            self.recorded.probes[command] = output
            return output
        if args[0] == "info" and args[0] not in self.variables and len(args) == 2:
            # kconfiglib prints it among our results
            self._warn(f"info: {args[1]}", self.filename, self.linenr)
            return ""
        return str(super()._fn_val(args))

    # Lines.

    def _next_line(self) -> bool:
        while super()._next_line():
            if not self._continued:
                return True
            self._continue_choice()
        return False

    def _tokenize(self, s: str) -> Any:
        try:
            tokens = super()._tokenize(s)
        except kconfiglib.KconfigError:
            cleared, strays = without_strays(s)
            if not strays:
                raise
            for character in strays:
                self._warn(f"ignored the character {character!r}", self.filename, self.linenr)
            tokens = super()._tokenize(cleared if cleared.strip() else "\n")
        if self._instead is not None:
            tokens, self._instead = self._instead, None
        if not s.isascii():
            tokens = self._decoded(tokens)
        if not (s.endswith("\n") or tokens[0] is None):
            self._unended(tokens[0])
        first = self._on_first.get(tokens[0])
        return tokens if first is None else first(tokens, s) or tokens

    def _unended(self, first: Any) -> None:
        ends = (kconfiglib._T_ENDCHOICE, kconfiglib._T_ENDIF, kconfiglib._T_ENDMENU)
        if first in ends:
            self._found(Construct.NO_NEWLINE_END)
        elif not self._filestack:
            self._found(Construct.NO_NEWLINE)

    def _decoded(self, tokens: Any) -> Any:
        """Return tokens whose texts for people can be shown.

        Raises:
            InputError: bytes that are not UTF-8 would be part of a value [encoding].
        """
        for token in tokens:
            if isinstance(token, kconfiglib.Symbol) and has_undecoded(token.name):
                here = self._here()
                raise InputError(
                    Diagnostic(
                        message=f"{readable(token.name)!r} has bytes that are not UTF-8",
                        code="encoding",
                        location=here,
                        excerpt=source_line(here.path, here.line),
                        hint="prompts, help texts and comments may have such bytes, values not: "
                        "save the file as UTF-8",
                    )
                )
        if tokens[0] in kconfiglib._SOURCE_TOKENS:
            return tokens  # a file's name keeps its bytes
        return [readable(token) if isinstance(token, str) else token for token in tokens]

    def _parse_assignment(self, s: str) -> None:
        line = fork_line(s)
        if line is None:
            super()._parse_assignment(s)
        else:
            self._on_fork[line.word](self, line)

    # First words.

    def _entry(self, tokens: list[Any], line: str) -> None:
        self._owner = (self.filename, self.linenr)

    def _menu(self, tokens: list[Any], line: str) -> None:
        self._owner = (self.filename, self.linenr)
        self._found_in_choice(Construct.CHOICE_MENU)
        self._text(tokens, line)

    def _comment(self, tokens: list[Any], line: str) -> None:
        self._owner = (self.filename, self.linenr)
        self._text(tokens, line)

    def _text(self, tokens: list[Any], line: str) -> None:
        if isinstance(tokens[1], str) and not ('"' in line or "'" in line):
            self._found(Construct.UNQUOTED, tokens[1])

    def _type(self, tokens: list[Any], line: str) -> None:
        self._text(tokens, line)
        if line.lstrip().startswith("boolean"):
            self._found(Construct.BOOLEAN_KEYWORD)
        if self._node is not None and isinstance(self._node.item, kconfiglib.Choice):
            self._found(Construct.CHOICE_BARE_TYPE if tokens[1] is None else Construct.CHOICE_TYPE)
            if tokens[0] is kconfiglib._T_TRISTATE:
                self._found(Construct.CHOICE_TRISTATE)

    def _menuconfig(self, tokens: list[Any], line: str) -> None:
        self._owner = (self.filename, self.linenr)
        self._found_in_choice(Construct.CHOICE_MENUCONFIG)

    def _choice_entry(self, tokens: list[Any], line: str) -> None:
        self._owner = (self.filename, self.linenr)
        self._found_in_choice(Construct.CHOICE_NESTED)
        if tokens[1] is not None:
            quoted = '"' in line or "'" in line
            construct = Construct.QUOTED_CHOICE if quoted else Construct.NAMED_CHOICE
            self._found(construct, str(tokens[1]))

    def _if(self, tokens: list[Any], line: str) -> None:
        self._record(line, "if", (self.filename, self.linenr))

    def _depends(self, tokens: list[Any], line: str) -> None:
        self._record(line, "on", self._owner)
        if self._node is not None:
            self.note_dependency(self._node)
        if kconfiglib._T_IF in tokens:
            self._found(Construct.CONDITIONAL_DEPENDS)

    def _modules(self, tokens: list[Any], line: str) -> list[Any]:
        if self._node is not None:
            self.recorded.modules.append(self._node.item.name)
        return [kconfiglib._T_OPTION, *tokens]

    def _option(self, tokens: list[Any], line: str) -> None:
        self._found(Construct.OPTION)
        if tokens[1] is kconfiglib._T_ENV and isinstance(tokens[-2], str):
            self.env_vars.add(tokens[-2])
        if tokens[1] is kconfiglib._T_MODULES and self._node is not None:
            self.recorded.modules.append(self._node.item.name)

    def _optional(self, tokens: list[Any], line: str) -> None:
        self._found(Construct.OPTIONAL_CHOICE)

    def _help_keyword(self, tokens: list[Any], line: str) -> None:
        if "-" in line:
            self._found(Construct.HELP_DASHED)

    def _def_number_or_text(self, tokens: list[Any], line: str) -> None:
        self._found(Construct.DEF_NUMBER_OR_TEXT, line.split()[0])

    def _source(self, tokens: list[Any], line: str) -> list[Any] | None:
        self._found_in_choice(Construct.CHOICE_SOURCE)
        self._text(tokens, line)
        if isinstance(tokens[1], str) and _GLOB.search(tokens[1]):
            self._found(Construct.GLOB)
        return self._with_symbols(tokens, line)

    def _other_source(self, tokens: list[Any], line: str) -> list[Any] | None:
        self._found(Construct.OTHER_SOURCE, line.split()[0])
        return self._with_symbols(tokens, line)

    def _with_symbols(self, tokens: list[Any], line: str) -> list[Any] | None:
        if "$" not in line:
            return None
        known = with_symbols(line, self.syms, self.y)
        return None if known == line else list(super()._tokenize(known))

    # Forks' words.

    def _configdefault(self, line: ForkLine) -> None:
        self._instead = list(super()._tokenize(f"config{line.rest}"))
        self._configdefault_at = (self.filename, self.linenr)
        self._found_fork(line.word)

    def _cont_choice(self, line: ForkLine) -> None:
        self._tokens = super()._tokenize(f"choice{line.rest}")
        self._tokens_i = 1
        self._continued = self._expect_str_and_eol()
        if self._continued not in self.named_choices:
            self._parse_error(f"no choice {self._continued!r} to go on with")
        self._found_fork(line.word)

    def _continue_choice(self) -> None:
        """Read the entries of a `cont_choice` as if the choice had never ended."""
        node = self.named_choices[self._continued].nodes[-1]
        self._continued = ""
        before = kconfiglib.MenuNode()
        last = before
        before.next = node.list
        while last.next:
            last = last.next
        self._parse_props(node)
        self._parse_block(kconfiglib._T_ENDCHOICE, node, last)
        node.list = before.next

    def _output(self, line: ForkLine) -> None:
        if line.rest.split("#", 1)[0].split() != ["yaml"]:
            self._parse_error("'output' takes 'yaml'")
        self._require_node(line)

    def _reset(self, line: ForkLine) -> None:
        self._require_node(line)
        self._tokens = super()._tokenize(f"visible{line.rest}")
        self._tokens_i = 1
        self._parse_cond()

    def _set(self, line: ForkLine) -> None:
        self._require_node(line)
        words = line.rest.split(None, 1)
        is_forced = words[:1] != ["default"]
        rest = line.rest if is_forced else f" {words[-1]}"
        self._tokens = super()._tokenize(f"default{rest}")
        self._tokens_i = 1
        given = self._parse_expr(False)
        if not isinstance(given, tuple) or given[0] is not kconfiglib.EQUAL:
            self._parse_error("'set' takes NAME=VALUE")
        value = GivenValue(self._node, given[1], given[2], self._parse_cond(), is_forced)
        self._given.append(value)

    def _transitional(self, line: ForkLine) -> None:
        if line.rest.split("#", 1)[0].strip():
            self._parse_error("extra tokens at end of line")
        if self._node is None or not isinstance(self._node.item, kconfiglib.Symbol):
            self._parse_error("only a symbol can be transitional")
        self.recorded.transitional.append(self._node.item.name)
        self._found(Construct.TRANSITIONAL, self._node.item.name)

    def _warning(self, line: ForkLine) -> None:
        self._require_node(line)
        self._tokens = super()._tokenize(f"prompt{line.rest}")
        self._tokens_i = 1
        self._expect_str_and_eol()

    _on_fork: dict[Word, Callable[[Grammar, ForkLine], None]] = {  # noqa: RUF012  # a constant
        Word.CONFIGDEFAULT: _configdefault,
        Word.CONT_CHOICE: _cont_choice,
        Word.OUTPUT: _output,
        Word.RESET: _reset,
        Word.SET: _set,
        Word.TRANSITIONAL: _transitional,
        Word.WARNING: _warning,
    }

    def _require_node(self, line: ForkLine) -> None:
        """Refuse a property that stands in no entry."""
        self._found_fork(line.word)
        if self._node is None:
            self._parse_error(f"{line.word.value!r} is a property, and stands in no entry")

    # Entries and properties.

    def _parse_block(self, end_token: Any, parent: Any, prev: Any) -> Any:
        self._blocks.append(end_token)
        try:
            return super()._parse_block(end_token, parent, prev)
        finally:
            self._blocks.pop()

    def _parse_props(self, node: Any) -> None:
        around, self._node = self._node, node
        try:
            super()._parse_props(node)
        finally:
            self._node = around
        if self._configdefault_at == (node.filename, node.linenr):
            self._configdefault_at = None
            if not is_only_default(node, self.y):
                raise kconfiglib.KconfigError(
                    f"{node.filename}:{node.linenr}: error: a configdefault has defaults only"
                )
            self._configdefaults[id(node)] = node

    def _set_type(self, sc: Any, new_type: Any) -> None:
        before = sc.orig_type
        if before and before is not new_type and self.dialect.first_type:
            other = kconfiglib.TYPE_TO_STR[before]
            self._warn(f"{sc.name_and_loc} defined with multiple types, {other} is used")
        else:
            super()._set_type(sc, new_type)

    def _expect_expr_and_eol(self) -> Any:
        if self._tokens[0] is not kconfiglib._T_DEPENDS:
            return super()._expect_expr_and_eol()
        expression = self._parse_expr(True)
        if self._check_token(kconfiglib._T_IF):
            negated = self.dialect.negated_depends
            condition = self._parse_expr(negated)
            never = (kconfiglib.NOT, condition) if negated else absent(condition, self.n)
            expression = self._make_or(expression, never)
        if self._tokens[self._tokens_i] is not None:
            self._trailing_tokens_error()
        return expression

    def _parse_help(self, node: Any) -> None:
        if isinstance(node.item, int):  # a menu or a comment, which kconfiglib gives none
            self._found(Construct.MENU_HELP)
            self._take_help(node)
            return
        if node.help is not None:
            self._found(Construct.HELP_SECOND)
        place = (self.filename, self.linenr)
        if self._is_help_at_margin():
            if node.help is not None:
                self._warn(f"{node.item.name_and_loc} has a second help text, which counts")
            self._take_help(node)
        else:
            super()._parse_help(node)
            node.help = readable(node.help)
        if not node.help:
            self._found(Construct.HELP_BLANK, at=place)

    def _is_help_at_margin(self) -> bool:
        """Return whether the next line is help although it begins at column 1."""
        stream = self._readline.__self__
        at = stream.tell()
        line = stream.readline()
        stream.seek(at)
        if not line or line[0].isspace():
            return False
        if self.dialect.c_help:
            return True
        word = re.match(r"[A-Za-z_]*", line)
        return word is None or not _begins_entry(word[0], line)

    def _take_help(self, node: Any) -> None:
        help_ = help_text(self._readline)
        self.linenr += help_.lines
        node.help = readable(help_.text)
        if help_.after:
            self._line_after_help(help_.after)

    def _add_props_to_sym(self, node: Any) -> None:
        depends = node.item.direct_dep
        super()._add_props_to_sym(node)
        if id(node) in self._configdefaults:
            node.item.direct_dep = depends

    def _check_sym_sanity(self) -> None:
        # The first step of kconfiglib's after dependencies are propagated, and before it
        # collects which symbol depends on which.
        settle_configdefaults(self, list(self._configdefaults.values()))
        settle_given_values(self, self._given)
        super()._check_sym_sanity()

    # What is remembered.

    def _here(self) -> Location:
        return Location(self.path_of(self.filename), self.linenr)

    def _found(self, construct: Construct, text: str = "", at: tuple[str, int] = ("", 0)) -> None:
        name, line = at if at[1] else (self.filename, self.linenr)
        self.recorded.found.append(Found(construct, Location(self.path_of(name), line), text))

    def _found_fork(self, word: Word) -> None:
        self._found(Construct.FORK, word.value)

    def _found_in_choice(self, construct: Construct) -> None:
        """Remember a line in a choice, or below its properties, which are read up to that line."""
        item = None if self._node is None else self._node.item
        transparent = (None, kconfiglib._T_ENDIF)
        around = next((end for end in reversed(self._blocks) if end not in transparent), None)
        is_inside = around is kconfiglib._T_ENDCHOICE and item is not kconfiglib.MENU
        if is_inside or isinstance(item, kconfiglib.Choice):
            self._found(construct)

    def _record(self, line: str, keyword: str, owner: tuple[str, int]) -> None:
        match = re.search(rf"\b{keyword}\b\s*", line)
        if match:
            place = Location(self.path_of(self.filename), self.linenr, match.end() + 1)
            text = line[match.end() :].split(" #", 1)[0].strip()
            self.recorded.clauses.setdefault(owner, []).append(Clause(text, place))


def _begins_entry(word: str, line: str) -> bool:
    """Return whether a line that begins with a word can be more than a text."""
    return kconfiglib._get_keyword(word) is not None or fork_line(line) is not None
