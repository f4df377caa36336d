# SPDX-License-Identifier: MIT
"""The runs whose output is held, by group: each group has a copy of `project/` to itself.

A run is the words after `kvariant`; one that begins with `pytest` is pytest's, and one
that begins with `mv` or `rm` prepares what comes next, as a user would. `-j 1` keeps
the order of what is told.
"""

from __future__ import annotations

import shlex

_STEPS = "--project steps.toml"
_WHAT_IS_THERE = "-q -j 1 -- test -s {config}"
_PYTEST = "pytest -q --no-header --color=no -p no:cacheprovider tests"

_TEXTS = {
    "tree": """
        space --json
        explain LONG_FRAMES=y --config configs/bare.config --fix
        check
        diff plain radio
        coverage --reduce --complete --json
    """,
    "matrix": """
        matrix
        matrix looks
        matrix pairs --json
        matrix switches --format minimal -o out
        matrix sample --random-seed 3
        matrix pairs --write
        matrix pairs --ci github --max-jobs 2
    """,
    "generate": """
        generate
        generate --check
        rm generated/bare/frames.h
        generate --check
    """,
    "sweep": f"""
        sweep -q -j 1
        sweep -q -j 1 --json
        sweep -q -j 1 --dry-run
        report --markdown
        {_PYTEST}
        {_PYTEST} --kvariant-matrix pairs --kvariant-where RADIO
    """,
    "steps": f"""
        sweep -q -j 1 {_STEPS} --junit first.xml
        sweep -q -j 1 {_STEPS} --json
        report {_STEPS}
        report {_STEPS} --json
        report {_STEPS} --text

        blame -q -j 1 {_STEPS} --step compile --extra 3
    """,
    "shards": f"""
        sweep pairs --shard 1/2 {_WHAT_IS_THERE}
        mv .kvariant/results.sqlite one.sqlite
        sweep pairs --shard 2/2 -q -j 1 -- grep -q RADIO=y {{config}}
        mv .kvariant/results.sqlite two.sqlite
        report one.sqlite two.sqlite --require pairs
        report one.sqlite --require pairs
        report two.sqlite --compare one.sqlite
        sweep -q -j 1 --project trees.toml -- grep -q CHECKSUM=y {{config}}
    """,
    "wrong": """
        swep
        sweep --shard 3/2
        report missing.sqlite
        generate --config wrong/dropped.config -o out
        sweep --where RADDIO -- true
        diff plain plane
        pytest -q --no-header --color=no -p no:cacheprovider tests --kvariant-matrix nowhere
    """,
}


def _words(line: str) -> tuple[str, ...]:
    """Return the words of a line; an empty one is bare `kvariant`."""
    return tuple(shlex.split(line))


GROUPS = {
    group: tuple(map(_words, text.strip("\n").rstrip().split("\n")))
    for group, text in _TEXTS.items()
}
"""By group, the runs in order."""
NEEDS_GCC = frozenset({"sweep", "steps"})
"""Groups in which something is compiled."""
