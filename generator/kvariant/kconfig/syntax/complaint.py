# SPDX-License-Identifier: MIT
"""What kconfiglib says of a tree that it cannot read, as diagnostics with places and codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import (
    Diagnostic,
    InputError,
    KvariantError,
    Location,
    Note,
    displayed,
    is_quotable,
    source_line,
)
from kvariant.kconfig import unset
from kvariant.kconfig.syntax.fork import whose

if TYPE_CHECKING:
    from kvariant.kconfig.surroundings import Surroundings
    from kvariant.kconfig.unset import Unset

_PLACED = re.compile(r"\n?(?P<path>[^:\n]+):(?P<line>\d{1,9}): (?:error: )?(?P<what>.*)", re.DOTALL)
_LOOPED = re.compile(
    r"^(?:\.\.\.depends on (?:the choice symbol )?)?"
    r"(?P<name>\S+) \(defined at (?P<path>[^:\n]+):(?P<line>\d{1,9})",
    re.MULTILINE,
)


def translated(
    message: str, srctree: Path, entry: str, around: Surroundings, needed: Unset
) -> KvariantError:
    """Turn kconfiglib's text into a diagnostic with a place and a code.

    Args:
        around: how such a tree's own tool would read it.
        needed: variables that were referred to and not set.
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
    what, code = match["what"].strip(), "kconfig-syntax"
    # A macro that `error-if` asks was often expanded in an earlier line.
    asks = "error-if" in excerpt
    hint = whose(excerpt) or unset.hint((needed.behind if asks else needed.at)(path, line))
    if missing := re.match(r"'(?P<name>.*?)' not found", what):
        what, code = f"the sourced file {missing['name']!r} does not exist", "missing-source"
        hint = _where_sources_are(srctree, needed.at(path, line), around)
    elif folder := re.match(r"Could not open '.*?' \(in '(?P<line>.*)'\) \(EISDIR", what):
        what, code = f"{folder['line']} names a folder, not a file", "missing-source"
    elif "recursive 'source'" in what:
        what, code = what.split(" detected")[0], "source-cycle"
    elif parsed := re.match(r"couldn't parse '.*?': (?P<why>.*)", what, re.DOTALL):
        what = parsed["why"]
    if not is_quotable(path):  # what the parser says of a line may have parts of it
        what = "this file is no Kconfig file, and lies outside the tree"
        hint = hint or "what leads there? such files are not quoted"
    return InputError(
        Diagnostic(
            message=what.splitlines()[0],
            code=code,
            location=Location(path, line),
            excerpt=excerpt,
            hint=hint,
        )
    )


def _where_sources_are(srctree: Path, needed: Sequence[str], around: Surroundings) -> str:
    if around.needs:
        return around.needs
    if needed:
        return unset.hint(needed)
    if around.writes:
        return f"the tree's own build writes such files: {around.writes}"
    return f"it is looked for under {displayed(srctree)}/ (--env srctree=DIR names another)"


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
