# SPDX-License-Identifier: MIT
"""How a review reads: on a terminal, folded, and in a pull request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config PCI
	bool "PCI"

config NVME
	bool "NVMe"
	default y

config CMD_NVME
	bool "nvme"
	depends on NVME

config BOOTDELAY
	int "Delay"
	range 0 9
	default 2

config APPLE
	bool "Apple"
	depends on !PCI && NVME

config FORCE
	bool "Force"
	select NVME

config PIPE
	string "Pipe"
	default "a"
"""
NEW = (
    KCONFIG.replace('"NVMe"\n', '"NVMe"\n\tdepends on PCI\n')
    .replace("default 2", "default 1")
    .replace('"a"', '"a|*b*"')
    .replace("!PCI && NVME", "!PCI && CMD_NVME && PCI")
)
CONFIGS = {f"b{i:02}": "CONFIG_PCI=y\n" for i in range(12)} | {
    "asks": "CONFIG_CMD_NVME=y\n",
    "late": "CONFIG_BOOTDELAY=7\n",
    "off": "# CONFIG_NVME is not set\n",
}


@pytest.fixture(autouse=True)
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out a tree before and one after, the working folder."""
    for name, text in (("before", KCONFIG), ("after", NEW)):
        (tmp_path / name / "configs").mkdir(parents=True)
        (tmp_path / name / "Kconfig").write_text(text)
        for config, lines in CONFIGS.items():
            (tmp_path / name / f"configs/{config}.config").write_text(lines)
    monkeypatch.chdir(tmp_path / "after")


def printed(capsys: Capture, *words: str) -> str:
    """Return what a review prints."""
    assert run(["review", "--old-tree", "../before", "-q", *words]) == 0
    return capsys.readouterr().out


def test_rows_are_folded_and_drops_come_first(capsys: Capture) -> None:
    """One change in many configurations is one row; names of all are told with -v."""
    assert printed(capsys) == """\
Kconfig: 4 edits; 15 configurations, 15 change (-v names them)
               asks  CMD_NVME   y -> n      Kconfig:6 now depends on PCI
                     asked for in 1, dropped; fix: PCI=y
  15 configurations  PIPE       a -> a|*b*  Kconfig:28 default "a|*b*", was "a"
  14 configurations  BOOTDELAY  2 -> 1      Kconfig:16 default 1, was 2
   2 configurations  NVME       y -> n      Kconfig:6 now depends on PCI
 newly dead APPLE: APPLE depends on !PCI; APPLE depends on CMD_NVME; APPLE depends on PCI
 can now violate FORCE selects NVME, which depends on PCI  Kconfig:24:9
"""  # fmt: skip
    verbose = printed(capsys, "-v")
    assert f"in {', '.join(sorted(CONFIGS))}\n" in verbose
    assert "in asks, late\n" in verbose


def test_markdown_is_a_table_whatever_values_have_in_them(capsys: Capture) -> None:
    """Each row has four cells; what a value has in it is no markup."""
    text = printed(capsys, "--markdown")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 4
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert r"a -\> a\|\*b\*" in text
    assert text.startswith("### Kconfig: 4 edits; 15 configurations, 15 change\n\n|")
    assert "- newly dead APPLE: " in text


def test_two_runs_print_the_same(capsys: Capture) -> None:
    """Same trees, same bytes."""
    for words in ([], ["--json"], ["--markdown"], ["-v"]):
        assert printed(capsys, *words) == printed(capsys, *words)


def test_nothing_is_told_of_trees_that_are_the_same(capsys: Capture) -> None:
    """A tree compared with itself has no edit, and nothing changes."""
    assert run(["review", "--old-tree", ".", "-q"]) == 0
    out = capsys.readouterr().out
    assert out == "Kconfig: no edit of a rule; 15 configurations, none changes\n"
