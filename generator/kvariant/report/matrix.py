# SPDX-License-Identifier: MIT
"""A matrix: its variants, what tells them apart, and what they cover."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.digest import text_digest
from kvariant.kconfig.branch_condition import symbols_of
from kvariant.kconfig.negatives import negatives_text
from kvariant.plan.numbers import combined, narrowed_text
from kvariant.plan.shards import MOST_JOBS
from kvariant.plan.tuple_text import tuple_text
from kvariant.project import NAMED
from kvariant.report.table import table_text
from kvariant.report.trees import trees_record
from kvariant.words import agreeing, counted, rounded, tuple_noun

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.matrix import Tuples
    from kvariant.plan import Matrix, Plans, Variant

FORMAT = 1
MANIFEST = ".matrix.json"
"""The matrix beside its files; no variant's name begins with a dot."""
HEADER = "header"
FORMATS: Mapping[str, str] = {
    "config": ".config",
    "minimal": ".config",
    HEADER: ".h",
    "json": ".json",
}
"""How a variant can be written, and how its file's name ends."""
_WIDE = 100
"""Characters that the table of values may take; wider ones list names only."""
_HEAD = 16
"""Characters that a line of a column's head takes, where there is no room for whole names."""
_READ = 12
"""Symbols that are listed as read."""
_LISTED = 5


def matrix_text(matrix: Matrix, same: Sequence[Sequence[str]] = ()) -> str:
    """Return what reads the symbols, the values that differ in each variant, and the coverage.

    Args:
        same: names of variants that render to the same bytes, a group each.
    """
    if matrix.strategy == NAMED:
        rows = [
            [v.name, _first_sentence(v.description), _user_values(len(v.symbols))] for v in matrix
        ]
        lines = [table_text(rows), f"{counted(len(matrix), 'variant')} ({matrix.strategy})"]
    else:
        lines = [*_read(matrix), _table(matrix), *_covered(matrix)]
    if same:
        distinct = len(matrix) - sum(len(group) - 1 for group in same)
        groups = ", ".join(" = ".join(group) for group in same)
        lines[-1] += f"; {distinct} distinct: {groups}"
    return "\n".join(lines)


def matrix_json(matrix: Matrix) -> dict[str, object]:
    """Return a matrix as JSON-ready values."""
    counts = matrix.tuples
    tuples: dict[str, object] | None = None
    if counts:
        tuples = {
            "strength": counts.strength,
            "feasible": None if counts.unproven else counts.feasible,
            "infeasible": counts.infeasible,
            "covered": counts.covered,
            **({"unproven": _unknown(counts)} if counts.unproven else {}),
            "uncovered": [dict(one) for one in counts.uncovered],
        }
    numbers = {
        number.name: {"values": list(number.texts), "of": number.count} for number in matrix.numbers
    }
    conditions = {one.name: list(one.places) for one in matrix.conditions}
    return {
        "format": FORMAT,
        "matrix": matrix.name,
        "strategy": matrix.strategy,
        "random_seed": matrix.random_seed,
        **({"numbers": numbers} if numbers else {}),
        **({"conditions": conditions} if conditions else {}),
        "variants": [_variant_json(variant) for variant in matrix],
        **({"combinations": matrix.combinations} if matrix.combinations is not None else {}),
        "tuples": tuples,
        "lower_bound": matrix.lower_bound,
    }


def matrix_files(plans: Plans, form: str, negatives: Collection[str] = ()) -> dict[str, str]:
    """Return a file for each variant in one of `FORMATS`, and the matrices as `MANIFEST`.

    Args:
        negatives: environments whose headers say what is off.
    """
    files = {}
    for variant in plans.variants:
        tree, is_told = plans[variant].tree, variant.environment in negatives
        files[f"{variant.name}{FORMATS[form]}"] = (
            negatives_text(tree, variant.configuration)
            if form == HEADER and is_told
            else _written(variant, tree, form)
        )
    records = [(plan.environment.name, matrix_json(plan.matrix)) for plan in plans]
    record = trees_record(records) | {"files": {path: text_digest(files[path]) for path in files}}
    return files | {MANIFEST: json.dumps(record, indent=1) + "\n"}


