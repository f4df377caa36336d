# SPDX-License-Identifier: MIT
"""Our family is the kernel's, in C and in Python, name by name and value by value."""

import os
import random
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .compare import Comparison, compare, expectation
from .configurations import chosen, configurations, sample
from .conftest import LayOut, chosen_configurations
from .contract import KINDS, Helper, Word
from .harness import PROJECT, Headers, caller, compare_all, jobs, loaded, write_fragments
from .headers import Architecture, Release
from .inputs import ONES, entries, flags, offsets, ptes

Kernel = tuple[Release, Architecture, Headers]

SHOWN = 40
"""Differences that a failure lists."""
WORDS = 64
"""Words that are drawn for one comparison; Hypothesis draws them by their seed alone: drawn one
by one they took longer than all that is compared."""


def verify_same(found: Comparison) -> None:
    """Fail with the differences, if there are any."""
    listed = "\n".join(found.differences[:SHOWN])
    assert not found.differences, f"{len(found.differences)} differences\n{listed}"
    assert found.values, "nothing was compared"


def test_edge_cases(
    kernel: Kernel, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """Every helper agrees at the edges: bit patterns, types, offsets, markers, areas."""
    release, architecture, headers = kernel
    asked = chosen_configurations(release, architecture)
    found = compare_all(jobs(asked, headers), headers)
    record_testsuite_property(f"configurations of {release} {architecture}", len(asked))
    record_testsuite_property(f"values of {release} {architecture}", found.values)
    verify_same(found)


def test_generated_inputs(kernel: Kernel) -> None:
    """Every helper agrees on inputs that Hypothesis makes, in configurations far apart."""
    release, architecture, headers = kernel
    apart = sample(list(configurations(release, architecture)))[:2]
    for job in jobs(apart, headers):
        with loaded(job, headers) as (oracle, sides):

            @settings(max_examples=50, deadline=None, derandomize="CI" in os.environ)
            @given(st.integers(0, ONES))
            def agrees(seed: int) -> None:
                drawn = words(random.Random(seed))
                expected = {
                    helper: expectation(oracle, caller(), helper, shaped(helper, drawn))
                    for helper in oracle.helpers
                }
                for side in sides:
                    verify_same(compare(side, oracle, expected))

            agrees()


def words(dice: random.Random) -> list[int]:
    """Draw 64-bit words: any, at the edges, few bits set or missing, entries by type."""
    edges = [*ptes(), *entries()[::7], *offsets(), *flags()]

    def few() -> int:
        return sum({1 << dice.randrange(64) for _ in range(dice.randrange(7))})

    kinds = (
        lambda: dice.getrandbits(64),
        lambda: dice.getrandbits(dice.randrange(65)),
        lambda: dice.choice(edges),
        few,
        lambda: ONES ^ few(),
        lambda: dice.randrange(64) << 58 | dice.randint(0, 1 << 51),
    )
    return [dice.choice(kinds)() for _ in range(WORDS)]


def shaped(helper: Helper, drawn: list[int]) -> "array[int]":
    """Return drawn words as calls: kinds and bools are brought into their range."""
    limits: list[int] = []
    for argument in helper.arguments:
        limits += {Word.VMA: [len(KINDS), ONES + 1], Word.BOOL: [2]}.get(argument, [ONES + 1])
    whole = len(drawn) // len(limits) * len(limits) if limits else 0
    return array("Q", [word % limits[at % len(limits)] for at, word in enumerate(drawn[:whole])])


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_stub_warns_as_often(
    architecture: Architecture, headers_of: LayOut, tmp_path: Path
) -> None:
    """Without PTE_MARKER both makers count each call and print the first alone."""
    headers = headers_of("6.1", architecture)
    (job,) = jobs([chosen("6.1", architecture)], headers)
    with loaded(job, headers, place=tmp_path) as (oracle, sides):
        makers = [each for each in oracle.helpers if each.name.startswith("make_pte_marker")]
        assert len(makers) == 2
        for helper in makers * 2:
            wanted = expectation(oracle, caller(), helper, array("Q", [0, 1, 2]))
            for side in sides:
                assert list(side.outputs(helper, wanted.inputs)) == list(wanted.results)
        kernels = (oracle.counter("warn_hits"), oracle.counter("warn_fired"))
        assert kernels == (12, 1)
        assert [side.warnings() for side in sides] == [kernels, kernels]


def test_command_renders_the_same(headers_of: LayOut, tmp_path: Path) -> None:
    """`kvariant generate --config FILE` writes what is compared here."""
    headers = headers_of("6.12", "arm64")
    asked = jobs(sample(list(configurations("6.12", "arm64")))[:3], headers)
    fragments = write_fragments([job.configuration for job in asked], tmp_path)
    command = [
        str(Path(sys.executable).parent / "kvariant"),
        "generate",
        "-o",
        str(tmp_path / "out"),
    ]
    for path in fragments:
        command += ["--config", str(path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for job in asked:
        folder = tmp_path / "out" / job.configuration.name
        assert {path: (folder / path).read_text() for path in job.files} == job.files
