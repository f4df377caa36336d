# SPDX-License-Identifier: MIT
"""Rows of a database that somebody gave us: as we write them, or refused."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from kvariant.errors import InputError
from kvariant.kconfig.value import SymbolType
from kvariant.plan.variant_table import VariantTable
from kvariant.results import Cell, Outcome, Store
from kvariant.results.rows import NOT_OURS, about_of, columns_of, packed

VALUES = {"a": {"A": "y", "N": "3"}, "b": {"A": "n", "N": "3"}}
TABLE = VariantTable.of(VALUES, {"A": SymbolType.BOOL, "N": SymbolType.INT}, asked={"a": 1})


def test_columns_come_back() -> None:
    """What was written is what is read."""
    assert TABLE == columns_of(json.dumps(TABLE.to_json()))
    assert VALUES == TABLE.configurations()


@pytest.mark.parametrize("odd", [1.5, True, None, "0", -1, -2, 2, 2**70, [0], {}, 1e400])
def test_places_are_whole_numbers_of_a_value(odd: Any) -> None:
    """A place in a column that is none of its values is no column, whatever it is instead."""
    data = TABLE.to_json()
    data["symbols"]["A"][2] = [0, odd]
    with pytest.raises(NOT_OURS):
        columns_of(json.dumps(data))


@pytest.mark.parametrize("odd", [1.5, True, None, "1", [0], {}])
def test_other_counts_are_whole_numbers(odd: Any) -> None:
    """So are the symbols that a variant asks for, and the places of variants in a matrix."""
    data = TABLE.to_json()
    data["asked"]["a"] = odd
    with pytest.raises(NOT_OURS):
        columns_of(json.dumps(data))
    with pytest.raises(NOT_OURS):
        about_of({"variants": ["a"], "places": [odd]})


@pytest.mark.parametrize("damage", ["null", "[]", "3", '{"variants": 3}', '{"variants": [1]}'])
def test_damage_is_told_in_words(tmp_path: Path, damage: str) -> None:
    """No words of Python's are in an error, whatever a row is."""
    path = tmp_path / "r.sqlite"
    with Store.opened(path) as store:
        store.begin({"variants": ["a"], "steps": ["b"]})
        store.record([Cell(variant="a", step="b", outcome=Outcome.OK)])
        store.end()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sweep SET about = ?", (damage,))
        connection.execute("UPDATE seen SET columns = ?", (packed(damage),))
    with pytest.raises(InputError) as caught, Store.read(path) as store:
        store.last(None)
    said = caught.value.diagnostics[0].message
    assert "damaged results database: sweep" in said
    assert not re.search("object|NoneType|key|argument|iterable|attribute", said)
