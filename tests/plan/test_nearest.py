"""The nearest variant that would satisfy an expression, against every assignment there is."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Expression, Tree
from kvariant.plan import Variant
from kvariant.plan.nearest import nearest

KCONFIG = """\
config A
	bool "A"

config B
	bool "B"
	depends on A
	default y

config C
	bool "C"
	select D

config D
	bool "D" if !B

config E
	int "E"
	range 1 3
	default 2 if D
	default 1
"""
VALUES = {**dict.fromkeys("ABCD", (None, "n", "y")), "E": (None, "1", "2", "3")}
VARIANTS: dict[str, dict[str, str]] = {
    "none": {},
    "all": {"A": "y", "B": "y", "C": "y"},
    "odd": {"A": "y", "B": "n", "D": "y", "E": "3"},
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a tree with a dependency, a select, a promptless case and a number."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG)
    return Tree.load(path)


def smallest(
    tree: Tree, expression: Expression, names: Iterable[str]
) -> tuple[int, set[str]] | None:
    """Return the fewest user values to change in one of these, and those that need so many."""
    names = list(names)
    least: dict[str, int] = {}
    for texts in itertools.product(*VALUES.values()):
        asked = {n: t for n, t in zip(VALUES, texts, strict=True) if t is not None}
        if not tree.resolve(asked).satisfies(expression):
            continue
        for name in names:
            own = VARIANTS[name]
            changed = sum(own.get(n) != asked.get(n) for n in VALUES)
            least[name] = min(changed, least.get(name, changed))
    if not least:
        return None
    best = min(least.values())
    return best, {name for name, changed in least.items() if changed == best}


@pytest.mark.parametrize(
    "text",
    [
        *("A && !B", "B && D && !C", "C && !D", "E = 3 && B", "E > 1 && !D", "!A && B", "E = 4"),
        *("A && B && C && E = 3", "!C && D && B", "(A || C) && !B && E != 3", "D && E >= 2 && !A"),
    ],
)
def test_no_variant_is_nearer(tree: Tree, text: str) -> None:
    """The changes are as few as any, they are enough, and impossible is said to be so."""
    expression = Expression.parse(text)
    variants = [
        Variant(name=name, description="", configuration=tree.resolve(asked), fragment=None)
        for name, asked in VARIANTS.items()
        if not tree.resolve(asked).satisfies(expression)
    ]
    expected = smallest(tree, expression, [variant.name for variant in variants])
    if expected is None:
        with pytest.raises(InputError, match="no configuration satisfies"):
            nearest(tree, variants, expression)
        return
    found = nearest(tree, variants, expression)
    assert (found.fix.size, found.variant in expected[1]) == (expected[0], True)
    assert tree.resolve(found.fix.assignment).satisfies(expression)
    own = VARIANTS[found.variant]
    assert {n: found.fix.assignment.get(n) for n in found.fix.changes} == found.fix.changes
    assert {n for n in VALUES if own.get(n) != found.fix.assignment.get(n)} == {*found.fix.changes}


def test_both_kinds_of_expression_are_tried(tree: Tree) -> None:
    """The table above has expressions that a configuration satisfies, and some that none does."""
    assert smallest(tree, Expression.parse("E = 3 && B"), VARIANTS) is not None
    assert smallest(tree, Expression.parse("C && !D"), VARIANTS) is None
