# SPDX-License-Identifier: MIT
"""What was edited in Kconfig files, as text: hunks, and the definitions that they touch.

- blank lines, comments and help texts are no edits
- a hunk is what stands between two lines that stayed, whatever it is of
- it touches the symbols in whose definitions its lines stand, and is structural where a
  line of it stands around definitions: `if`, `menu`, `choice`, `source`, a macro; a symbol
  whose name a macro makes may be any
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kvariant.words import counted

_DEFINITION = re.compile(r"\s*(?:(?:menu)?config|configdefault)\s+([\w./-]+)(?![\w./-]*\$)")
_STRUCTURE = re.compile(
    r"\s*(?:choice|endchoice|menu|endmenu|if|endif|mainmenu|comment|[or]*source)\b"
    r"|\s*(?:menu)?config(?:default)?\s+\S*\$|[\w.-]+\s*[:+?]?=(?!=)|\s*\$\("
)
_SOURCE = re.compile(r"[or]*source\s+[\"']?([^\"'\s]+)")
_HELP = re.compile(r"\s*(?:---)?help(?:---)?\s*(?:#.*)?$")
_TAB = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines that were edited in one place."""

    path: str
    """Below the tree's root."""
    line: int
    """Where it is now, from 1: the first new line, or the one that stands where lines were."""
    removed: tuple[str, ...]
    """Lines that count, without blanks around them."""
    added: tuple[str, ...]
    before: range
    """Indices of the lines in the file before, all of them."""
    after: range
    owners: tuple[str, ...]
    """In whose definition each removed line stands, then each added one; "": around them."""
    lines: tuple[int, ...]
    """Where each added line is now, from 1."""
    is_structural: bool
    is_file: bool
    """Whether the file is new, or gone."""
    origins: Sequence[str] = ()
    """Of a file that is made of others, where each of its lines is written now: PATH:LINE."""

    @property
    def symbols(self) -> frozenset[str]:
        """Return the symbols in whose definitions its lines stand."""
        return frozenset(self.owners) - {""}

    def part(self, names: Collection[str]) -> Hunk:
        """Return what of it stands in some symbols' definitions, all of it if nothing does."""
        if not self.symbols & set(names):
            return self
        gone = [i for i, _ in enumerate(self.removed) if self.owners[i] in names]
        own = self.owners[len(self.removed) :]
        come = [i for i, _ in enumerate(self.added) if own[i] in names]
        return replace(
            self,
            line=self.lines[come[0]] if come else self.line,
            removed=tuple(self.removed[i] for i in gone),
            added=tuple(self.added[i] for i in come),
            owners=(*(self.owners[i] for i in gone), *(own[i] for i in come)),
            lines=tuple(self.lines[i] for i in come),
        )

    @property
    def place(self) -> str:
        """Return PATH:LINE."""
        if self.line <= len(self.origins):
            return self.origins[self.line - 1]
        return f"{self.path}:{self.line}"


class KconfigText:
    """The lines of a Kconfig file, and what each belongs to."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.counting = frozenset(_counting(self.lines))
        """Indices of lines that are no blank line, comment or help text."""
        self._starts: list[int] = []
        self._owners: list[str] = []
        is_continued = False
        for index, line in enumerate(self.lines):
            if index in self.counting and not is_continued:
                if match := _DEFINITION.match(line):
                    self._starts.append(index)
                    self._owners.append(match[1])
                elif _STRUCTURE.match(line):
                    self._starts.append(index)
                    self._owners.append("")
            is_continued = line.endswith("\\")

    def owner(self, index: int) -> str:
        """Return the symbol in whose definition a line stands, "" for one around them."""
        place = bisect_right(self._starts, index) - 1
        return self._owners[place] if place >= 0 else ""


def _counting(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines that are no blank line, comment or help text [C lexer, `HELP`]."""
    help_, indent = False, -1
    for index, line in enumerate(lines):
        text = line.expandtabs(_TAB)
        bare = text.strip()
        own = len(text) - len(text.lstrip())
        if help_ and bare:
            if indent < 0:
                indent = own
            if own >= indent and indent > 0:
                continue
            help_ = False
        if not bare or bare.startswith("#") or help_:
            continue
        if _HELP.fullmatch(line):
            help_, indent = True, -1
            continue
        yield index


def hunks_of(
    before: Mapping[str, str],
    after: Mapping[str, str],
    moved: Mapping[str, str],
    origins: Mapping[str, Sequence[str]],
) -> tuple[Hunk, ...]:
    """Return what differs between files, by path, of two trees.

    Args:
        moved: the old paths of files that have a new one, by that.
        origins: of files that are made of others, where each line is written.

    Cost: that of comparing lines, for files that differ alone.
    """
    found: list[Hunk] = []
    for path in sorted({*before, *after} - {*moved.values()}):
        old, new = before.get(moved.get(path, path)), after.get(path)
        if old == new:
            continue
        found += _of_file(path, old, new, origins.get(path, ()))
    return tuple(found)


