# SPDX-License-Identifier: MIT
"""`kvariant diff`: names of any matrix, paths, and what has no meaning beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from errors.case import sound_project
from kvariant.cli import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small sound project with the variants base and net, the working folder."""
    folder = sound_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def diff(capsys: Capture, *arguments: str) -> Any:
    """Return the JSON of a difference."""
    code = run(["diff", *arguments, "--json"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def variants(capsys: Capture, *arguments: str) -> dict[str, dict[str, str]]:
    """Return the variants that a matrix has: name -> NET, TLS and DEPTH."""
    assert run(["matrix", *arguments, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    defaults = {"NET": "n", "TLS": "n", "DEPTH": "3"}
    return {v["name"]: defaults | v["assignment"] for v in record["variants"]}


def changed(first: dict[str, str], second: dict[str, str]) -> dict[str, list[str]]:
    """Return what differs."""
    return {name: [first[name], second[name]] for name in first if first[name] != second[name]}


def test_variants_of_a_matrix(capsys: Capture) -> None:
    """Each two variants of a strategy's matrix are compared by their names."""
    rows = variants(capsys, "pairwise")
    assert len(rows) == 3
    for a in rows:
        for b in rows:
            record = diff(capsys, a, b, "pairwise")
            assert record["variants"] == [a, b]
            assert record["values"] == changed(rows[a], rows[b])
            assert bool(record["files"]) == (rows[a]["NET"] != rows[b]["NET"])


def test_a_matrix_beside_fragments(project: Path, capsys: Capture) -> None:
    """A variant that was chosen is compared with one of the project's fragments, or a path."""
    rows = variants(capsys, "pairwise")
    (tls,) = (name for name in rows if rows[name]["TLS"] == "y")
    (project / "elsewhere").mkdir()
    (project / "elsewhere/deep.config").write_text("CONFIG_DEPTH=7\n")
    assert diff(capsys, "base", tls, "pairwise")["values"] == {"NET": ["n", "y"], "TLS": ["n", "y"]}
    found = diff(capsys, tls, "elsewhere/deep.config", "pairwise")["values"]
    assert found == {"NET": ["y", "n"], "TLS": ["y", "n"], "DEPTH": ["3", "7"]}


def test_variants_of_the_projects_own_matrix(project: Path, capsys: Capture) -> None:
    """Where the default matrix is a strategy's, its names need no MATRIX."""
    with (project / "kvariant.toml").open("a") as file:
        file.write('[matrix]\ndefault = "pairs"\n[matrix.pairs]\nstrategy = "t-wise"\n')
    rows = variants(capsys)
    first, *_, last = rows
    assert diff(capsys, first, last)["values"] == changed(rows[first], rows[last])


def test_options_choose_as_elsewhere(capsys: Capture) -> None:
    """What is said of a matrix is said as to `kvariant matrix`."""
    options = ["distinct", "--symbols", "NET", "DEPTH", "--where", "DEPTH >= 8"]
    rows = variants(capsys, *options)
    assert len(rows) == 4
    first, *_, last = rows
    assert diff(capsys, first, last, *options)["values"] == changed(rows[first], rows[last])
    assert run(["diff", first, last, "distinct"]) == 2
    assert "[no-variant]" in capsys.readouterr().err


def test_two_fragments_of_one_name(project: Path, capsys: Capture) -> None:
    """They are told apart as they were named."""
    (project / "mine").mkdir()
    (project / "mine/net.config").write_text("CONFIG_NET=y\nCONFIG_TLS=y\n")
    record = diff(capsys, "configs/net.config", "mine/net.config")
    assert record["variants"] == ["configs/net.config", "mine/net.config"]
    assert record["values"] == {"TLS": ["n", "y"]}
    assert diff(capsys, "net", "mine/net.config")["values"] == record["values"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["matrix", "pairwise", "--config", "configs/net.config"], "--config names variants"),
        (["sweep", "toggles", "--config", "configs/net.config"], "--config names variants"),
        (["diff", "a", "b", "distinct", "--config", "configs/net.config"], "--config names"),
        (["matrix", "--strength", "3"], "--strength has no effect on the matrix named"),
        (["generate", "--symbols", "NET"], "--symbols has no effect on the matrix named"),
        (["matrix", "--from", "configs/*"], "--from has no effect on the matrix named"),
        (["matrix", "toggles", "--strength", "3"], "--strength has no effect on the matrix togg"),
        (["matrix", "pairwise", "--size", "3"], "--size has no effect on the matrix pairwise"),
        (["matrix", "distinct", "--random-seed", "3"], "--random-seed has no effect"),
        (["blame", "uniform", "--size", "2", "--strength", "3"], "--strength has no effect"),
    ],
)
def test_what_has_no_meaning_is_refused(
    project: Path, capsys: Capture, arguments: list[str], said: str
) -> None:
    """Nothing that is asked of a matrix is left out in silence."""
    if arguments[0] == "generate":
        arguments = [*arguments, "-o", "out"]
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"error: {said}")
    assert ("[no-effect]" in printed.err) == ("no effect" in said)
    assert "hint: " in printed.err
