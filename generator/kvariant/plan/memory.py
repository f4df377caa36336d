# SPDX-License-Identifier: MIT
"""Matrices as they were last chosen, so that one that nothing has changed is not chosen again.

`<state>/chosen/NAME.json` (`<state>/chosen/x86/NAME.json` in an environment) holds one
matrix and the digest of all that its choice depended on, our own code and its solvers
included. A lock is written by people, for review, and holds through such changes; this
is written by sweeps and blame, and holds for exactly the same.

    {"format": 2, "key": "61d0...", "digest": "8b1f...",   the digest of all that follows
     "matrix": {"strategy": "distinct", ...},
     "table": {"variants": ["noswap", ...], ...},           values; see `VariantTable`
     "variants": [[{"SWAP": "n"}, 12, null], ...],          what they ask for, stand for
     "warnings": [...]}
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.digest import short_digest
from kvariant.errors import Diagnostic, KvariantError, Severity
from kvariant.kconfig import Configuration, Tree
from kvariant.matrix import Tuples
from kvariant.plan.digests import toolkit, versions
from kvariant.plan.variant import Matrix, Variant
from kvariant.plan.variant_table import VariantTable
from kvariant.project.state_folder import claimed
from kvariant.regular_file import record_of
from kvariant.render import Writer

FORMAT = 2
FOLDER = "chosen"
_SOLVERS = ("jinja2", "kconfiglib", "pycmsgen", "pyganak", "python-sat")
"""What choices are made with: some of them may be there or not."""
_PLAIN = ("strategy", "random_seed", "method", "combinations", "lower_bound", "among", "key")
"""Fields of a matrix that are JSON as they are."""
_HEAD = ("format", "key", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A matrix as it was chosen."""

    matrix: Matrix
    warnings: tuple[Diagnostic, ...]
    """What choosing it warned about."""


class Memory:
    """The matrices of one environment in a project's state folder."""

    def __init__(self, state: Path, tree: Tree, environment: str = "", *, writes: bool) -> None:
        """Look into a state folder.

        Args:
            tree: the environment's.
            writes: whether what is chosen may be written there: who only looks at a
                project leaves no folder behind.
        """
        self._state = state
        self._folder = state / FOLDER / environment if environment else state / FOLDER
        self._tree = tree
        self._writes = writes

    def key(self, parts: Iterable[str]) -> str:
        """Return the digest of what a choice depends on, with what makes it."""
        return short_digest([makers(), *parts])

    def matrix(self, name: str, key: str) -> Remembered | None:
        """Return a matrix that was chosen for the same, None if it was not or is damaged."""
        data = record_of(self._path(name)) or {}
        head = [data.pop(field, None) for field in _HEAD]
        if head != [FORMAT, key, _digest(data)]:
            return None
        try:
            return _remembered(data, name, self._tree)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # it is chosen again

    def keep(self, key: str, remembered: Remembered, *, always: bool = False) -> None:
        """Keep a matrix; where that cannot be written, it will be chosen again.

        Args:
            always: keep it even if nothing else is: the state folder is there.
        """
        is_simple = all(not v.configuration.dropped for v in remembered.matrix)
        if (
            not (self._writes or always)
            or not is_simple
            or any(map(_is_placed, remembered.warnings))
        ):
            return
        data = _plain(remembered)
        head = dict(zip(_HEAD, (FORMAT, key, _digest(data)), strict=True))
        text = json.dumps({**head, **data}) + "\n"
        try:
            claimed(self._state)
            with Writer(self._folder).locked() as writer:
                writer.write_file(self._path(remembered.matrix.name).name, text)
        except KvariantError:  # what the sweep itself cannot write will be told
            return

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def remembered_names(state: Path, environment: str = "") -> frozenset[str]:
    """Return the names of the variants of all matrices that are remembered of an environment.

    They may have been chosen for something else than there is today.
    """
    found: set[str] = set()
    for path in (state / FOLDER / environment).glob("*.json"):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # it is none
            found.update(VariantTable.from_json((record_of(path) or {})["table"]).variants)
    return frozenset(found)


@functools.cache
def makers() -> str:
    """Return what choices are made by: our own code, and the solvers."""
    return f"{toolkit()} {versions(_SOLVERS)}"


def _digest(data: Mapping[str, Any]) -> str:
    """Return the digest of a matrix: what is damaged may well be JSON, and of other variants."""
    return short_digest([json.dumps(data)])


def _is_placed(warning: Diagnostic) -> bool:
    return warning.location is not None or bool(warning.notes or warning.excerpt)


def _plain(remembered: Remembered) -> Mapping[str, Any]:
    matrix = remembered.matrix
    rows = {variant.name: variant.configuration for variant in matrix}
    types = next(iter(rows.values())).types if rows else {}
    return {
        "matrix": {
            **{field: getattr(matrix, field) for field in _PLAIN},
            "symbols": matrix.symbols,
            "tuples": dataclasses.asdict(matrix.tuples) if matrix.tuples else None,
        },
        "table": VariantTable.of(rows, types).to_json(),
        "variants": [[dict(v.configuration.assignment), v.stands_for, v.distance] for v in matrix],
        "warnings": [[w.message, w.code, w.hint] for w in remembered.warnings],
    }


def _remembered(data: Mapping[str, Any], name: str, tree: Tree) -> Remembered:
    told, tuples = data["matrix"], data["matrix"]["tuples"]
    if tuples:
        tuples = Tuples(**tuples | {"uncovered": tuple(tuples["uncovered"])})
    matrix = Matrix(
        name=name,
        variants=tuple(_variants(VariantTable.from_json(data["table"]), data["variants"], tree)),
        symbols=tuple(told["symbols"]),
        tuples=tuples,
        **{field: told[field] for field in _PLAIN},
    )
    warnings = (
        Diagnostic(message=message, code=code, hint=hint, severity=Severity.WARNING)
        for message, code, hint in data["warnings"]
    )
    return Remembered(matrix=matrix, warnings=tuple(warnings))


def _variants(table: VariantTable, asked: Sequence[Sequence[Any]], tree: Tree) -> Iterable[Variant]:
    rows = zip(table.configurations().items(), asked, strict=True)
    for (name, values), (assignment, stands_for, distance) in rows:
        yield Variant(
            name=name,
            description="",
            configuration=Configuration(values_=values, types=tree.types, assignment=assignment),
            fragment=None,
            stands_for=stands_for,
            distance=distance,
        )
