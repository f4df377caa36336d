# SPDX-License-Identifier: MIT
"""Small random trees of every kind, by the rules of each tool there is, from both sides.

KVARIANT_WIDE=N looks at N resolutions of each tool's, at other ones with each
KVARIANT_WIDE_SEED=TEXT. KVARIANT_WIDE_DIALECT=NAME reads the trees by one dialect, whatever
the tool: how far it is from that tool's rules.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import agreement
import conf_session
import kconfiglib_session
import kernel_conf
import pytest
import record
from agreement import Bench, Ours, Reading, Tally
from blocks import Block
from kernel_conf import Conf
from wild_assignments import wild_fragment
from wild_trees import wild_tree

import debian
from kvariant import Tree

WIDE = int(os.environ.get("KVARIANT_WIDE", "0"))
SEED = os.environ.get("KVARIANT_WIDE_SEED", "0")
DIALECT = os.environ.get("KVARIANT_WIDE_DIALECT", "")

FRAGMENTS = 4
"""Resolutions of each tree."""

TREES = WIDE // FRAGMENTS or 100

SHOWN = 3
"""Disagreements that a failure shows, each made as small as it can be."""

DIALECTS = {
    "kconfiglib": "kconfiglib",
    "6.1": "linux-5.7",
    "6.12": "linux-6.11",
    "7.2": "linux",
    "4.20": "auto",
}
"""Whose rules a tool has. 4.20 is U-Boot's, whose own changes no set of rules has."""


def conf_of(release: str) -> Conf:
    """Return the tool of a kernel release, or skip."""
    try:
        return kernel_conf.u_boot() if release == "4.20" else kernel_conf.linux(release)
    except debian.Unavailable as reason:
        pytest.skip(f"no conf {release} here: {reason}")


def reading(release: str) -> Reading:
    """Return how a tool reads trees, or skip."""
    if release == "kconfiglib":
        return kconfiglib_session.reading
    conf = conf_of(release)
    return lambda entry: conf_session.reading(conf, entry, {})


def benches_of(release: str, folder: Path) -> list[Bench]:
    """Return a bench for the rules by name, and one that finds them in the tool's source."""
    named = Bench(
        reading=reading(release),
        dialect=DIALECT or DIALECTS[release],
        leaks=release in ("4.20", "6.1"),
        folder=folder,
        escapes=release != "4.20",
    )
    if DIALECT or release == "kconfiglib":
        return [named]
    found = replace(named, dialect="auto", source=conf_of(release).source)
    return [found] if named.dialect == "auto" else [named, found]


def quick_folder(folder: Path) -> Path:
    """Return a folder in memory, or the given one on machines without."""
    return conf_session.MEMORY if conf_session.MEMORY.is_dir() else folder


def given(seed: str, release: str) -> tuple[Block, dict[str, list[str]]]:
    """Return the tree of a seed and what each check of it is given."""
    tree = wild_tree(seed, release)
    fragments = [wild_fragment(tree, f"{seed} {i}") for i in range(FRAGMENTS)]
    checks = {
        "resolution": fragments,
        "evaluated": [wild_fragment(tree, f"{seed} plain", odd=False)],
        "accepted": fragments[:1],
        "sampled": ["1"],
        "rewritten": fragments[1:2],
    }
    if release != "kconfiglib":
        checks["randconfig"] = ["1"]
    return tree.file, checks


