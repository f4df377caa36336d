"""The space against kconfiglib and plain enumeration, on small random trees."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Mapping

import pytest

from kvariant import Assignments, Configuration, Fix, Space, Tree
from kvariant.errors import InputError
from kvariant.kconfig.dialect import dialect_of

from .conftest import MakeTree
from .random_trees import random_tree

MOST = 1_500
"""Assignments up to which a tree is enumerated."""


def assignments(tree: Tree, space: Space) -> list[dict[str, str]] | None:
    """Return every assignment over the finite domains, None if there are too many."""
    options: list[list[str | None]] = []
    for name, rules in tree.model.symbols.items():
        kind = tree.types[name].value
        values = {"bool": ("n", "y"), "tristate": ("n", "m", "y")}.get(kind) or space.domains.get(
            name, ()
        )
        options.append([None, *values] if rules.prompts else [None])
    total = 1
    for option in options:
        total *= len(option)
    if total > MOST:
        return None
    return [
        {name: text for name, text in zip(tree.symbols, texts, strict=True) if text is not None}
        for texts in itertools.product(*options)
    ]


def values(configuration: Configuration) -> tuple[str, ...]:
    """Return the value texts, in Kconfig order."""
    return tuple(configuration.values())


@pytest.mark.parametrize("first", range(0, 120, 10))
def test_the_space_is_what_assignments_reach(first: int, make_tree: MakeTree) -> None:
    """Simulation, solutions, projections, counts, backbone and fixes equal brute force."""
    checked = 0
    for seed in range(first, first + 10):
        try:
            tree = make_tree(random_tree(seed))
        except InputError as error:
            assert "dependency-loop" in str(error)  # noqa: PT017 - other errors are defects
            continue
        space = Space.of(tree)
        asked = assignments(tree, space)
        if asked is None:
            continue
        checked += 1
        verify(tree, space, asked, random.Random(seed))
    assert checked


def verify(tree: Tree, space: Space, asked: list[dict[str, str]], dice: random.Random) -> None:
    """Compare every view of a space with all assignments resolved one by one."""
    resolved = [tree.resolve(assignment) for assignment in asked]
    assert [dict(c) for c in space.evaluate(Assignments.of(asked))] == [dict(c) for c in resolved]
    reachable = {values(c) for c in resolved}
    projected = [tuple(found.values()) for found in space.projections(tree.symbols)]
    assert len(projected) == len(reachable) == space.count()
    assert set(projected) == reachable
    for configuration in dice.sample(resolved, min(10, len(resolved))):
        found = space.solve(configuration)
        assert found is not None
        assert dict(tree.resolve(found.assignment)) == dict(configuration) == dict(found)
    logical = [name for name in tree.symbols if tree.types[name].is_logical]
    seen = {name: {c[name] for c in resolved} for name in logical}
    assert space.dead() == tuple(n for n in logical if seen[n] == {"n"})
    assert space.always_on() == tuple(n for n in logical if "n" not in seen[n])
    for name in logical:
        explanation = space.explain(name, "y")
        assert explanation.is_possible == ("y" in seen[name])
        assert explanation.is_possible or explanation.notes
    if logical:
        verify_fixes(tree, space, asked, resolved, dice.choice(logical), dice)


def verify_fixes(
    tree: Tree, space: Space, asked: list[dict[str, str]], resolved: list[Configuration],
    name: str, dice: random.Random, wanted: str = "y",
) -> None:  # fmt: skip
    """Compare fixes for one wish with the nearest assignment that grants it."""
    at = dice.randrange(len(asked))
    start = asked[at]
    took = {key for key, text in start.items() if resolved[at][key] == text}
    choices = {m: i for i, c in enumerate(tree.model.choices) for m in c.members}

    def harm(other: Mapping[str, str], got: Configuration) -> int:
        changed = {
            choices.get(key, key) for key in {*start, *other} if start.get(key) != other.get(key)
        }
        lost = {key for key in took if choices.get(key, key) not in changed and key != name}
        lost = {key for key in lost if got[key] != start[key]}
        return len(changed - {choices.get(name, name)}) + len(lost)

    good = [harm(a, c) for a, c in zip(asked, resolved, strict=True) if c[name] == wanted]
    fixes = space.fixes(start, {name: wanted})
    assert bool(fixes) == bool(good)
    for fix in fixes:
        got = tree.resolve(fix.assignment)
        assert got[name] == wanted
        assert fix.size == harm(fix.assignment, got) == min(good)
        verify_said(fix, start, took - {name}, got)


def verify_said(
    fix: Fix, start: Mapping[str, str], took: Collection[str], got: Configuration
) -> None:
    """Compare what a fix says with what its assignment resolves to."""
    asked = {key: text for key, text in fix.changes.items() if text is not None}
    assert asked == {key: got[key] for key in asked}
    assert fix.chosen == {n: old for n, old in fix.chosen.items() if n != old and asked[n] == "y"}
    assert all(start[old] != "n" for old in fix.chosen.values() if old is not None)
    kept = [key for key in took if key not in fix.changes]
    assert dict(fix.lost) == {key: start[key] for key in kept if got[key] != start[key]}


@pytest.mark.parametrize("dialect", ["linux-4.20", "linux-5.7", "linux-6.11", "linux"])
def test_fixes_hold_what_they_say_in_every_dialect(dialect: str, make_tree: MakeTree) -> None:
    """Each is the smallest, each of its values takes, and it loses what it says it does."""
    checked = 0
    for seed in [*range(30), 49, 95]:  # in these two, members that do not show would do
        try:
            tree = make_tree(random_tree(seed)).under(dialect_of(dialect))
        except InputError as error:
            assert "dependency-loop" in str(error)  # noqa: PT017 - other errors are defects
            continue
        space = Space.of(tree)
        asked = assignments(tree, space)
        logical = [name for name in tree.symbols if tree.types[name].is_logical]
        if asked is None or not logical:
            continue
        checked += 1
        dice = random.Random(seed)
        resolved = [tree.resolve(assignment) for assignment in asked]
        for text in "yn":
            verify_fixes(tree, space, asked, resolved, dice.choice(logical), dice, text)
    assert checked > 15


def test_linux_dialect_limits_imply(make_tree: MakeTree) -> None:
    """Under `linux` an imply cannot exceed the direct dependency, nor does it promote m."""
    tree = make_tree(
        'config MODULES\n\tbool "m"\n\tmodules\n\tdefault y\n'
        'config D\n\ttristate "d"\nconfig A\n\ttristate "a"\n\timply B\n'
        "config B\n\ttristate\n\tdepends on D\n"
    )
    wanted = {"MODULES": "y", "D": "m", "A": "y"}
    ours, theirs = Space.of(tree).solve(wanted), Space.of(tree, dialect="linux").solve(wanted)
    assert ours is not None
    assert theirs is not None
    assert [ours["B"], theirs["B"]] == ["y", "m"]


def test_a_long_chain_of_dependencies_loads(make_tree: MakeTree) -> None:
    """Thousands of chained dependencies neither recurse too deep nor take long."""
    links = (f'config S{i}\n\tbool "s"\n\tdepends on S{i - 1}\n' for i in range(1, 3000))
    tree = make_tree('config S0\n\tbool "s"\n' + "".join(links))
    space = Space.of(tree)
    found = space.solve({"S2999": "y"})
    assert found is not None
    assert len(found.assignment) == 3000


def test_a_loop_that_kconfiglib_misses_is_an_error(make_tree: MakeTree) -> None:
    """Second definitions of a choice's members can depend on other members: no recursion error."""
    tree = make_tree(
        'choice\n\ttristate\n\tprompt "c"\n\tdefault C\n'
        'config A\n\ttristate "a"\nconfig B\n\tbool "b"\n\tdefault y\n\tdepends on n\n'
        'config C\n\ttristate "c"\nendchoice\n'
        'config D\n\ttristate "d"\n\tdefault !((C || B)) if B\n\tdepends on !(C)\n'
        'config B\n\tbool "again" if C\n'
    )
    with pytest.raises(InputError, match="dependency loop"):
        Space.of(tree).evaluate([{}])
