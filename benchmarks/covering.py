# SPDX-License-Identifier: MIT
"""Measure covering arrays for all pairs: `python benchmarks/covering.py PATH [PATH ...]`.

A PATH is a formula in DIMACS, or a folder of them. Each model, seed and tool is
measured in a process of its own, so that peak memory and CPU time are its own. Whether
rows are solutions, and which pairs they have, is counted here from the rows alone.

    rows       of the array; `!` marks rows that break a clause
    feasible   pairs of concrete literals that some solution has, as ours proves
    covered    feasible pairs that sound rows have
    LB         no array is smaller: our own proof
    CPU s      from the loaded formula, without start-up; with more effort than 1 of two processes
    wall s     the same by the clock

With `--seconds N` both cores search until N seconds of wall time are over, from the loaded formula
on. What is found then depends on the machine; with `--effort N` it never does.

Beside ours: allpairspy and covertable with the clauses as a filter, and PICT where
it is installed. A tool that is not done after `--time-limit` is reported as such.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kvariant import Space
from kvariant.matrix import StrategyRequest
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch
from kvariant.matrix.t_wise import t_wise
from kvariant.space.dimacs import Problem, read_dimacs

Rows = list[list[int]]
"""0 or 1 per concrete variable."""


_UNBOUNDED = 100_000
"""An effort of days, for a search that the clock ends."""

_TOLD = 1.5
"""Seconds that are left for the pieces of an attempt, and for what is told of the rows."""


def ours(path: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Return our rows and what is proven of them."""
    space = Space.from_dimacs(path)
    started, began = _cpu(), time.monotonic()
    request = StrategyRequest(symbols=space.symbols, random_seed=seed)
    effort, watch = options.effort, UNWATCHED
    if options.seconds:
        end = began + options.seconds - _TOLD
        effort, watch = _UNBOUNDED, SearchWatch(stop=lambda: time.monotonic() > end)
    chosen = t_wise(space, request, effort=effort, watch=watch)
    seconds, wall = _cpu() - started, time.monotonic() - began
    assert chosen.tuples is not None
    rows = [[int(each[name] == "y") for name in space.symbols] for each in chosen.configurations]
    return {
        "rows": rows,
        "seconds": seconds,
        "wall": wall,
        "feasible": chosen.tuples.feasible,
        "lower_bound": chosen.lower_bound,
    }


def _cpu() -> float:
    """Return our CPU seconds, those of a second search with them: it has a process of its own."""
    return sum(os.times()[:4])


def allpairspy(path: Path, _seed: int, _options: argparse.Namespace) -> dict[str, Any]:
    """Return allpairspy's rows, each clause a filter once its variables are set."""
    from allpairspy import AllPairs

    problem = read_dimacs(path)
    holds = _filter(problem)
    started = time.process_time()
    rows = [list(row) for row in AllPairs([[0, 1]] * _width(problem), filter_func=holds)]
    return {"rows": rows, "seconds": time.process_time() - started}


def covertable(path: Path, seed: int, _options: argparse.Namespace) -> dict[str, Any]:
    """Return covertable's rows, each clause a constraint."""
    from covertable import make

    problem = read_dimacs(path)
    constraints = [
        {
            "operator": "or",
            "conditions": [
                {"operator": "eq", "left": str(abs(x) - 1), "value": int(x > 0)} for x in clause
            ],
        }
        for clause in problem.clauses
        if all(abs(x) <= _width(problem) for x in clause)
    ]
    factors = {str(i): [0, 1] for i in range(_width(problem))}
    started = time.process_time()
    made = make(factors, constraints=constraints, salt=str(seed))
    rows = [[row[str(i)] for i in range(_width(problem))] for row in made]
    return {"rows": rows, "seconds": time.process_time() - started}


