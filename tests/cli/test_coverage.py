# SPDX-License-Identifier: MIT
"""`kvariant coverage` on a small project: what it prints, writes and refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

KCONFIG = """
config TARGET_ONE
	bool "one"
config TARGET_TWO
	bool "two"
config NET
	bool "net"
config TLS
	bool "tls"
	depends on NET
config FAX
	bool "fax"
config NAME
	string "name"
	default "x"
"""
CONFIGS = {
    "one": "CONFIG_TARGET_ONE=y\nCONFIG_NET=y\n",
    "two": "CONFIG_TARGET_TWO=y\nCONFIG_NET=y\nCONFIG_TLS=y\n",
    "Two-B": "CONFIG_TARGET_TWO=y\nCONFIG_NET=y\nCONFIG_TLS=y\n# CONFIG_FAX is not set\n",
    "off": "CONFIG_TLS=y\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a tree with four defconfigs, which is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "configs").mkdir()
    for name, text in CONFIGS.items():
        (tmp_path / "configs" / f"{name}_defconfig").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_exercised(folder: Path, capsys: Capture) -> None:
    """Dropped values, equal configurations, what is never on and what makes them irreplaceable."""
    assert run(["coverage", "--config", "configs/*_defconfig"]) == 0
    assert (
        capsys.readouterr().out
        == """\
4 configurations read; 1 asked-for value in 1 of them did not take: TLS=y (off)
  identical  1 group has the same value for all 6 symbols: build one of each
             two-b = two
  never on   1 of 5 bool and tristate options is on in no configuration: FAX
  alone      2 configurations hold a value that no other has; 1 of them a TARGET_* of their own
"""
    )


def test_reduction_and_completion(folder: Path, capsys: Capture) -> None:
    """The table counts configurations, the completion names what is added; -o writes both."""
    several = [
        "--config",
        "configs/one_defconfig",
        "configs/two_defconfig",
        "configs/off_defconfig",
    ]
    assert run(["coverage", *several, "--symbols", "NET", "TLS", "--reduce", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    # NET TLS: one is y n, two is y y, off is n n
    assert (record["varying"], record["distinct"], record["pairs"]) == (2, 3, 3)
    assert [["off", "one", "two"]] * 4 == [
        sorted(found["configurations"]) for found in record["reductions"]
    ]
    assert 3 == record["reductions"][0]["lower_bound"]
    options = ["--symbols", "NET", "FAX", "--complete", "--max-variants", "1", "-o", "out"]
    assert run(["coverage", *several, *options]) == 0
    shown = capsys.readouterr()
    assert "feasible but exercised by none: 2 pairs; 2 more configurations cover them" in shown.out
    assert "3 configurations are in out" in shown.err
    written = {path.name: path.read_text() for path in Path("out").iterdir()}
    assert 3 == len(written)
    assert 1 == len({"one_defconfig", "two_defconfig", "off_defconfig"} & written.keys())
    added = [text for name, text in written.items() if name.endswith(".config")]
    assert [True, True] == ["CONFIG_FAX=y" in text for text in added]
    assert {True, False} == {"CONFIG_NET=y" in text for text in added}


def test_the_hint_names_what_makes_boards_irreplaceable(folder: Path, capsys: Capture) -> None:
    """Where most configurations have a symbol of their own, leaving these out is proposed."""
    for name in ("A", "B", "C"):
        with (folder / "Kconfig").open("a") as kconfig:
            kconfig.write(f'config BOARD_{name}\n\tbool "{name}"\n')
        (folder / "configs" / f"{name}_defconfig").write_text(f"CONFIG_BOARD_{name}=y\n")
    assert run(["coverage", "--config", "configs/?_defconfig"]) == 0
    hint = capsys.readouterr().out.splitlines()[-1]
    assert hint.startswith("hint: BOARD_* makes most of them irreplaceable.")
    assert "--ignore 'BOARD_*'" in hint
    ignoring = ["--ignore", "BOARD_*", "--reduce"]
    assert run(["coverage", "--config", "configs/?_defconfig", *ignoring]) == 0
    assert "hint:" not in capsys.readouterr().out


def test_one_symbol_has_values_instead_of_pairs(folder: Path, capsys: Capture) -> None:
    """Of one symbol the values are kept: two configurations do."""
    options = ["--config", "configs/*_defconfig", "--symbols", "NET", "--reduce"]
    assert run(["coverage", *options]) == 0
    shown = capsys.readouterr().out
    assert "1 option varies; 2 values are exercised by the 4; 2 configurations differ" in shown
    rows = [line.split() for line in shown.splitlines() if " % " in line]
    assert [["2", "100", "%", "no", "fewer", "do"]] == rows[:1]
    # What the last row offers does what it says.
    offered = " ".join(rows[-1])
    assert offered.endswith("--max-variants 2 names these, -o DIR writes them")
    assert run(["coverage", *options, "--max-variants", "2", "-o", "kept"]) == 0
    assert "names these" not in capsys.readouterr().out
    assert len([path for path in Path("kept").iterdir() if path.is_file()]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "none/*"], "no file matches"),
        (
            ["--config", "configs/one_defconfig", "--symbols", "NME"],
            "did you mean NAME (Kconfig:13)?",
        ),
        (["--config", "configs/one_defconfig", "--ignore", "*"], "no bool or tristate is left"),
        (["--config", "configs/one_defconfig", "-o", "out"], "-o writes what"),
        ([], "there is no configuration"),
    ],
)
def test_what_cannot_be_done_is_said(
    folder: Path, capsys: Capture, arguments: list[str], message: str
) -> None:
    """Each is bad input, told on stderr, and nothing is written."""
    assert run(["coverage", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not Path("out").exists()


def test_same_bytes_under_any_hash_seed(folder: Path) -> None:
    """Twice the same command, under different hash seeds, prints the same."""
    options = ["--config", "configs/*_defconfig", "--reduce", "--complete", "--json"]
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "kvariant", "coverage", *options],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert 1 == len(outputs)
