# SPDX-License-Identifier: MIT
"""`matrix --verify` over a tree of everything that is awkward; the same bytes each time.

Tristate and optional choices, hidden members, bounded numbers, quoted texts, names that
are no identifiers, and matrices that combine the keys of a table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.kconfig import Tree

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config MODULES
	bool "modules"
	default y
	option modules

config 64BIT
	bool "64 bits"

config lower_case
	tristate "lower"
	depends on 64BIT

config 8139TOO
	tristate "a network card"

config N
	int "n"
	range 1 10 if 64BIT
	range 5 7
	default 6

config BIG
	bool "big"
	depends on N > 6

config TEXT
	string "text"
	default "a \\"q\\" \\\\ b"

config QUOTED
	def_bool TEXT = "it's \\"q\\""

choice
	tristate "several"
	optional

config CA
	tristate "a"

config CB
	tristate "b"

config CC
	tristate "c, which may be hidden"
	depends on 8139TOO

endchoice

config H
	hex "h"
	range 0x10 0x20

config HIGH
	def_bool H > 0x18
"""
PROJECT = """\
[matrix.pairs]
strategy = "t-wise"
[matrix.triples]
extends = "pairs"
strength = 3
[matrix.single]
extends = "pairs"
strength = 1
[matrix.numbers]
extends = "pairs"
where = "N > 6 && CA = m && H != 0x11"
[matrix.few]
extends = "pairs"
where = "N = 7 && !64BIT"
max-variants = 3
ignore = ["C?"]
[matrix.texts]
extends = "pairs"
where = "TEXT = \\"it's \\\\\\"q\\\\\\"\\" || lower_case"
symbols = ["QUOTED", "8139*", "lower_case"]
[matrix.some]
strategy = "uniform"
size = 20
where = "H > 0x1f && TEXT != \\"\\""
random-seed = 7
[matrix.all]
strategy = "distinct"
symbols = ["64BIT", "N", "C?"]
where = "!lower_case"
"""
MATRICES = ("pairs", "triples", "single", "numbers", "few", "texts", "some", "all")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the project, which is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "kvariant.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", MATRICES)
def test_it_holds(project: Path, capsys: Capture, name: str) -> None:
    """The verifier finds nothing wrong, and every row is read back from its file as it is."""
    assert 0 == run(["matrix", name, "--verify", "--json"])
    record = json.loads(capsys.readouterr().out)
    assert record["verified"]["holds"], record["verified"]
    assert len(record["variants"]) > 1
    assert 0 == run(["matrix", name, "--verify", "-o", "out"])
    assert 0 == run(["matrix", "--config", "out/*.config", "--verify", "--json"])
    told = capsys.readouterr().out
    read = json.loads(told[told.index("{") :])["variants"]
    tree = Tree.load(project / "Kconfig")
    chosen, again = (
        {row["name"]: dict(tree.resolve(row["assignment"])) for row in rows}
        for rows in (record["variants"], read)
    )
    assert chosen == again


def test_each_tree_is_verified(project: Path, capsys: Capture) -> None:
    """Of several trees each has a matrix, and a proof of its own."""
    (project / "Kconfig").write_text(KCONFIG + 'config ON\n\tdef_bool "$(ARCH)" = "x86"\n')
    assert 0 == run(["matrix", "pairs", "--verify", "--env", "ARCH=x86", "--env", "ARCH=arm"])
    said = capsys.readouterr().out
    assert 2 == said.count("\nverified: ")
    assert said.index("[x86]") < said.index("verified") < said.index("[arm]")


def test_the_same_bytes_whatever_the_hash_seed(project: Path) -> None:
    """Tables, JSON and seeds are the same under any PYTHONHASHSEED, also a random one."""
    verbs = [["matrix", name, "--verify", *form] for name in MATRICES for form in ([], ["--json"])]
    script = f"from kvariant.cli import run\nassert not any([run(verb) for verb in {verbs}])"
    seen = set()
    for seed in ("0", "1", "random"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
        seen.add((done.stdout, done.stderr))
    ((out, err),) = seen
    assert len(MATRICES) == out.count(b"\nverified: ") == out.count(b'"holds": true')
    assert ["random seed 0", "random seed 7"] == sorted(set(err.decode().splitlines()))