def shard_names(shards: int) -> list[str]:
    """Return the names of so many shards, as `sweep --shard` takes them."""
    return [f"{number}/{shards}" for number in range(1, shards + 1)]


def github_text(shards: Sequence[str]) -> str:
    """Return the line for $GITHUB_OUTPUT: a job matrix of shards, at most 256."""
    assert len(shards) <= MOST_JOBS["github"]
    return f"matrix={json.dumps({'shard': [*shards]}, separators=(',', ':'))}"


def _variant_json(variant: Variant) -> dict[str, object]:
    record: dict[str, object] = {"name": variant.name}
    if variant.description:
        record["description"] = variant.description
    record["assignment"] = dict(variant.symbols)
    counts = {"stands_for": variant.stands_for, "distance": variant.distance}
    return record | {key: count for key, count in counts.items() if count is not None}


def _written(variant: Variant, tree: Tree, form: str) -> str:
    match form:
        case "config":
            return tree.config_text(variant.configuration)
        case "minimal":
            return tree.minimal_text(variant.configuration)
        case "header":
            return tree.header_text(variant.configuration)
    record = {"format": FORMAT, **_variant_json(variant)}
    return json.dumps(record | {"configuration": dict(variant.configuration)}, indent=1) + "\n"


def _read(matrix: Matrix) -> Iterator[str]:
    """Yield which symbols something reads, if they were chosen for that."""
    if not matrix.read_by:
        return
    names, most = matrix.symbols, _READ
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    is_one = len(names) == 1
    yield (
        f"{len(names):,} symbol{'' if is_one else 's'} {'is' if is_one else 'are'} read by "
        f"{matrix.read_by}: {' '.join(names[:most])}{more}"
    )


def _table(matrix: Matrix) -> str:
    """Return a row per variant, and a column for each symbol that differs if there is room."""
    columns = _differing(matrix)
    heads = list(columns)
    left = _WIDE - max(len(v.name) for v in matrix)
    if _width(heads) > left:
        heads = [_broken(name) for name in columns]
    if _width(heads) > left:
        columns, heads = (), []
    rows = [
        [v.name, *(v.configuration[name] or '""' for name in columns), *_counts(v, bool(columns))]
        for v in matrix
    ]
    ends = [""] * len(_counts(matrix.variants[0], bool(columns)))
    if matrix.base and ends:  # the number of user values comes first
        ends[0] = f"over {matrix.base}"
    return table_text(rows, ["", *heads, *ends] if columns or any(ends) else ())


def _width(heads: Iterable[str]) -> int:
    """Return how wide columns with these heads are, the space before each included."""
    return sum(max(map(len, head.split("\n"))) + 2 for head in heads)


def _broken(name: str) -> str:
    """Return a name on as few lines as `_HEAD` allows, broken between words and of one length."""
    lines = _lines(name, _HEAD)
    shorter = (_lines(name, width) for width in range(1, _HEAD))
    best = (found for found in shorter if len(found) == len(lines))
    return "\n".join(next(best, lines))


def _lines(name: str, width: int) -> list[str]:
    lines = [""]
    for word in re.findall(r"[^_]*_|[^_]+", name):
        if lines[-1] and len(lines[-1] + word) > width:
            lines.append("")
        lines[-1] += word
    return lines


def _differing(matrix: Matrix) -> tuple[str, ...]:
    first = matrix.variants[0].configuration
    own = matrix.symbols or symbols_of(matrix.conditions, first)
    return tuple(
        name
        for name in own
        if any(variant.configuration[name] != first[name] for variant in matrix)
    )


def _counts(variant: Variant, has_columns: bool) -> list[str]:
    """Return what is counted of a variant."""
    found = []
    if variant.distance is not None or not has_columns:
        found.append(
            _user_values(len(variant.symbols) if variant.distance is None else variant.distance)
        )
    if variant.stands_for is not None:
        found.append(f"stands for {rounded(variant.stands_for)}")
    return found


def _user_values(number: int) -> str:
    return counted(number, "user value")


