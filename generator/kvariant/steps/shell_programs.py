# SPDX-License-Identifier: MIT
"""Programs without which a text for sh cannot end well, found without running it.

    REV=$(git describe) make       make      what is substituted may fail
    a || b                         -         one of them is enough
    a && b                         a b
    a; b                           b         sh goes on behind a failure,
    set -e; a; b                   a b       but not here
    a | b                          a b       b decides; a that is not there makes a run worthless
    a 2>/dev/null | b              b         but where its complaint is thrown away
    command -v x && x              -         who asks for it knows that it may be missing
    if a; then b; fi, ! a, a &     -
    PATH=x:$PATH a, . ./env; a     -         it may be found elsewhere, or be a function

What is not certain is not said: a program that is claimed and missing ends a sweep
before anything runs. (POSIX.1-2017, Shell Command Language, 2.9, for the grammar.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kvariant.steps.shell_words import REDIRECTIONS, NotUnderstoodError, Token, shell_tokens

_BUILT_IN = frozenset(
    """
    : . [ alias bg break builtin caller cd chdir command compgen complete compopt continue declare
    dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill
    let local logout mapfile newgrp popd printf print pushd pwd read readarray readonly return set
    shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait
    whence
    """.split()  # noqa: SIM905  a list of words reads better than of quotes
)
"""What one or another /bin/sh has built in."""
_KEYWORDS_OF_SOME = frozenset({"[[", "function", "select", "coproc", "time"})
_OPENING = frozenset({"if", "while", "until", "for", "case", "{"})
_CLOSING = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}", "in"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_PROGRAM = re.compile(r"[\w.+-]+")
"""A name that is looked up; what is named by a path may be what an earlier step makes."""
_CHANGES = frozenset({".", "source", "eval", "alias", "trap", "return", "exec", "enable", "hash"})
"""What may end the shell well, or change what the words behind it mean."""
_PROBES = frozenset({"which", "type", "hash", "whence"})


@dataclass
class _Needs:
    """Programs without which a part of a command cannot end well."""

    sure: list[str] = field(default_factory=list)
    ending: list[str] = field(default_factory=list)
    """The same where `set -e` holds: those without which it ends the shell."""
    is_simple: bool = True
    """Whether it is one command, so that `set -e` sees its failure."""


class _ShellParser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._is_barred = False
        """Whether what came before may end the shell well, or give words another meaning."""
        self._functions: set[str] = set()
        self.probed: set[str] = set()
        self._turned_off = False
        """Whether `set +e` stands anywhere so far."""
        self._turns_on = False
        """Whether the last simple command was `set -e`."""
        self._is_silent = False
        """Whether the last simple command's complaints go nowhere."""

    def whole(self) -> Sequence[str]:
        needs = self._list(())
        if self._at < len(self._tokens):
            raise NotUnderstoodError
        return needs.ending + needs.sure

    # Grammar

    def _list(self, ends: Iterable[str], *, ends_on_errors: bool = False) -> _Needs:
        """Read commands up to a word or operator that ends them, which is left."""
        found, last = _Needs(), _Needs()
        self._skip_lines()
        while self._at < len(self._tokens) and not self._is_at(*ends):
            last = self._and_or(ends_on_errors)
            if self._is_at("&"):
                last = _Needs()
            elif ends_on_errors and last.is_simple and not self._turned_off:
                found.ending += [*last.ending, *last.sure]
            ends_on_errors |= self._turns_on
            if not self._is_at(";", "&", "\n"):
                break
            self._at += 1
            self._skip_lines()
        found.sure = last.sure
        found.ending += last.ending
        return found

    def _and_or(self, ends_on_errors: bool) -> _Needs:
        needs = self._pipeline(ends_on_errors)
        turns_on = self._turns_on
        while self._is_at("&&", "||"):
            is_or = self._take().raw == "||"
            self._skip_lines()
            more = self._pipeline(False)
            needs = _Needs([] if is_or else [*needs.sure, *more.sure], is_simple=False)
            turns_on = False
        self._turns_on = turns_on
        return needs

    def _pipeline(self, ends_on_errors: bool) -> _Needs:
        is_negated = False
        while self._is_word("!"):
            self._at += 1
            is_negated = True
        parts = [self._command(ends_on_errors)]
        if not self._is_at("|"):
            return _Needs() if is_negated else parts[0]
        while self._is_at("|"):
            if self._is_silent:
                parts[-1] = _Needs()
            self._at += 1
            self._skip_lines()
            parts.append(self._command(False))
        self._turns_on = False
        sure = [] if is_negated else [program for part in parts for program in part.sure]
        return _Needs(sure)

    def _command(self, ends_on_errors: bool) -> _Needs:
        self._turns_on = self._is_silent = False
        if self._is_at("("):
            self._at += 1
            barred, off = self._is_barred, self._turned_off
            needs = self._list([")"], ends_on_errors=ends_on_errors)
            self._expect(")")
            self._is_barred, self._turned_off = barred, off
        elif self._is_word("{"):
            self._at += 1
            needs = self._list(["}"], ends_on_errors=ends_on_errors)
            self._expect("}")
        elif self._is_word(*_OPENING):
            self._compound()
            needs = _Needs()
        else:
            return self._simple()
        self._turns_on = False
        self._redirections()
        return needs

    def _compound(self) -> None:
        """Go behind an if, a loop or a case: what of it runs is not known."""
        kind = self._take().raw
        if kind == "if":
            self._list(["then"])
            self._expect("then")
            self._list(["elif", "else", "fi"])
            while self._is_word("elif"):
                self._at += 1
                self._list(["then"])
                self._expect("then")
                self._list(["elif", "else", "fi"])
            if self._is_word("else"):
                self._at += 1
                self._list(["fi"])
            self._expect("fi")
        elif kind == "case":
            self._case()
        else:
            if kind == "for":
                while not self._is_word("do"):
                    self._take()
            else:
                self._list(["do"])
            self._expect("do")
            self._list(["done"])
            self._expect("done")

    def _case(self) -> None:
        self._take()
        self._skip_lines()
        self._expect("in")
        self._skip_lines()
        while not self._is_word("esac"):
            while not self._is_at(")"):
                self._take()
            self._at += 1
            self._list([";;", "esac"])
            if self._is_at(";;"):
                self._at += 1
                self._skip_lines()
        self._at += 1

    def _simple(self) -> _Needs:
        words: list[Token] = []
        assigned: list[str] = []
        silenced: list[str] = []
        start = self._at
        while self._at < len(self._tokens):
            if self._is_redirection():
                silenced.append(self._redirection())
            elif self._tokens[self._at].is_operator:
                break
            else:
                word = self._take()
                if not words and _ASSIGNMENT.match(word.raw):
                    assigned.append(word.raw)
                else:
                    words.append(word)
        if self._at == start:
            raise NotUnderstoodError
        if self._is_at("("):
            return self._function(words)
        self._is_silent = _is_silent(silenced)
        self._is_barred |= any(text.startswith("PATH") for text in assigned)
        return _Needs(self._of_words(words))

    def _function(self, words: Sequence[Token]) -> _Needs:
        self._expect("(")
        self._expect(")")
        if len(words) != 1:
            raise NotUnderstoodError
        self._functions.add(words[0].raw)
        self._skip_lines()
        turned_off = self._turned_off
        self._command(False)
        self._turned_off = turned_off or self._turned_off
        self._turns_on = False
        return _Needs()

    # Words of a simple command

    def _of_words(self, words: Sequence[Token]) -> list[str]:
        if not words:
            return []
        first = words[0]
        if first.raw in _KEYWORDS_OF_SOME or first.raw in _CLOSING:
            raise NotUnderstoodError
        name = first.text
        arguments = [word.text for word in words[1:]]
        if name is None or name in self._functions or not _PROGRAM.fullmatch(name):
            return []
        if name in _BUILT_IN:
            return self._of_built_in(name, words[1:])
        if name in _PROBES:
            self.probed.update(word for word in arguments if word)
        if self._is_barred:
            return []
        return [name, *_behind(name, arguments)]

    def _of_built_in(self, name: str, words: Sequence[Token]) -> list[str]:
        arguments = [word.text for word in words]
        found: list[str] = []
        if name in ("command", "exec") and arguments:
            if (arguments[0] or "").startswith("-"):
                self.probed.update(word for word in arguments if word)
            else:
                functions, self._functions = self._functions, set()
                found = self._of_words(words)
                self._functions = functions
            if name == "command":
                return found
        if name == "exec" and not arguments:  # it redirects, and goes on
            return []
        if name in _PROBES:
            self.probed.update(word for word in arguments if word)
        self._change(name, arguments)
        return found

    def _change(self, name: str, arguments: Sequence[str | None]) -> None:
        """Note what a built-in command does to what stands behind it."""
        if name in _CHANGES:
            self._is_barred = True
        elif name == "exit":
            code = arguments[0] if arguments else None
            self._is_barred |= not (code and code.isdigit() and int(code) % 256)
        elif name in ("export", "readonly", "declare", "typeset", "local", "read", "unset"):
            self._is_barred |= any(word is None or word.startswith("PATH") for word in arguments)
        elif name == "set":
            for place, word in enumerate(arguments):
                named = arguments[place + 1] if place + 1 < len(arguments) else None
                if word is None or word == "--":
                    break
                if word.startswith("+") and ("e" in word or named == "errexit"):
                    self._turned_off = True
                if word.startswith("-"):
                    self._turns_on |= "e" in word or (word.endswith("o") and named == "errexit")
                    self._is_barred |= "n" in word

    # Tokens

    def _redirections(self) -> None:
        silenced = []
        while self._at < len(self._tokens) and self._is_redirection():
            silenced.append(self._redirection())
        self._is_silent = _is_silent(silenced)

    def _is_redirection(self) -> bool:
        token = self._tokens[self._at]
        if token.is_operator:
            return token.raw in REDIRECTIONS
        following = self._tokens[self._at + 1 : self._at + 2]
        return token.raw.isdigit() and bool(following) and following[0].raw in REDIRECTIONS

    def _redirection(self) -> str:
        """Go behind a redirection; return where a number goes: `2/dev/null`, `2&1`."""
        number = "" if self._tokens[self._at].is_operator else self._take().raw
        operator = self._take().raw
        target = self._take()
        if target.is_operator:
            raise NotUnderstoodError
        if operator == ">&":
            return f"{number or 1}-" if target.raw == "-" else f"{number or 1}&{target.raw}"
        return f"{number or 1}{target.text}" if operator in (">", ">>", ">|") else ""

    def _is_at(self, *texts: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        return self._tokens[self._at].raw in texts

    def _is_word(self, *texts: str) -> bool:
        return self._is_at(*texts) and not self._tokens[self._at].is_operator

    def _take(self) -> Token:
        if self._at >= len(self._tokens):
            raise NotUnderstoodError
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, text: str) -> None:
        if self._take().raw != text:
            raise NotUnderstoodError

    def _skip_lines(self) -> None:
        while self._is_at("\n"):
            self._at += 1


def _is_silent(redirections: Sequence[str]) -> bool:
    """Return whether what goes where takes complaints away."""
    given = {*redirections}
    return bool(given & {"2/dev/null", "2-"}) or {"1/dev/null", "2&1"} <= given


def _behind(name: str, arguments: Sequence[str | None]) -> Sequence[str]:
    """Return the programs that a program is told to run, where that is plain."""
    if name == "env":
        for place, word in enumerate(arguments):
            if word is None or word.startswith(("-", "PATH=")):
                return ()  # -i takes PATH away, -S splits words
            if not re.match(r"[^=]+=", word):
                # It looks itself: what a shell has built in is a program here.
                return [word, *_behind(word, arguments[place + 1 :])] if _is_program(word) else ()
    if name == "nohup" and arguments and _is_program(arguments[0]):
        return [arguments[0] or "", *_behind(arguments[0] or "", arguments[1:])]
    if name in ("sh", "bash", "dash") and len(arguments) > 1 and arguments[0] == "-c":
        return programs_of_text(arguments[1] or "")
    return ()


def _is_program(word: str | None) -> bool:
    return bool(word and _PROGRAM.fullmatch(word))


def programs_of_text(text: str) -> Sequence[str]:
    """Return the programs without which a text for sh cannot end well, in order."""
    try:
        parser = _ShellParser(shell_tokens(text))
        found = parser.whole()
    except (NotUnderstoodError, RecursionError):
        return ()
    return tuple(dict.fromkeys(name for name in found if name not in parser.probed))


def programs_of_words(words: Sequence[str]) -> Sequence[str]:
    """Return the programs without which a command that no shell sees cannot end well."""
    if not words or not _is_program(words[0]):
        return ()
    return tuple(dict.fromkeys([words[0], *_behind(words[0], words[1:])]))
