# SPDX-License-Identifier: MIT
"""Take named definitions out of a C header that cannot be included whole.

`extract` keeps every preprocessor conditional at the top level, so that the
header's own #ifdefs still decide, and of everything else only the functions,
macros and declarations that are asked for.

It reads C as far as headers need: comments, continued lines, strings and nested
brackets. It does not understand a definition whose braces are split over the
branches of a conditional, and a caller's list of names guards against headers
that have moved on: a name that is not found is an error.
"""

import re
from collections.abc import Iterator, Sequence

CONDITIONALS = frozenset({"if", "ifdef", "ifndef", "elif", "else", "endif"})

_COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL
)
_DIRECTIVE = re.compile(r"\s*#\s*(\w+)\s*(\w*)")
_FUNCTION = re.compile(r"(\w+)\s*\(")


class NotFoundError(Exception):
    """A header holds no definition of a name that was asked for."""


def extract(text: str, names: Sequence[str], *, optional: Sequence[str] = ()) -> str:
    """Return the definitions of `names`, within their conditionals.

    A name that ends in "*" stands for every name that begins so. Those of
    `optional` may be missing, as where one release has them and another has not.

    Raises:
        NotFoundError: the header defines none of the names that one of `names` stands for.
    """
    wanted = {
        name: re.compile(re.escape(name).replace(r"\*", r"\w*")) for name in (*names, *optional)
    }
    found: set[str] = set()
    kept = []
    for item, defined in _items(text):
        if defined is None:
            kept.append(item)
            continue
        matches = {name for name, pattern in wanted.items() if pattern.fullmatch(defined)}
        if matches:
            found |= matches
            kept.append(item)
    missing = [name for name in names if name not in found]
    if missing:
        raise NotFoundError(f"no definition of {', '.join(missing)}")
    return "\n".join(_without_empty_conditionals(kept)) + "\n"


def _without_empty_conditionals(pieces: Sequence[str]) -> list[str]:
    """Drop each #if ... #endif that nothing is left of, from the inside out."""
    kept: list[str] = []
    for piece in pieces:
        kept.append(piece)
        if _keyword(piece) != "endif":
            continue
        start = len(kept) - 2
        while _keyword(kept[start]) in {"elif", "else"}:
            start -= 1
        if _keyword(kept[start]) in {"if", "ifdef", "ifndef"}:
            del kept[start:]
    return kept


def _keyword(piece: str) -> str:
    """Return "endif" for an #endif, and "" for what is no directive."""
    directive = _DIRECTIVE.match(piece)
    return directive.group(1) if directive else ""


def _items(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the header's top-level pieces, each with the name that it defines.

    The name is None for a conditional, which belongs to nobody, and "" for
    what defines nothing that can be asked for.
    """
    code: list[str] = []  # the lines of a definition that has begun
    depth = 0
    for line in _logical_lines(_without_comments(text)):
        directive = _DIRECTIVE.match(line)
        if directive and depth == 0:
            code.clear()  # what no bracket or semicolon ended, such as assembly
            keyword, name = directive.groups()
            yield line, None if keyword in CONDITIONALS else name if keyword == "define" else ""
            continue
        code.append(line)
        if directive:
            continue  # a conditional inside a function is part of it
        depth += sum(line.count(bracket) for bracket in "({[")
        depth -= sum(line.count(bracket) for bracket in ")}]")
        if depth == 0 and line.rstrip().endswith((";", "}")):
            item = "\n".join(code)
            yield item, _defined(item)
            code.clear()


def _defined(item: str) -> str:
    """Return the name of a function or of a typedef."""
    bare = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", item)
    if bare.lstrip().startswith("typedef"):
        return str(re.findall(r"\w+", bare)[-1])
    function = _FUNCTION.search(bare)
    return function.group(1) if function else ""


def _logical_lines(text: str) -> list[str]:
    return re.sub(r"\\\n", " ", text).splitlines()


def _without_comments(text: str) -> str:
    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return "\n" * found.count("\n") + " " if found.startswith("/") else found

    return _COMMENT_OR_STRING.sub(blank, text)
