# SPDX-License-Identifier: MIT
"""BusyBox swept as docs/busybox.md shows it: built out of tree, each binary checked."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from foreign import TREES

import debian
from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
EXAMPLE = Path(__file__).parents[2] / "docs/examples/busybox"
MISSING = [tool for tool in ("gcc", "make") if shutil.which(tool) is None]


@pytest.fixture
def busybox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of BusyBox with the example's files, which is the working folder."""
    try:
        built = TREES["busybox"]().parent
    except debian.Unavailable as reason:
        pytest.skip(f"no busybox here: {reason}")
    folder = tmp_path / "busybox"
    shutil.copytree(built, folder, symlinks=True)
    for path in EXAMPLE.iterdir():
        shutil.copy(path, folder)
    monkeypatch.chdir(folder)
    return folder


def swept(capsys: Capture, *options: str) -> dict[str, Any]:
    """Sweep; return what it says."""
    run(["sweep", "--json", *options])
    record: dict[str, Any] = json.loads(capsys.readouterr().out)
    return record


def ended(record: Mapping[str, Any], step: str) -> dict[str, str]:
    """Return how a step ended in each variant."""
    heads = (cell for cell in record["cells"] if cell["step"] == step and not cell.get("test"))
    return {cell["variant"]: cell["outcome"] for cell in heads}


def on(config: Path) -> set[str]:
    """Return the options that are y in a `.config`."""
    return set(re.findall(r"^CONFIG_(\w+)=y$", config.read_text(), re.MULTILINE))


def test_the_matrix(busybox: Path, capsys: Capture) -> None:
    """Over 60 options of coreutils vary, every pair that is possible is there, little else is y."""
    assert run(["matrix", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["tuples"]["covered"] == record["tuples"]["feasible"] > 30_000
    assert run(["matrix", "-o", "chosen", "--format", "config"]) == 0
    options = [on(path) for path in Path("chosen").glob("*.config")]
    assert len(options) == len(record["variants"])
    assert len(set.union(*options) - set.intersection(*options)) >= 60
    assert not set.union(*options) & {"ASH", "HUSH", "WGET", "VI"}


@pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}")
@pytest.mark.skipif(
    "KVARIANT_BUSYBOX" not in os.environ,
    reason="5 minutes of compiling on one core; KVARIANT_BUSYBOX=1 runs it",
)
def test_the_sweep(busybox: Path, capsys: Capture) -> None:
    """Its two faults are found and told by their options; the rest is reused until a file changes.

    Kbuild compiles xregcomp.c for EXPR and others, not for FEATURE_CUT_REGEX. Without
    FEATURE_VERBOSE mv.c reads a folder that `-t` never set, of which GCC warns.
    """
    first = swept(capsys)
    build, check = ended(first, "build"), ended(first, "check")
    options = {name: on(Path(f".kvariant/out/{name}/.config")) for name in build}
    unlinked = {n for n, y in options.items() if "FEATURE_CUT_REGEX" in y and "EXPR" not in y}
    crashing = {n for n, y in options.items() if "MV" in y and "FEATURE_VERBOSE" not in y}
    assert {n for n, how in build.items() if how == "failed"} == unlinked
    assert {n for n, how in check.items() if how == "failed"} == crashing - unlinked
    assert unlinked
    assert crashing - unlinked
    told = {failure["step"]: failure for failure in first["failures"]}
    assert told.keys() == {"build", "check"}
    assert "xregcomp" in told["build"]["messages"][0]
    assert "FEATURE_CUT_REGEX && !EXPR" in told["build"]["candidates"]
    assert "mv -t" in told["check"]["messages"][0]
    (warning,) = (m for m in first["messages"] if m["path"] == "coreutils/mv.c")
    assert warning["appears_iff"] == "!FEATURE_VERBOSE && MV"

    again = swept(capsys, "--dry-run")
    good = build.keys() - unlinked
    assert {n for n, how in ended(again, "build").items() if how == "reused"} == good
    assert {n for n, how in ended(again, "check").items() if how == "reused"} == good - crashing
    with (busybox / "coreutils/tee.c").open("a") as source:
        source.write("/* changed */\n")
    changed = ended(swept(capsys, "--dry-run"), "build")
    assert {n for n in good if changed[n] != "reused"} == {n for n in good if "TEE" in options[n]}