def _covered(matrix: Matrix) -> Iterator[str]:
    """Yield lines on what the matrix is, covers and leaves out."""
    counts = matrix.tuples
    count = counted(len(matrix), "variant")
    stand_for = [variant.stands_for for variant in matrix]
    method = f", {matrix.method}" if matrix.method not in ("", matrix.strategy) else ""
    if whole := _whole(matrix, stand_for):
        yield f"{count} {agreeing(len(matrix), 'stands', 'stand')} for {whole}"
        return
    by = combined(matrix.symbols, matrix.numbers, len(matrix.conditions))
    is_mixed = bool(matrix.numbers or matrix.conditions)
    over = by if is_mixed else counted(len(matrix.symbols), "symbol")
    head = f"{count} ({matrix.strategy} over {over}{method})"
    if stand_for and None not in stand_for:
        of = " of the values chosen" if matrix.numbers else ""
        they = agreeing(len(matrix), "it stands", "they stand")
        number = sum(filter(None, stand_for))
        whole = agreeing(number, "configuration", "configurations")
        head += f"; {they} for {rounded(number)} {whole}{of}"
    if matrix.lower_bound:
        is_all = counts is None or counts.covered == counts.feasible + counts.unproven
        least = counted(matrix.lower_bound, "is", "are")
        head += f"; at least {least} needed{'' if is_all else ' for all'}"
    yield head
    if counts is None:
        return
    yield from _tuples(matrix, counts)
    if narrowed := narrowed_text(matrix.numbers):
        yield narrowed


def _tuples(matrix: Matrix, counts: Tuples) -> Iterator[str]:
    """Yield lines on the combinations that variants have, and those that they leave out."""
    is_all = matrix.strategy == "distinct" and counts.strength == len(matrix.symbols)
    noun = "combination" if is_all else tuple_noun(counts.strength)
    of = ""
    if matrix.strategy == "distinct" and not is_all:
        of = "; there are more combinations"
        if number := matrix.combinations:
            of = f"; there {agreeing(number, 'is', 'are')} {counted(number, 'combination')}"
    if counts.unproven:
        yield (
            f"{counted(counts.covered, noun)} covered"
            f"; {counted(counts.infeasible, 'other')} proven infeasible"
            f"; {_unknown(counts):,} left: how many of these are feasible was not counted"
        )
        return
    others = "proven infeasible" if matrix.among is None else f"in none of {matrix.among:,} given"
    yield (
        f"{counts.covered:,} of {counted(counts.feasible, noun)} covered"
        f"; {counted(counts.infeasible, 'other')} {others}{of}"
    )
    if left := counts.feasible - counts.covered:
        listed = [tuple_text(one) for one in counts.uncovered]
        more = left - len(listed[:_LISTED])
        text = ", ".join(listed[:_LISTED]) + (f" and {more:,} more" if more else "")
        yield f"{counted(left, noun)} not covered: {text}"


def _unknown(counts: Tuples) -> int:
    """Return how many combinations are neither covered nor proven infeasible."""
    return counts.feasible - counts.covered + counts.unproven


def _whole(matrix: Matrix, stand_for: Sequence[int | None]) -> str:
    """Return what distinct variants stand for all of, "" where some are left out."""
    counts = matrix.tuples
    if matrix.strategy != "distinct" or counts is None or counts.covered < counts.feasible:
        return ""
    number, known = len(matrix.symbols), sum(filter(None, stand_for))
    if counts.strength < number:
        return ""
    exact = f" {rounded(known)}" if known and None not in stand_for else ""
    where = f" with {matrix.where}" if matrix.where else ""
    total = counts.feasible + counts.infeasible
    impossible = "" if matrix.among is None else " (in none of those given)"
    are = agreeing(counts.infeasible, "is", "are")
    every = counted(total, "combination")
    impossible = f"{counts.infeasible:,} of {every} {are} impossible{impossible}"
    if matrix.numbers:
        narrowed = narrowed_text(matrix.numbers)
        said = f"all combinations of {combined(matrix.symbols, matrix.numbers)}{where}"
        return "; ".join(filter(None, [said, impossible * (counts.infeasible > 0), narrowed]))
    if len(matrix) < counts.feasible:  # what templates make of them tells them apart
        every = counted(len(matrix.variants[0].configuration), "symbol")
        of = f"{number:,} of {every} {agreeing(number, 'is', 'are')} read"
        return f"all{exact} configurations{where} ({of})"
    symbols = agreeing(number, "this symbol", f"these {number:,} symbols")
    return f"all configurations{where} of {symbols}; {impossible}"


def _first_sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text