def pict(path: Path, seed: int, _options: argparse.Namespace) -> dict[str, Any]:
    """Return PICT's rows; auxiliary variables are parameters that nothing else uses."""
    problem = read_dimacs(path)
    lines = [f"P{i}: 0, 1" for i in range(1, len(problem.names) + 1)]
    lines += [
        " or ".join(f"[P{abs(x)}] = {int(x > 0)}" for x in clause) + ";"
        for clause in problem.clauses
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".pict") as file:
        file.write("\n".join(lines))
        file.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        command = ["pict", file.name, f"/r:{seed}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    header, *body = done.stdout.splitlines()
    columns = [header.split("\t").index(f"P{i}") for i in problem.concrete]
    rows = [[int(line.split("\t")[column]) for column in columns] for line in body]
    return {
        "rows": rows,
        "seconds": resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before,
    }


TOOLS: dict[str, Callable[[Path, int, argparse.Namespace], dict[str, Any]]] = {
    "ours": ours,
    "allpairspy": allpairspy,
    "covertable": covertable,
    "pict": pict,
}


def _width(problem: Problem) -> int:
    return len(problem.concrete)


def _filter(problem: Problem) -> Callable[[Sequence[int]], bool]:
    """Return whether the first values of a row break no clause that they decide."""
    by_last: dict[int, list[list[int]]] = {}
    for clause in problem.clauses:
        by_last.setdefault(max(map(abs, clause)), []).append(clause)

    def holds(row: Sequence[int]) -> bool:
        return all(
            any(row[abs(x) - 1] == (x > 0) for x in clause)
            for last in range(1, len(row) + 1)
            for clause in by_last.get(last, ())
        )

    return holds


def pairs_of(rows: Sequence[Sequence[int]]) -> int:
    """Return how many pairs of literals of different variables the rows have."""
    values = np.array(rows, dtype=np.float32)
    literals = np.concatenate([values, 1 - values], axis=1)
    count = literals.T @ literals > 0
    return int((count.sum() - np.diagonal(count).sum()) // 2)


def sound(path: Path, rows: Rows) -> npt.NDArray[np.bool_]:
    """Return for each row whether it is part of a solution."""
    from pysat.solvers import Cadical153

    problem = read_dimacs(path)
    with Cadical153(bootstrap_with=problem.clauses) as solver:
        return np.array(
            [
                solver.solve(
                    [v if bit else -v for v, bit in zip(problem.concrete, row, strict=True)]
                )
                for row in rows
            ],
            dtype=np.bool_,
        )


def measured(tool: str, path: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Run one tool on one model in a process of its own."""
    command = [sys.executable, __file__, str(path), "--one", tool, "--seed", str(seed)]
    command += ["--effort", str(options.effort), "--seconds", str(options.seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=options.time_limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done in {options.time_limit} s"}
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1][:60]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(path: Path, tool: str, seed: int, got: dict[str, Any], known: dict[str, Any]) -> str:
    """Return a row of the table."""
    name = f"{path.stem} | {tool} | {seed}"
    if "failed" in got:
        return f"| {name} | {got['failed']} | | | | | | | |"
    rows = got["rows"]
    good = sound(path, rows)
    covered = pairs_of([row for row, is_sound in zip(rows, good, strict=True) if is_sound])
    bound = known.get("lower_bound", 0)
    ratio = f"{len(rows) / bound:.2f}" if bound else ""
    wall = f"{got['wall']:.1f}" if "wall" in got else ""
    mark = "" if good.all() else f" ({int((~good).sum())}!)"
    return (
        f"| {name} | {len(rows)}{mark} | {got['seconds']:.1f} | {wall} | {got['peak'] // 1024:,}"
        f" | {known.get('feasible', 0):,} | {covered:,} | {bound} | {ratio} |"
    )


def models(paths: Sequence[Path]) -> list[Path]:
    """Return the formulas that are named, or in folders that are."""
    return [
        found
        for path in paths
        for found in (sorted(path.glob("*.cnf")) if path.is_dir() else [path])
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="Write our last array, 0/1")
    parser.add_argument("--effort", type=int, default=1, metavar="N", help="Of improvement [1]")
    parser.add_argument(
        "--seconds", type=float, default=0, metavar="N", help="Of wall time, in place of effort"
    )
    parser.add_argument("--seed", type=int, nargs="+", default=[0], metavar="N", help="[0]")
    parser.add_argument("--others", action="store_true", help="Measure other tools too")
    parser.add_argument("--time-limit", type=int, default=900, metavar="SECONDS", help="[900]")
    parser.add_argument("--one", choices=sorted(TOOLS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        got = TOOLS[options.one](options.paths[0], options.seed[0], options)
        which = resource.RUSAGE_CHILDREN if options.one == "pict" else resource.RUSAGE_SELF
        print(json.dumps({**got, "peak": resource.getrusage(which).ru_maxrss}))
        return
    header = "| model | tool | seed | rows | CPU s | wall s | peak MB"
    print(f"{header} | feasible | covered | LB | rows / LB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for path in models(options.paths):
        known: dict[str, Any] = {}
        for tool in TOOLS if options.others else ["ours"]:
            if tool == "pict" and not shutil.which("pict"):
                continue
            for seed in options.seed:
                got = measured(tool, path, seed, options)
                if tool == "ours" and "failed" not in got:
                    known = got
                    if options.rows:
                        text = "".join("".join(map(str, row)) + "\n" for row in got["rows"])
                        options.rows.write_text(text, encoding="utf-8")
                print(line(path, tool, seed, got, known), flush=True)


if __name__ == "__main__":
    main()
