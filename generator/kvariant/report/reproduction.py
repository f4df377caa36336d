# SPDX-License-Identifier: MIT
"""What came of a failure's bundle in another checkout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.report.table import table_text

if TYPE_CHECKING:
    from kvariant.results import Cell

FORMAT = 1


def reproduction_text(
    messages: Sequence[str], is_shown: bool, differing: Mapping[str, str], ended: Sequence[Cell]
) -> str:
    """Return what differs here, a line for each, and whether it fails in the same way.

    Args:
        messages: of the failure; any of them is enough.
        differing: what is otherwise here, in words, by what it is.
        ended: the cells of the variant that tell how it ended.
    """
    rows = [[what, said] for what, said in differing.items()]
    lines = ["differs", *(f"  {line}" for line in table_text(rows, indent=0).splitlines())]
    if not rows:
        lines = ["nothing differs: neither the revision nor any tool"]
    if is_shown:
        return "\n".join([*lines, f"reproduced: {messages[0]}"])
    return "\n".join([*lines, f"not reproduced: {messages[0]}", *_instead(ended)])


def _instead(ended: Sequence[Cell]) -> Iterator[str]:
    for cell in ended:
        if not cell.verdict.is_bad:
            yield f"  {cell.step}: {cell.outcome.value}"
        for failure in cell.failures[:1] if cell.verdict.is_bad else ():
            yield f"  {cell.step} fails otherwise: {failure.message}"
        if cell.verdict.is_bad and not cell.failures:
            yield f"  {cell.step}: {cell.outcome.value}, {cell.reason}"


def reproduction_json(
    messages: Sequence[str], is_shown: bool, differing: Mapping[str, str], ended: Sequence[Cell]
) -> dict[str, object]:
    """Return the same as JSON-ready values."""
    return {
        "format": FORMAT,
        "reproduced": is_shown,
        "messages": list(messages),
        "differs": dict(differing),
        "cells": [
            {
                "step": cell.step,
                "outcome": cell.outcome.value,
                "reason": cell.reason,
                "messages": [failure.message for failure in cell.failures],
            }
            for cell in ended
        ],
    }
