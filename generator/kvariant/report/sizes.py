# SPDX-License-Identifier: MIT
"""The sizes of what steps made, as they are reported: by option, since before, and altogether."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kvariant.blame.option_size import OptionSize, OptionSizes
from kvariant.errors import did_you_mean
from kvariant.report.document import Item
from kvariant.results.figures import TOTAL
from kvariant.words import agreeing, counted, listed

if TYPE_CHECKING:
    from kvariant.results import Cell
    from kvariant.results.size_changes import SizeChange, SizeChanges

_OPTIONS = 10
"""Options that are told; the rest is counted."""
_USUAL = {name: i for i, name in enumerate((TOTAL, ".text", ".rodata", ".data", ".bss"))}
"""Sections that people look for first."""
_SECTIONS = 4
"""Sections that are told of an option, or a step."""


@dataclass(frozen=True, kw_only=True)
class SizeReport:
    """All that is said of sizes."""

    options: OptionSizes = field(default_factory=OptionSizes)
    changes: SizeChanges | None = None
    """None: nothing was measured before."""
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By step, the most bytes by section."""


def size_items(report: SizeReport, cells: Sequence[Cell], *, every: bool) -> list[Item]:
    """Return what is said of sizes, nothing where none were measured.

    Args:
        cells: of the sweep.
        every: whether nothing is left out.
    """
    measured = [cell for cell in cells if cell.figures.sizes and not cell.test]
    if not measured:
        return []
    return [
        *_ranges(measured, every=every),
        *_options(report.options, every=every),
        *_unpaired(report.options),
        *(_changes(report.changes, every=every) if report.changes else ()),
        *_idle_limits(report.limits, measured),
    ]


def size_json(report: SizeReport) -> dict[str, object]:
    """Return the same as JSON-ready values, without what each cell has."""
    options, changes = report.options, report.changes
    return {
        "options": [_option_json(one) for one in options.sizes],
        "free": [{"step": step, "option": option} for step, option in options.free],
        "unpaired": [
            {"step": one.step, "option": one.option, "command": shlex.join(one.command)}
            for one in options.unpaired
        ],
        **(
            {
                "since": changes.since,
                "compared": changes.compared,
                "changes": [
                    {
                        "variant": one.variant,
                        "step": one.step,
                        "section": one.section,
                        "before": one.before,
                        "after": one.after,
                    }
                    for one in changes.changes
                ],
            }
            if changes
            else {}
        ),
    }


def _option_json(one: OptionSize) -> dict[str, object]:
    return {
        "step": one.step,
        "option": one.option,
        "value": one.value,
        "other": one.other,
        **({"instead": one.instead} if one.instead else {}),
        "section": one.section,
        "least": one.least,
        "most": one.most,
        "pairs": [
            {
                "with": pair.with_variant,
                "without": pair.without_variant,
                "bytes_with": pair.with_bytes,
                "bytes_without": pair.without_bytes,
            }
            for pair in one.pairs
        ],
    }


def _ranges(cells: Iterable[Cell], *, every: bool) -> Iterator[Item]:
    """Yield for each step how large what it made is: `total 2,401 to 3,560 bytes, most in dbg`."""
    steps: dict[str, list[Cell]] = {}
    for cell in cells:
        steps.setdefault(cell.step, []).append(cell)
    for step, mine in steps.items():
        most: dict[str, int] = {}
        for cell in mine:
            for name, size in cell.figures.sizes.items():
                most[name] = max(most.get(name, 0), size)
        names = sorted(most, key=lambda name: (_USUAL.get(name, len(_USUAL)), -most[name]))
        shown = names if every else names[: _SECTIONS + 1]
        rest = len(names) - len(shown)
        more = [f"and {counted(rest, 'section')} more"] if rest else []
        yield Item(f"{step}: size", [*(_range(name, mine) for name in shown), *more])


def _range(section: str, cells: Sequence[Cell]) -> str:
    sizes = [(cell.figures.sizes.get(section, 0), cell.variant) for cell in cells]
    least, most = min(size for size, _ in sizes), max(size for size, _ in sizes)
    if least == most:
        return f"{section} {counted(most, 'byte')}"
    where = next(variant for size, variant in sizes if size == most)
    return f"{section} {least:,} to {counted(most, 'byte')}, most in {where}"


def _options(found: OptionSizes, *, every: bool) -> Iterator[Item]:
    """Yield a line for each section of each option, those that cost most first."""
    by_option: dict[tuple[str, ...], list[OptionSize]] = {}
    for one in found.sizes:
        key = (one.step, one.environment, one.option, one.value, one.other, one.instead)
        by_option.setdefault(key, []).append(one)
    several = len({(one.step, one.environment) for one in found.sizes}) > 1
    groups = list(by_option.values())
    shown = groups if every else groups[:_OPTIONS]
    for sizes in shown:
        where = " ".join(filter(None, [sizes[0].environment, sizes[0].step]))
        place = f"{where}: " if several else ""
        for text in _costs(sorted(sizes, key=_rank), every=every):
            yield Item(f"{place}{text}")
    if rest := len(groups) - len(shown):
        yield Item(f"and {counted(rest, 'option')} more (-v tells them)")
    if found.free:
        names = list(dict.fromkeys(option for _, option in found.free))
        verb = agreeing(len(names), "changes", "change")
        yield Item(f"{listed(names)} {verb} no size")
    if found.left_out:
        left_out = counted(found.left_out, "variant was", "variants were")
        yield Item(f"{left_out} not compared with one another")


