# SPDX-License-Identifier: MIT
"""Which keys of a matrix its strategy reads; a key that nothing reads is an error.

                  named  distinct  t-wise  toggles  uniform  patch
    where           x       x        x        x        x       x
    include         x       x        x        x        x       x
    symbols                 x        x        x        x
    ignore                  x        x        x        x
    base                    x        x        x        x       x     but not beside from
    from                    x        x        x        x
    max-variants            x        x        x        x       x
    strength                         x
    numbers                 x        x        x              but not beside from
    size                                               x
    random-seed                      x                 x             not beside from; t-wise: pairs
    diff, files, added-lines                                   x

The project's own `base` is for all its matrices, and so never idle. A key of a table that
others extend is read where one of them that inherits it reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kvariant.errors import Diagnostic, InputError
from kvariant.project.matrix import BUILT_IN, Matrices, MatrixTable, key_of
from kvariant.project.strategies import GIVEN_IS_WHOLE, STRATEGIES, T_WISE, readers

PAIRS = 2
"""The strength whose search has a random part."""


def is_read(field: str, table: MatrixTable) -> bool:
    """Return whether a table's strategy reads one of its keys."""
    return table.strategy in readers(field) and in_vain(field, table) is None


def in_vain(field: str, table: MatrixTable) -> tuple[str, str] | None:
    """Return beside what else in a table a key does nothing, and why; None: beside nothing."""
    record = STRATEGIES[table.strategy]
    if table.from_ and field in GIVEN_IS_WHOLE and field not in record.keys_among_given:
        return "beside from", "what from gives is taken as it is: leave one of the two out"
    if field == "random_seed" and record is T_WISE and table.strength != PAIRS:
        return f"with strength = {table.strength}", "only pairs are looked for at random"
    return None


def require_use(matrices: Matrices) -> None:
    """Refuse keys of a project's tables that no matrix reads, all at once.

    A key that says what holds without it is no error: it is there to be changed.

    Raises:
        InputError: a key has no effect [no-effect].
    """
    errors = [_error(matrices, name, field) for name, field in idle_keys(matrices.tables)]
    if errors:
        raise InputError(*errors)


def idle_keys(tables: Mapping[str, MatrixTable]) -> Iterator[tuple[str, str]]:
    """Yield each key of tables that no matrix reads: the table's name and the field.

    Args:
        tables: a file's own, none of which extends itself.
    """
    used: set[tuple[str, str]] = set()
    for name in tables:
        chain = list(_chain(tables, name))
        whole = _whole(tables, chain)
        givers: dict[str, str] = {}
        for giver in chain:
            for field in tables[giver].model_fields_set:
                givers.setdefault(field, giver)
        used.update((giver, field) for field, giver in givers.items() if is_read(field, whole))
    for name, table in tables.items():
        for field, info in MatrixTable.model_fields.items():
            is_default = getattr(table, field) == info.default
            if field in table.model_fields_set and not is_default and (name, field) not in used:
                yield name, field


def _chain(tables: Mapping[str, MatrixTable], name: str) -> Iterator[str]:
    """Yield a table and those that it extends, as far as they are the file's own."""
    while name in tables:
        yield name
        name = tables[name].extends


def _whole(tables: Mapping[str, MatrixTable], chain: Sequence[str]) -> MatrixTable:
    """Return a table with what it inherits."""
    table = BUILT_IN.get(tables[chain[-1]].extends, MatrixTable())
    for name in reversed(chain):
        table = tables[name].over(table)
    return table


def _error(matrices: Matrices, name: str, field: str) -> Diagnostic:
    tables = matrices.tables
    whole = matrices.table(name)
    heirs = [n for n in tables if name in list(_chain(tables, n))[1:]]
    by = " or ".join(f'"{strategy}"' for strategy in readers(field))
    hint, why = f"it is for strategy = {by}", f": the strategy of {name} is {whole.strategy}"
    if whole.strategy in readers(field) and (beside := in_vain(field, whole)):
        why, hint = f" {beside[0]}", beside[1]
    if heirs:
        why = f"{why}, and of those that extend it none reads it either"
    message = f"{key_of(field)} has no effect{why}"
    return matrices.error(name, key_of(field), message, "no-effect", hint)
