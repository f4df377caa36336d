# SPDX-License-Identifier: MIT
"""Where a line is there: its condition, what says it, and the configurations that have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import abridged, displayed
from kvariant.kconfig.expression import ALWAYS, NEVER
from kvariant.report.table import table_text
from kvariant.words import agreeing, listed

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.presence.kbuild import Term
    from kvariant.presence.sources import Presence
    from kvariant.presence.verdict import PresenceVerdict
    from kvariant.space import Fix

_WIDE = 400
"""Characters of a condition that are printed; --json has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceAnswer:
    """All that is known of a line."""

    presence: Presence
    verdict: PresenceVerdict
    holds: Mapping[str, bool | None]
    """By given configuration; None: macros decide it."""
    lacking: Mapping[str, str]
    """Of those that do not have it, why."""
    nearest: Fix | None
    """What to change in the first of those."""
    verb: str = "compiled"
    elsewhere: Sequence[str] = ()
    """Of options that are none of this tree's, where another architecture declares them."""


def presence_text(answer: PresenceAnswer) -> str:
    """Return the lines that say it."""
    presence, verb = answer.presence, answer.verb
    lines = []
    condition = presence.condition
    if not presence.is_code:
        lines.append(f"nothing of this line is {verb}: it is blank, a comment, or writes nothing")
        if not presence.terms and condition == ALWAYS:
            return lines[0]
    if condition == ALWAYS:
        head = f"always {verb}"
    elif not answer.verdict.can_hold:
        head = f"{verb} in no configuration of this tree"
        if condition != NEVER:
            head += f": {_cut(str(condition))} never holds"
    else:
        head = f"{verb} where {_cut(str(condition))}"
    lines.append(head)
    rows = [[_cut(str(t.condition)), _place(t, presence)] for t in presence.terms]
    if len(rows) > 1 or (presence.terms and presence.terms[0].text) or condition == NEVER:
        lines.append(table_text(rows))
    if free := presence.free:
        count = agreeing(len(free), "is no option", "are no options")
        lines.append(f"{listed(free)} {count}: taken to hold")
    lines += abridged([str(n) for n in answer.verdict.proof], "note: {} more rules between these")
    lines += [f"hint: {text}" for text in answer.elsewhere]
    if answer.verdict.can_hold and condition != ALWAYS:
        lines += _configurations(answer)
    return "\n".join(lines)


def _configurations(answer: PresenceAnswer) -> list[str]:
    having = [name for name, holds in answer.holds.items() if holds]
    open_ = [name for name, holds in answer.holds.items() if holds is None]
    lines = []
    if having:
        lines.append(f"in {listed(having)}")
    if open_:
        lines.append(f"in {listed(open_)}, if what is no option holds")
    if answer.lacking:
        names = [f"{name} ({why})" if why else name for name, why in answer.lacking.items()]
        line = f"not in {listed(names)}"
        if answer.nearest is not None:
            line += f"; nearest: {answer.nearest}"
        lines.append(line)
    return lines


def _place(term: Term, presence: Presence) -> str:
    place = term.location
    if not term.text:
        return str(place)
    if place.path == presence.location.path:
        return f"{term.text}, line {place.line}"
    return f"{term.text}, {place}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDE else f"{text[:_WIDE]} ... (--json has all of it)"


def presence_json(answer: PresenceAnswer) -> dict[str, object]:
    """Return the same as JSON-ready values."""
    presence = answer.presence
    fix = answer.nearest
    return {
        "file": displayed(presence.location.path),
        "line": presence.location.line,
        "condition": str(presence.condition),
        "symbols": list(presence.condition.symbols),
        "free": list(presence.free),
        "is_code": presence.is_code,
        "possible": answer.verdict.can_hold,
        "terms": [
            {"condition": str(t.condition), "location": str(t.location), "text": t.text}
            for t in presence.terms
        ],
        "notes": [
            {"text": n.text} | ({"location": str(n.location)} if n.location else {})
            for n in answer.verdict.proof
        ],
        "configurations": {
            name: {True: "yes", False: "no", None: "if what is free holds"}[holds]
            for name, holds in answer.holds.items()
        },
        "nearest": None if fix is None else {"changes": dict(fix.changes), "text": str(fix)},
    }
