# SPDX-License-Identifier: MIT
"""The flagship's seed as a patch: Linux 1db9dbc2ef05, "mm/uffd: PTE_MARKER_UFFD_WP", in our words.

Our templates have what it changed. Here they are a tree for each architecture, as the
kernel's are, and the patch is all that they have for it.
"""

from __future__ import annotations

import difflib
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.kconfig import Tree

ROOT = Path(__file__).parents[2]
SYMBOLS = ("USERFAULTFD", "HAVE_ARCH_USERFAULTFD_WP", "PTE_MARKER", "PTE_MARKER_UFFD_WP")
STATES = {
    "x86": {"nnnn", "nnyn", "yynn", "yyyn", "yyyy"},
    "arm64": {"nnnn", "nnyn", "ynnn", "ynyn"},
}
"""Worked out by hand: x86 has the bit wherever there is userfaultfd, arm64 has none at the seed;
a marker may be there without any user, write protection not without the bit."""
SEED = "KERNEL_V5_19_PRE"
TREES = ["--env", "ARCH=x86", "--env", "ARCH=arm64", "--where", SEED]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the working folder a copy of the flagship with a tree for each architecture."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "generator/templates", "templates")
    text = (ROOT / "Kconfig").read_text()
    for option, arch in (("X86_64", "x86"), ("ARM64", "arm64")):
        head = f"config {option}\n"
        assert head in text
        text = text.replace(head, f'{head}\tdepends on "$(ARCH)" = "{arch}"\n', 1)
    Path("Kconfig").write_text(text)
    Path("kvariant.toml").write_text('[generate]\ntemplates = "templates"\noutput = "out"\n')
    Path("seed.diff").write_text("".join(seed()))
    return tmp_path


def seed() -> Iterator[str]:
    """Yield the patch: the option's definition, and every line that is about write protection."""
    for path in (Path("Kconfig"), *sorted(Path("templates").rglob("*.j2"))):
        lines = path.read_text().splitlines(keepends=True)
        if path.name == "Kconfig":
            first = lines.index("config PTE_MARKER_UFFD_WP\n")
            last = next(n for n in range(first, len(lines)) if lines[n] == "\n")
            old = lines[:first] + lines[last + 1 :]
        else:
            old = [line for line in lines if "uffd_wp" not in line.lower()]
        yield from difflib.unified_diff(old, lines, f"a/{path}", f"b/{path}")


def states(arch: str, record: dict[str, Any]) -> list[str]:
    """Return the four values of each variant, resolved anew."""
    tree = Tree.load(Path("Kconfig"), env={"ARCH": arch})
    found = [tree.resolve(variant["assignment"]) for variant in record["variants"]]
    assert all(one[SEED] == "y" for one in found)
    return ["".join(one[name] for name in SYMBOLS) for one in found]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, Any]]:
    """Return what a matrix says of each tree."""
    assert run(["matrix", *arguments, "--json", *TREES]) == 0
    record = json.loads(capsys.readouterr().out)
    return {one["name"]: one for one in record["trees"]}


def test_all_states_of_the_seed_are_found_from_its_patch(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the patch reads has five states on x86 and four on arm64, and no more."""
    stream = io.TextIOWrapper(io.BytesIO(Path("seed.diff").read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)
    for arch, record in told(capsys, "distinct", "--symbols", "reads:-").items():
        found = states(arch, record)
        assert (STATES[arch], len(STATES[arch])) == (set(found), len(found))


def test_the_patch_is_seen_in_some_of_its_states(capsys: pytest.CaptureFixture[str]) -> None:
    """Each variant is another of the states, and with them all that can be seen is."""
    for arch, record in told(capsys, "patch", "--diff", "seed.diff").items():
        found = states(arch, record)
        assert set(found) <= STATES[arch]
        assert len(found) == len(set(found)) == 2  # write protection on and off need two
        goals = record["patch"]["goals"]
        assert all(goal["variants"] for goal in goals if goal["possible"])
        values = {g["text"]: bool(g["variants"]) for g in goals if g["kind"] == "value"}
        assert {"PTE_MARKER_UFFD_WP=y": arch == "x86", "PTE_MARKER_UFFD_WP=n": True} == values
        other = {"x86": "arm64", "arm64": "x86"}[arch]
        assert not any(
            goal["variants"] for goal in goals if f"/{other}" in goal["file"].replace("_64", "")
        )
