# SPDX-License-Identifier: MIT
"""C, Python and the oracle agree on every helper of the interface."""

from collections.abc import Iterable
from typing import Any

from families import LANGUAGES, Family, Vma, signatures
from hypothesis import given
from words import CHEAP, WORDS, arguments_of, edge_calls

UNSTATED_FLAGS = 0x400 | 0x4000 | 0x40000 | 0x400000 | 0x10000000
"""VM_SPECIAL and VM_HUGETLB in vm_flags: the oracle speaks of neither here."""


def disagreements(left, right, words: Iterable[int], *, stated_only=False) -> dict[str, str]:
    """Return each helper for which two families differ, with the first call that shows it."""
    found: dict[str, str] = {}
    words = list(words)
    for name, signature in signatures(right.variant).items():
        one, other = getattr(left, name, None), getattr(right, name, None)
        if one is None or other is None:
            continue  # test_existence compares which names there are
        types = signature.arguments
        for arguments in arguments_of(types, words):
            if stated_only and any(_unstated(argument) for argument in arguments):
                continue
            expected, actual = one(*arguments), other(*arguments)
            if expected != actual:
                shown = ", ".join(hex(a) if isinstance(a, int) else repr(a) for a in arguments)
                found[name] = f"{name}({shown}): {expected:#x} != {actual:#x}"
                break
    return found


def _unstated(argument: object) -> bool:
    return isinstance(argument, Vma) and argument.vm_flags & UNSTATED_FLAGS != 0


Answers = dict[tuple[str, tuple[str, ...]], list[object]]
"""Helper and types of its arguments -> what it answers to `edge_calls` of them."""


def truth_table(side, name: str = "", variant=None) -> Answers:
    """Return all answers of a family, or of the oracle; made once for a variant."""
    variant = variant or side.variant
    if _TABLES.get("") != variant.name:
        _TABLES.clear()
        _TABLES[""] = variant.name
    name = name or side.language
    if name not in _TABLES:
        _TABLES[name] = _filled(side, variant)
    return _TABLES[name]


_TABLES: dict[str, Any] = {}


def _filled(side, variant) -> Answers:
    answers: Answers = {}
    for helper, signature in signatures(variant).items():
        function = getattr(side, helper, None)
        if function is None:
            continue  # test_existence compares which names there are
        types = signature.arguments
        answers[helper, types] = [function(*arguments) for arguments in edge_calls(types)]
    return answers


def differences(left: Answers, right: Answers, *, stated_only: bool = False) -> dict[str, str]:
    """Return each helper that two have and for which they differ, with the first such call."""
    found: dict[str, str] = {}
    assert left.keys() & right.keys(), "there is something to compare"
    for (name, types), expected in left.items():
        actual = right.get((name, types), expected)
        if expected == actual:
            continue
        for arguments, one, other in zip(edge_calls(types), expected, actual, strict=True):
            if one != other and not (stated_only and any(map(_unstated, arguments))):
                shown = ", ".join(hex(a) if isinstance(a, int) else repr(a) for a in arguments)
                found[name] = f"{name}({shown}): {one:#x} != {other:#x}"
                break
    return found


@CHEAP
@given(words=WORDS)
def test_c_equals_python(variant, words):
    """C and Python answer alike on generated inputs."""
    c, python = (Family(variant, language) for language in LANGUAGES)
    assert {} == disagreements(c, python, words)


def test_c_equals_python_on_edges(variant):
    """C and Python answer alike on edge cases."""
    c, python = (truth_table(Family(variant, language)) for language in LANGUAGES)
    assert {} == differences(c, python)


@CHEAP
@given(words=WORDS)
def test_oracle(oracle, family, words):
    """Every helper answers what its plainest form answers, on generated inputs."""
    assert {} == disagreements(oracle, family, words, stated_only=True)


def test_oracle_on_edges(oracle, family):
    """Every helper answers what its plainest form answers, on edge cases."""
    expected, actual = truth_table(oracle, "oracle", family.variant), truth_table(family)
    assert {} == differences(expected, actual, stated_only=True)


def test_results_have_their_types(family):
    """A test returns a bool, every other helper a 64-bit word."""
    wrong: list[str] = []
    compared = 0
    for name, signature in signatures(family.variant).items():
        if "vma" in signature.arguments:
            continue
        for arguments in arguments_of(signature.arguments, [0, 1, 5, 1 << 63, (1 << 64) - 1]):
            result = getattr(family, name)(*arguments)
            compared += 1
            good = (
                isinstance(result, bool)
                if signature.result == "bool"
                else type(result) is int and 0 <= result < 1 << 64
            )
            wrong += [] if good else [f"{name}{arguments} = {result!r}"]
    assert compared
    assert [] == wrong