@pytest.mark.parametrize("release", list(DIALECTS))
def test_small_trees_are_read_by_the_rules_of_their_tool(
    release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every symbol has the tool's value; samples and randconfigs are accepted both ways."""
    # What is not listed is sampled by a solver: so both ways are seen, and few lists are long.
    monkeypatch.setattr("kvariant.space.sample.LISTED", 100)
    benches = benches_of(release, quick_folder(tmp_path))
    tally = Tally()
    found = []
    for i in range(TREES):
        file, checks = given(f"{SEED} {i}", release)
        bench = benches[i % len(benches)]
        disagreement = bench.look(file, checks, tally)
        if disagreement:
            found.append((bench, f"tree {SEED!r} {i}", disagreement))
    print(f"{release}: {tally}")
    record.keep("small", {"tool": release, "seed": SEED, **tally.figures, "differing": len(found)})
    if found:
        shown = [
            f"{tree}, read as {bench.dialect}, {bench.minimal(disagreement)}"
            for bench, tree, disagreement in found[:SHOWN]
        ]
        how = f"repeat with KVARIANT_WIDE={TREES * FRAGMENTS} KVARIANT_WIDE_SEED={SEED}"
        head = f"{len(found)} of {TREES} trees differ from {release}; {how}"
        pytest.fail("\n\n".join([head, *shown]), pytrace=False)
    assert tally.checked["resolution"] > 2 * TREES
    assert tally.checked["sampled"] > TREES // 2
    assert tally.refused_fragments < TREES // 5


def test_two_releases_of_one_rule_agree_with_each_other(tmp_path: Path) -> None:
    """Conf 6.12 and 7.2 write the same for trees without newer syntax: no alarm is false."""
    older, newer = reading("6.12"), reading("7.2")
    compared = 0
    for i in range(TREES):
        file, checks = given(f"{SEED} {i}", "6.12")
        with agreement.written(file, quick_folder(tmp_path)) as entry:
            try:
                with older(entry) as old, newer(entry) as new:
                    for fragment in checks["resolution"]:
                        assert old.olddefconfig(fragment) == new.olddefconfig(fragment), file.text
                        compared += 1
            except conf_session.Refused:
                continue
    assert compared > TREES


@pytest.mark.parametrize("release", ["6.1", "6.12", "7.2"])
def test_the_service_is_the_tool(release: str, tmp_path: Path) -> None:
    """What the forking service writes is what the tool writes when it is run by itself."""
    conf = conf_of(release)
    compared = 0
    for i in range(12):
        tree = wild_tree(f"service {i}", release)
        entry = tmp_path / "Kconfig"
        entry.write_text(tree.text, encoding="utf-8")
        fragment = wild_fragment(tree, f"service {i}")
        try:
            with conf_session.reading(conf, entry, {}) as session:
                served = [
                    session.olddefconfig(fragment).text,
                    session.randconfig(i).text,
                    session.allnoconfig().text,
                    session.alldefconfig().text,
                    session.savedefconfig(fragment),
                ]
        except conf_session.Refused:
            continue
        alone = [
            by_itself(conf, entry, "--olddefconfig", fragment),
            by_itself(conf, entry, "--randconfig", "", KCONFIG_SEED=str(i)),
            by_itself(conf, entry, "--allnoconfig", ""),
            by_itself(conf, entry, "--alldefconfig", ""),
            by_itself(conf, entry, "--savedefconfig=.config", fragment),
        ]
        assert alone == served
        compared += 1
    assert compared > 6


def by_itself(conf: Conf, entry: Path, mode: str, config: str, **environment: str) -> str:
    """Return the `.config` that one run of the plain tool leaves."""
    path = entry.parent / ".config"
    path.write_text(config, encoding="utf-8")
    subprocess.run(
        [conf.program, mode, entry.name],
        cwd=entry.parent,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return path.read_text(encoding="utf-8")


LEAK = """\
config N
	int "n"
	default 5
	range 1 10

config A
	def_bool y
	depends on N = 10
"""


def test_the_leak_of_6_1_is_known_by_what_it_does(tmp_path: Path) -> None:
    """Conf 6.1 has A=y beside N=5; a difference of another kind is not excused by that."""
    entry = tmp_path / "Kconfig"
    entry.write_text(LEAK)
    ours = Ours(Tree.load(entry, dialect="kconfiglib"), tmp_path)
    with reading("6.1")(entry) as truth:
        fragment = "CONFIG_N=50\n"
        assert {"A": ("y", "n")} == agreement.resolution(truth, ours, fragment)
        assert agreement.is_own_leak(truth, ours, fragment)
        assert not agreement.is_own_leak(truth, ours, "CONFIG_N=7\n")
        entry.write_text(LEAK.replace("N = 10", "N = 5 || N = 10"))
        wrong = Ours(Tree.load(entry, dialect="kconfiglib"), tmp_path)
        assert not agreement.is_own_leak(truth, wrong, fragment)
