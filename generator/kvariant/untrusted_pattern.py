# SPDX-License-Identifier: MIT
"""Regular expressions of others, which may take for ever: they are matched within a limit.

Python's engine backtracks: `(a+)+$` takes 2^n steps on n times "a" and another letter, and
nothing ends it but the end of its process. So a pattern in which something may repeat is put to
the lines by a process of its own, which its processor time ends; others take no longer than
the text is long.
"""

from __future__ import annotations

import functools
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 1_000
"""Characters that a pattern may have."""
SECONDS = 5.0
"""Of processor time for one pattern: a tenth of a second is enough for 20 MB of lines."""
_WAIT = 60.0
"""Seconds until a machine is taken to be too busy to tell."""
_REPEATS = frozenset("(*+?{")
_MATCHER = Path(__file__).with_name("untrusted_pattern_matcher.py")


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """What came of some patterns, tried one after another on some lines."""

    pattern: str = ""
    """The first that matches, "" if none does."""
    line: str = ""
    """The first line that it matches."""
    undecided: tuple[str, ...] = ()
    """Those that took too long, of the ones that were tried."""


def first_match(patterns: Sequence[str], lines: Sequence[str]) -> PatternMatch:
    """Return the first pattern that matches in a line, and the line.

    A pattern that has taken too long once is not tried again by this process.

    Args:
        patterns: each valid, see `require_valid`.
        lines: in order, without their ends.
    """
    undecided = []
    for pattern in patterns:
        try:
            number = _first_line(pattern, lines)
        except (_TooSlowError, OSError):  # what only explains ends no run
            undecided.append(pattern)
            continue
        if number is not None:
            return PatternMatch(pattern, lines[number], tuple(undecided))
    return PatternMatch(undecided=tuple(undecided))


class _TooSlowError(Exception):
    """A pattern was not decided within its time."""


def _first_line(pattern: str, lines: Sequence[str]) -> int | None:
    """Return the number of the first line that a pattern matches.

    Raises:
        _TooSlowError: that takes too long.
        OSError: no process can be started.
    """
    if _REPEATS.isdisjoint(pattern):
        matches = _compiled(pattern).search
        return next((number for number, text in enumerate(lines) if matches(text)), None)
    if pattern in _slow:
        raise _TooSlowError
    try:
        return _by_process(pattern, "\n".join(lines))
    except _TooSlowError:
        _slow.add(pattern)
        raise


_slow: set[str] = set()
"""Patterns that took too long."""


def require_valid(pattern: str) -> None:
    """Refuse what is no pattern, or says nothing.

    Raises:
        ValueError: Python has no such pattern, or it is met everywhere.
    """
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern of {len(pattern):,} characters; {LONGEST:,} may be")
    try:
        compiled = _compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    if _is_idle(compiled):
        raise ValueError(f"{pattern!r} matches an empty line, so that every failure would be of it")


def _is_idle(pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern matches an empty line.

    Raises:
        ValueError: even that takes too long.
    """
    if "(" not in pattern.pattern:  # nothing repeats that is empty
        return pattern.search("") is not None
    try:
        return _by_process(pattern.pattern, "") is not None
    except _TooSlowError:
        raise ValueError(
            f"{pattern.pattern!r} is not decided on an empty line within {SECONDS:g} s"
        ) from None
    except OSError:
        return False  # nobody knows; what can be done about it is said where a step runs


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sets that a later Python may read otherwise
        return re.compile(pattern)


def _by_process(pattern: str, text: str) -> int | None:
    """Return the number of the first line of a text that a pattern matches; see `_first_line`."""
    import subprocess  # a pattern that repeats nothing needs none

    program = [sys.executable, "-I", "-S", "-W", "ignore", str(_MATCHER)]
    try:
        done = subprocess.run(
            [*program, f"{SECONDS}", pattern.encode().hex()],  # any locale has these letters
            input=text.encode(errors="surrogatepass"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _TooSlowError from None
    if done.returncode:
        raise _TooSlowError
    number = int(done.stdout)
    return number if number >= 0 else None
