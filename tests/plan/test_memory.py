# SPDX-License-Identifier: MIT
"""What a matrix was chosen for is remembered with it: only exactly the same is not chosen again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kvariant.plan import Plan, Selection
from kvariant.plan import chooser as chooser_module
from kvariant.plan.memory import remembered_names
from kvariant.project import Project
from kvariant.space import Space

KCONFIG = """
config NET
	bool "net"

config TLS
	bool "tls"
	depends on NET

config DEPTH
	int "depth"
	range 1 3
	default 2

config NAME
	string "name"
	default "a"
"""
TEMPLATE = "NET = {{ NET }}\n{% if TLS %}DEEP = {{ DEPTH > 2 }}\n{% endif %}"
TABLES = """
[matrix.small]
strategy = "distinct"
include = ["named"]

[matrix.pairs]
strategy = "t-wise"
symbols = ["NET", "TLS"]

[matrix.drawn]
strategy = "uniform"
size = 3
"""

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return a function that plans a matrix of a small project, and remembers it."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    for folder in ("templates", "configs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "net.py.j2").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "configs" / "base.config").write_text("CONFIG_NET=y\n", encoding="utf-8")
    text = f'[generate]\ntemplates = "templates"\n{TABLES}'
    (tmp_path / "kvariant.toml").write_text(text, encoding="utf-8")

    def plan(
        name: str = "small", *, remember: bool = True, tells_shares: bool = True, **keys: Any
    ) -> Plan:
        selection = Selection(matrix=name, keys=keys, folder=tmp_path, tells_shares=tells_shares)
        return Plan.of(Project.find(tmp_path), selection, remember=remember)

    return plan


@pytest.fixture
def choices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the matrices that were chosen, not remembered, as they come."""
    chosen: list[str] = []
    made = chooser_module.Chooser._made

    def noted(self: Any, asked: Any) -> Any:
        chosen.append(asked.keys.name)
        return made(self, asked)

    monkeypatch.setattr(chooser_module.Chooser, "_made", noted)
    return chosen


def told(plan: Plan) -> list[Any]:
    """Return all that a matrix says, configurations and assignments value by value."""
    matrix = dataclasses.replace(plan.matrix, variants=())
    variants = [
        (
            dataclasses.replace(v, configuration=plan.tree.resolve({})),
            list(v.configuration.items()),
            list(v.configuration.assignment.items()),
            v.configuration.dropped,
        )
        for v in plan.matrix
    ]
    return [matrix, variants, plan.warnings, plan.names]


@pytest.mark.parametrize("name", ["small", "pairs", "drawn"])
def test_remembered_is_as_it_was_chosen(planned: Planned, choices: list[str], name: str) -> None:
    """A second look chooses nothing, and says the same to the last value."""
    first, second = planned(name), planned(name)
    assert [name] == choices
    assert len(first.matrix) > 1
    assert told(first) == told(second)


def edited(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Return what edits a file of the project."""

    def edit(root: Path) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text
        (root / path).write_text(text.replace(old, new), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        edited("Kconfig", "depends on NET", "depends on DEPTH = 1"),
        edited("templates/net.py.j2", "> 2", "> 1"),
        edited("configs/base.config", "NET=y", "NET=n"),
        edited("kvariant.toml", 'include = ["named"]', ""),
        lambda root: (root / "configs/base.config").rename(root / "configs/other.config"),
        lambda root: (root / ".kvariant/chosen/small.json").write_text("{"),
        lambda root: (root / ".kvariant/chosen/small.json").write_text('{"format": 1}'),
        edited(".kvariant/chosen/small.json", '"y"', '"n"'),
        edited(".kvariant/chosen/small.json", '"y"', "null"),
    ],
    ids=["tree", "template", "fragment", "table", "name", "cut", "other", "values", "no text"],
)
def test_what_changed_is_chosen_again(
    planned: Planned, choices: list[str], tmp_path: Path, edit: Callable[[Path], Any]
) -> None:
    """Whatever a choice depends on; and what is damaged counts as nothing."""
    planned()
    edit(tmp_path)
    again = planned()
    assert ["small", "small"] == choices
    assert told(again) == told(planned(remember=False))
    assert ["small", "small"] == choices


def test_options_are_part_of_it(planned: Planned, choices: list[str]) -> None:
    """Another limit is another choice."""
    assert len(planned(max_variants=2).matrix) == 2
    assert len(planned().matrix) > 2
    assert ["small", "small"] == choices


def test_who_only_looks_leaves_nothing_behind(planned: Planned, tmp_path: Path) -> None:
    """No folder is made by commands that run nothing."""
    before = sorted(tmp_path.rglob("*"))
    planned(remember=False)
    assert before == sorted(tmp_path.rglob("*"))


def test_shares_are_counted_for_who_tells_them(
    planned: Planned, choices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who does not tell for how many configurations variants stand has none counted, and goes on
    from a choice of either kind; who tells them has them, whatever was remembered."""
    counted: list[int] = []
    shares = Space.shares

    def noted(self: Space, rows: Any) -> Any:
        counted.append(len(rows))
        return shares(self, rows)

    monkeypatch.setattr(Space, "shares", noted)
    first = planned(tells_shares=False)
    assert [] == counted
    assert {None} == {v.stands_for for v in first.matrix if v.fragment is None}
    second = planned()
    assert 1 == len(counted)
    assert None not in {v.stands_for for v in second.matrix}
    third = planned(tells_shares=False)
    assert ["small", "small"] == choices
    assert first.names == second.names == third.names


@pytest.mark.parametrize(
    "text",
    [
        *("[]", "{}", "[" * 100_000, "\0\0", '{"table": []}', '{"table": 3}'),
        *('{"table": {"symbols": []}}', '{"table": {"symbols": {}}}'),
        '{"table": {"symbols": {"A": 3}, "variants": []}}',
    ],
)
def test_names_of_a_damaged_memory(tmp_path: Path, text: str) -> None:
    """A memory that is none has no variants, whatever is in its place."""
    (tmp_path / "chosen").mkdir()
    (tmp_path / "chosen/pairs.json").write_text(text)
    assert frozenset() == remembered_names(tmp_path)
