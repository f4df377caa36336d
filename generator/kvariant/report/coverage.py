# SPDX-License-Identifier: MIT
"""What given configurations exercise, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kvariant.kconfig.branch_condition import is_condition
from kvariant.report.table import table_text
from kvariant.words import agreeing, counted

if TYPE_CHECKING:
    from kvariant.matrix.reduction import Reduction
    from kvariant.plan.coverage import Completion, Coverage

_LISTED = 12
"""Names, groups or values that the text lists; JSON has all."""

_NOTE = (
    "note: this counts option combinations; it does not see what else tells configurations "
    "apart (device trees, drivers bound at run time)"
)


def coverage_text(
    coverage: Coverage,
    *,
    reduced: Sequence[Reduction] = (),
    limited: Reduction | None = None,
    completion: Completion | None = None,
    symbols_hint: bool = False,
) -> str:
    """Return what is known as text.

    Args:
        reduced: a row for each share.
        limited: what a limit keeps: a row, and the names.
        completion: what would be added.
        symbols_hint: whether symbols may still be narrowed down.
    """
    lines = [_heading(coverage), table_text(_facts(coverage), indent=2)]
    word, count = coverage.alone_word
    if symbols_hint and 2 * count > len(coverage.alone):
        lines.append(
            f"hint: {word}* makes most of them irreplaceable. Leave it out: --ignore '{word}*', "
            "or name what your tests depend on: --symbols SPEC"
        )
    if reduced or limited or completion:
        lines += _pairs(coverage, reduced, limited, completion)
    return "\n".join(lines)


def coverage_json(
    coverage: Coverage,
    *,
    reduced: Sequence[Reduction] = (),
    limited: Reduction | None = None,
    completion: Completion | None = None,
) -> dict[str, Any]:
    """Return what is known as JSON-ready values."""
    record: dict[str, Any] = {
        "format": 1,
        "configurations": list(coverage.names),
        "dropped": [
            {"symbol": name, "value": text, "configurations": [coverage.names[i] for i in lanes]}
            for (name, text), lanes in coverage.given.dropped.items()
        ],
        "identical": [list(names) for names in coverage.identical],
        "symbols": len(coverage.symbols),
        **(
            {"conditions": {one.name: list(one.places) for one in coverage.conditions}}
            if coverage.conditions
            else {}
        ),
        "never_on": list(coverage.never_on),
        "alone": {
            name: [{"symbol": symbol, "value": text} for symbol, text in keys]
            for name, keys in coverage.alone.items()
        },
    }
    if reduced or limited or completion:
        record |= {
            "varying": len(coverage.values.varying.counts),
            "distinct": len(coverage.distinct),
            "pairs": coverage.cover.total,
            "reductions": [_reduction_json(coverage, r) for r in reduced],
        }
    if limited:
        record["limited"] = _reduction_json(coverage, limited)
    if completion:
        record["completion"] = {
            "missing": completion.missing,
            "infeasible": completion.infeasible,
            "variants": [
                {"name": name, "assignment": dict(configuration.assignment)}
                for name, configuration in zip(
                    completion.names, completion.configurations, strict=True
                )
            ],
        }
    return record


def _heading(coverage: Coverage) -> str:
    count = len(coverage.names)
    read = f"{counted(count, 'configuration')} read"
    dropped = coverage.given.dropped
    if not dropped:
        return f"{read}; every asked-for value took"
    lanes = {lane for found in dropped.values() for lane in found}
    times = sum(map(len, dropped.values()))
    shown = [
        f"{name}={text or 'empty'} ({coverage.names[found[0]]}"
        + (f" and {len(found) - 1:,} more)" if len(found) > 1 else ")")
        for (name, text), found in list(dropped.items())[:_LISTED]
    ]
    return (
        f"{read}; {counted(times, 'asked-for value')} in {len(lanes):,} of them did not take: "
        f"{_listed(shown, len(dropped))}"
    )


def _facts(coverage: Coverage) -> list[tuple[str, str]]:
    rows = []
    if groups := coverage.identical:
        what = counted(len(groups), "group has", "groups have")
        symbols = counted(len(coverage.given.configurations.symbols), "symbol")
        rows.append(("identical", f"{what} the same value for all {symbols}: build one of each"))
        rows += [("", " = ".join(names)) for names in groups[:_LISTED]]
        if len(groups) > _LISTED:
            rows.append(("", f"{len(groups) - _LISTED:,} more; --json lists them"))
    else:
        rows.append(("identical", "none"))
    off, every = coverage.never_on, coverage.options
    rows.append(
        ("never on", f"{len(off):,} of {counted(every, 'bool and tristate option')} "
         f"{agreeing(len(off), 'is', 'are')} on in no "
         "configuration" + (f": {', '.join(off)}" if 0 < len(off) <= _LISTED else ""))
    )  # fmt: skip
    word, count = coverage.alone_word
    own = f"; {count:,} of them a {word}* of their own" if count else ""
    alone = counted(len(coverage.alone), "configuration holds", "configurations hold")
    rows.append(("alone", f"{alone} a value that no other has{own}"))
    return rows


def _pairs(
    coverage: Coverage,
    reduced: Sequence[Reduction],
    limited: Reduction | None,
    completion: Completion | None,
) -> list[str]:
    count, cover = len(coverage.names), coverage.cover
    of = "pair of their values", "pairs of their values"
    tuples = counted(cover.total, *(of if coverage.strength > 1 else ("value", "values")))
    differ = counted(len(coverage.distinct), "configuration differs", "configurations differ")
    lines = [
        f"{_varying(coverage)}; {tuples} {agreeing(cover.total, 'is', 'are')} "
        f"exercised by the {count:,}; {differ} in these options"
    ]
    rows = [_row(r) for r in ([*reduced, limited] if limited else reduced)]
    if rows:
        if not limited:
            rows[-1] = (*rows[-1][:2], "; ".join(filter(None, (rows[-1][2], _next(reduced[-1])))))
        lines.append(
            table_text(
                rows,
                ("configurations", "pairs kept" if coverage.strength > 1 else "values kept", ""),
                indent=15,
            )
        )
    if limited:
        lines.append(f"kept: {' '.join(coverage.kept(limited))}")
    if completion:
        added = len(completion.configurations)
        lines.append(
            f"feasible but exercised by none: {counted(completion.missing, 'pair')}; "
            + counted(added, "more configuration covers", "more configurations cover")
            + f" {agreeing(completion.missing, 'it', 'them')}"
        )
        lines += [f"  {name}" for name in completion.names[:_LISTED]]
        if added > _LISTED:
            lines.append(f"  and {added - _LISTED:,} more; --json lists them, -o DIR writes them")
    lines.append(_NOTE)
    return lines


def _varying(coverage: Coverage) -> str:
    names = coverage.values.varying.counts
    conditions = sum(map(is_condition, names))
    options = len(names) - conditions
    parts = [counted(options, "option")] if options or not conditions else []
    parts += [counted(conditions, "branch condition")] if conditions else []
    return f"{' and '.join(parts)} {agreeing(len(names), 'varies', 'vary')}"


def _row(reduction: Reduction) -> tuple[str, str, str]:
    # Rounded down: 99.99 % is not all of it.
    share = int(10_000 * reduction.covered / max(1, reduction.total)) / 100
    proof = ""
    if reduction.is_smallest:
        proof = "no fewer do"
    elif reduction.least:
        proof = f"at least {reduction.least:,} are needed"
    return f"{len(reduction.lanes):,}".rjust(14), f"{share:g} %".rjust(10), proof


def _next(fewest: Reduction) -> str:
    """Return what names the configurations of the last row, and writes them."""
    return f"--max-variants {len(fewest.lanes)} names these, -o DIR writes them"


def _reduction_json(coverage: Coverage, reduction: Reduction) -> dict[str, Any]:
    return {
        "configurations": list(coverage.kept(reduction)),
        "covered": reduction.covered,
        "total": reduction.total,
        "lower_bound": reduction.least,
        "uncovered": [dict(pair) for pair in coverage.left_out(reduction)],
    }


def _listed(shown: Sequence[str], count: int) -> str:
    more = count - len(shown)
    return ", ".join(shown) + (f" and {more:,} more; --json lists them" if more else "")
