# SPDX-License-Identifier: MIT
"""Faults found in a few extra variants, without their conditions being told, and judged."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from kvariant.blame.experiments import Experiments
from kvariant.blame.rounds import MOST, WIDTH
from kvariant.kconfig import Configuration, Tree
from kvariant.kconfig.expression import Expression
from kvariant.space import Space

ROOT = Path(__file__).parents[2]
KCONFIG = """\
config MODULES
	def_bool y
	modules

config NET
	tristate "Network"

config USB
	tristate "USB"
	default m

config USB_NET
	tristate "Network over USB"
	depends on NET && USB

choice
	prompt "Size"

config SMALL
	bool "Small"

config MEDIUM
	bool "Medium"

config LARGE
	bool "Large"
	depends on !TINY

endchoice

config TINY
	bool "Tiny"

config DEBUG
	bool "Debug"
	select LOG

config LOG
	bool "Log"

config LEVEL
	int "Level" if LOG
	range 0 6
	default 3

config HASH
	bool "Hash"
	depends on !TINY
	default y
"""
TEXTS = {
    "NET": "nmy", "USB": "nmy", "USB_NET": "nmy", "SMALL": "ny", "MEDIUM": "ny", "LARGE": "ny",
    "TINY": "ny", "DEBUG": "ny", "LOG": "ny", "LEVEL": "0123456", "HASH": "ny",
}  # fmt: skip
Fault = Callable[[Mapping[str, str]], bool]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with tristates, a choice, a select and an int."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG, encoding="utf-8")
    return Tree.load(path)


@pytest.fixture(scope="module")
def every(tree: Tree) -> list[Configuration]:
    """Every configuration of the tree, by resolving assignments."""
    free = [{"MEDIUM": "n"}, {"SMALL": "y"}, {"MEDIUM": "y"}, {"LARGE": "y"}]
    names = ["NET", "USB", "USB_NET", "TINY", "DEBUG", "LOG", "LEVEL", "HASH"]
    found = {}
    for texts in itertools.product(*(TEXTS[name] for name in names)):
        if texts[names.index("LOG")] == "n" and texts[names.index("LEVEL")] != "3":
            continue  # asked for and dropped, or the same
        if texts[names.index("DEBUG")] == "y" and texts[names.index("LOG")] == "n":
            continue
        if texts[names.index("USB_NET")] > "n" and "n" in texts[:2]:
            continue
        for chosen in free[1:]:
            asked = {**dict(zip(names, texts, strict=True)), **chosen}
            if "TINY" in asked and asked["TINY"] == "y" and asked["HASH"] == "y":
                continue
            key = tuple(sorted(asked.items()))
            found[key] = asked
    dice = random.Random(0)
    drawn = dice.sample(list(found.values()), 800)
    resolved = ((dict(c), c) for c in map(tree.resolve, drawn))
    return list({tuple(values.items()): c for values, c in resolved}.values())


def solved(
    space: Space,
    symbols: Sequence[str],
    known: Sequence[Configuration],
    fault: Fault,
    most: int,
    width: int = WIDTH,
) -> tuple[Expression, int]:
    """Return what an inquiry ends with, and how many extra variants it ran."""
    values, extra = list(known), 0
    while True:
        failing = [i for i, v in enumerate(values) if fault(v)]
        passing = [i for i, v in enumerate(values) if not fault(v)]
        inquiry = Experiments(space, symbols, values, failing, passing)
        questions = inquiry.questions(min(width, most - extra)) if extra < most else ()
        if not questions:
            return inquiry.attribution().expression, extra
        for question in questions:
            again = space.tree.resolve(question.configuration.assignment)
            assert dict(again) == dict(question.configuration), "a question is valid"
            assert dict(again) not in [dict(v) for v in values], "nothing is asked twice"
            values.append(question.configuration)
            extra += 1


def drawn_fault(
    tree: Tree, texts: Mapping[str, str], dice: random.Random, sizes: Sequence[int]
) -> Expression:
    """Return two or three option values that meet."""
    terms = []
    for name in dice.sample(list(texts), dice.choice(sizes)):
        value = dice.choice(texts[name])
        if name == "LEVEL":
            terms.append(dice.choice([f"LEVEL = {value}", f"LEVEL >= {value}", f"LEVEL < {value}"]))
        else:
            terms.append(f"{name} {dice.choice(['=', '=', '!='])} {value}")
    return Expression.parse(" && ".join(terms))


def test_tristates_choices_and_ints(tree: Tree, every: list[Configuration]) -> None:
    """Two or three values that meet are found, up to what is equal in every configuration.

    Sixteen variants leave thousands of explanations, and a variant can tell one bit:
    one fault in twenty may take more than nine.
    """
    late = []
    for seed in range(40):
        dice = random.Random(seed)
        shows: list[bool] = []
        while not any(shows) or all(shows):
            known = dice.sample(every, 16)
            fault = drawn_fault(tree, TEXTS, dice, (2, 3))
            shows = [v.satisfies(fault) for v in known]
        for most in (MOST, 2 * MOST):
            found, _ = solved(
                Space.of(tree), list(TEXTS), known, lambda v, f=fault: f.holds(v, tree.types), most
            )
            wrong = [c for c in every if c.satisfies(found) != c.satisfies(fault)]
            if not wrong:
                break
            late.append(seed)
        assert not wrong, f"{fault} was taken for {found}"
    assert len(late) <= 2


@pytest.fixture(scope="module")
def flagship() -> Tree:
    """The flagship's tree."""
    return Tree.load(ROOT / "Kconfig")


