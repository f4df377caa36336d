# SPDX-License-Identifier: MIT
"""`sweep --since` on BusyBox: random edits of sources, options, makefiles and documents.

The oracle is make itself, in another folder in which every variant is made after every edit.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import debian
from kvariant import Tree
from kvariant.cli import run
from kvariant.kconfig import SymbolType

Capture = pytest.CaptureFixture[str]
WIDE = bool(os.environ.get("KVARIANT_BUSYBOX"))
MISSING = [tool for tool in ("gcc", "make", "git") if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}")

PROJECT = """\
[[step]]
name = "build"
run = "make -C {tree} O={out} -j{jobs} CFLAGS=-O0 HOSTCFLAGS=-O0 TARGET"
timeout = "10m"
""".replace("TARGET", "busybox_unstripped" if WIDE else "coreutils/")
"""Without the flags each build asks the compiler seventy times which it has."""
VARIANTS = {"files": ["CAT", "HEAD", "WC"], "none": ["TRUE"]} | (
    {"text": ["ECHO", "SORT", "UNIQ"], "sed": ["SED", "CUT"]} if WIDE else {}
)
SOURCES = {
    "coreutils/cat.c": "CAT",
    "coreutils/head.c": "HEAD",
    "coreutils/wc.c": "WC",
    "coreutils/echo.c": "ECHO",
    "coreutils/sort.c": "SORT",
    "coreutils/uniq.c": "UNIQ",
    "coreutils/cut.c": "CUT",
    "editors/sed.c": "SED",
    "editors/vi.c": "VI",
    "networking/wget.c": "WGET",
    "shell/ash.c": "ASH",
    "libbb/xfuncs.c": "",
}
DOCUMENTS = ["AUTHORS", "docs/style-guide.txt", "docs/contributing.txt", "docs/mdev.txt"]
"""README and LICENSE are named by programs: what differs in them may be read."""


@dataclass(frozen=True)
class Edit:
    """An edit of one file."""

    kind: str
    path: str
    old: str
    new: str
    """In the place of `old`, or at the end where that is ""."""

    def of(self, text: str) -> str:
        """Return a text with the edit."""
        assert self.old in text
        return text.replace(self.old, self.new, 1) if self.old else text + self.new


def edits(root: Path, chance: random.Random) -> Iterator[Edit]:
    """Yield edits of every kind, without an end."""
    options = sorted(o for o in SOURCES.values() if o)
    yield Edit("source", "coreutils/cat.c", "", "int broken = undeclared;\n")
    while True:
        option = chance.choice(options)
        yield Edit("document", chance.choice(DOCUMENTS), "", "More.\n")
        path = chance.choice(sorted(SOURCES))
        yield Edit("condition", path, "", f"#if ENABLE_{option}\n#error {option}\n#endif\n")
        yield Edit("comment", chance.choice(sorted(SOURCES)), "", "/* the end */\n")
        path = chance.choice([p for p, o in sorted(SOURCES.items()) if o])
        text = (root / path).read_text(errors="replace")
        lines = text.split("\n")
        at = next(n for n, line in enumerate(lines) if re.match(r"//config:\s+help\b", line))
        yield Edit("Kconfig", path, lines[at + 1], f"{lines[at + 1]} And more.")
        if "//config:\tdefault y" in text:
            yield Edit("Kconfig", path, "//config:\tdefault y", "//config:\tdefault n")
        header = f"\n#ifdef CONFIG_{option}\n# error {option}\n#endif\n#endif\n"
        yield Edit("header", "include/libbb.h", "\n#endif\n", header)
        path = chance.choice(sorted(SOURCES))
        yield Edit("source", path, "", "int broken = undeclared;\n")


def git(root: Path, *words: str) -> None:
    """Run git, as nobody in particular."""
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *own, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def busybox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of BusyBox with a project file and small configurations."""
    try:
        source = debian.source_package("busybox")
    except debian.Unavailable as reason:
        pytest.skip(f"no busybox here: {reason}")
    root = tmp_path / "busybox"
    shutil.copytree(source, root, symlinks=True)
    (root / "kvariant.toml").write_text(PROJECT)
    (root / "configs").mkdir(exist_ok=True)
    tree = Tree.load(root)
    no = {name: "n" for name, kind in tree.types.items() if kind is SymbolType.BOOL}
    for name, options in VARIANTS.items():
        found = tree.resolve({**no, **dict.fromkeys(options, "y")})
        (root / f"configs/{name}.config").write_text(tree.minimal_text(found))
    with (root / ".gitignore").open("a") as ignored:
        ignored.write("\n.kvariant/\n")
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "before")
    monkeypatch.chdir(root)
    return root


def swept(capsys: Capture, *words: str) -> dict[str, dict[str, str]]:
    """Sweep the small configurations; return each variant's cell."""
    capsys.readouterr()
    files = [f"configs/{name}.config" for name in VARIANTS]
    code = run(["sweep", "-q", "--json", *words, "--config", *files])
    printed = capsys.readouterr()
    assert code in (0, 1), printed.err
    return {cell["variant"]: cell for cell in json.loads(printed.out)["cells"]}


def verdict(cell: dict[str, str]) -> str:
    """Return how a cell ended, whether it ran or not."""
    return cell.get("ended") or cell["outcome"]


def test_busybox_since(busybox: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell is skipped whose outcome an edit changes, and of all cells half are skipped."""
    beside = busybox.parent / "beside"
    shutil.copytree(busybox, beside, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    first = swept(capsys)
    assert {verdict(cell) for cell in first.values()} == {"ok"}
    chance = random.Random(16)
    made = edits(busybox, chance)
    skipped = count = 0
    changed = 0
    for _ in range(30 if WIDE else 3):
        edit = next(made)
        before = (busybox / edit.path).read_text(errors="surrogateescape")
        after = edit.of(before)
        for root in (busybox, beside):
            (root / edit.path).write_text(after, errors="surrogateescape")
        told = swept(capsys, "--since", "HEAD")
        monkeypatch.chdir(beside)
        fresh = swept(capsys, "--no-reuse")
        monkeypatch.chdir(busybox)
        assert {n: verdict(c) for n, c in told.items()} == {
            n: verdict(c) for n, c in fresh.items()
        }, edit
        own = sum(cell["outcome"] == "reused" for cell in told.values())
        assert edit.kind != "document" or own == len(told), edit
        skipped, count = skipped + own, count + len(told)
        changed += any(verdict(cell) != "ok" for cell in fresh.values())
        for root in (busybox, beside):
            (root / edit.path).write_text(before, errors="surrogateescape")
    assert skipped * 2 >= count, (skipped, count)
    assert changed, "some edits break something"
