# SPDX-License-Identifier: MIT
"""TAP, versions 12 to 14, nested tests included.

    TAP version 14
    1..2
    # Subtest: swap
        ok 1 - entry
        not ok 2 - offset
          ---
          message: got 3
          ...
        1..2
    not ok 1 - swap
    ok 2 - migration # SKIP no pages

A directive is a blank, `#`, a blank and one whole word, TODO or SKIP (an older form
is `Skipped:`); anything else behind a `#` is part of the name. A YAML block stands
right behind a result, deeper than it, and ends at `...` or where its indentation
does. Other lines are text of the test before them.

Why a test failed is what its YAML block says as `message` or `error`, on one line or
several (`|-`), else what was expected and found.

What kselftest and its harness print is KTAP, whatever its first line says, and is read
as such.

[TAP 14 specification, testanything.org; the blocks of node:test, tape and node-tap]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kvariant.steps.test_results import ktap
from kvariant.steps.test_results.tap_document import Point, TapDocument, milliseconds

if TYPE_CHECKING:
    from kvariant.steps.test_results.outcome import TestOutcome

_VERSION = re.compile(r"TAP version \d+$")
_DIRECTIVE = re.compile(
    r"(?P<word>SKIP|TODO)(?::|(?<=SKIP)PED:)?(?:\s+(?P<reason>.*))?$", re.IGNORECASE
)
_YAML = re.compile(r"(?P<key>[A-Za-z_]\w*):(?:\s+(?P<value>.*\S))?\s*$")
_SAYING = ("message", "error")
_VALUES = ("operator", "expected", "wanted", "expect", "actual", "found", "got")
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?$")
_ESCAPED = re.compile(r"\\(?P<one>[\"\\/nt])")


def parse_tap(text: str) -> Iterator[TestOutcome]:
    """Yield every test of a TAP stream; other lines are ignored, as the format says.

    Raises:
        ValueError: there is nothing but other lines.
    """
    if ktap.is_kselftest(text):
        yield from ktap.parse_kselftest(text)
        return
    reader = _TapReader()
    for line in text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        reader.read(line)
    reader.end()
    found = list(reader.document.outcomes())
    if not found:
        raise ValueError("it has neither a plan nor a test")
    yield from found


class _TapReader:
    def __init__(self) -> None:
        self.document = TapDocument(text_first=False, needs_plan=True)
        self._behind: tuple[Point, int] | None = None
        """The result of the line before, or of one with comments alone in between."""
        self._yaml: _Yaml | None = None
        """The block that is open."""

    def read(self, line: str) -> None:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if self._yaml is not None:
            if self._yaml.takes(text, indent):
                return
            self._end_of_yaml()
        if text == "---" and self._behind is not None and indent > self._behind[1]:
            self._yaml = _Yaml(self._behind[0], indent)
            return
        if self.document.read(text, (indent,), _DIRECTIVE):
            last = self.document.last
            is_result = text.startswith(("ok", "not ok")) and last is not None
            self._behind = (last, indent) if is_result and last is not None else None
        elif _VERSION.match(text):
            self.document.version((indent,))
        elif text and not text.startswith("pragma "):
            self.document.text(text.lstrip("# "))
            if not text.startswith("#"):
                self._behind = None

    def _end_of_yaml(self) -> None:
        if self._yaml is not None:
            self._yaml.end()
        self._yaml = None

    def end(self) -> None:
        """Take the end of the stream."""
        self._end_of_yaml()


class _Yaml:
    """An open block: what it says of its test, as far as anybody agrees on that."""

    def __init__(self, point: Point, indent: int) -> None:
        self._point = point
        self._indent = indent
        self._keys: int | None = None
        """The indentation of its keys; None: there was none yet."""
        self._open: list[str] | None = None
        """The lines of the value that is read, where that is one of several lines."""
        self._said: list[str] = []
        self._values: list[str] = []
        self._is_over = False

    def takes(self, text: str, indent: int) -> bool:
        """Take a line; return whether it is still of the block."""
        if self._is_over or (text and indent < self._indent):
            return False
        if text == "..." and indent == self._indent:
            self._is_over = True
        elif text:
            self._line(text, indent)
        return True

    def end(self) -> None:
        """Tell the test what was said."""
        self._point.text[:0] = self._said or self._values

    def _line(self, text: str, indent: int) -> None:
        self._keys = indent if self._keys is None else self._keys
        if indent > self._keys:
            if self._open is not None:
                self._open.append(text)
            return
        self._open = None
        match = _YAML.match(text) if indent == self._keys else None
        if match is None:
            return
        key, value = match["key"], match["value"] or ""
        if key == "duration_ms":
            self._point.duration = milliseconds(value)
        elif key in _SAYING:
            self._open = self._said
            if not _BLOCK.match(value):
                self._said.append(_unquoted(value))
        elif key in _VALUES and value:
            self._values.append(f"{key}: {_unquoted(value)}")


def _unquoted(text: str) -> str:
    """Return the text that a value of one line is."""
    quote = text[:1]
    if len(text) < 2 or quote not in ("'", '"') or text[-1] != quote:
        return text
    if quote == "'":
        return text[1:-1].replace("''", "'")
    return _ESCAPED.sub(
        lambda match: {"n": " ", "t": " "}.get(match["one"], match["one"]), text[1:-1]
    )
