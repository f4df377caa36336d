# SPDX-License-Identifier: MIT
"""Reuse is never wrong: after any edits a sweep ends as a fresh one of the same files does."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from kvariant.cli import run

from .foreign import KCONFIG, sweep

Capture = pytest.CaptureFixture[str]
Outcomes = dict[tuple[str, ...], tuple[str, str]]

BUILD = """\
cat src/*.txt "$1" > "$2/prog"
cat extra/* > "$2/other" 2>/dev/null
echo "$FLAVOUR $3" >> "$2/prog"
stamp >> "$2/prog"
! grep -q fail src/a.txt
"""
TEST = """\
printf 'TAP version 14\\n1..2\\nok 1 - %s\\nok 2 - %s\\n' \\
    "$(cksum < "$1/prog")" "$(cksum < "$1/other")" > "$1/tap"
"""
STEPS = """
[[step]]
name = "build"
run = "sh build.sh {config} {out} {name}"
reads = ["src/*.txt", "extra/*"]
%s
[[step]]
name = "lint"
run = "! grep -q bad src/a.txt"
reads = ["src/a.txt"]
needs = []
[[step]]
name = "test"
run = "sh test.sh {out}"
reads = ["test.sh"]
results = "tap:{out}/tap"
[[step]]
name = "late"
run = "cksum {out}/prog | grep -v 7"
reads = ["expect"]
needs = ["build"]
where = "A"
env = { GIVEN = "{env.GIVEN}" }
"""
INPUTS: dict[str, list[str | None]] = {
    "src/a.txt": ["one\n", "two\n", "bad\n", "fail\n"],
    "src/new.txt": [None, "new\n", "newer\n"],
    "extra/x": ["x", "y"],
    "build.sh": [BUILD, BUILD + "echo more >> $2/prog\n"],
    "test.sh": [TEST, TEST + "# other\n"],
    "expect": ["1", "2"],
    "bin/stamp": ["#!/bin/sh\necho 1\n", "#!/bin/sh\necho 2\n"],
    "Kconfig": [KCONFIG, KCONFIG.replace('bool "C"', 'bool "C"\n\tdefault y')],
    "configs/a.config": ["CONFIG_A=y\n", "CONFIG_A=y\nCONFIG_B=y\n"],
    "$FLAVOUR": [None, "sweet", "sour"],
    "$GIVEN": ["1", "2"],
}
"""Files, and variables of the environment: what each can be; None: not there."""


def put(root: Path, name: str, text: str | None, patch: pytest.MonkeyPatch) -> None:
    """Give an input a content."""
    if name.startswith("$"):
        patch.delenv(name[1:], raising=False) if text is None else patch.setenv(name[1:], text)
        return
    path = root / name
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text)
        path.chmod(0o755)


def swept(root: Path, capsys: Capture, *arguments: str) -> Outcomes:
    """Return how each cell ended, whether it was run or not."""
    os.chdir(root)
    _, cells = sweep(capsys, "-j", "1", *arguments)
    return {
        place: (
            cell.get("ended", cell["outcome"]),
            cell["reason"] if "skipped" in cell["outcome"] else "",
        )
        for place, cell in cells.items()
    }


def fresh(root: Path, tmp_path: Path, capsys: Capture) -> Outcomes:
    """Return how each cell ends where nothing is to be reused."""
    copy = tmp_path / "fresh"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, ignore=lambda _, names: {".kvariant"} & set(names))
    found = swept(copy, capsys)
    os.chdir(root)
    return found


def lay_out(root: Path, patch: pytest.MonkeyPatch, project: str) -> None:
    """Write the project, every input with its first content."""
    for name in ("configs", "src", "bin", "extra"):
        (root / name).mkdir(parents=True)
    (root / "configs/same.config").write_text("CONFIG_A=y\n")
    (root / "configs/c.config").write_text("CONFIG_C=y\n")
    (root / "kvariant.toml").write_text(project)
    for name, contents in INPUTS.items():
        put(root, name, contents[0], patch)
    patch.setenv("PATH", f"{root}/bin", prepend=os.pathsep)


@pytest.mark.parametrize("artifacts", ["", 'artifacts = ["prog"]'])
@pytest.mark.parametrize("seed", range(2))
def test_random_edits(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, seed: int, artifacts: str
) -> None:
    """After any edits, and edits taken back, every outcome is that of a fresh run."""
    root, chance = tmp_path / "project", random.Random(f"{seed} {artifacts}")
    lay_out(root, monkeypatch, STEPS % artifacts)
    monkeypatch.chdir(root)
    history = []
    for _ in range(8):
        for name in chance.sample(sorted(INPUTS), chance.choice([0, 1, 1, 2])):
            content = chance.choice(INPUTS[name])
            put(root, name, content, monkeypatch)
            history.append((name, content))
        assert fresh(root, tmp_path, capsys) == swept(root, capsys), history


def test_a_template_taken_back(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit of a template that is taken back generates again what was there before it."""
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    template = tmp_path / "templates/invoice.py.j2"
    before = template.read_text()
    generated = tmp_path / "generated/acme/invoice.py"
    texts = []
    for text in (before, before + "# more\n", before):
        template.write_text(text)
        assert run(["sweep", "-q", "--step", "generate"]) == 0
        texts.append(generated.read_text())
    assert texts[0] == texts[2] != texts[1]
