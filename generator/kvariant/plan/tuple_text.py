# SPDX-License-Identifier: MIT
"""A tuple of values as a line, and back: `SWAP=n [NET && !TLS]=true NAME="two words"`.

A name is a symbol's, or a condition in brackets; a value is quoted as JSON does it where
it has what would end it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_PLAIN = re.compile(r'[^\s"]+')
_TERM = re.compile(
    r"""(?P<name> \[ (?: [^"\]] | "(?:[^"\\]|\\.)*" )* \] | [^\s="\[]+ )
        = (?P<text> "(?:[^"\\]|\\.)*" | [^\s"]* ) (?:\s+|$)""",
    re.VERBOSE | re.DOTALL,
)


def tuple_text(values: Mapping[str, str]) -> str:
    """Return a tuple as a line."""
    return " ".join(f"{name}={_quoted(text)}" for name, text in values.items())


def tuple_values(text: str) -> dict[str, str] | None:
    """Return the tuple that a line says, None where it says none."""
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            return None
        value = match["text"]
        try:
            found[match["name"]] = str(json.loads(value)) if value.startswith('"') else value
        except ValueError:
            return None
        position = match.end()
    return found


def _quoted(text: str) -> str:
    # An empty value stands as nothing, as it always did.
    return text if not text or _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
