# SPDX-License-Identifier: MIT
"""The power fails: a file of ours is left empty, and the next run is whole.

A file that commands have written is emptied, then a command runs on what is left, and a sweep.
KVARIANT_WIDE=1 takes every file in turn; else it is a sample of files of different kinds.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from errors.case import sound_project
from killed_sweeps import verdicts
from kvariant.cli import run

pytestmark = pytest.mark.usefixtures("forked_pytests")

WIDE = bool(os.environ.get("KVARIANT_WIDE"))
SAMPLE = 12
SEED = 20261130
NAMED = ("base", "net", "tls")
COMMANDS = (
    ["sweep", "--json"],
    ["generate"],
    ["report", "--json"],
    ["blame", "-q", "--extra", "2"],
    ["matrix", "--check"],
    ["sweep", "pairs", "--json"],
    ["check"],
)
_GENERATING = """
tests = ["tests"]
[generate]
templates = "templates"
[matrix.pairs]
strategy = "t-wise"
symbols = ["*"]
[[step]]
name = "pack"
run = "cp {config} {out}/packed && ! grep -q CONFIG_TLS=y {config}"
reads = ["Kconfig"]
"""
_FOREIGN = """
[matrix.pairs]
strategy = "t-wise"
symbols = ["*"]
[[step]]
name = "build"
run = "cp {config} {out}/fw.bin && cp {config} {out}/fw.o"
reads = ["Kconfig"]
artifacts = ["*.bin"]
[[step]]
name = "boot"
run = "grep -q CONFIG {out}/fw.bin && ! grep -q CONFIG_TLS=y {config}"
reads = ["Kconfig", "{out}/fw.bin"]
[[step]]
name = "report"
run = "echo 'ok 1 - a' > {results}/r; echo 1..1 >> {results}/r"
results = "tap:{results}/r"
reads = ["Kconfig"]
needs = ["build"]
"""


class Swept:
    """A project on which every command has run, and which can be put back as it was then."""

    def __init__(self, home: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.project = sound_project(home / "project")
        self._home, self._capsys = home, capsys
        if "tests =" in text:
            (self.project / "tests").mkdir()
            (self.project / "tests/test_net.py").write_text(
                "def test_name(variant):\n    assert variant.name != 'base'\n"
            )
        else:
            shutil.rmtree(self.project / "templates")
        (self.project / "configs/tls.config").write_text("CONFIG_NET=y\nCONFIG_TLS=y\n")
        (self.project / "kvariant.toml").write_text(text)
        before = self._files()
        os.chdir(self.project)
        self.run(["matrix", "--write"])
        for command in (*COMMANDS, *COMMANDS[:1]):
            self.run(command)
        self.ours = sorted(set(self._files()) - set(before))
        self._kept = home / "kept"
        for name in ("project", "cache"):
            shutil.copytree(home / name, self._kept / name, symlinks=True)
        self.empty = {path for path in self.ours if not path.stat().st_size}
        self.made = {
            path: path.read_bytes()
            for path in self.ours
            if path.relative_to(home).parts[1] == "generated"
            or (path.suffix in (".bin", ".so") and path.parent.name in NAMED)
        }
        """What people use: generated files and artifacts."""
        self.expected = {}
        for command in COMMANDS:
            self.put_back()
            self.expected[" ".join(command)] = self.run(command)

    @property
    def chosen(self) -> list[Path]:
        """The files that are emptied."""
        every = [path for path in self.ours if path not in self.empty]
        if WIDE:
            return every
        kinds = {(path.name, path.parts[len(self._home.parts) + 1]): path for path in every}
        return random.Random(SEED).sample(sorted(kinds.values()), min(SAMPLE, len(kinds)))

    def _files(self) -> list[Path]:
        return [p for p in self._home.rglob("*") if p.is_file() and not p.is_symlink()]

    def put_back(self) -> None:
        """Let everything be as it was when all had run."""
        os.chdir(self._home)
        for name in ("project", "cache"):
            shutil.rmtree(self._home / name)
            shutil.copytree(self._kept / name, self._home / name, symlinks=True)
        os.chdir(self.project)

    def run(self, command: list[str]) -> tuple[int, dict[str, Any] | None, str]:
        """Run a command; return its code, its JSON if it prints some, and what else it says."""
        code = run(command)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        if "--json" in command:
            return code, json.loads(out), err
        return code, None, out + err  # what check finds is its result


@pytest.fixture(params=[_GENERATING, _FOREIGN], ids=["generating", "foreign"])
def swept(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Swept:
    """Return a swept project in whose steps some cells fail."""
    (tmp_path / "cache").mkdir(mode=0o700)
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return Swept(tmp_path, request.param, capsys)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not on PATH")
def test_any_file_is_emptied(swept: Swept) -> None:
    """Commands end as before, results are whole, and no file of ours stays empty.

    The lock is the user's: it is one error, which says how to get it back.
    """
    assert len(swept.ours) > 30
    sweep = COMMANDS[0]
    expected = verdicts(swept.expected[" ".join(sweep)][1] or {})
    assert {"ok", "failed"} <= {how for how, _ in expected.values()}
    for number, path in enumerate(swept.chosen):
        for command in [COMMANDS[number % len(COMMANDS)]]:
            what = f"{path} empty, then {' '.join(command)}"
            swept.put_back()
            path.write_bytes(b"")
            if path.name == "variants.lock":
                assert_lock_is_told(swept, command)
                continue
            code, record, errors = swept.run(command)
            before, told, _ = swept.expected[" ".join(command)]
            if path.name == "results.sqlite" and command[0] == "report":
                assert (code, "[no-results]" in errors) == (2, True), errors
            elif command == ["check"] and "stale" in errors:
                assert (code, path in swept.made) == (1, True), f"{what}: {errors}"
            else:
                assert code == before, f"{what}: {errors}"
                if record and told and command[0] != "report":
                    assert verdicts(record) == verdicts(told), what
            code, record, errors = swept.run(sweep)
            assert code == swept.expected[" ".join(sweep)][0], f"{what}: {errors}"
            assert verdicts(record or {}) == expected, what
            for other in swept.made:
                assert other.read_bytes() == swept.made[other], f"{other} after {what}"


def assert_lock_is_told(swept: Swept, command: list[str]) -> None:
    """The lock, emptied, is an error with a hint that works, for each command that goes by it."""
    for each in (command, ["matrix", "--check"]):
        code, _, said = swept.run([word for word in each if word != "--json"])
        if each is command and "variants.lock" not in said:  # named variants are not in there
            assert code == swept.expected[" ".join(command)][0], said
            continue
        assert code in (1, 2), said
        assert "variants.lock" in said
        assert "kvariant matrix --write" in said
    (swept.project / "variants.lock").unlink()
    assert swept.run(["matrix", "--write"])[0] == 0
    assert swept.run(command)[0] == swept.expected[" ".join(command)][0]