@pytest.mark.parametrize("seed", range(15))
def test_flagship(flagship: Tree, seed: int) -> None:
    """The same on the flagship's tree, from sixteen variants drawn at random."""
    dice = random.Random(seed)
    space = Space.of(flagship)
    symbols = list(flagship.types)
    known = list(space.sample(16, seed=seed))
    texts = dict.fromkeys(symbols, "ny")
    shows: list[bool] = []
    while not any(shows) or all(shows):
        fault = drawn_fault(flagship, texts, dice, (2, 3))
        shows = [v.satisfies(fault) for v in known]
    found, _ = solved(space, symbols, known, lambda v: fault.holds(v, flagship.types), MOST)
    others = [dict(c) for c in space.sample(400, seed=seed + 100)]
    wrong = [c for c in others if found.holds(c, flagship.types) != fault.holds(c, flagship.types)]
    assert not wrong, f"{fault} was taken for {found}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("NET = m && !TINY", "LEVEL >= 5 && LARGE"),
        ("USB_NET", "DEBUG && SMALL"),
        ("TINY && USB = y", "MEDIUM && LEVEL < 2"),
        ("HASH && NET = y", "!HASH && USB = n"),
    ],
)
def test_two_causes_of_one_message(
    tree: Tree, every: list[Configuration], first: str, second: str
) -> None:
    """Two independent faults that look the same are told as two."""
    faults = [Expression.parse(first), Expression.parse(second)]
    dice = random.Random(0)
    shown: set[int] = set()
    while shown != {0, 1}:  # each must show where the other does not
        known = dice.sample(every, 24)
        holding = [[i for i, f in enumerate(faults) if v.satisfies(f)] for v in known]
        shown = {found[0] for found in holding if len(found) == 1}
    found, extra = solved(
        Space.of(tree),
        list(TEXTS),
        known,
        lambda v: any(fault.holds(v, tree.types) for fault in faults),
        2 * MOST,
    )
    assert extra <= 2 * MOST
    wrong = [c for c in every if c.satisfies(found) != any(c.satisfies(f) for f in faults)]
    assert not wrong, f"{first} || {second} was taken for {found}"


def test_no_passing_variant(tree: Tree, every: list[Configuration]) -> None:
    """Where all variants of a matrix fail, others are found that pass."""
    fault = Expression.parse("!TINY && USB != n")
    known = [v for v in every if v.satisfies(fault)][:5]
    found, _ = solved(
        Space.of(tree), list(TEXTS), known, lambda v: fault.holds(v, tree.types), MOST
    )
    assert not [c for c in every if c.satisfies(found) != c.satisfies(fault)]
