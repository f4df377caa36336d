# SPDX-License-Identifier: MIT
"""What kconfiglib says of a tree that it cannot read, as diagnostics with places and codes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from kvariant.errors import (
    Diagnostic,
    InputError,
    KvariantError,
    Location,
    Note,
    displayed,
    source_line,
)
from kvariant.kconfig.syntax.fork import whose

_PLACED = re.compile(r"\n?(?P<path>[^:\n]+):(?P<line>\d+): (?:error: )?(?P<what>.*)", re.DOTALL)
_LOOPED = re.compile(
    r"^(?:\.\.\.depends on (?:the choice symbol )?)?"
    r"(?P<name>\S+) \(defined at (?P<path>[^:\n]+):(?P<line>\d+)",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"\$(?:\((\w+)\)|\{(\w+)\}|(\w+))")


def translated(message: str, srctree: Path, entry: str, writes: str) -> KvariantError:
    """Turn kconfiglib's text into a diagnostic with a place and a code.

    Args:
        writes: the command that writes files of such a tree which it is not shipped with.
    """
    if "Dependency loop" in message:
        return _loop(message, srctree)
    if unclosed := re.search(r"expected '(end\w+)' at end of '(.+)'", message):
        return _unclosed(unclosed[1], srctree / unclosed[2])
    match = _PLACED.match(message)
    if not match:
        text = message.strip().removeprefix("error: ")
        return InputError(
            Diagnostic(message=text, code="kconfig", location=Location(str(srctree / entry)))
        )
    path, line = str(srctree / match["path"]), int(match["line"])
    excerpt = source_line(path, line)
    what, code, hint = match["what"].strip(), "kconfig-syntax", whose(excerpt)
    if missing := re.match(r"'(?P<name>.*?)' not found", what):
        what, code = f"the sourced file {missing['name']!r} does not exist", "missing-source"
        hint = _where_sources_are(srctree, excerpt, writes)
    elif "recursive 'source'" in what:
        what, code = what.split(" detected")[0], "source-cycle"
    elif parsed := re.match(r"couldn't parse '.*?': (?P<why>.*)", what, re.DOTALL):
        what = parsed["why"]
    return InputError(
        Diagnostic(
            message=what.splitlines()[0],
            code=code,
            location=Location(path, line),
            excerpt=excerpt,
            hint=hint,
        )
    )


def _where_sources_are(srctree: Path, line: str, writes: str) -> str:
    if unset := list(_unset(line)):
        names = " and ".join(unset)
        is_set = "is not set" if len(unset) == 1 else "are not set"
        return f"{names} {is_set}: give it with {' '.join(f'--env {name}=...' for name in unset)}"
    if writes:
        return f"the tree's own build writes such files: {writes}"
    return (
        f"it is looked for under {displayed(srctree)}/ (--env srctree=DIR names another); "
        "unset variables expand to nothing"
    )


def _unset(line: str) -> Iterable[str]:
    """Yield each variable of a line that the environment does not have."""
    names = (next(filter(None, match.groups())) for match in _VARIABLE.finditer(line))
    return (name for name in dict.fromkeys(names) if name not in os.environ)


def _loop(message: str, srctree: Path) -> InputError:
    found = [
        (m["name"], Location(str(srctree / m["path"]), int(m["line"])))
        for m in _LOOPED.finditer(message)
    ]
    loop = list(dict.fromkeys(found))
    # kconfiglib walks sets: start at the first place so that equal input gives equal text.
    start = loop.index(min(loop, key=lambda item: (item[1].path, item[1].line)))
    loop = loop[start:] + loop[:start]
    names = [name for name, _ in loop]
    return InputError(
        Diagnostic(
            message=f"dependency loop: {' -> '.join([*names, names[0]])}",
            code="dependency-loop",
            location=loop[0][1],
            notes=tuple(Note(f"{name} is part of the loop", place) for name, place in loop[1:]),
            hint="conditions on a select or default do not break a loop; remove one of the edges",
        )
    )


def _unclosed(word: str, path: Path) -> InputError:
    """Return the error for a block that is still open at a file's end, at its last line."""
    last = path.read_bytes().count(b"\n") + (not path.read_bytes().endswith(b"\n"))
    return InputError(
        Diagnostic(
            message=f"expected {word!r} before the end of the file",
            code="kconfig-syntax",
            location=Location(str(path), last),
            excerpt=source_line(path, last),
            hint=f"each {word.removeprefix('end')!r} of this file needs one",
        )
    )
