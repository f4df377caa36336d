# SPDX-License-Identifier: MIT
"""Templates as tokens, each with the definition that it belongs to.

A lexer for what our templates hold, not for C, Python or Jinja2 as such: enough
to tell an operator from a comment, and a binary `&` from an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CODE = r"""
  (?P<number>   0x[0-9a-fA-F]+ | \d+ )
| (?P<name>     [A-Za-z_]\w* )
| (?P<operator> <<=|>>=|<<|>>|&&|\|\||==|!=|>=|<=|&=|\|=|\^=|\+=|-=|\+\+|->|\*\*|[^\w\s] )
"""
_LEXERS = {
    "c": r" (?P<skip> /\*.*?\*/ | ^\#(?:include|ifndef|endif|define\ \w+_H$)[^\n]* )",
    "python": r' (?P<skip> \#[^\n]* | """.*?""" | ^(?:from|import|@)[^\n]* )',
}
_JINJA = r"""
  (?P<note> \{\#.*?\#\} ) | (?P<tag> \{%.*?%\} ) | (?P<value> \{\{.*?\}\} )
"""
_STRING = r""" (?P<string> "(?:\\.|[^"\\\n])*" ) """
_FLAGS = re.VERBOSE | re.DOTALL | re.MULTILINE
_PATTERNS = {
    language: re.compile("|".join((_JINJA, skip, _STRING, _CODE)), _FLAGS)
    for language, skip in _LEXERS.items()
}
_INSIDE = re.compile("|".join((_STRING, _CODE)), _FLAGS)
_TAG = re.compile(r"\{%-?\s*(end)?(helper|constant)\b\s*(\w*)")
_OPENS = {
    "c": re.compile(r"^(?:#define (\w+)|static inline [\w ]+[ *](\w+)\()", re.MULTILINE),
    "python": re.compile(
        r"^(?:([A-Z]\w*)(?:: [^=\n]+)? = |([a-z_]\w*) = |def (\w+)\()", re.MULTILINE
    ),
}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a template."""

    kind: str
    """number, name, operator, string, tag, or value (Jinja2's `{{ }}`)."""
    text: str
    start: int
    owner: str
    """The helper, constant or other definition it is in; "" for none."""
    is_tagged: bool
    """Whether that is a helper or a constant of the interface."""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Source:
    """One template."""

    path: str
    text: str

    @property
    def language(self) -> str:
        """The language that it renders to: c or python."""
        return "python" if self.path.endswith(".py.j2") else "c"

    def tokens(self) -> list[Token]:
        """Return its tokens in order, comments and imports left out."""
        return list(self._tokens())

    def bodies(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield kind, name, start and end of each body between two tags."""
        pattern = r"\{% (helper|constant) (\w+) %\}(.*?)\{% end\1 %\}"
        for match in re.finditer(pattern, self.text, re.DOTALL):
            yield match[1], match[2], match.start(3), match.end(3)

    def _tokens(self) -> Iterator[Token]:
        opens = {m.start(): next(filter(None, m.groups())) for m in self._openings()}
        owner, is_tagged = "", False
        for match in _PATTERNS[self.language].finditer(self.text):
            start = match.start()
            tag = _TAG.match(match[0]) if match.lastgroup == "tag" else None
            if tag:
                owner, is_tagged = ("", False) if tag[1] else (tag[3], True)
                continue
            if not is_tagged:
                line = self.text.rfind("\n", 0, start) + 1
                owner = opens.get(line, owner if self.text[line] in " \t}" else "")
            if match.lastgroup not in ("skip", "note"):
                yield Token(str(match.lastgroup), match[0], start, owner, is_tagged)

    def _openings(self) -> Iterator[re.Match[str]]:
        return _OPENS[self.language].finditer(self.text)


def inside(token: Token) -> list[Token]:
    """Return the tokens within a tag, a `{{ }}` or a string."""
    cut = 1 if token.kind == "string" else 2
    text = token.text[cut:-cut].strip("%")
    start = token.start + token.text.index(text, cut)
    return [
        Token(str(m.lastgroup), m[0], start + m.start(), token.owner, token.is_tagged)
        for m in _INSIDE.finditer(text)
    ]
