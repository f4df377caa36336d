"""The conditions of branches, held against what is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branching import ATOMS, SAYABLE, conditions_of, configurations_of, flat, lay_out, template_of
from kvariant.render import Templates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tree."""
    return lay_out(tmp_path_factory.mktemp("branches"))


@settings(max_examples=40)
@given(st.lists(conditions_of(SAYABLE), min_size=4, max_size=4))
def test_exact_where_it_can_be_said(folder: Path, tests: list[str]) -> None:
    """A branch is rendered exactly where its condition holds."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(template_of(tests))
    templates = Templates(folder / "templates", tree)
    ((_, found),) = templates.branches()
    conditions = [branch.condition for branch in flat(found)]
    assert 6 == len(conditions)
    for configuration in configurations[::11]:
        text = templates.render(configuration).files["x.txt"]
        for mark, condition in enumerate(conditions):
            assert (f"[{mark}]" in text) == configuration.satisfies(condition), str(condition)


@settings(max_examples=40)
@given(st.lists(conditions_of(ATOMS), min_size=4, max_size=4))
def test_never_too_strong(folder: Path, tests: list[str]) -> None:
    """Where a test cannot be said, what is rendered still satisfies the condition."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(template_of(tests))
    templates = Templates(folder / "templates", tree)
    ((_, found),) = templates.branches()
    by_line = [(branch.line, branch.condition) for branch in flat(found)]
    lines = {0: 1, 1: 3, 2: 4, 3: 5}
    for configuration in configurations[::11]:
        text = templates.render(configuration).files["x.txt"]
        for mark, line in lines.items():
            here = [condition for at, condition in by_line if at == line]
            if f"[{mark}]" in text:
                assert all(map(configuration.satisfies, here))


def test_names_of_the_template_are_no_symbols(folder: Path) -> None:
    """A name that the template sets, loops over or imports hides the symbol."""
    tree, _ = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(
        "{% set A = 1 %}{% for B in [1] %}{% if B and not A %}x{% endif %}{% endfor %}\n"
        "{% macro f(T) %}{% if T and not T %}y{% endif %}{% endmacro %}{% if N %}z{% endif %}\n"
    )
    ((_, found),) = Templates(folder / "templates", tree).branches()
    assert ['N != "" && N != 0'] == [str(branch.condition) for branch in flat(found)]
