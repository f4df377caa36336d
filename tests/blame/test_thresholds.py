# SPDX-License-Identifier: MIT
"""From which number on it fails: found exactly, in few variants, and equal symbols are one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kvariant.blame.attribution import attribute
from kvariant.blame.conditions import ConditionTable
from kvariant.blame.thresholds import Gap, gaps
from kvariant.cli import run
from kvariant.kconfig.expression import Expression
from kvariant.kconfig.value import SymbolType

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config MAIL
	bool "Mail"

config AUDIT
	bool "Audit"

config DAYS
	int "Days" if AUDIT
	range 1 3650 if AUDIT
	default 365 if AUDIT

config SIZE
	int "Size"
	range 1 1024
	default 8

config ADDRESS
	hex "Address"
	default 0x100
"""
CONFIGS = {
    "none": "",
    "mail": "CONFIG_MAIL=y\n",
    "audit": "CONFIG_AUDIT=y\n",
    "both": "CONFIG_MAIL=y\nCONFIG_AUDIT=y\nCONFIG_DAYS=30\nCONFIG_ADDRESS=0x4000\n",
    "large": "CONFIG_SIZE=900\n",
    "all": "CONFIG_MAIL=y\nCONFIG_AUDIT=y\nCONFIG_SIZE=900\nCONFIG_ADDRESS=0x8000\n",
    "large-mail": "CONFIG_MAIL=y\nCONFIG_SIZE=700\nCONFIG_ADDRESS=0x4000\n",
}


def tried(low: int, high: int, threshold: int) -> int:
    """How many values are tried until a threshold in low + 1 ... high is known."""
    count = 0
    while high - low > 1:
        number = Gap("N", low, high).probe
        assert low < number < high
        low, high = (low, number) if number >= threshold else (number, high)
        count += 1
    assert high == threshold
    return count


def test_every_threshold_is_found() -> None:
    """Whatever the threshold it is found; in no more than twice as many as by halves."""
    for low, high, most in ((1, 3, 1), (8, 64, 8), (8, 1024, 14)):
        counts = {t: tried(low, high, t) for t in range(low + 1, high + 1)}
        assert max(counts.values()) <= most
    usual = [tried(8, 65536, t) for t in (17, 33, 100, 256, 1000, 4097, 10001, 32768)]
    assert max(usual) <= 9
    assert sum(usual) / len(usual) < 7.5


@pytest.mark.parametrize(
    ("low", "high", "most"),
    [(0, 256, 8), (11, 254, 8), (0, 1000, 10), (3, 4, 0), (3, 5, 1), (7, 90, 7)],
)
def test_every_threshold_is_found_with_what_may_be_tried(low: int, high: int, most: int) -> None:
    """As long as halving would do, each limit is known when all that may be tried was."""
    for threshold in range(low + 1, high + 1):
        below, above, left = low, high, most
        while above - below > 1:
            assert left, f"{threshold} is not found with {most}"
            number = Gap("N", below, above).probe_within(left)
            assert below < number < above
            below, above = (below, number) if number >= threshold else (number, above)
            left -= 1
        assert above == threshold


def test_what_is_likely_comes_first_where_much_may_be_tried() -> None:
    """Nothing else is tried than without a limit, where that is far; or where none would do."""
    for left in (0, 1, 5, 20, 10**9):
        assert Gap("N", 8, 65536).probe == Gap("N", 8, 65536).probe_within(left)
    assert Gap("N", 1, 9, equated=9).probe_within(3) == 8


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("N >= 40", ["N from 9 to 39"]),
        ("N < 40 && N >= 8", ["N from 2 to 7", "N from 9 to 39"]),
        ("N = 8", ["N from 2 to 7", "N from 9 to 39"]),
        ("N >= 41", ["N=42"]),  # the only one that fails is the last that was tried
        ("A", []),
    ],
)
def test_gaps(expression: str, expected: list[str]) -> None:
    """Neighbours of which one fails, where all else that it takes is there."""
    types = {"A": SymbolType.BOOL, "N": SymbolType.INT}
    values = [{"A": a, "N": n} for a in "ny" for n in ("1", "8", "40", "41")]
    holds = Expression.parse(expression).holds
    failing = [i for i, v in enumerate(values) if v["A"] == "y" and holds(v, types)]
    passing = [i for i in range(len(values)) if i not in failing]
    found = attribute(ConditionTable(values, types), failing, passing)
    told = gaps(
        found.terms[0][0], [values[i] for i in failing], [values[i] for i in passing], types
    )
    assert [str(gap) for gap in told] == expected


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a tree with numbers, which is the working folder."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "Kconfig").write_text(KCONFIG)
    for name, text in CONFIGS.items():
        (tmp_path / f"configs/{name}.config").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FAULTS = {
    "SIZE >= 17": "[ $CONFIG_SIZE -ge 17 ]",
    "MAIL && SIZE >= 512": '[ "$CONFIG_MAIL" = y ] && [ $CONFIG_SIZE -ge 512 ]',
    "SIZE = 900": "[ $CONFIG_SIZE = 900 ]",
    "MAIL && AUDIT": '[ "$CONFIG_MAIL" = y ] && [ "$CONFIG_AUDIT" = y ]',
    "ADDRESS >= 0x1001": "[ $((CONFIG_ADDRESS)) -gt 4096 ]",
}


@pytest.mark.parametrize(("truth", "command"), FAULTS.items(), ids=FAULTS)
def test_faults_of_numbers(tree: Path, capsys: Capture, truth: str, command: str) -> None:
    """A limit ends exact in fewer than ten extra variants; what is always equal is one."""
    failure, extra = blamed(capsys, command)
    assert failure["fails_iff"] == truth
    assert (failure["settled"], failure["untried"]) == (True, [])
    assert extra < 10


def test_too_few_for_a_limit(tree: Path, capsys: Capture) -> None:
    """Where the limit is not found in what may be run, what was not tried is told."""
    command = "[ $CONFIG_SIZE -ge 317 ]"
    assert run(["blame", "-q", "-j", "1", "--extra", "4", "--", script(command)]) == 1
    said = capsys.readouterr().out
    ((low, high),) = [
        (int(words[words.index("from") + 1]), int(words[words.index("to") + 1]))
        for line in said.splitlines()
        if "not tried: SIZE" in line
        for words in [line.split()]
    ]
    assert low <= 317 <= high + 1
    assert f"fails where SIZE >= {high + 1}: " in said  # it is not proven


def script(command: str) -> str:
    """A step that fails where a command, which sees the values, succeeds."""
    return f". {{config}}; if {command}; then echo broken; false; fi"


def blamed(capsys: Capture, command: str) -> tuple[Any, int]:
    """The one failure that blame ends with, and how many extra variants it ran."""
    assert run(["blame", "--json", "-q", "-j", "1", "--", script(command)]) == 1
    record = json.loads(capsys.readouterr().out)
    (failure,) = record["failures"]
    return failure, len(record["extra"])
