# SPDX-License-Identifier: MIT
"""A review as text, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kvariant.errors import Location, displayed
from kvariant.review.review import Consequence, Review
from kvariant.words import agreeing, counted, listed

if TYPE_CHECKING:
    from kvariant.review.drops import Drop
    from kvariant.review.rows import ValueRow

_SYMBOLS = 3
"""Symbols of a row that are named."""
_NAMES = 12
"""Names that a line lists, and combinations."""
_WIDE = 32
"""Up to so many columns cells are padded."""
_ROWS = 40
"""Rows that are told without -v."""


def review_text(review: Review, *, verbose: bool = False) -> str:
    """Return a review as text; `verbose` names all configurations and symbols."""
    head = heading(review, hints=not verbose)
    return "\n".join([head, *_rows(review, verbose), *_facts(review, verbose)])


def heading(review: Review, *, hints: bool = False) -> str:
    """Return how much was edited and how much changes, in a sentence.

    Args:
        hints: whether it says what names the configurations that change.
    """
    pairs = review.configurations.pairs
    edits = len(review.edits)
    said = f"Kconfig: {counted(edits, 'edit')}" if edits else "Kconfig: no edit of a rule"
    count = len(pairs.both)
    if not count:
        return said if pairs.new or pairs.gone else f"{said}; no configuration is given"
    changed = len(review.configurations.changed)
    how = "none changes" if not changed else f"{changed:,} {agreeing(changed, 'changes', 'change')}"
    if any(len(row.lanes) > 1 for row in review.rows) and hints:
        how += " (-v names them)"
    return f"{said}; {counted(count, _noun(review))}, {how}"


def _noun(review: Review) -> str:
    return "board" if review.changes.after.tree.preset.name == "u-boot" else "configuration"


def _rows(review: Review, verbose: bool) -> Iterator[str]:
    told = review.rows if verbose else review.rows[:_ROWS]
    table = [_cells(review, row, verbose) for row in told]
    widths = [max((min(len(cells[i]), _WIDE) for cells in table), default=0) for i in range(3)]
    for row, cells in zip(told, table, strict=True):
        count, symbols, values, edit = cells
        yield f"  {count:>{widths[0]}}  {symbols:<{widths[1]}}  {values:<{widths[2]}}  {edit}"
        indent = " " * (widths[0] + 4)
        for drop in row.drops:
            yield f"{indent}{_dropped(drop, len(row.symbols) > 1 or drop.symbol != row.symbols[0])}"
        if verbose:
            names = ", ".join(name_of(review, lane) for lane in row.lanes)
            yield f"{indent}in {names}"
    if len(told) < len(review.rows):
        more = len(review.rows) - len(told)
        yield f"  and {counted(more, 'more change')} of values (-v tells them)"
    for drop in review.drops:
        where = _where(review, drop.lanes)
        yield f"  {where}  {drop.symbol}={drop.asked} {_dropped(drop, named=False)}"
    for name, lines in review.new_drops.items():
        yield f"  new {name} asks in vain for {listed(list(lines), _NAMES)}"


def _cells(review: Review, row: ValueRow, verbose: bool) -> tuple[str, str, str, str]:
    names = [
        new if new == old else f"{new} (was {old})"
        for new, old in zip(row.symbols, row.renamed, strict=True)
    ]
    symbols = ", ".join(names) if verbose else listed(names, _SYMBOLS)
    return _where(review, row.lanes), symbols, change_of(row), cause_of(review, row)


def _where(review: Review, lanes: Sequence[int]) -> str:
    if len(lanes) == 1:
        return name_of(review, lanes[0])
    return counted(len(lanes), _noun(review))


def name_of(review: Review, lane: int) -> str:
    """Return the name of a configuration."""
    return review.configurations.pairs.both[lane].name


def change_of(row: ValueRow) -> str:
    """Return how a value changes: `y -> n`, `new, y`, `y, gone`."""
    if row.old is None:
        return f"new, {row.new or 'empty'}"
    if row.new is None:
        return f"{row.old or 'empty'}, gone"
    return f"{row.old or 'empty'} -> {row.new or 'empty'}"


def cause_of(review: Review, row: ValueRow) -> str:
    """Return what is responsible, in words."""
    cause = row.cause
    word = " or " if cause.is_either else " and "
    names = {*row.symbols, *row.renamed}
    said = word.join(review.edits[number].told_for(names) for number in cause.edits)
    if cause.follows:
        said = f"follows {cause.follows}"
    if cause.is_fragment:
        said = f"{_asked_at(review, row)} asks otherwise now{' and ' if said else ''}{said}"
    return said


def _asked_at(review: Review, row: ValueRow) -> str:
    """Return where a configuration asks for a symbol; of several, that they do."""
    pair = review.configurations.pairs.both[row.lanes[0]]
    if len(row.lanes) > 1:
        return f"each of the {len(row.lanes):,}"
    asked = [r for r in pair.after.requests if r.symbol in row.symbols and r.location]
    location = asked[-1].location if asked else None
    path = displayed(location.path if location else pair.after.path)
    return f"{path}:{location.line}" if location else path


def _dropped(drop: Drop, named: bool = True) -> str:
    name = f"{drop.symbol}={drop.asked} " if named else ""
    said = f"{name}asked for in {len(drop.lanes):,}, dropped"
    if drop.got is None:
        return f"{said}: no symbol has that name" + (f"; write {drop.hint}" if drop.hint else "")
    if not drop.is_searched:
        return f"{said}; kvariant explain {drop.symbol}={drop.asked} --config FILE --fix"
    if not drop.ways:
        return f"{said}; no change of values makes it take" + (f": {drop.hint}" * bool(drop.hint))
    covered = {lane for way in drop.ways for lane in way.lanes}
    if len(drop.ways) == 1 and len(covered) == len(drop.lanes):
        return f"{said}; fix: {drop.ways[0].said}"
    ways = "; ".join(f"{way.said} (in {len(way.lanes):,})" for way in drop.ways)
    rest = len(drop.lanes) - len(covered)
    return f"{said}; fixes: {ways}" + (f"; {rest:,} need others" if rest else "")


def _facts(review: Review, verbose: bool) -> Iterator[str]:
    most = 10**9 if verbose else _NAMES
    for title, texts in facts(review):
        if title in _LINES:
            yield from (f" {title} {text}" for text in texts[:most])
            if len(texts) > most:
                yield f" {title} and {len(texts) - most:,} more (-v tells them)"
        else:
            yield f" {title} {listed(texts, most)}"


_LINES = ("newly dead", "can now violate", "unreachable", "breaks", "lost", "won", "combinations",
          "retyped", "renamed", "still named")  # fmt: skip
"""Facts that have a line each."""


def facts(review: Review) -> Iterator[tuple[str, list[str]]]:
    """Yield what holds beside changed values: a title and its texts, none empty."""
    changes, proofs, pairs = review.changes, review.proofs, review.configurations.pairs
    dead = [
        f"{one.symbol}{' (new)' * one.is_new}" + (f": {one.why}" if one.why else "")
        for one in proofs.dead
    ]
    yield from _some("newly dead", dead)
    yield from _some("newly always on", [one.symbol for one in proofs.always_on])
    yield from _some("no longer dead", list(proofs.no_longer_dead))
    yield from _some("no longer always on", list(proofs.no_longer_always_on))
    yield from _some("can now violate", [
        f"{one.source} selects {one.target}, which depends on {one.depends}  {one.location}"
        for one in proofs.selects
    ])  # fmt: skip
    yield from _some("renamed", [f"{r.old} -> {r.new} ({r.why})" for r in changes.renamed])
    yield from _some("still named", [
        f"{one.symbol}, which is no symbol any more  {_place(review, one.location)}"
        for one in review.still_named
    ])  # fmt: skip
    yield from _some("new", list(changes.new))
    yield from _some("gone", list(changes.gone))
    yield from _some("retyped", [
        f"{name}: {old.value if old else 'none'} -> {new.value if new else 'none'}"
        for name, old, new in changes.retyped
    ])  # fmt: skip
    yield from _some("unreachable", [
        f"{displayed(one.path)}{'' if one.is_whole else f':{one.line}'}: {one.said}"
        for one in review.unreachable
    ])  # fmt: skip
    why = review.sources.not_asked
    yield from _some("sources", [why] if why and not review.sources.is_unknown else [])
    yield from _some("breaks", [
        f"{error.location or 'a template'}: {error.message}" for error in review.templates.broken
    ])  # fmt: skip
    yield from _combinations(review)
    yield from _some("new configurations", [f.name for f in pairs.new])
    yield from _some("gone configurations", [f.name for f in pairs.gone])
    yield from _some("renamed configurations", [f"{a} -> {b}" for a, b in pairs.renamed])


def _place(review: Review, location: Location) -> str:
    """Return a line of the tree after, from its root on."""
    return f"{review.changes.after.relative(location.path)}:{location.line}"


def _combinations(review: Review) -> Iterator[tuple[str, list[str]]]:
    found = review.combinations
    if found is None:
        return
    said = f"of {listed(found.symbols, _NAMES)}: {found.before:,} -> {found.after:,}"
    if found.lost is None:
        said += ", too many to compare one by one"
    elif not found.lost and not found.won:
        said += ", the same"
    if found.left_out:
        said += f" (not in both trees: {', '.join(found.left_out)})"
    yield "combinations", [said]
    for title, rows in (("lost", found.lost or ()), ("won", found.won or ())):
        yield from _some(title, [
            " ".join(f"{n}={t}" for n, t in zip(found.symbols, row, strict=True)) for row in rows
        ])  # fmt: skip


def _some(title: str, texts: list[str]) -> Iterator[tuple[str, list[str]]]:
    if texts:
        yield title, texts


def review_markdown(review: Review) -> str:
    """Return a review for a pull request."""
    lines = [f"### {heading(review)}", ""]
    if review.rows:
        lines += ["| where | symbols | value | edit |", "|---|---|---|---|"]
        for row in review.rows[:_ROWS]:
            cells = _cells(review, row, verbose=False)
            drops = "".join(f"<br>{_escaped(_dropped(drop))}" for drop in row.drops)
            lines.append("| " + " | ".join(map(_escaped, cells)) + drops + " |")
        if len(review.rows) > _ROWS:
            more = counted(len(review.rows) - _ROWS, "more change")
            lines += ["", f"and {more} of values (`kvariant review -v` tells them)"]
        lines.append("")
    others = [f"{_where(review, drop.lanes)}: {_dropped(drop)}" for drop in review.drops] + [
        f"new {name} asks in vain for {', '.join(d)}" for name, d in review.new_drops.items()
    ]
    for title, texts in facts(review):
        if title in _LINES:
            others += [f"{title} {text}" for text in texts[:_NAMES]]
            others += [f"{title} and {len(texts) - _NAMES:,} more"] * (len(texts) > _NAMES)
        else:
            others.append(f"{title} {listed(texts, _NAMES)}")
    lines += [f"- {_escaped(text)}" for text in others]
    return "\n".join(lines).rstrip()


def _escaped(text: str) -> str:
    for character in "\\`*_<>|[]":
        text = text.replace(character, f"\\{character}")
    return text


def review_json(review: Review) -> dict[str, Any]:
    """Return a review as JSON-ready values."""
    changes, proofs, pairs = review.changes, review.proofs, review.configurations.pairs
    found = review.combinations
    return {
        "before": changes.before.said,
        "edits": [
            {
                "place": edit.place,
                "text": edit.said,
                "hunks": [
                    {"place": h.place, "removed": list(h.removed), "added": list(h.added)}
                    for h in edit.hunks
                ],
            }
            for edit in review.edits
        ],
        "configurations": [pair.name for pair in pairs.both],
        "changed": [name_of(review, lane) for lane in review.configurations.changed],
        "new_configurations": [f.name for f in pairs.new],
        "gone_configurations": [f.name for f in pairs.gone],
        "renamed_configurations": [{"old": a, "new": b} for a, b in pairs.renamed],
        "values": [
            {
                "symbols": list(row.symbols),
                "called_before": list(row.renamed),
                "old": row.old,
                "new": row.new,
                "configurations": [name_of(review, lane) for lane in row.lanes],
                "edits": list(row.cause.edits),
                "either": row.cause.is_either,
                "asked_otherwise": row.cause.is_fragment,
                "follows": row.cause.follows or None,
            }
            for row in review.rows
        ],
        "dropped": [_drop_json(review, drop) for drop in review.all_drops],
        "dropped_in_new_configurations": {n: list(d) for n, d in review.new_drops.items()},
        "new": list(changes.new),
        "gone": list(changes.gone),
        "still_named": [
            {"symbol": one.symbol, "place": _place(review, one.location)}
            for one in review.still_named
        ],
        "renamed": [{"old": r.old, "new": r.new, "why": r.why} for r in changes.renamed],
        "retyped": [
            {"symbol": n, "old": a.value if a else None, "new": b.value if b else None}
            for n, a, b in changes.retyped
        ],
        "dead": [
            {"symbol": one.symbol, "why": one.why, "is_new": one.is_new} for one in proofs.dead
        ],
        "always_on": [one.symbol for one in proofs.always_on],
        "no_longer_dead": list(proofs.no_longer_dead),
        "no_longer_always_on": list(proofs.no_longer_always_on),
        "selects": [
            {
                "source": one.source,
                "target": one.target,
                "depends": one.depends,
                "location": str(one.location),
            }
            for one in proofs.selects
        ],
        "selects_asked": {"symbols": proofs.selects_asked, "all": proofs.is_every_select},
        "unreachable": [
            {
                "path": displayed(one.path),
                "line": one.line,
                "condition": one.said,
                "whole_file": one.is_whole,
            }
            for one in review.unreachable
        ],
        "sources_asked": {
            "options": review.sources.options,
            "conditions": review.sources.conditions,
            "not_asked": review.sources.not_asked or None,
        },
        "broken": [error.to_json() for error in review.templates.broken],
        "combinations": None
        if found is None
        else {
            "symbols": list(found.symbols),
            "left_out": list(found.left_out),
            "before": found.before,
            "after": found.after,
            "lost": None if found.lost is None else [list(row) for row in found.lost],
            "won": None if found.won is None else [list(row) for row in found.won],
        },
        "counts": {kind.value: review.count(kind) for kind in Consequence},
    }


def _drop_json(review: Review, drop: Drop) -> dict[str, Any]:
    return {
        "symbol": drop.symbol,
        "asked": drop.asked,
        "got": drop.got,
        "configurations": [name_of(review, lane) for lane in drop.lanes],
        "fixes": [
            {"text": w.said, "configurations": [name_of(review, lane) for lane in w.lanes]}
            for w in drop.ways
        ],
        "searched": drop.is_searched,
        "hint": drop.hint,
    }
