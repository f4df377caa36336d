# SPDX-License-Identifier: MIT
"""What the independent verifier found: a line if a matrix holds, else what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.words import agreeing, counted, tuple_noun

if TYPE_CHECKING:
    from kvariant.matrix.verifier import Verdict

_LISTED = 20
"""Faults that are listed; more are only counted."""


def agreement_text(verdict: Verdict) -> str:
    """Return the line that the tree's own tool says the same, "" where none said that."""
    is_disputed = any(fault.code == "witness" for fault in verdict.faults)
    agrees = verdict.witness and not is_disputed
    return f"{verdict.witness} gives every symbol of each the same value" if agrees else ""


def verification_text(verdict: Verdict) -> str:
    """Return one line on what was proven, after a line for each fault."""
    lines = [str(fault) for fault in verdict.faults[:_LISTED]]
    if (more := len(verdict.faults) - _LISTED) > 0:
        lines.append(f"and {more:,} more")
    return "\n".join([*lines, _summary(verdict)])


def verification_json(verdict: Verdict) -> dict[str, object]:
    """Return what was proven as JSON-ready values."""
    record: dict[str, object] = {"holds": verdict.holds, "rows": verdict.rows}
    if verdict.witness:
        record["witness"] = verdict.witness
    if verdict.strength:
        record |= {
            "feasible": verdict.covered + verdict.left_out,
            "infeasible": verdict.infeasible,
            "covered": verdict.covered,
        }
    return record | {"diagnostics": [fault.to_json() for fault in verdict.faults]}


def _summary(verdict: Verdict) -> str:
    rows = counted(verdict.rows, "variant")
    if not verdict.holds:
        return f"not verified: {counted(len(verdict.faults), 'thing')} wrong with {rows}"
    if not verdict.strength:
        return f"verified: {rows}, each resolved anew to what it asks for"
    if verdict.is_distinct:
        feasible = verdict.covered + verdict.left_out
        return (
            f"verified: {rows} {agreeing(verdict.rows, 'stands', 'stand')} for "
            f"{verdict.covered:,} of {counted(feasible, 'combination')} of values, "
            f"each found again; {counted(verdict.infeasible, 'other')} proven infeasible"
        )
    noun = tuple_noun(verdict.strength)
    others = "proven infeasible" if verdict.among is None else f"in none of {verdict.among:,} given"
    if verdict.decided < verdict.absent:
        return (
            f"verified in part: {counted(verdict.covered, noun)} covered, "
            f"{verdict.infeasible:,} of {verdict.absent:,} others {others} again"
        )
    feasible = verdict.covered + verdict.left_out
    return (
        f"verified: {verdict.covered:,} of {counted(feasible, noun)} covered, "
        f"{verdict.infeasible:,} {others}, each again"
    )
