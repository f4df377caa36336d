# SPDX-License-Identifier: MIT
"""How long stages and commands take on a tree, in one checkout or in two side by side.

    python benchmarks/speed.py TREE SYMBOL OFF [--env NAME=VALUE] [--dialect NAME]
        [--before CHECKOUT] [--before-dialect NAME] [--repeat 5]

SYMBOL is explained and fixed from OFF=n. Every figure is CPU time (a command's with its
children), the least of some runs, and the two checkouts take turns: what else the machine
does is in none of them, or in both. Commands run with bytecode written, as they do once
they are installed; `kept` is what the second one on an unchanged tree takes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
ASSIGNMENTS = 2_048


def stages(tree_path: str, env: list[str], dialect: str, symbol: str, off: str) -> dict[str, float]:
    """Return CPU seconds of each stage, made in the process that asks."""
    from kvariant import Assignments, Space, Tree

    found: dict[str, float] = {}

    def timed(what: str, call: Callable[[], Any], times: int = 1) -> Any:
        result = None
        for _ in range(times):
            began = time.process_time()
            result = call()
            found[what] = min(found.get(what, 1e9), time.process_time() - began)
        return result

    given = dict(variable.split("=", 1) for variable in env)

    def load() -> Tree:
        tree = Tree.load(tree_path, env=given, dialect=dialect)
        _ = tree.model  # part of loading or made when it is asked for
        return tree

    tree = timed("load, model", load)
    logical = {n: s for n, s in tree.symbols.items() if s.type.is_logical}
    third = {n: "y" for i, (n, s) in enumerate(tree.symbols.items())
             if n in logical and s.prompt and i % 3 == 0}  # fmt: skip
    timed("resolve, first", lambda: tree.resolve({}))
    timed("resolve nothing", lambda: tree.resolve({}), 9)
    timed("resolve all n", lambda: tree.resolve(dict.fromkeys(logical, "n")), 5)
    timed("resolve a third y", lambda: tree.resolve(third), 3)
    space = Space.of(tree)
    timed("circuit, formula", lambda: space.formula)
    timed("first solution", space.solve)
    timed("evaluate, first", lambda: space.evaluate([{}]))
    rows = Assignments.of([third] * ASSIGNMENTS)
    timed(f"evaluate {ASSIGNMENTS:,}", lambda: space.evaluate(rows), 2)
    timed("explain", lambda: space.explain(symbol, "y"), 3)
    timed("fixes", lambda: space.fixes({off: "n"}, {symbol: "y"}), 3)
    return found


def commands(source: Path, tree: str, env: list[str], symbol: str, repeat: int) -> dict[str, float]:
    """Return CPU seconds of commands: the first on a tree, and the best of those after it."""
    options = [f"--env={variable}" for variable in env]
    verbs = {
        "kvariant explain": ["explain", f"{symbol}=y"],
        "kvariant explain --fix": ["explain", f"{symbol}=y", "--fix"],
        "kvariant space": ["space"],
    }
    found: dict[str, float] = {}
    for name, words in verbs.items():
        with tempfile.TemporaryDirectory() as cache:
            os.chmod(cache, 0o700)  # noqa: PTH101
            around = _around(source) | {"KVARIANT_CACHE": cache}
            taken = []
            for _ in range(repeat + 1):
                began = os.times()
                command = [sys.executable, "-m", "kvariant", *words, *options]
                subprocess.run(
                    command, cwd=tree, env=around, check=False, stdout=subprocess.DEVNULL
                )
                ended = os.times()
                taken.append(ended.children_user - began.children_user
                             + ended.children_system - began.children_system)  # fmt: skip
        found[f"{name}, new"] = taken[0]
        found[f"{name}, kept"] = min(taken[1:])
    return found


def _around(source: Path) -> dict[str, str]:
    around = {n: t for n, t in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    compiled = Path(tempfile.gettempdir()) / f"kvariant-speed-{os.getuid()}"
    return around | {
        "PYTHONPATH": str(source / "generator"),
        "PYTHONPYCACHEPREFIX": str(compiled),
    }


def measured(source: Path, arguments: argparse.Namespace, dialect: str) -> dict[str, float]:
    """Return one measurement of a checkout, made in processes of its own."""
    command = [sys.executable, __file__, "--stages", "--dialect", dialect]
    command += [f"--env={variable}" for variable in arguments.env]
    command += [arguments.tree, arguments.symbol, arguments.off]
    done = subprocess.run(command, env=_around(source), check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found | commands(source, arguments.tree, arguments.env, arguments.symbol, 2)


def _best(runs: Iterable[dict[str, float]]) -> dict[str, float]:
    best: dict[str, float] = {}
    for run in runs:
        for what, seconds in run.items():
            best[what] = min(best.get(what, seconds), seconds)
    return best


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tree", help="root folder of a Kconfig tree")
    parser.add_argument("symbol", help="a bool that can be y")
    parser.add_argument("off", help="a symbol that it depends on")
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--dialect", default="kconfiglib")
    parser.add_argument("--before", type=Path, help="another checkout to compare with")
    parser.add_argument("--before-dialect", default="kconfiglib")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--stages", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stages:
        print(json.dumps(stages(given.tree, given.env, given.dialect, given.symbol, given.off)))
        return
    before, after = [], []
    for _ in range(given.repeat):
        if given.before:
            before.append(measured(given.before.resolve(), given, given.before_dialect))
        after.append(measured(HERE, given, given.dialect))
    then, now = _best(before), _best(after)
    for what, seconds in now.items():
        if given.before:
            print(f"| {what} | {then[what]:.3f} | {seconds:.3f} | {seconds / then[what]:.2f} |")
        else:
            print(f"| {what} | {seconds:.3f} |")


if __name__ == "__main__":
    main()
