# SPDX-License-Identifier: MIT
"""A range of commits, A..B, as git has it: the commits that lead to B and not to A, in a line.

A line goes by first parents, so a merge is one step of it. What a merge brought is a line of
its own, which is asked for when the merge turns out to be what is looked for.

    base ── c1 ── c2 ── M ── B        the line of base..B
               └─ x1 ── x2 ─┘         the line of what M merged; its base is c1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant import git
from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.review.revision import git_bytes, git_text

_FORMAT = "--format=%H%x00%P%x00%as%x00%an%x00%s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit."""

    name: str
    """As git calls it, in full."""
    parents: tuple[str, ...] = ()
    subject: str = ""
    author: str = ""
    date: str = ""
    """When it was written: 2026-11-30."""

    @property
    def short(self) -> str:
        """Its name as people read it."""
        return self.name[:9]

    @property
    def said(self) -> str:
        """What it is, for people: `1a2b3c4d5 net: drop the check`."""
        return f"{self.short} {self.subject}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitLine:
    """Commits one after another: the parent of the first, then each from the oldest on."""

    base: Commit | None
    """None: the first commit has no parent, or this repository does not have it."""
    commits: tuple[Commit, ...]

    @property
    def last(self) -> Commit:
        """The newest commit."""
        return self.commits[-1]


def parsed_range(text: str) -> tuple[str, str]:
    """Return both ends of `A..B`; B may be left out, and is HEAD then.

    Raises:
        InputError: it is no range [usage].
    """
    older, dots, newer = text.partition("..")
    if not dots or not older or newer.startswith("."):
        name = text.replace("...", "..").strip(".") if text.strip(".") else "HEAD~10"
        hint = f"for example --commits {name if '..' in name else f'{name}..HEAD'}"
        message = f"--commits {text!r} is not of the form A..B"
        raise InputError(Diagnostic(message=message, code="usage", hint=hint))
    return older, newer or "HEAD"


def line_of(top: Path, older: str, newer: str) -> CommitLine:
    """Return the line of the commits that lead to one revision and not to another.

    Args:
        top: the checkout's top folder.

    Raises:
        InputError: git does not know a revision [no-revision], or no commit lies between
            [no-commits].
    """
    ends = [_commit(top, name) for name in (older, newer)]
    line = _line(top, *ends)
    if line is None:
        back = git_text(top, "rev-list", "--count", f"{ends[1]}..{ends[0]}")
        hint = (
            f"the other way round there are {back}: --commits {newer}..{older}"
            if back not in ("", "0")
            else "git log --oneline lists commits"
        )
        message = f"no commit leads to {newer} and not to {older}"
        raise InputError(Diagnostic(message=message, code="no-commits", hint=hint))
    return line


def merged_lines(top: Path, merge: Commit) -> Sequence[CommitLine]:
    """Return what a merge brought: a line for each parent but the first.

    Lines of which nothing is new, or that git does not have, are left out.
    """
    first, *others = merge.parents or ("",)
    found = (_line(top, first, other) for other in others)
    return [line for line in found if line is not None]


def _line(top: Path, older: str, newer: str) -> CommitLine | None:
    listing = git_bytes(
        top, "rev-list", "--first-parent", "--reverse", _FORMAT, newer, f"^{older}", "--"
    ).decode(errors="replace")
    rows = [row for row in listing.split("\n") if "\0" in row]
    commits = tuple(map(_parsed, rows))
    if not commits:
        return None
    before = commits[0].parents[:1]
    return CommitLine(base=_parent(top, before[0]) if before else None, commits=commits)


def _parent(top: Path, name: str) -> Commit | None:
    row = git.asked(top, "rev-list", "-1", _FORMAT, name, "--")
    lines = [line for line in row.stdout.decode(errors="replace").split("\n") if "\0" in line]
    return _parsed(lines[0]) if lines and not row.returncode else None


def _parsed(row: str) -> Commit:
    name, parents, date, author, subject = row.split("\0", 4)
    return Commit(
        name=name, parents=tuple(parents.split()), date=date, author=author, subject=subject
    )


def _commit(top: Path, named: str) -> str:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{named}^{{commit}}")
    if found := git_text(top, *words):
        return found
    names = git_text(top, "for-each-ref", "--format=%(refname:short)").split("\n")
    hint = did_you_mean(named, names, "git log --oneline lists commits")
    message = f"git knows no revision {named!r}"
    raise InputError(Diagnostic(message=message, code="no-revision", hint=hint))
