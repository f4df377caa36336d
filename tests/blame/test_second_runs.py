# SPDX-License-Identifier: MIT
"""Failures that come and go: no cause is named for one, in whatever way it does so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
ONLY_A = "grep -q '^CONFIG_A=y' {config} || exit 0; "
COUNT = "n=$(cat %s 2>/dev/null || echo 0); echo $((n + 1)) > %s; "


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of three options."""
    kconfig = "".join(f'config {name}\n\tbool "{name}"\n' for name in "ABC")
    folder = tmp_path / "project"  # what steps write beside it is no edit
    folder.mkdir()
    (folder / "Kconfig").write_text(kconfig, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def project(tree: Path, command: str, more: str = "") -> None:
    """Write a project of one step."""
    text = f'[[step]]\nname = "s"\nrun = {json.dumps(command)}\n{more}'
    matrix = '[matrix]\ndefault = "pairs"\n[matrix.pairs]\nstrategy = "t-wise"\n'
    (tree / "kvariant.toml").write_text(matrix + text, encoding="utf-8")


def swept(capsys: Capture, verdict: int = 1) -> None:
    """Sweep the matrix."""
    assert run(["sweep", "-q", "-j", "1"]) == verdict
    capsys.readouterr()


def blamed(capsys: Capture, *words: str) -> list[dict[str, object]]:
    """Return what blame says of each failure."""
    code = run(["blame", "-q", "--json", *words])
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["failures"]
    assert code == bool(found)
    return found


@pytest.mark.parametrize("reads", ['reads = ["Kconfig"]\n', ""])
def test_what_failed_in_the_sweep_once(reads: str, tree: Path, capsys: Capture) -> None:
    """It is told, with its runs, though nothing fails any more; no expression is named."""
    once = "[ -e ../flag ] || { touch ../flag; echo error: bad luck; exit 1; }"
    project(tree, f"{ONLY_A} {once}", reads)
    swept(capsys)
    (found,) = blamed(capsys)
    assert (found["flaky"], found["failed_runs"], found["runs"]) == ("a-b-c", 1, 3)
    assert (found["variants"], found["message"]) == (["a-b-c"], "error: bad luck")
    assert "fails_iff" not in found
    assert run(["blame", "-q"]) == 1
    assert "    flaky: a-b-c failed in 1 of " in capsys.readouterr().out
    assert run(["report"]) == 0  # that sweep has no failure
    said = capsys.readouterr().out
    assert "flaky: a-b-c failed in 1 of " in said
    assert " runs: error: bad luck  (in a sweep before)\n" in said


def test_what_failed_two_sweeps_ago(tree: Path, capsys: Capture) -> None:
    """A sweep of the same in between, in which it passed, is one more run."""
    project(
        tree, f"{ONLY_A} {COUNT % (('../n',) * 2)} [ $n != 0 ] || exit 7", 'reads = ["Kconfig"]\n'
    )
    swept(capsys)
    swept(capsys, 0)
    (found,) = blamed(capsys)
    assert (found["failed_runs"], found["runs"]) == (1, 3)  # the last one was reused


@pytest.mark.parametrize("reads", ['reads = ["a.c", "Kconfig"]\n', ""])
@pytest.mark.parametrize("edit", ["a.c", "Kconfig", "kvariant.toml"])
def test_what_was_mended_is_not_flaky(edit: str, reads: str, tree: Path, capsys: Capture) -> None:
    """After an edit of what it reads, or of anything where nobody knows that, it is none."""
    (tree / "a.c").write_text("int broken;\n", encoding="utf-8")
    project(tree, f"{ONLY_A} ! grep -q broken a.c", reads)
    swept(capsys)
    (tree / "a.c").write_text("int mended;\n", encoding="utf-8")
    if edit != "a.c":
        with (tree / edit).open("a", encoding="utf-8") as stream:
            stream.write("# edited\n")
    assert blamed(capsys) == []


def test_a_file_that_is_gone_was_edited(tree: Path, capsys: Capture) -> None:
    """What failed for a file that somebody has removed since is no flaky one."""
    (tree / "src").mkdir()
    (tree / "src/core").write_text("", encoding="utf-8")
    project(tree, f"{ONLY_A} ! test -e src/core")
    swept(capsys)
    (tree / "src/core").unlink()
    assert blamed(capsys) == []


def test_what_fails_every_second_time(tree: Path, capsys: Capture) -> None:
    """A variant is run twice in a row before a cause is looked for: one of both runs passes."""
    project(tree, f"{ONLY_A} {COUNT % (('../n',) * 2)} [ $((n % 2)) = 1 ] || exit 7")
    for _ in range(2):
        (found,) = blamed(capsys)
        assert "fails_iff" not in found
        assert found["flaky"] in ("a", "a-b-c")


def test_what_fails_beside_others_alone(tree: Path, capsys: Capture) -> None:
    """It passes when it runs alone, and that is said."""
    # Who holds it waits for another one, a second at most: a busy machine may start it late.
    wait = "for i in 1 2 3 4 5 6 7 8 9 10; do test -e $lock/other || sleep 0.1; done"
    held = (
        f"if mkdir $lock 2>/dev/null; then {wait}; rm -rf $lock; else touch $lock/other; exit 7; fi"
    )
    project(tree, f"lock={{tree}}/.locked; {held}; : {{out}}")
    assert run(["blame", "-q", "-j", "4"]) == 1
    said = capsys.readouterr().out
    assert "runs; it passed when it ran alone\n" in said
    assert "fails iff" not in said


def test_what_an_earlier_run_hides(tree: Path, capsys: Capture) -> None:
    """What fails in a new folder alone has a cause, which is found, and hides in the old one."""
    project(tree, f"{ONLY_A} test -e {{out}}/made || {{ touch {{out}}/made; exit 7; }}")
    swept(capsys)
    (found,) = blamed(capsys)
    assert (found["fails_iff"], found["proven"]) == ("A", True)
    assert found["hidden_in"] == "a-b-c"
    assert found["variants"][:2] == ["a-b-c", "a"]  # type: ignore[index]


def test_one_of_two_failures_of_a_variant(tree: Path, capsys: Capture) -> None:
    """A test that came and went is told apart from one that fails as it did."""
    report = (
        "{ echo 1..2; "
        "if grep -q '^CONFIG_B=y' {config}; then echo not ok 1 - real; else echo ok 1 - real; fi; "
        "if [ -e ../flag ]; then echo ok 2 - luck; else touch ../flag; echo not ok 2 - luck; fi; "
        "} > {results}/t; ! grep -q '^not' {results}/t"
    )
    project(tree, report, 'results = "tap:{results}/t"\n')
    swept(capsys)
    found = {f"{one['message']}".partition(":")[0]: one for one in blamed(capsys)}
    assert set(found) == {"real", "luck"}
    assert found["real"]["fails_iff"] == "B"
    assert "flaky" not in found["real"]
    assert found["luck"]["failed_runs"] == 1
    assert "fails_iff" not in found["luck"]
