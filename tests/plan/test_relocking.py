# SPDX-License-Identifier: MIT
"""The lock of our own tree through an edit: few lines are said, and most names stay."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.plan.lock import Lock

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("little_effort")

ROOT = Path(__file__).parents[2]
FEATURE = """
config FRESH
	bool "Fresh"
	depends on SWAP
"""
EDITS: Mapping[str, tuple[str, str]] = {
    "at the end": ("", FEATURE),
    "in the middle, with a default": ("config SWAP\n", FEATURE + "\tdefault y\n\nconfig SWAP\n"),
    "read by another option": (
        "config SHMEM\n",
        'config FRESH\n\tbool "Fresh"\n\nconfig SHMEM\n\tdepends on FRESH || SWAP\n',
    ),
}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of our own project with its matrices locked."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("Kconfig", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("configs", "generator/templates"):
        shutil.copytree(ROOT / name, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("kvariant.matrix.covering.pairs.STEPS", 100_000)  # as `little_effort`
        for matrix in ("named", "pairwise"):
            assert run(["matrix", matrix, "--write"]) == 0
    return folder


@pytest.fixture
def project(locked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """Return a copy of it, which is the working folder."""
    folder = shutil.copytree(locked, tmp_path / "project")
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


@pytest.mark.parametrize("edit", EDITS)
def test_an_option_more(project: Path, capsys: Capture, edit: str) -> None:
    """`kvariant check` says in a few lines what changes, and at least nine names in ten stay."""
    old, new = EDITS[edit]
    kconfig = project / "Kconfig"
    text = kconfig.read_text()
    assert text.count(old) == 1 or not old
    kconfig.write_text(text.replace(old, new, 1) if old else text + new)
    before = Lock.read(project / "variants.lock")

    assert run(["check"]) in (1, 2)
    said = capsys.readouterr().out
    about = said[said.index("variants.lock: error: stale: 1 symbol new (FRESH)") :].splitlines()
    assert 5 == len(about), "the error, a note for each matrix, the hint, the summary"
    assert "note: named: variants: 34 stay as they are" in about[1] or "changed" in about[1]
    assert "feasible pairs, were" in about[2]
    assert "hint: kvariant matrix --write" == about[3]

    assert run(["matrix", "--write"]) == 0
    after = Lock.read(project / "variants.lock")
    for name, kept in before.matrices.items():
        names = {variant.name for variant in after.matrices[name].variants}
        stayed = [variant.name for variant in kept.variants if variant.name in names]
        assert len(stayed) >= 0.9 * len(kept.variants), (name, stayed)
        assert len(names) <= len(kept.variants) + 2
    counts = after.matrices["pairwise"].tuples
    assert counts is not None
    assert counts.covered == counts.feasible
    assert run(["matrix", "--check"]) == 0


def test_a_name_stays_with_its_values(project: Path, capsys: Capture) -> None:
    """A variant that keeps its name keeps the values of all symbols there were."""
    before = Lock.read(project / "variants.lock").matrices["pairwise"]
    kconfig = project / "Kconfig"
    kconfig.write_text(kconfig.read_text() + FEATURE)
    assert run(["matrix", "--write"]) == 0
    after = Lock.read(project / "variants.lock").matrices["pairwise"]
    new = {variant.name: variant.assignment for variant in after.variants}
    same = [v for v in before.variants if v.name in new]
    assert len(same) >= 0.9 * len(before.variants)
    for variant in same:
        assert variant.assignment == {n: t for n, t in new[variant.name].items() if n != "FRESH"}


def test_a_comment_changes_nothing(project: Path, capsys: Capture) -> None:
    """An edit that changes no rule leaves the lock up to date."""
    kconfig = project / "Kconfig"
    kconfig.write_text("# A comment.\n" + kconfig.read_text())
    assert run(["matrix", "--check"]) == 0
