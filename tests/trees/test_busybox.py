# SPDX-License-Identifier: MIT
"""BusyBox swept as docs/busybox.md shows it: built out of tree, each binary checked."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from foreign import TREES

import debian
from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
EXAMPLE = Path(__file__).parents[2] / "docs/examples/busybox"


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


def swept(capsys: Capture, *options: str) -> dict[str, dict[str, str]]:
    """Sweep; return how each variant's steps ended."""
    run(["sweep", "--json", *options])
    printed = capsys.readouterr()
    ended: dict[str, dict[str, str]] = {}
    for cell in json.loads(printed.out)["cells"]:
        if not cell.get("test"):
            ended.setdefault(cell["variant"], {})[cell["step"]] = cell["outcome"]
    return ended


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


@pytest.mark.skipif(
    "KVARIANT_BUSYBOX" not in os.environ,
    reason="5 minutes of compiling on one core; KVARIANT_BUSYBOX=1 runs it",
)
def test_the_sweep(busybox: Path, capsys: Capture) -> None:
    """What fails is cut without what it needs; the rest is reused until a file changes."""
    first = swept(capsys)
    failed = {name for name, ended in first.items() if ended["build"] == "failed"}
    options = {name: on(Path(f".kvariant/out/{name}/.config")) for name in first}
    # Kbuild compiles xregcomp.c for EXPR and others, not for FEATURE_CUT_REGEX.
    assert failed == {n for n, y in options.items() if "FEATURE_CUT_REGEX" in y and "EXPR" not in y}
    assert failed
    good = {"build": "reused", "check": "reused"}
    again = swept(capsys, "--dry-run")
    assert {n for n, ended in again.items() if ended == good} == first.keys() - failed
    with (busybox / "coreutils/tee.c").open("a") as source:
        source.write("/* changed */\n")
    changed = swept(capsys, "--dry-run")
    due = {n for n in first.keys() - failed if changed[n]["build"] != "reused"}
    assert due == {n for n in first.keys() - failed if "TEE" in options[n]}
