# SPDX-License-Identifier: MIT
"""Errors of TOML files, in TOML's words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kvariant.document import Document, TomlTable, toml_text
from kvariant.errors import InputError
from kvariant.project.project import ProjectTable
from kvariant.render.interface import InterfaceTable
from kvariant.render.relations import Relations

FILES = (ProjectTable, InterfaceTable, Relations)
"""By them all tables that there are have been imported."""

VALUES = (
    "true", "7", "-1", "1.5", "inf", "'text'", "''", "[]", "[true, 1.5]", "[['a']]",
    "{ a = true }", "{ 'a b' = [true] }", "{}", "2030-12-31", "2030-12-31T10:00:00Z", "10:00:00",
)  # fmt: skip
PYTHON = re.compile(r"\b(True|False|None|dict|list\[|tuple|datetime|input should|valid)\b|,\)|\{'")


def _tables(above: type[TomlTable] = TomlTable) -> Iterator[type[TomlTable]]:
    for table in above.__subclasses__():
        yield table
        yield from _tables(table)


def test_errors_spell_values_as_toml_does(tmp_path: Path) -> None:
    """Whatever value stands for whatever key: what the error shows of it is TOML, never Python."""
    assert FILES
    shown = 0
    for table in _tables():
        keys = [field.alias or name for name, field in table.model_fields.items()]
        for key in keys:
            for value in VALUES:
                path = tmp_path / "file.toml"
                path.write_text(f"{key} = {value}\n")
                document = Document(path)
                try:
                    document.validated(table, document.data)
                except InputError as error:
                    found = [one.message for one in error.diagnostics if one.code == "bad-value"]
                else:
                    continue
                assert [] == [message for message in found if PYTHON.search(message)]
                for message in found:
                    _, told, text = message.rpartition(", not ")
                    if told:
                        tomllib.loads(f"value = {text}")
                        shown += 1
    assert shown > 1000


@pytest.mark.parametrize("value", VALUES)
def test_toml_text(value: str) -> None:
    """A value is spelled so that a TOML reader has it again."""
    data = tomllib.loads(f"value = {value}")
    assert data == tomllib.loads(f"value = {toml_text(data['value'])}")


def test_long_values_are_cut() -> None:
    """A message has no more of a value than a line has room for."""
    assert 60 == len(toml_text(["word"] * 100))
    assert toml_text(["word"] * 100).endswith("...")
