# SPDX-License-Identifier: MIT
"""One family against one kernel library: names, constants, then every helper's values."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from .contract import CONSTANTS, OPTIONAL_HELPERS, Helper, Word
from .family import Side
from .inputs import calls, entries
from .native import Caller
from .oracle import Oracle

SHOWN = 3
"""Calls shown of a helper that differs; how many differ is always said."""


@dataclass(slots=True)
class Comparison:
    """What was compared, and what differed."""

    values: int = 0
    """Results of helpers, and constants, that were compared."""
    differences: list[str] = field(default_factory=list)

    def __iadd__(self, other: "Comparison") -> "Comparison":
        self.values += other.values
        self.differences += other.differences
        return self


@dataclass(frozen=True, slots=True)
class Expectation:
    """A helper's calls, and what the kernel's answers to them."""

    inputs: "array[int]"
    """Words of all calls, one call's after the other's."""
    results: "array[int]"


def expectations(oracle: Oracle, caller: Caller) -> dict[Helper, Expectation]:
    """Return every helper's calls at the edges, with the kernel's results."""
    encoded = caller.outputs(oracle.library, "kernel_swp_entry_to_pte", 1, array("Q", entries()))
    expected = {}
    for helper in oracle.helpers:
        inputs = calls(helper)
        if helper.arguments == (Word.PTE,):
            inputs = inputs + encoded
        expected[helper] = expectation(oracle, caller, helper, inputs)
    return expected


def expectation(
    oracle: Oracle, caller: Caller, helper: Helper, inputs: "array[int]"
) -> Expectation:
    """Return the kernel's results on given calls."""
    function = f"kernel_{helper.name}"
    return Expectation(inputs, caller.outputs(oracle.library, function, helper.words, inputs))


def compare(side: Side, oracle: Oracle, expected: Mapping[Helper, Expectation]) -> Comparison:
    """Compare one language of a variant with the kernel's library."""
    found = Comparison()
    found += _names(side, oracle)
    found += _constants(side, oracle)
    for helper, wanted in expected.items():
        if helper.name in side.names:
            found += _values(side, helper, wanted)
    return found


def _names(side: Side, oracle: Oracle) -> Comparison:
    kernels = {helper.name for helper in oracle.helpers}
    surplus = sorted(side.names - kernels)
    missing = sorted(kernels - side.names - OPTIONAL_HELPERS)
    return Comparison(
        differences=[
            *(f"{side.language} {name}: ours alone has it" for name in surplus),
            *(f"{side.language} {name}: the kernel alone has it" for name in missing),
        ]
    )


def _constants(side: Side, oracle: Oracle) -> Comparison:
    required = {name for name in CONSTANTS if name in oracle.constants}
    names = sorted(required | set(side.constants))
    return Comparison(
        values=len(names),
        differences=[
            f"{side.language} {name}: {_shown(ours)}, kernel {_shown(theirs)}"
            for name in names
            if (ours := side.constants.get(name)) != (theirs := oracle.constants.get(name))
        ],
    )


def _values(side: Side, helper: Helper, wanted: Expectation) -> Comparison:
    try:
        results = side.outputs(helper, wanted.inputs)
    except (
        Exception
    ) as error:  # whatever a helper raises is a difference, and the next is to be seen
        return Comparison(differences=[f"{side.language} {helper.name}: raises {error!r}"])
    found = Comparison(values=len(wanted.results))
    if list(results) == list(wanted.results):
        return found
    wrong = [
        at
        for at, pair in enumerate(zip(results, wanted.results, strict=True))
        if pair[0] != pair[1]
    ]
    for at in wrong[:SHOWN]:
        call = wanted.inputs[at * helper.words : (at + 1) * helper.words]
        found.differences.append(
            f"{side.language} {helper.name}({', '.join(map(hex, call))}):"
            f" {_shown(results[at])}, kernel {_shown(wanted.results[at])}"
            f" ({len(wrong)} of {len(results)} calls differ)"
        )
    return found


def _shown(value: int | None) -> str:
    return "absent" if value is None else hex(value)
