# SPDX-License-Identifier: MIT
"""The state of a checkout as git tells it: its revision, what differs, what git does not know."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant import git

LARGEST = 200_000
"""Characters of a difference that a bundle has."""
LISTED = 100
"""Untracked files that are named; their contents may be anybody's secrets."""
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What is checked out."""

    revision: str = ""
    """"" where git does not know the folder."""
    difference: str = ""
    """`git diff HEAD`, for `git apply`."""
    untracked: tuple[str, ...] = ()
    is_whole: bool = True
    """Whether the difference is all of it: of a large one there is nothing."""


def checkout_of(folder: Path, ours: Sequence[Path] = ()) -> Checkout:
    """Return the state of the checkout that a folder is in.

    Args:
        ours: folders of which nothing is told: what we have written.
    """
    revision = _git(folder, "rev-parse", "HEAD")
    if revision is None:
        return Checkout()
    places = [f":(exclude){p.relative_to(folder)}" for p in ours if p.is_relative_to(folder)]
    limits = ["--", ".", *places]
    plain = (*git.PLAIN_DIFFERENCE, "--binary", "--relative")
    difference = _git(folder, "diff", *plain, "HEAD", *limits)
    untracked = _git(folder, "ls-files", "-z", "--others", "--exclude-standard", *limits)
    is_whole = difference is not None and len(difference) <= LARGEST
    names = [name for name in (untracked or "").split("\0") if name]
    return Checkout(
        revision=revision.strip(),
        difference=(difference or "") if is_whole else "",
        untracked=tuple(names[:LISTED]),
        is_whole=is_whole and len(names) <= LISTED,
    )


def _git(folder: Path, *words: str) -> str | None:
    """Return what a git command prints, None where it fails, is not there or is no text."""
    try:
        done = git.asked(folder, *words, seconds=_SECONDS)
        return done.stdout.decode() if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
