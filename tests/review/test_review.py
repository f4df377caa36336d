# SPDX-License-Identifier: MIT
"""Everything that a review tells is what kconfiglib and listing say of both trees, and no more."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from edited_trees import CONFIGS, EDITS, FILES, Listed, TextEdit, lay_out

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]
ALONE = [(edit,) for edit in EDITS]
PAIRS = [
    (a, b)
    for a, b in itertools.combinations(EDITS, 2)
    if a.path != b.path or not (a.old in b.old or b.old in a.old)
]
DRAWN = random.Random(16).sample(PAIRS, 24)
COMBINED = ["NET", "TLS", "CRYPTO", "DISK", "CACHE", "DMA", "IDLE"]


def named(edits: tuple[TextEdit, ...]) -> str:
    """Return the id of a case."""
    return "+".join(edit.name.replace(" ", "-") for edit in edits)


@pytest.fixture
def reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Any:
    """Return what reviews some edits: its record, and both trees as kconfiglib reads them."""

    def review(edits: tuple[TextEdit, ...]) -> tuple[Any, Listed, Listed]:
        before, after = lay_out(tmp_path / "before"), lay_out(tmp_path / "after", edits)
        monkeypatch.chdir(after)
        words = ["review", "--old-tree", str(before), "--symbols", *COMBINED, "--json", "-q"]
        assert run(words) == 0
        return json.loads(capsys.readouterr().out), Listed(before), Listed(after)

    return review


def told(record: Any) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """Return the changed values that a review tells, by configuration and symbol."""
    found: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    for row in record["values"]:
        for name in row["configurations"]:
            for symbol in row["symbols"]:
                assert (name, symbol) not in found, "it is told twice"
                found[name, symbol] = row["old"], row["new"]
    return found


def changed(before: Listed, after: Listed) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """Return the values that differ; what is not there is as n as it gets."""
    found = {}
    for name in CONFIGS:
        old, new = before.configurations[name], after.configurations[name]
        for symbol in {*old, *new}:
            pair = old.get(symbol), new.get(symbol)
            is_nothing = all(text in (None, "n", "") for text in pair)
            if pair[0] != pair[1] and not (None in pair and is_nothing):
                found[name, symbol] = pair
    return found


@pytest.mark.parametrize("edits", [*ALONE, *DRAWN], ids=named)
def test_all_that_changes_is_told_and_nothing_else(
    reviewed: Any, edits: tuple[TextEdit, ...], tmp_path: Path
) -> None:
    """Values, drops, dead symbols, selects and combinations are those of two resolutions."""
    record, before, after = reviewed(edits)
    expected = changed(before, after)
    assert told(record) == expected
    assert record["changed"] == [n for n in sorted(CONFIGS) if any(k[0] == n for k in expected)]
    old, new = set(before.values()), set(after.values())
    assert set(record["new"]) == new - old
    assert set(record["gone"]) == old - new
    assert {d["symbol"] for d in record["dead"]} == after.constant("n") - before.constant("n")
    on = after.constant("y") - before.constant("y")
    assert set(record["always_on"]) == on & old
    assert {(s["source"], s["target"]) for s in record["selects"]} == after.unmet - before.unmet
    assert dropped(record) == newly_dropped(before, after)
    both = [name for name in COMBINED if name in old & new]
    combined = record["combinations"]
    assert combined["symbols"] == both
    first, second = (
        {tuple(values[name] for name in both) for values in tree.every} for tree in (before, after)
    )
    assert (combined["before"], combined["after"]) == (len(first), len(second))
    assert {tuple(row) for row in combined["lost"]} == first - second
    assert {tuple(row) for row in combined["won"]} == second - first


def dropped(record: Any) -> set[tuple[str, str]]:
    """Return what is told as newly dropped, by configuration and symbol."""
    return {(name, d["symbol"]) for d in record["dropped"] for name in d["configurations"]}


def asked(name: str) -> dict[str, str]:
    """Return what a configuration asks for."""
    found = {}
    for line in CONFIGS[name].splitlines():
        if line.startswith("#"):
            found[line.split()[1].removeprefix("CONFIG_")] = "n"
        else:
            symbol, _, text = line.removeprefix("CONFIG_").partition("=")
            found[symbol] = text
    return found


def newly_dropped(before: Listed, after: Listed) -> set[tuple[str, str]]:
    """Return asked-for values that took and do not."""
    return {
        (name, symbol)
        for name in CONFIGS
        for symbol, text in asked(name).items()
        if before.configurations[name].get(symbol, "n") == text
        and after.configurations[name].get(symbol, "n") != text
    }


@pytest.mark.parametrize("edits", DRAWN, ids=named)
def test_the_edit_responsible_is_the_one_that_does_it_alone(
    reviewed: Any, edits: tuple[TextEdit, ...], tmp_path: Path
) -> None:
    """Each value is put down to the edits that give it when they are made alone, or to both."""
    record, _, after = reviewed(edits)
    alone = [Listed(lay_out(tmp_path / f"alone{i}", (one,))) for i, one in enumerate(edits)]
    numbers = [number_of(record, edit) for edit in edits]
    for row in record["values"]:
        for name in row["configurations"]:
            for symbol in row["symbols"]:
                new = after.configurations[name].get(symbol)
                enough = [
                    number
                    for number, tree in zip(numbers, alone, strict=True)
                    if tree.configurations[name].get(symbol) == new
                ]
                responsible = enough or sorted(numbers)
                assert row["edits"] == sorted(responsible), (name, symbol)
                assert row["either"] == (len(enough) > 1)


def number_of(record: Any, edit: TextEdit) -> int:
    """Return the number of an edit in a review, -1 if it changes no rule."""
    old = FILES[edit.path]
    new = old.replace(edit.old, edit.new)
    first, second = (Counter(map(str.strip, text.split("\n"))) for text in (old, new))
    lines = {*(first - second), *(second - first)}
    for number, one in enumerate(record["edits"]):
        for hunk in one["hunks"]:
            here = hunk["place"].startswith(f"{edit.path}:")
            if here and lines & {*hunk["added"], *hunk["removed"]}:
                return number
    return -1


def test_a_fix_makes_the_dropped_value_take(reviewed: Any, tmp_path: Path) -> None:
    """What is told as a fix is one, in each configuration for which it is told."""
    looked_at = 0
    for edits in ALONE:
        record, _, after = reviewed(edits)
        for drop in record["dropped"]:
            for fix in drop["fixes"]:
                for name in fix["configurations"]:
                    looked_at += 1
                    path = tmp_path / "fixed.config"
                    path.write_text(fixed(CONFIGS[name], fix["text"]))
                    after.tree.load_config(str(path), replace=True)
                    assert after.values()[drop["symbol"]] == drop["asked"], fix["text"]
    assert looked_at >= 3


def fixed(config: str, text: str) -> str:
    """Return a configuration with what a fix says in words."""
    lines = config.splitlines()
    for word in text.split(" (")[0].split(" and "):
        chosen = re.fullmatch(r"choose (\w+)(?: instead of (\w+))?", word)
        unset = re.fullmatch(r"(\w+) unset", word)
        gone = chosen[2] if chosen else unset[1] if unset else None
        lines = [line for line in lines if gone is None or f"CONFIG_{gone}" not in line]
        if not unset:
            lines.append(f"CONFIG_{chosen[1]}=y" if chosen else f"CONFIG_{word}")
    return "".join(f"{line}\n" for line in lines)
