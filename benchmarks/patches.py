# SPDX-License-Identifier: MIT
"""Measure `kvariant matrix patch` on the difference between two versions of a tree.

    python benchmarks/patches.py OLD NEW --draw 20 [--seed N] [--json FILE]

OLD and NEW are folders; the commands run in NEW, which has all of it. The difference is cut
into patches of the size of commits: one file each, and of that as many hunks as stay below
60 changed lines. `--draw N` takes N of those that are not of another architecture, and not
of programs and documents beside the kernel.

For each patch: `kvariant matrix patch --verify` in a process of its own; the choice is what
comes before the proof. A line counts as proven where the preprocessed files have it, or
where no configuration has it and the rules that exclude it are told; anything else is
missed, and named.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_LINES = 60
"""Changed lines of a patch that has more than one hunk."""
BESIDE = (
    *("Documentation/", "tools/", "scripts/", "samples/", "LICENSES/", "usr/", "rust/"),
    *(".pc/", "debian/", "docs/", "doc/", "examples/", "testsuite/", "test/", "configs/"),
)
"""Folders at the top of a tree whose files are not of it."""
READ = re.compile(r".*\.(?:[chS]|inc)|(?:.*/)?(?:Kconfig|Config\.|Makefile|Kbuild)[^/]*")
"""Files that a C compiler, make or Kconfig reads."""
_FILE = re.compile(r"^diff --git .*$", re.MULTILINE)
_HUNK = re.compile(r"^@@ ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A part of the difference."""

    name: str
    """The file, and which part of its changes."""
    path: str
    text: str


def difference(old: Path, new: Path) -> str:
    """Return what `git diff` says of two folders, names as in the folders."""
    command = ["git", "diff", "--no-index", "--no-renames", "--no-ext-diff", "--no-color"]
    done = subprocess.run(
        [*command, str(old), str(new)], capture_output=True, text=True, errors="replace"
    )
    text = done.stdout
    for folder in (old, new):
        text = text.replace(f"a{folder}/", "a/").replace(f"b{folder}/", "b/")
    return text


def patches(text: str) -> Iterator[Patch]:
    """Yield the parts of a difference."""
    starts = [m.start() for m in _FILE.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        head, *hunks = _parts(text[start:end])
        found = re.search(r"^\+\+\+ b/(.*)$", head, re.MULTILINE)
        gone = re.search(r"^--- a/(.*)$", head, re.MULTILINE)
        named = found or gone
        if named is None or not hunks:
            continue
        path = named[1].split("\t")[0]
        groups: list[list[str]] = [[]]
        for hunk in hunks:
            if groups[-1] and sum(map(_changed, [*groups[-1], hunk])) > MOST_LINES:
                groups.append([])
            groups[-1].append(hunk)
        for number, group in enumerate(groups, 1):
            name = f"{path}#{number}" if len(groups) > 1 else path
            yield Patch(name=name, path=path, text=head + "".join(group))


def _parts(text: str) -> list[str]:
    starts = [0, *(m.start() for m in _HUNK.finditer(text))]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _changed(hunk: str) -> int:
    return sum(line.startswith(("+", "-")) for line in hunk.split("\n"))


def drawn(found: Sequence[Patch], arch: str, count: int, seed: int) -> list[Patch]:
    """Return some of the patches that are of the kernel and of an architecture."""
    own = [
        p
        for p in found
        if READ.fullmatch(p.path)
        and not p.path.startswith(BESIDE)
        and not (p.path.startswith("arch/") and p.path.split("/")[1] != arch)
    ]
    if 0 < count < len(own):
        own = random.Random(seed).sample(own, count)
    return own


PROGRAM = """
import os, sys, time
begun = time.perf_counter()
import kvariant.cli.matrix as matrix
from kvariant.cli import run

proof = matrix.patch_proof

def timed(*arguments, **named):
    spent = os.times()
    wall = time.perf_counter() - begun
    print(f"chosen {wall} {sum(spent[:4])}", file=sys.stderr)
    return proof(*arguments, **named)

matrix.patch_proof = timed
sys.exit(run(sys.argv[1:]))
"""
"""kvariant, and what it had taken when its proof began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ended."""

    code: int
    output: str
    errors: str
    wall: float
    cpu: float


def ran(root: Path, *arguments: str) -> Ran:
    """Run kvariant in a tree; seconds are those of the process and its children."""
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        errors="replace",
    )
    after = os.times()
    return Ran(
        code=done.returncode,
        output=done.stdout,
        errors=done.stderr,
        wall=time.perf_counter() - begun,
        cpu=after[2] + after[3] - before[2] - before[3],
    )


