# SPDX-License-Identifier: MIT
"""Words and operators of a text for sh (POSIX.1-2017, Shell Command Language, 2.3).

    REV=$(git describe) make >log 2>&1 <<E && x     word word op word op op ... word
    ...
    E

Nothing is expanded: a word that an expansion could change has no text. What only
some shells know (`[[`, `<(...)`, `((`) is refused rather than guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


class NotUnderstoodError(Exception):
    """A text is no plain sh: nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, an operator or the end of a line."""

    raw: str
    """As it is written, `\\n` for the end of a line."""
    text: str | None = None
    """A word without its quotes; None: an operator, or something in it is expanded."""
    is_operator: bool = False


_OPERATOR = re.compile(r"\n|&&|\|\||;;|<<-|<<|>>|<&|>&|<>|>\||[;&|()<>]")
_ONLY_SOME_SHELLS = re.compile(r"<<<|[<>]\(|&>|\|&|;;?&|\(\(")
_END = re.compile(r"[ \t\n;&|()<>]")
REDIRECTIONS = frozenset({"<", ">", "<<", "<<-", ">>", "<&", ">&", "<>", ">|"})


@dataclass
class _WordReader:
    text: str
    at: int = 0
    tokens: list[Token] = field(default_factory=list)
    here: list[tuple[str, bool]] = field(default_factory=list)
    """Here-documents whose text begins behind the line: their end, and whether tabs go."""

    def read(self) -> Sequence[Token]:
        while self.at < len(self.text):
            rest = self.text[self.at]
            if self.text.startswith("\\\n", self.at):
                self.at += 2
            elif rest in " \t":
                self.at += 1
            elif rest == "#":
                self.at = self._line_end()
            elif match := _OPERATOR.match(self.text, self.at):
                self._operator(match[0])
            else:
                self.tokens.append(self._word())
        if self.here:
            raise NotUnderstoodError
        return self.tokens

    def _operator(self, operator: str) -> None:
        if _ONLY_SOME_SHELLS.match(self.text, self.at):
            raise NotUnderstoodError
        self.at += len(operator)
        self.tokens.append(Token(operator, is_operator=True))
        if operator == "\n":
            self._skip_here_documents()
        elif operator in ("<<", "<<-"):
            while self.at < len(self.text) and self.text[self.at] in " \t":
                self.at += 1
            end = self._word()
            self.tokens.append(end)
            # A word with an expansion ends the text as it is written.
            self.here.append((end.raw if end.text is None else end.text, operator == "<<-"))

    def _skip_here_documents(self) -> None:
        for end, strips in self.here:
            while True:
                if self.at >= len(self.text):
                    raise NotUnderstoodError
                stop = self._line_end()
                line, self.at = self.text[self.at : stop], stop + 1
                if (line.lstrip("\t") if strips else line) == end:
                    break
        self.here.clear()

    def _line_end(self) -> int:
        stop = self.text.find("\n", self.at)
        return len(self.text) if stop < 0 else stop

    def _word(self) -> Token:
        start, parts, is_plain = self.at, list[str](), True
        while self.at < len(self.text) and not _END.match(self.text, self.at):
            character = self.text[self.at]
            if character == "'":
                stop = self._find("'")
                parts.append(self.text[self.at + 1 : stop])
                self.at = stop + 1
            elif character == '"':
                plain, text = self._double_quoted()
                is_plain &= plain
                parts.append(text)
            elif character == "\\":
                pair = self.text[self.at + 1 : self.at + 2]
                parts.append("" if pair == "\n" else pair)
                self.at += 2
            elif character in "$`":
                expands = self._expansion()
                is_plain &= not expands
                parts.append("" if expands else character)
            else:
                parts.append(character)
                self.at += 1
        if start == self.at:
            raise NotUnderstoodError
        return Token(self.text[start : self.at], "".join(parts) if is_plain else None)

    def _double_quoted(self) -> tuple[bool, str]:
        parts, is_plain = list[str](), True
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                self.at += 1
                return is_plain, "".join(parts)
            if character == "\\":
                pair = self.text[self.at : self.at + 2]
                parts.append(pair[1:] if pair[1:] in ("$", "`", '"', "\\") else pair)
                self.at += 2
            elif character in "$`":
                expands = self._expansion()
                is_plain &= not expands
                parts.append("" if expands else character)
            else:
                parts.append(character)
                self.at += 1
        raise NotUnderstoodError

    def _expansion(self) -> bool:
        """Go behind an expansion, or a lone `$`; return whether it is one."""
        if self.text[self.at] == "`":
            self.at += 1
            while self.text[self.at : self.at + 1] != "`":
                if self.at >= len(self.text):
                    raise NotUnderstoodError
                self.at += 2 if self.text[self.at] == "\\" else 1
            self.at += 1
            return True
        following = self.text[self.at + 1 : self.at + 2]
        if following in ("(", "{"):
            self.at += 2
            self._balanced(")" if following == "(" else "}")
            return True
        self.at += 1
        if following and (following.isalnum() or following in "_@*#?-$!"):
            return True
        if following in ("'", '"'):  # $'...' is a form of quotes in some shells
            raise NotUnderstoodError
        return False

    def _balanced(self, close: str) -> None:
        """Go behind what closes an expansion; what is in it runs, or is a value, as it may."""
        opening = {")": "(", "}": "{"}[close]
        start, depth = self.at, 1
        while depth:
            if self.at >= len(self.text):
                raise NotUnderstoodError
            character = self.text[self.at]
            if character == "'":
                self.at = self._find("'")
            elif character == '"':
                self._double_quoted()
                continue
            elif character == "\\":
                self.at += 1
            elif character in "$`":
                self._expansion()
                continue
            elif character in "#" and close == ")" and self.text[self.at - 1].isspace():
                raise NotUnderstoodError  # a comment may have any parenthesis
            depth += (character == opening) - (character == close)
            self.at += 1
        if close == ")" and re.search(r"\bcase\b|<<", self.text[start : self.at]):
            raise NotUnderstoodError  # its parentheses need not be in pairs

    def _find(self, mark: str) -> int:
        stop = self.text.find(mark, self.at + 1)
        if stop < 0:
            raise NotUnderstoodError
        return stop


def shell_tokens(text: str) -> Sequence[Token]:
    """Return the words and operators of a text, here-documents and comments left out.

    Raises:
        NotUnderstoodError: a quote is not closed, or it is of a shell that is not plain sh.
    """
    return _WordReader(text).read()
