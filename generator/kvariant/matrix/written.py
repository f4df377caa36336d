# SPDX-License-Identifier: MIT
"""The JSON form of a matrix, read back as far as it makes claims."""

from __future__ import annotations

import json

import pydantic

from kvariant.errors import Diagnostic, InputError

FORMAT = 1


class _Table(pydantic.BaseModel):
    """A table of the JSON form; keys that make no claim may be there."""

    model_config = pydantic.ConfigDict(frozen=True, strict=True)


class Row(_Table):
    """A variant as it is written."""

    name: str
    assignment: dict[str, str]


class Claims(_Table):
    """Numbers of tuples as they are written."""

    feasible: int | None
    """None: not counted."""
    infeasible: int
    covered: int
    unproven: int = 0


class Written(_Table):
    """A matrix as it is written."""

    strategy: str
    variants: list[Row]
    tuples: Claims | None = None
    lower_bound: int = 0

    @classmethod
    def parse(cls, text: str) -> Written:
        """Return the matrix that a JSON text holds.

        Raises:
            InputError: it is not JSON, of a newer format, or no matrix [matrix-file].
        """
        try:
            record = json.loads(text)
        except ValueError as error:
            raise _unreadable(f"not JSON: {error}") from None
        if not isinstance(record, dict):
            raise _unreadable("not a matrix: no JSON object")
        found = record.get("format")
        if isinstance(found, int) and found > FORMAT:
            raise _unreadable(f"format {found} is newer than {FORMAT}, the newest known here")
        try:
            return cls.model_validate(record)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise _unreadable(f"not a matrix: {place}: {first['msg'].lower()}") from None


def _unreadable(message: str) -> InputError:
    return InputError(Diagnostic(message=message, code="matrix-file"))