def measured(root: Path, patch: Patch, base: str, more: Sequence[str], verify: bool) -> Any:
    """Return what one patch came to."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "patch.diff"
        file.write_text(patch.text)
        asked = ["matrix", "patch", "--base", base, "--diff", str(file), "--json", *more]
        proof = ran(root, *asked, *(["--verify"] if verify else []))
        is_one = proof.output.count('"assignment"') == 1  # fewer lines do not need more
        added = proof if is_one else ran(root, *asked, "--added-lines")
    chosen = re.search(r"^chosen (\S+) (\S+)$", proof.errors, re.MULTILINE)
    choice = [float(t) for t in chosen.groups()] if chosen else [proof.wall, proof.cpu]
    record: dict[str, Any] = {
        "patch": patch.name,
        "choice": choice,
        "proof": [proof.wall - choice[0], proof.cpu - choice[1]] if verify else [0, 0],
        "code": proof.code,
    }
    try:
        parts = json.loads(proof.output)
        record["added_alone"] = len(json.loads(added.output)["variants"])
    except (ValueError, KeyError):
        return {**record, "error": (proof.errors or proof.output).strip()[-400:]}
    record["variants"] = len(parts["variants"])
    record["least"] = parts["lower_bound"]
    record["changed"] = sum(v["name"] != "x86_64_defconfig" for v in parts["variants"])
    record["faults"] = parts["patch"].get("faults", [])
    return record | judged(parts["patch"])


def judged(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many lines and sides are proven, excluded with the proof, and missed."""
    count = {"lines": 0, "seen": 0, "excluded": 0, "sides": 0, "sides_seen": 0, "sides_excluded": 0}
    missed = []
    for goal in found["goals"]:
        kind = "lines" if goal["kind"] in ("added", "removed") else "sides"
        prefix = "" if kind == "lines" else "sides_"
        count[kind] += 1
        if goal.get("seen"):
            count[f"{prefix}seen"] += 1
        elif not goal["possible"] and (goal.get("proof") or goal["condition"] == "n"):
            count[f"{prefix}excluded"] += 1
        else:
            missed.append(
                {key: goal.get(key) for key in ("kind", "file", "line", "condition", "text")}
            )
    return count | {"blank": found["blank"], "others": found["not_compiled"], "missed": missed}


def summary(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what it comes to."""
    good = [r for r in records if "error" not in r]
    total = {
        key: sum(r[key] for r in good)
        for key in ("lines", "seen", "excluded", "sides", "sides_seen", "sides_excluded")
    }
    yield f"{len(records)} patches, {len(records) - len(good)} without figures"
    for r in records:
        if "error" in r:
            yield f"  {r['patch']}: {r['error']}"
    for kind, prefix in (("lines", ""), ("sides", "sides_")):
        of = total[kind] or 1
        seen, excluded = total[f"{prefix}seen"], total[f"{prefix}excluded"]
        yield (
            f"{kind}: {total[kind]:,}; {seen:,} seen, {excluded:,} excluded with their proof:"
            f" {100 * (seen + excluded) / of:.1f} %"
        )
    whole = [r for r in good if not r["missed"]]
    yield f"{len(whole)} patches wholly proven"
    for what in ("choice", "proof"):
        for index, kind in enumerate(("wall", "CPU")):
            times = sorted(r[what][index] for r in good)
            if times:
                middle, late = statistics.median(times), times[int(len(times) * 0.95)]
                yield f"{what}, {kind}: median {middle:.1f} s, 95 % below {late:.1f} s"
    for key in ("added_alone", "variants"):
        numbers = [r[key] for r in good]
        spread = {n: numbers.count(n) for n in sorted(set(numbers))}
        yield f"{key}: {spread}"
    above = sum(r["variants"] > (r["least"] or 1) for r in good)
    yield f"{above} with more variants than the bound"


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--draw", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--base", default="defconfig")
    parser.add_argument("--arch", default="x86")
    parser.add_argument("--only", default="", help="patches whose names have this text")
    parser.add_argument("--under", nargs="*", default=[""], help="folders, as cmd/")
    parser.add_argument("--no-verify", action="store_true")
    parser.add_argument("--list", action="store_true", help="name the patches alone")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--option", action="append", default=[], help="one more of kvariant's")
    given = parser.parse_args()
    every = list(patches(difference(given.old.resolve(), given.new.resolve())))
    named = [p for p in every if given.only in p.name and p.path.startswith(tuple(given.under))]
    own = drawn(named, given.arch, given.draw, given.seed)
    print(f"{len(every)} patches, {len(own)} drawn", flush=True)
    records = []
    for number, patch in enumerate(own, 1):
        if given.list:
            print(patch.name)
            continue
        record = measured(given.new, patch, given.base, given.option, not given.no_verify)
        records.append(record)
        missed = record.get("missed", [])
        told = (
            record.get("error")
            or f"{record['seen']} + {record['excluded']} of {record['lines']} lines"
        )
        places = " ".join(f"{m['file']}:{m['line']}[{m['condition'][:60]}]" for m in missed[:2])
        places += " ".join(record.get("faults", []))[:300]
        print(f"{number} {patch.name}: {told} {record['proof'][0]:.1f} s {places}", flush=True)
        if given.json:
            given.json.write_text(json.dumps(records, indent=1))
    print("\n".join(summary(records)))


if __name__ == "__main__":
    main()
