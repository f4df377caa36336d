# SPDX-License-Identifier: MIT
"""Try the mutants of the family: all of them, or a sample; exit 1 if one survives unexplained."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from kvariant.report.table import table_text

from .bench import Bench, copied, preload
from .mutant import Kind, Mutant
from .verdict import Explanation, Outcome, Verdict, as_json, explanations, reason_for

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).parent / "explained.toml"
_OUTCOMES = (Outcome.RENDER, Outcome.BUILD, Outcome.TEST, Outcome.SAME, Outcome.SURVIVED)
_BENCHES: list[Bench] = []
"""A worker's own."""


def main() -> int:
    """Run the command line and return its exit code."""
    options = _options()
    start = time.monotonic()
    preload()
    known = explanations(EXPLAINED)
    with tempfile.TemporaryDirectory(prefix="kvariant-mutants-") as name:
        bench = Bench(copied(ROOT, Path(name) / "first"))
        mutants = _chosen(bench.mutants(), options)
        if options.list:
            print("\n".join(_shown(mutant) for mutant in mutants))
            return 0
        print(f"{len(mutants)} mutants, --random-seed {options.random_seed}", file=sys.stderr)
        is_whole = not (options.sample or options.match)
        if error := bench.control(is_whole=is_whole):
            print(f"error: the unbroken family fails its tests: {error}", file=sys.stderr)
            return 3
        verdicts = []
        for verdict in _tried(mutants, options.jobs, Path(name)):
            verdicts.append(verdict)
            if options.json:
                print(json.dumps(as_json(verdict, known)), flush=True)
            if verdict.outcome is Outcome.SURVIVED:
                print(f"survived: {_shown(verdict.mutant)}", file=sys.stderr, flush=True)
            if len(verdicts) % 100 == 0:
                said = f"{len(verdicts)} tried, {time.monotonic() - start:.0f} s"
                print(said, file=sys.stderr, flush=True)
    order = {mutant: index for index, mutant in enumerate(mutants)}
    verdicts.sort(key=lambda v: order[v.mutant])
    if not options.json:
        print(_report(verdicts, known, time.monotonic() - start))
    return 1 if _unexplained(verdicts, known) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    add = parser.add_argument
    add("--sample", type=int, metavar="MUTANTS", help="try this many, of all kinds (default: all)")
    add("--random-seed", type=int, metavar="NUMBER", help="seed of the sample (default: new)")
    add("--match", metavar="TEXT", help="only mutants whose line in the list contains TEXT")
    add("--list", action="store_true", help="list the mutants and try none")
    add("--json", action="store_true", help="results for programs, a line for each as it comes")
    add("-j", "--jobs", type=int, default=1, metavar="PROCESSES", help="side by side (default: 1)")
    options = parser.parse_args()
    if options.random_seed is None:
        options.random_seed = random.SystemRandom().randrange(10**6)
    return options


def _chosen(mutants: Sequence[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """Return the mutants to try, in their order: C before Python, so that builds are reused."""
    found = [m for m in mutants if not options.match or options.match in _shown(m)]
    if not options.sample or options.sample >= len(found):
        return found
    chance = random.Random(options.random_seed)
    piles: dict[Kind, list[Mutant]] = {}
    for mutant in found:
        piles.setdefault(mutant.kind, []).append(mutant)
    turns = list(piles.values())
    chance.shuffle(turns)
    drawn: list[Mutant] = []
    while len(drawn) < options.sample:  # from each kind in turn, so that none is missed
        for pile in turns:
            if pile and len(drawn) < options.sample:
                drawn.append(pile.pop(chance.randrange(len(pile))))
    kept = set(drawn)
    return [m for m in found if m in kept]


def _tried(mutants: Sequence[Mutant], jobs: int, folder: Path) -> Iterator[Verdict]:
    """Yield each mutant's verdict as it comes."""
    context = multiprocessing.get_context("fork")  # workers have everything imported
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_begin, initargs=(folder,)
    ) as pool:
        futures = [pool.submit(_try, mutant) for mutant in mutants]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _BENCHES.append(Bench(copied(ROOT, folder / str(os.getpid()))))


def _try(mutant: Mutant) -> Verdict:
    is_explained = any(e.covers(mutant) for e in explanations(EXPLAINED))
    return _BENCHES[0].verdict(mutant, is_explained=is_explained)


def _unexplained(verdicts: Sequence[Verdict], known: Sequence[Explanation]) -> list[Verdict]:
    return [v for v in verdicts if v.outcome is Outcome.SURVIVED and not reason_for(v, known)]


def _shown(mutant: Mutant) -> str:
    return f"{mutant.place}: {mutant.kind.value} in {mutant.owner}: {mutant.was} -> {mutant.now}"


def _report(verdicts: Sequence[Verdict], known: Sequence[Explanation], seconds: float) -> str:
    counts = Counter((v.mutant.kind, v.outcome) for v in verdicts)
    kinds = [kind for kind in Kind if any((kind, o) in counts for o in _OUTCOMES)]
    rows = [[kind.value, *(str(counts[kind, o] or "") for o in _OUTCOMES)] for kind in kinds]
    totals = Counter(v.outcome for v in verdicts)
    rows.append(["all", *(str(totals[o]) for o in _OUTCOMES)])
    lines = [table_text(rows, ("mutants", *(o.value for o in _OUTCOMES))), ""]
    for verdict in verdicts:
        if not verdict.outcome.is_noticed:
            lines += _unnoticed(verdict, reason_for(verdict, known))
    noticed = sum(totals[o] for o in _OUTCOMES if o.is_noticed)
    left = len(_unexplained(verdicts, known))
    lines.append(
        f"{len(verdicts)} mutants, {noticed} noticed, "
        f"{len(verdicts) - noticed - left} explained, {left} not ({seconds:.0f} s)"
    )
    return "\n".join(lines)


def _unnoticed(verdict: Verdict, reason: str) -> list[str]:
    mutant = verdict.mutant
    lines = [f"{mutant.place}: {verdict.outcome.value}: {mutant.kind.value} in {mutant.owner}"]
    lines += [f"  - {mutant.was}", f"  + {mutant.now}"]
    lines += [f"  in {', '.join(verdict.variants)}"] if verdict.variants else []
    return [*lines, *([f"  {reason}"] if reason else []), ""]


if __name__ == "__main__":
    sys.exit(main())
