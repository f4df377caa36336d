# SPDX-License-Identifier: MIT
"""Measure the exact space on a tree: `python benchmarks/space.py TREE [TREE ...]`.

Each tree is measured in a process of its own, so that its peak memory is its own.
A TREE is a root folder or an entry file. Prints one Markdown table per tree;
beside ours stands kconfiglib, one configuration after the other.
"""

from __future__ import annotations

import argparse
import gc
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from kvariant import Assignments, Space, Tree
from kvariant.errors import MissingError

_T = TypeVar("_T")


class Table:
    """Rows of what, how long, and what came out."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []
        self.seconds = 0.0

    def time(self, what: str, call: Callable[[], _T], result: Callable[[_T], str]) -> _T:
        """Run a call once and note its wall time in seconds."""
        started = time.perf_counter()
        value = call()
        self.seconds = time.perf_counter() - started
        self.rows.append((what, f"{self.seconds:.3f}", result(value)))
        return value

    def rate(self, number: int) -> str:
        """Return how many a second the last row's call did."""
        return f"{number / self.seconds:,.0f} a second"

    def __str__(self) -> str:
        lines = ["| what | seconds | result |", "|---|---|---|"]
        return "\n".join(lines + [f"| {' | '.join(row)} |" for row in self.rows])


def packed_random(space: Space, lanes: int, seed: int) -> Assignments:
    """Return assignments with a random user value, or none, for each bool and tristate."""
    dice = np.random.default_rng(seed)
    keys: list[tuple[str, str]] = []
    rows: list[np.ndarray] = []
    for name, rules in space.model.symbols.items():
        if not rules.prompts or not rules.is_logical or rules.choice is not None:
            continue
        a, b = dice.integers(0, 2**64, size=(2, -(-lanes // 64)), dtype=np.uint64)
        keys += [(name, "y"), (name, "n")]
        rows += [a & b, a & ~b]  # half of the lanes leave it alone
    return Assignments(keys, np.array(rows), lanes)


def measured(path: str, lanes: int, singles: int) -> Iterator[str]:
    """Yield the report of one tree."""
    table = Table()
    tree = table.time(
        "parse (kconfiglib)", lambda: Tree.load(path), lambda t: f"{len(t.symbols):,} symbols"
    )
    table.time("freeze the rules", lambda: tree.model, lambda m: f"{len(m.choices)} choices")
    space = Space.of(tree)
    table.time("encode the image", lambda: space.image, lambda i: f"{len(i.circuit):,} nodes")
    table.time("clauses", lambda: space.formula, lambda f: f"{len(f.clauses):,} clauses")
    table.time(
        "first solve", space.solve, lambda c: f"{len(c.assignment):,} user values" if c else "none"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table.rows.append(("peak memory so far", "", f"{peak:.0f} MB"))
    asked = packed_random(space, lanes, seed=1)
    space.evaluate(Assignments(asked.keys, asked.bits[:, :1], 64))  # compile
    found = table.time(
        f"evaluate {lanes:,}, packed", lambda: space.evaluate(asked), lambda _: table.rate(lanes)
    )
    mappings = asked[: min(64, lanes)]
    table.time(
        f"evaluate {len(mappings)} mappings",
        lambda: space.evaluate(mappings),
        lambda _: table.rate(len(mappings)),
    )
    resolved = table.time(
        f"kconfiglib, {singles} one by one",
        lambda: [tree.resolve(asked[i]) for i in range(singles)],
        lambda _: table.rate(singles),
    )
    equal = sum(dict(found[i]) == dict(c) for i, c in enumerate(resolved))
    table.rows.append(("of these equal to ours", "", f"{equal} of {singles}"))
    samples = table.time("sample 10", lambda: space.sample(10, seed=1), lambda s: s.method.value)
    exact = sum(dict(tree.resolve(c.assignment)) == dict(c) for c in samples)
    table.rows.append(("samples that resolve to themselves", "", f"{exact} of 10"))
    table.time(
        "dead and always on", space.dead, lambda d: f"{len(d):,} / {len(space.always_on()):,}"
    )
    table.time("count", lambda: _count(space), str)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table.rows.append(("peak memory", "", f"{peak:.0f} MB"))
    yield f"### {tree.preset.name}: {len(tree.symbols):,} symbols\n\n{table}\n"


def _count(space: Space) -> str:
    if len(space.symbols) > 5_000:
        return "not tried whole"
    try:
        digits = str(space.count())
    except MissingError as error:
        return error.diagnostics[0].message
    return f"{digits[0]}.{digits[1:5]}e{len(digits) - 1}" if len(digits) > 15 else digits


def main() -> None:
    """Measure the trees that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="+", metavar="TREE")
    parser.add_argument("--lanes", type=int, default=8192, help="configurations evaluated at once")
    parser.add_argument(
        "--singles", type=int, default=20, help="configurations resolved by kconfiglib"
    )
    options = parser.parse_args()
    if len(options.trees) > 1:
        print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}\n")
        for tree in options.trees:
            rest = ["--lanes", str(options.lanes), "--singles", str(options.singles)]
            subprocess.run([sys.executable, __file__, tree, *rest], check=True)
        return
    gc.freeze()
    for text in measured(options.trees[0], options.lanes, options.singles):
        print(text)


if __name__ == "__main__":
    main()
