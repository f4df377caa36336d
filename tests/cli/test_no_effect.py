# SPDX-License-Identifier: MIT
"""Options that do nothing beside, or without, others are refused, and nothing is done."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from errors.case import sound_project
from kvariant.cli import diff, run
from kvariant.cli.variant_options import choosing_options

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small sound project, which is the working folder."""
    folder = sound_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


PATHS = ["configs/net.config", "configs/base.config"]
IDLE = [
    (["matrix", "--format", "header"], "--format", "without -o"),
    (["matrix", "--max-jobs", "3"], "--max-jobs", "without --ci"),
    (["matrix", "--since", "HEAD", "--json"], "--since", "with --json"),
    (["matrix", "--since", "HEAD", "-o", "out"], "--since", "with -o"),
    (["matrix", "--since", "HEAD", "--write"], "--since", "with --write"),
    (["matrix", "--ci", "github", "--json"], "--json", "with --ci github"),
    (["matrix", "--base", "allnoconfig"], "--base", "on the matrix named"),
    (["generate", "-o", "out", "--base", "allnoconfig"], "--base", "on the matrix named"),
    (["sweep", "--base", "allnoconfig"], "--base", "on the matrix named"),
    (["blame", "--base", "allnoconfig"], "--base", "on the matrix named"),
    (["matrix", "toggles", "--random-seed", "3"], "--random-seed", "on the matrix toggles"),
    (
        ["matrix", "pairwise", "--from", "configs/*", "--base", "allnoconfig"],
        "--base",
        "beside from",
    ),
    (
        ["matrix", "pairwise", "--strength", "1", "--random-seed", "3"],
        "--random-seed",
        "with strength = 1",
    ),
    (["sweep", "--dry-run", "--junit", "x.xml"], "--junit", "with --dry-run"),
    (["sweep", "--dry-run", "--fail-fast"], "--fail-fast", "with --dry-run"),
    (["sweep", "--dry-run", "--budget", "1m"], "--budget", "with --dry-run"),
    (["sweep", "--dry-run", "--require-coverage", "9"], "--require-coverage", "with --dry-run"),
    (["sweep", "--failed-first", "--budget", "1m"], "--failed-first", "with --budget"),
    (["matrix", "pairwise", "--write", "--budget", "1m"], "--budget", "with --write"),
    (["matrix", "pairwise", "--check", "--budget", "1m"], "--budget", "with --check"),
    (["sweep", "--last-failed", "--failed-first"], "--failed-first", "with --last-failed"),
    (["report", "--json", "--verbose"], "--verbose", "with --json"),
    (["explain", "NET", "--fix"], "--fix", "without a value: NET=y --fix"),
    (["diff", *PATHS, "pairwise"], "MATRIX", "where both variants are files"),
    (["diff", *PATHS, "--where", "NET"], "--where", "where both variants are files"),
    (["diff", *PATHS, "--symbols", "NET"], "--symbols", "where both variants are files"),
    (["diff", *PATHS, "--config", *PATHS], "--config", "where both variants are files"),
    (["diff", *PATHS, "--strength", "3"], "--strength", "where both variants are files"),
]


@pytest.mark.parametrize(
    ("arguments", "option", "why"), [pytest.param(*row, id=" ".join(row[0])) for row in IDLE]
)
def test_an_idle_option_is_refused(
    project: Path, capsys: Capture, arguments: list[str], option: str, why: str
) -> None:
    """The command ends before it does anything, and says beside what the option is in vain."""
    before = sorted(project.rglob("*"))
    assert run(arguments) == 2
    printed = capsys.readouterr()
    if "--json" in arguments:
        (error,) = json.loads(printed.out)["errors"]
        assert ("no-effect", True) == (
            error["code"],
            error["message"].startswith(f"{option} has no effect {why}"),
        )
    else:
        assert f"error: {option} has no effect {why}" in printed.err
        assert "[no-effect]" in printed.err
        assert "" == printed.out
    assert before == sorted(path for path in project.rglob("*") if ".kvariant" not in path.parts)


def test_diff_knows_every_option_that_chooses() -> None:
    """An option that is added to those that choose variants is refused beside two files."""

    def nothing() -> None: ...

    known = {p.name for p in click.command()(choosing_options(nothing)).params}
    assert known - {"globs"} == set(diff._CHOICE) - {"matrix"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix", "-o", "out", "--format", "header"],
        ["matrix", "--ci", "github", "--max-jobs", "3"],
        ["explain", "NET=y", "--fix"],
        ["diff", *PATHS],
        ["diff", "net", "base", "--where", "NET || !NET"],
        ["sweep", "--dry-run", "--failed-first"],
    ],
    ids=" ".join,
)
def test_the_same_options_where_they_do_something(
    project: Path, capsys: Capture, arguments: list[str]
) -> None:
    """Nothing is refused beside what it is for."""
    assert run(arguments) in (0, 1)
    assert "no-effect" not in capsys.readouterr().err
