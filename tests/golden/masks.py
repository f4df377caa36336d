# SPDX-License-Identifier: MIT
"""What truly varies from run to run and machine to machine, taken out of texts."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_RULES = tuple(
    (re.compile(pattern), mask)
    for pattern, mask in (
        # A time is told from a twentieth of a second on, the share from one second on.
        (r"(?<=; )\d+\.\d s(, \d+ % over the commands)?", "TIME"),
        (r" \d+\.\d s(?=  | \||\n|$| \()", ""),
        (r'"(key|digest)": "[0-9a-f]{16}"', r'"\1": "SHORT"'),
        (r"(?<=read in )\d+\.\d s", "TIME"),
        (r'(?<= time=")(?!0(\.0*)?")\d+(\.\d+)?(?=")', "TIME"),
        (r"(?<=_kvariant_)[0-9a-f]{12}(?=_)", "PLACE"),
        (r'("(?:duration|time|seconds)": )\d+\.\d*[1-9]\d*(e-\d+)?', r"\1TIME"),
        (r"\bin \d+\.\d+s\b", "in TIME"),
        (r'(\\?"checkout\\?": )\{[^{}]*\}', r"\1CHECKOUT"),
        (r'(\\?"tools\\?": )\{[^{}]*\}', r"\1TOOLS"),
        (r'(\\")[0-9a-f]{16}(\\")', r"\1SHORT\2"),
    )
)
_OF_THE_MACHINE = re.compile(r'\\?"/[^"\\]+\\?": \\?"[0-9a-f]{64}\\?"(, )?')
"""Headers of the system that a compiler read: which ones there are is its own matter."""
_FILE_TIME = re.compile(r"\b\d{19}\b")
_COST = re.compile(r'"cost": \{.*?\n \}', re.DOTALL)
_SPACES = re.compile(r"(?<=\S) {2,}")


class Masks:
    """Masks of one group: a digest has the same number wherever it is met in it."""

    def __init__(self, project: Path) -> None:
        self._project = str(project)
        self._numbers: dict[str, int] = {}

    def masked(self, text: str) -> str:
        """Return a text without this machine, this moment and this version.

        A digest reads compilers, packages and the toolkit's own sources: which ones
        are equal is held, not what they are.
        """
        text = text.replace(self._project, "PROJECT")
        text = _FILE_TIME.sub("TIME", _OF_THE_MACHINE.sub("", text))
        text = _COST.sub('"cost": COST', text)
        for pattern, mask in _RULES:
            text = pattern.sub(mask, text)
        text = re.sub(rf"(?i)(kvariant[ -]){re.escape(version('kvariant'))}\b", r"\1VERSION", text)
        return _DIGEST.sub(self._numbered, text)

    def _numbered(self, match: re.Match[str]) -> str:
        return f"DIGEST-{self._numbers.setdefault(match[0], len(self._numbers) + 1)}"


def without_digests(text: str) -> str:
    """Return a text to sort by: digests have no order that holds elsewhere."""
    return _DIGEST.sub("DIGEST", text)


def without_columns(text: str) -> str:
    """Return a table whose columns are as wide as times make them, two spaces apart."""
    return "\n".join(_SPACES.sub("  ", line).rstrip() for line in text.split("\n"))