def _costs(sizes: Sequence[OptionSize], *, every: bool) -> Iterator[str]:
    """Yield what an option costs in the sections where it costs most, and altogether."""
    own = [one for one in sizes if one.section != TOTAL]
    shown = own if every else own[:_SECTIONS]
    yield from map(_cost, shown)
    rest = len(own) - len(shown)
    more = f"; {counted(rest, 'section')} more" if rest else ""
    yield from (f"{_cost(one)}{more}" for one in sizes if one.section == TOTAL)


def _rank(one: OptionSize) -> tuple[bool, bool, int]:
    return one.section != ".text", one.section == TOTAL, -max(abs(one.least), abs(one.most))


def _cost(one: OptionSize) -> str:
    """Return what an option costs in a section."""
    is_plain = (one.value, one.other) == ("y", "n")
    option = f"{one.option} instead of {one.instead}" if one.instead else one.option
    option = option if is_plain else f"{one.option}={one.value} instead of {one.other}"
    what = "in total" if one.section == TOTAL else f"of {one.section}"
    least, most = one.least, one.most
    pair = max(one.pairs, key=lambda pair: abs(pair.cost))
    figures = f"{pair.with_bytes:,} with, {pair.without_bytes:,} without"
    if least < 0 < most:
        most_bytes = counted(most, "byte")
        return f"{option} changes the size by {least:,} to +{most_bytes} {what}{_of(one)}"
    verb, low, high = ("saves", -most, -least) if most <= 0 else ("costs", least, most)
    size = counted(high, "byte")
    if low == high:
        return f"{option} {verb} {size} {what}: {figures}{_of(one)}"
    return f"{option} {verb} {low:,} to {size} {what}: {figures} at most{_of(one)}"


def _of(one: OptionSize) -> str:
    return f" ({len(one.pairs):,} pairs)" if len(one.pairs) > 1 else ""


def _unpaired(found: OptionSizes) -> Iterator[Item]:
    if not found.unpaired:
        return
    names = list(dict.fromkeys(one.option for one in found.unpaired))
    first = found.unpaired[0]
    yield Item(
        f"no two variants differ in one of these alone: {listed(names)}; what {first.option} "
        "costs is told by",
        [shlex.join(first.command)],
    )


def _changes(found: SizeChanges, *, every: bool) -> Iterator[Item]:
    if found.others:
        yield Item(
            f"{counted(found.others, 'cell')} not compared with {found.since}: the variants "
            "have other values now"
        )
    if not found.changes:
        if found.compared:
            yield Item(f"no size has changed since {found.since}")
        return
    kinds: dict[tuple[str, str, bool], list[SizeChange]] = {}
    for one in found.changes:
        kinds.setdefault((one.step, one.section, one.growth > 0), []).append(one)
    order = sorted(
        kinds.items(), key=lambda kind: (kind[0][1] != TOTAL, -max(abs(c.growth) for c in kind[1]))
    )
    shown = order if every else order[: 2 * _SECTIONS]
    for (step, section, is_growth), some in shown:
        yield Item(_grown(step, section, is_growth, some, found.since))
    if rest := len(order) - len(shown):
        yield Item(f"and {counted(rest, 'other change')} of sections (-v tells them)")


def _grown(step: str, section: str, is_growth: bool, some: Sequence[SizeChange], since: str) -> str:
    """Return a change: `build: .text grew by 312 bytes since the sweep before in dbg: 1 to 313`."""
    most = max(some, key=lambda one: abs(one.growth))
    low, high = min(abs(one.growth) for one in some), abs(most.growth)
    size = counted(high, "byte")
    by = size if low == high else f"{low:,} to {size}"
    verb = "grew" if is_growth else "shrank"
    where = most.variant if len(some) == 1 else f"{len(some):,} variants, most in {most.variant}"
    figures = f"{most.before:,} to {most.after:,}"
    return f"{step}: {section} {verb} by {by} since {since} in {where}: {figures}"


def _idle_limits(limits: Mapping[str, Mapping[str, int]], cells: Iterable[Cell]) -> Iterator[Item]:
    """Yield a line for each limit of a section that no variant has: it may be misspelt."""
    sections: dict[str, dict[str, None]] = {}
    for cell in cells:
        sections.setdefault(cell.step, {}).update(dict.fromkeys(cell.figures.sizes))
    for step, mine in limits.items():
        for name in mine:
            if step in sections and name not in sections[step]:
                hint = did_you_mean(name, [*sections[step]], "")
                more = f"; {hint}" if hint else ""
                yield Item(f"{step}: measure-limit names {name}, which no variant has{more}")
