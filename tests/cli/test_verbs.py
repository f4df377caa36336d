"""The verbs on a small project: what they print, write and return."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from kvariant.cli import run
from render_project import HEADER, lay_out

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small project, which is the working folder."""
    monkeypatch.chdir(lay_out(tmp_path))
    return tmp_path


def test_bare_command_names_the_next_one(project: Path, capsys: Capture) -> None:
    """Without a verb: what there is, and what to do next."""
    assert run([]) == 0
    shown = capsys.readouterr().out
    assert "generated: nothing yet" in shown
    assert shown.splitlines()[-1].split() == ["next", "kvariant", "sweep"]
    assert run(["generate"]) == 0
    assert run([]) == 0
    shown = capsys.readouterr().out
    assert "generated: fresh" in shown
    assert shown.splitlines()[-1].split() == ["next", "kvariant", "sweep"]
    (project / "generated/on/.config").unlink()
    assert run([]) == 0
    assert "generated: 1 variant is stale" in capsys.readouterr().out


def test_bare_command_says_how_the_last_sweep_ended(project: Path, capsys: Capture) -> None:
    """After a sweep in which something failed, the next thing is to look at it."""
    assert run(["sweep", "-q", "--", "test {name} = on"]) == 1
    assert run(["generate", "-q"]) == 0
    capsys.readouterr()
    assert run([]) == 0
    swept, following = capsys.readouterr().out.splitlines()[-2:]
    assert " ".join(swept.split()) == "swept named: 3 ok, 1 failed"
    assert " ".join(following.split()) == "next kvariant report | kvariant blame"
    assert run(["sweep", "-q", "--", "true"]) == 0
    capsys.readouterr()
    assert run([]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["next", "kvariant", "sweep"]
    (project / ".kvariant/results.sqlite").write_text("no database", encoding="utf-8")
    assert run([]) == 0


def test_bare_command_in_a_project_without_a_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """`init` would refuse, as there is a project file: the next step is not that."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kvariant.toml").write_text('kconfig = "Options"\n', encoding="utf-8")
    assert run([]) == 0
    assert capsys.readouterr().out == (
        "No Kconfig tree here: kvariant.toml means Options.\n"
        "next: write it, or name another in kvariant.toml\n"
    )


def test_a_verb_that_is_nearly_right(capsys: Capture) -> None:
    """A misspelt verb has the hint that a misspelt matrix has."""
    assert run(["swep"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: no such command 'swep' [usage]",
        "hint: did you mean sweep?",
    ]


def test_one_of_a_thing_is_told_in_the_singular(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A tree of one option reads well too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text('config A\n\tbool "A"\n', encoding="utf-8")
    assert run(["init"]) == 0
    for command in ([], ["space"], ["check"], ["matrix"]):
        assert run(command) == 0
    told = capsys.readouterr().out
    for words in ("1 symbol,", "1 symbol (1 bool)", "1 configuration\n", "1 variant (named)"):
        assert words in told


def test_bare_command_outside_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Where there is no Kconfig the bare command says so, and does not fail."""
    monkeypatch.chdir(tmp_path)
    assert run([]) == 0
    assert capsys.readouterr().out.startswith("No Kconfig tree here.")


def test_matrix(project: Path, capsys: Capture) -> None:
    """The matrix lists name, description and assignment, for people and for programs."""
    assert run(["matrix"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[:3] for line in shown.splitlines()] == [
        ["off", "Nothing", "on."],
        ["on", "All", "on."],
        ["2", "variants", "(named)"],
    ]
    assert run(["matrix", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "format": 1,
        "matrix": "named",
        "strategy": "named",
        "variants": [
            {"name": "off", "description": "Nothing on.", "assignment": {}},
            {"name": "on", "description": "All on.", "assignment": {"FAX": "y", "PDF": "y"}},
        ],
        "random_seed": None,
        "tuples": None,
        "lower_bound": 0,
    }


def test_selection(project: Path, capsys: Capture) -> None:
    """-k and --where leave out variants; neither removes the others' files."""
    assert run(["generate"]) == 0
    assert run(["matrix", "--where", "FAX && !DRIVER", "--json"]) == 0
    shown = capsys.readouterr().out
    assert ["on"] == [v["name"] for v in json.loads(shown[shown.index("{") :])["variants"]]
    assert run(["generate", "-k", "of*"]) == 0
    assert (project / "generated/on").is_dir()


def test_check_names_stale_files(project: Path, capsys: Capture) -> None:
    """After an edit that changes outputs, --check fails, names them and writes nothing."""
    assert run(["generate"]) == 0
    path = project / "templates/include/fax.h.j2"
    path.write_text(HEADER.replace("return 7", "return 8"))
    capsys.readouterr()
    assert run(["generate", "--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stale: generated/on/include/fax.h",
        "stale: generated/on/variant.json",
    ]
    assert "return 7" in (project / "generated/on/include/fax.h").read_text()
    assert run(["check"]) == 1
    assert "[stale]" in capsys.readouterr().out


def test_what_was_never_generated_is_not_stale(project: Path, capsys: Capture) -> None:
    """Without generated code `check` warns, as repositories may keep none; --check stays strict."""
    assert run(["check"]) == 0
    warning = "generated: warning: no variant is generated yet [not-generated]"
    assert f"{warning}\nhint: kvariant generate, or kvariant sweep\n" in capsys.readouterr().out
    assert run(["generate", "--check"]) == 1
    assert run(["generate", "-k", "on"]) == 0
    assert run(["check"]) == 1  # the other one has been forgotten
    assert "generated/off: error:" in capsys.readouterr().out


def test_one_configuration_elsewhere(project: Path) -> None:
    """--config FILE -o DIR renders any fragment to DIR/<its name>/ and leaves the project alone."""
    (project / "mine.config").write_text("CONFIG_FAX=y\n")
    assert run(["generate", "--config", "mine.config", "-o", "out"]) == 0
    assert "pages <= LIMIT" in (project / "out/mine/include/fax.h").read_text()
    assert not (project / "generated").exists()


def test_diff(project: Path, capsys: Capture) -> None:
    """Two variants: changed values, then a unified diff of their code; the same, then said so."""
    assert run(["diff", "off", "on"]) == 0
    shown = capsys.readouterr().out
    assert ["PDF", "n", "y"] in [line.split() for line in shown.splitlines()]
    assert "-    return pages\n+    return pages * 2" in shown
    assert run(["diff", "on", "on"]) == 0
    assert capsys.readouterr().out == "on and on are the same\n"
    assert run(["diff", "on", "of"]) == 2
    assert "hint: did you mean off?" in capsys.readouterr().err


def test_sweep_then_reuse(project: Path, capsys: Capture) -> None:
    """A sweep builds every variant; the second does nothing; an edit redoes what it changed."""
    command = ["sweep", "--step", "build", "--json"]
    assert run(command) == 0
    first = json.loads(capsys.readouterr().out)["cells"]
    assert {"ok"} == {cell["outcome"] for cell in first}
    assert [("off", "generate"), ("off", "build"), ("on", "generate"), ("on", "build")] == [
        (cell["variant"], cell["step"]) for cell in first
    ]
    assert run(command) == 0
    assert {"reused"} == {c["outcome"] for c in json.loads(capsys.readouterr().out)["cells"]}
    assert run([*command, "--no-reuse"]) == 0
    anew = json.loads(capsys.readouterr().out)["cells"]
    assert {"ok"} == {cell["outcome"] for cell in anew}
    assert {c["reason"] for c in anew if c["step"] == "build"} == {
        c["reason"] for c in first if c["step"] == "build"
    }
    path = project / "templates/include/fax.h.j2"
    path.write_text(HEADER.replace("return 7", "return 8"))
    assert run(command) == 0
    again = json.loads(capsys.readouterr().out)["cells"]
    built = {c["variant"]: c["outcome"] for c in again if c["step"] == "build"}
    assert built == {"off": "reused", "on": "ok"}


def test_sweep_folds_equal_failures(project: Path, capsys: Capture) -> None:
    """One mistake in two variants is one failure, with a command that replays it."""
    path = project / "templates/include/fax.h.j2"
    path.write_text(HEADER.replace("#include <stdbool.h>", "#include <stdbool.h>\nint x"))
    assert run(["sweep", "--step", "build", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert [["off", "on"]] * len(record["failures"]) == [f["variants"] for f in record["failures"]]
    assert len(record["failures"]) >= 1
    for failure in record["failures"]:
        assert failure["again"] == "kvariant sweep --step build -k off"
        assert "error: " in failure["message"]


def test_sweep_runs_the_tests(project: Path, capsys: Capture) -> None:
    """The test step runs the project's variant tests, each in each variant."""
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\ntestpaths = ['tests']\n")
    (project / "tests").mkdir()
    (project / "tests/test_fax.py").write_text(
        "import pytest\n"
        "@pytest.mark.kconfig('FAX')\n"
        "def test_send(variant):\n"
        "    assert variant.c.send(3, 0) and variant.python.fax.send(3)\n"
        "    assert variant.python.fax.LIMIT == variant.c.LIMIT == 80\n"
        "def test_not_of_a_variant():\n"
        "    assert False\n"
    )
    assert run(["sweep", "--json", "-j", "1"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert [("off", "1 skipped"), ("on", "1 passed")] == [
        (c["variant"], c["reason"]) for c in cells if c["step"] == "test"
    ]


def test_help_is_quick(capsys: Capture) -> None:
    """Help lists every verb within a second of CPU; `test_loading` says what it may not load."""
    start = time.process_time()
    assert run(["--help"]) == 0
    assert time.process_time() - start < 1
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in ("check", "matrix", "generate", "sweep", "diff"))


def test_usage_errors_have_our_shape(capsys: Capture) -> None:
    """A wrong option is an error with a code and a hint, and exit code 2."""
    assert run(["generate", "--chek"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: no such option '--chek'") or "--chek" in shown
    assert "[usage]" in shown