def _of_file(path: str, old: str | None, new: str | None, origins: Sequence[str]) -> Iterator[Hunk]:
    first, second = KconfigText(old or ""), KconfigText(new or "")
    matcher = difflib.SequenceMatcher(None, first.lines, second.lines, autojunk=False)
    for tag, *place in matcher.get_opcodes():
        if tag == "equal":
            continue
        start, stop, begin, end = _slid(first.lines, second.lines, *place)
        gone = [i for i in range(start, stop) if i in first.counting]
        come = [i for i in range(begin, end) if i in second.counting]
        removed = tuple(first.lines[i].strip() for i in gone)
        added = tuple(second.lines[i].strip() for i in come)
        if removed == added:  # nothing that counts, or blanks alone
            continue
        owners = (*map(first.owner, gone), *map(second.owner, come))
        yield Hunk(
            path=path,
            line=_line(second, come, begin) if new is not None else gone[0] + 1,
            removed=removed,
            added=added,
            before=range(start, stop),
            after=range(begin, end),
            owners=owners,
            lines=tuple(i + 1 for i in come),
            is_structural="" in owners,
            is_file=old is None or new is None,
            origins=origins,
        )


def _line(text: KconfigText, come: Sequence[int], begin: int) -> int:
    return come[0] + 1 if come else min(begin + 1, max(1, len(text.lines)))


def _slid(
    old: Sequence[str], new: Sequence[str], start: int, stop: int, begin: int, end: int
) -> tuple[int, int, int, int]:
    """Return where lines that are only gone, or only new, are told best: from a definition on.

    Lines like those behind them may as well be told one line further up.
    """
    lines, first, last = (old, start, stop) if begin == end else (new, begin, end)
    if start != stop and begin != end:
        return start, stop, begin, end
    for up in range(first + 1):
        if _STRUCTURE.match(lines[first - up]) or _DEFINITION.match(lines[first - up]):
            return start - up, stop - up, begin - up, end - up
        if first - up == 0 or lines[first - up - 1] != lines[last - up - 1]:
            break
    return start, stop, begin, end


def sources(hunk: Hunk, path: str) -> bool:
    """Return whether a hunk has a line that sources a file, as far as the line says it."""
    found = (_SOURCE.match(line) for line in (*hunk.added, *hunk.removed))
    return any(_is_named(line[1], path) for line in found if line)


def _is_named(text: str, path: str) -> bool:
    """Return whether a `source` names a path: from the root or a folder on, or by a pattern."""
    if set(text) & {"$", "*", "?", "["}:  # what a variable holds is not known here
        return fnmatch.fnmatch(path.rpartition("/")[2], text.rpartition("/")[2])
    return f"/{path}".endswith(f"/{re.sub(r'^([.]{1,2}/)+', '', text)}")


def applied(before: str, after: str, hunks: Iterable[Hunk]) -> str:
    """Return a file's text before with some hunks of its own applied."""
    lines, new = before.split("\n"), after.split("\n")
    for hunk in sorted(hunks, key=lambda one: one.before.start, reverse=True):
        lines[hunk.before.start : hunk.before.stop] = new[hunk.after.start : hunk.after.stop]
    return "\n".join(lines)


_KEYWORD = re.compile(r"(depends on|[a-z_]+)\b\s*(.*)", re.DOTALL)
_SAID = {
    "depends on": ("now depends on {}", "no longer depends on {}", "depends on {}, was {}"),
    "select": ("now selects {}", "no longer selects {}", "selects {}, was {}"),
    "imply": ("now implies {}", "no longer implies {}", "implies {}, was {}"),
    "default": ("new default {}", "default {} is gone", "default {}, was {}"),
    "range": ("new range {}", "range {} is gone", "range {}, was {}"),
    "config": ("new symbol {}", "symbol {} is gone", "symbol {}, was {}"),
    "prompt": ("new prompt {}", "prompt {} is gone", "prompt {}, was {}"),
}


def said(hunk: Hunk) -> str:
    """Return what a hunk edits, in a few words: of several lines the first, and how many more."""
    removed, added = list(hunk.removed), list(hunk.added)
    for line in hunk.removed:
        if line in added:  # it moved within the hunk
            removed.remove(line)
            added.remove(line)
    if not removed and not added:
        return "lines in another order"
    added.sort(key=lambda line: not _DEFINITION.match(line))
    removed.sort(key=lambda line: not _DEFINITION.match(line))
    new, old = (added or [""])[0], (removed or [""])[0]
    count = max(len(added), len(removed)) - 1
    more = f" and {counted(count, 'more line')}" if count else ""
    return _line_said(new, old) + more


def _line_said(new: str, old: str) -> str:
    known, before = _KEYWORD.fullmatch(new), _KEYWORD.fullmatch(old)
    one = known or before
    words = _SAID.get(one[1].replace("menuconfig", "config")) if one else None
    if words is None or (known and before and known[1] != before[1]):
        if new and old:
            return f"{new}, was {old}"
        return f"new line {new}" if new else f"gone: {old}"
    if known and before:
        return words[2].format(known[2], before[2])
    assert one is not None
    return words[not known].format(one[2])
