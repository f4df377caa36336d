# SPDX-License-Identifier: MIT
"""What another process makes of its plain form is the same matrix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.kconfig import Expression
from kvariant.plan import Plans, Selection
from kvariant.project import Project
from kvariant.sweep.plain_matrix import PlainMatrix
from render_project import lay_out


@pytest.mark.parametrize(
    "selection", [Selection(), Selection(matrix="pairwise")], ids=["named", "pairwise"]
)
def test_what_is_sent_arrives(tmp_path: Path, selection: Selection) -> None:
    """Names, order, values, types and keys survive JSON, which execnet's form contains."""
    plans = Plans.of(Project.find(lay_out(tmp_path)), selection)
    (plan,) = plans
    matrix = PlainMatrix.of(plans, is_whole=True)
    arrived = PlainMatrix.of_plain(json.loads(json.dumps(matrix.plain())))
    assert arrived.names == tuple(variant.name for variant in plan.matrix)
    assert list(arrived.types.items()) == list(plan.tree.types.items())
    assert plan.templates
    assert arrived.read == plan.templates.symbols
    where = Expression.parse("FAX && PORT > 79 && NAME = acme")
    for variant in plan.matrix:
        found = arrived.variants[variant.name]
        assert dict(found.configuration) == dict(variant.configuration)
        assert found.configuration.assignment == variant.configuration.assignment
        assert found.fragment == variant.fragment
        assert found.description == variant.description
        assert found.configuration.because(where) == variant.configuration.because(where)
        assert arrived.key(variant.name) == matrix.key(variant.name)
    assert len({matrix.key(name) for name in matrix.names}) == len(plan.matrix)


def test_the_key_covers_what_is_read(tmp_path: Path) -> None:
    """A changed template, Kconfig or value is another key; nothing else is."""

    def keys() -> list[str]:
        matrix = PlainMatrix.of(Plans.of(Project.find(tmp_path)), is_whole=True)
        return [matrix.key(name) for name in ("off", "on")]

    lay_out(tmp_path)
    first = keys()
    assert keys() == first
    (tmp_path / "README").write_text("other")
    assert keys() == first
    config = tmp_path / "configs/on.config"
    config.write_text(config.read_text() + "CONFIG_PORT=81\n")
    second = keys()
    assert (second[0], second[1] != first[1]) == (first[0], True)
    for path in ("Kconfig", "templates/include/fax.h.j2", "templates/interface.toml"):
        before = keys()
        file = tmp_path / path
        file.write_text(file.read_text() + "\n")
        assert not set(keys()) & set(before)
