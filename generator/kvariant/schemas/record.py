# SPDX-License-Identifier: MIT
"""Records as `--json` prints them, and what several verbs print alike.

A field with the default `ABSENT` is a key that may be left out; all others are there.
"""

from __future__ import annotations

from typing import Any, Literal

import pydantic

ABSENT: Any = None


class JsonRecord(pydantic.BaseModel):
    """Base of all records: no other keys than those that it names."""

    model_config = pydantic.ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        alias_generator=lambda name: name.rstrip("_"),
    )


class NoteJson(JsonRecord):
    """A second place or fact that explains a diagnostic."""

    text: str
    path: str = ABSENT
    line: int = ABSENT
    column: int = ABSENT


class DiagnosticJson(JsonRecord):
    """One thing that is wrong, where it is, and what to do about it."""

    severity: Literal["error", "warning"]
    code: str
    """Stable short name: `unknown-symbol`."""
    message: str
    path: str = ABSENT
    line: int = ABSENT
    """From 1."""
    column: int = ABSENT
    """From 1."""
    notes: list[NoteJson] = ABSENT
    hint: str = ABSENT
    """The next step."""


class ErrorsJson(JsonRecord):
    """What a verb prints with `--json` where it could not do its work."""

    format: Literal[1]
    errors: list[DiagnosticJson]


class OtherwiseJson(JsonRecord):
    """What the answer is by other rules that may be the tree's."""

    rules: str
    differing: dict[str, int | str | None]
    """What differs, as it is by those; null: there is no such part."""
    text: str = ABSENT
    """The same in words."""
