# SPDX-License-Identifier: MIT
"""A restricted space has exactly the configurations that satisfy its expression."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from kvariant import Space, Tree
from kvariant.errors import InputError
from kvariant.kconfig import Expression
from strategies import SmallTree, small_trees

from .conftest import MakeTree

exactly = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LARGEST = 600
"""Assignments that a drawn tree may have."""


def terms(kinds: dict[str, str], texts: list[str]) -> st.SearchStrategy[str]:
    """Draw a term about one symbol: its value, or how it compares with a text."""

    def about(name: str) -> st.SearchStrategy[str]:
        if kinds[name] in strategies.LOGICAL:
            return st.sampled_from([name, f"!{name}", f"{name} = m", f"{name} != y"])
        relation = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
        return st.builds(lambda r, t: f'{name} {r} "{t}"', relation, st.sampled_from(texts))

    return st.sampled_from(sorted(kinds)).flatmap(about)


def expressions(kinds: dict[str, str], texts: list[str]) -> st.SearchStrategy[str]:
    """Draw one to three terms with operators between them."""
    return st.recursive(
        terms(kinds, texts),
        lambda inner: st.builds(
            lambda a, operator, b: f"({a} {operator} {b})",
            inner,
            st.sampled_from(["&&", "||"]),
            inner,
        ),
        max_leaves=3,
    )


@given(small_trees(), st.data())
@exactly
def test_a_restricted_space_is_what_satisfies_its_expression(
    small: SmallTree, data: st.DataObject
) -> None:
    """Projections are those of the assignments under which kconfiglib finds it not n."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > LARGEST:
            return
        names, kinds = strategies.logical(kconfig), strategies.types(kconfig)
        numbers = [str(number) for number in strategies.numbers(kconfig)]
        where = data.draw(expressions(kinds, numbers))
        expected = set()
        for assignment in strategies.assignments(kconfig):
            values = strategies.resolve(kconfig, assignment)
            if kconfig.eval_string(where):
                expected.add(tuple(values[name] for name in names))
        whole = Space.of(Tree.load(path))
        if not expected:
            with pytest.raises(InputError, match=r"\[where\]"):
                whole.restricted(Expression.parse(where))
            return
        space = whole.restricted(Expression.parse(where))
        found = [tuple(p[name] for name in names) for p in space.projections(names)]
        assert sorted(expected) == sorted(found), where
        one = names[:1]
        assert {values[:1] for values in expected} == {
            tuple(p[name] for name in one) for p in space.projections(one)
        }
        assert len(expected) == space.count(names)
        for sample in space.sample(5, seed=1):
            assert sample.satisfies(Expression.parse(where))
            assert dict(sample) == strategies.resolve(kconfig, sample.assignment)


TREE = """
config A
	bool "a"

config B
	bool "b"
	depends on A

config N
	int "n"
	range 0 9
	default 3
"""


def test_restrictions_add_up(make_tree: MakeTree) -> None:
    """A space restricted twice satisfies both; the wider one stays as it was."""
    whole = Space.of(make_tree(TREE))
    some = whole.restricted(Expression.parse("A || N > 4"))
    both = some.restricted(Expression.parse("!B"))
    names = ["A", "B"]
    assert (3, 3, 2) == (whole.count(names), some.count(names), both.count(names))
    assert ("B",) == both.dead()
    assert some.solve({"A": "n", "N": "4"}) is None
    assert some.solve({"A": "n", "N": "5"}) is not None
    assert both.solve({"B": "y"}) is None


def test_numbers_are_exact_between_the_constants_of_the_tree(make_tree: MakeTree) -> None:
    """A constant of the expression is as exact as one that the tree compares with."""
    text = 'config N\n\tint "n"\n\trange 0 1000\nconfig BIG\n\tdef_bool N > 500\n'
    space = Space.of(make_tree(text)).restricted(Expression.parse("N >= 700 && N < 701"))
    assert [{"N": "700"}] == list(space.projections(["N"]))
    assert ("BIG",) == space.always_on()


def test_fixes_satisfy_the_restriction(make_tree: MakeTree) -> None:
    """The smallest change is the smallest one that keeps to the expression."""
    space = Space.of(make_tree(TREE)).restricted(Expression.parse("A = B"))
    assert [{"A": "y", "B": "y"}] == [dict(f.changes) for f in space.fixes({}, {"A": "y"})]


def test_an_expression_that_excludes_everything_says_why(make_tree: MakeTree) -> None:
    """The error names the terms that exclude each other, with the tree's part in it."""
    with pytest.raises(InputError) as caught:
        Space.of(make_tree(TREE)).restricted(Expression.parse("B && N > 2 && !A"))
    told = str(caught.value)
    assert "no configuration satisfies B && !A [where]" in told
    assert "B depends on A" in told
