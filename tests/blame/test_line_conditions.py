# SPDX-License-Identifier: MIT
"""Failures say under which options the line is there that they point at."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.blame.line_conditions import condition_of
from kvariant.cli import run
from kvariant.kconfig import Expression
from kvariant.results import Failure, Store
from render_project import lay_out


class Lines:
    """Knows two lines of one file."""

    def of(self, path: str, line: int) -> Expression | None:
        """Return one condition, and for another line that it is always there."""
        known = {("x.h", 3): "A && !B", ("x.h", 4): "y"}
        text = known.get((path, line))
        return Expression.parse(text) if text else None


@pytest.mark.parametrize(
    ("at", "expected"),
    [("x.h:3", "A && !B"), ("x.h:4", ""), ("x.h:5", ""), ("y.h:3", ""), ("", ""), ("x.h", "")],
)
def test_condition(at: str, expected: str) -> None:
    """What is always there, or is not known, is no condition."""
    assert condition_of(Failure(message="no", again="", at=at), Lines()) == expected


TESTS = """\
def test_send(variant):
    variant.import_module("small.fax").send(1)
"""


def conditions(folder: Path) -> set[tuple[str, str, str]]:
    """The step, line and condition of each failure of the last sweep, as it is kept."""
    with Store.read(folder / ".kvariant/results.sqlite") as store:
        past = store.last()
        assert past is not None
        return {(c.step, f.at, f.condition) for c in past.cells for f in c.failures}


def test_of_our_own_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler's error and a test's traceback point at the line; both say where it is there."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_fax.py").write_text(TESTS)
    module = tmp_path / "templates/python/small/fax.py.j2"
    module.write_text(
        module.read_text().replace("return pages <= LIMIT", "return pages <= nothing")
    )
    assert run(["sweep", "-q", "--step", "test"]) == 1
    text = (tmp_path / "generated/on/python/small/fax.py").read_text().split("\n")
    line = next(number for number, one in enumerate(text, 1) if "nothing" in one)
    assert conditions(tmp_path) == {("test", f"python/small/fax.py:{line}", "FAX")}
    header = tmp_path / "templates/include/fax.h.j2"
    header.write_text(
        header.read_text().replace("return pages * 2;", "{% if FAX %}\n\treturn no;\n{% endif %}")
    )
    assert run(["sweep", "-q", "--step", "build"]) == 1
    text = (tmp_path / "generated/on/include/fax.h").read_text().split("\n")
    line = next(number for number, one in enumerate(text, 1) if "return no;" in one)
    assert conditions(tmp_path) == {("build", f"include/fax.h:{line}", "PDF && FAX")}


def test_of_a_step_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs, as long as it names the file and the line."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    command = (
        "! grep -Hn 'return 7;' {out}/include/fax.h | sed 's/:[^:]*$/: error: seven/' | grep ."
    )
    assert run(["sweep", "-q", "--", command]) == 1
    ((step, at, condition),) = conditions(tmp_path)
    assert (step, condition) == ("build", "PDF")
    assert at.startswith("include/fax.h:")
