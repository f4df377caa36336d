"""Expressions: parsing, printing, evaluating, and saying which term is n."""

from __future__ import annotations

import pickle

import kconfiglib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.errors import InputError
from kvariant.kconfig import Expression, SymbolType

TYPES = {
    "BOOL": SymbolType.BOOL,
    "TRI": SymbolType.TRISTATE,
    "INT": SymbolType.INT,
    "HEX": SymbolType.HEX,
    "TEXT": SymbolType.STRING,
}
TREE = """
config MODULES
	def_bool y
	option modules
config BOOL
	bool "b"
config TRI
	tristate "t"
config INT
	int "i"
config HEX
	hex "h"
config TEXT
	string "s"
"""
OPERANDS = [*TYPES, "UNDEFINED", "12", "0x1f", '"y"', '"12"', '"some text"', "n", "m", "y"]


def expressions() -> st.SearchStrategy[str]:
    """Draw expressions as text, parenthesised so that the shape drawn is the shape meant."""
    operand = st.sampled_from(OPERANDS)
    comparison = st.builds(
        "{} {} {}".format, operand, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), operand
    )
    return st.recursive(
        operand | comparison,
        lambda inner: (
            st.builds("!({})".format, inner)
            | st.builds("({}) && ({})".format, inner, inner)
            | st.builds("({}) || ({})".format, inner, inner)
        ),
        max_leaves=6,
    )


@pytest.fixture(scope="module")
def kconf(tmp_path_factory: pytest.TempPathFactory) -> kconfiglib.Kconfig:
    """Return plain kconfiglib over a tree with a symbol of each type."""
    path = tmp_path_factory.mktemp("expressions") / "Kconfig"
    path.write_text(TREE)
    return kconfiglib.Kconfig(str(path), warn=False)


@given(
    text=expressions(),
    bool_=st.sampled_from("ny"),
    tri=st.sampled_from("nmy"),
    number=st.integers(-3, 40),
    word=st.sampled_from(["", "12", "some text", "y"]),
)
def test_values_are_kconfiglibs(
    kconf: kconfiglib.Kconfig, text: str, bool_: str, tri: str, number: int, word: str
) -> None:
    """Every expression has the value that kconfiglib gives it."""
    values = {"BOOL": bool_, "TRI": tri, "INT": str(number), "HEX": hex(abs(number)), "TEXT": word}
    for name, value in values.items():
        assert kconf.syms[name].set_value(value)
    assert kconf.eval_string(text) == Expression.parse(text).evaluate(values, TYPES)


@given(text=expressions())
def test_printing_is_parsings_inverse(text: str) -> None:
    """What an expression prints parses to the same expression."""
    expression = Expression.parse(text)
    assert expression == Expression.parse(str(expression))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A &&", "expected a symbol, found the end in the expression 'A &&'"),
        ("(A || B", "expected ')', found the end in the expression '(A || B'"),
        ("A B", "expected && or ||, found 'B' in the expression 'A B'"),
        ("A & B", "unexpected '&' in the expression 'A & B'"),
        ("", "expected a symbol, found the end in the expression ''"),
        ("A = !B", "expected a symbol, found '!' in the expression 'A = !B'"),
    ],
)
def test_what_is_not_an_expression(text: str, message: str) -> None:
    """A broken expression is refused with what was expected and what was found."""
    with pytest.raises(InputError) as caught:
        Expression.parse(text)
    assert [message] == [d.message for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A && B", ""),
        ("A && !B", "B is y"),
        ("A && C && D", "C is n"),
        ("C || D", "C || D is n"),
        ("A && NOWHERE", "NOWHERE is not defined"),
        ("A && C = y", "C = y is n"),
    ],
)
def test_the_failing_term_is_named(text: str, reason: str) -> None:
    """The reason for n is the first top-level term that is n."""
    values = {"A": "y", "B": "y", "C": "n", "D": "n"}
    assert reason == Expression.parse(text).because(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('$(ARCH) = "x86" && BOOL', "BOOL"),
        ('$(ARCH) != "x86" && BOOL', "n"),
        ('$(ARCH) = "x86" || BOOL', "y"),
        ('!($(ARCH) = "x86") || BOOL && TRI', "BOOL && TRI"),
        ("$(ARCH) = INT", '"x86" = INT'),
        ("!NONE && NONE != m && TRI", "TRI"),
        ("NONE || BOOL && y", "BOOL"),
        ("!$(OTHER)", "!$(OTHER)"),
    ],
)
def test_names_are_replaced(text: str, expected: str) -> None:
    """Values of variables stand in their place, and what follows from them is worked out."""
    found = Expression.parse(text).replaced({"$(ARCH)": "x86", "NONE": "n"})
    assert expected == str(found)
    assert Expression.parse(expected) == found


@given(text=expressions(), bool_=st.sampled_from("ny"), tri=st.sampled_from("nmy"))
def test_replacing_all_names_is_evaluating(text: str, bool_: str, tri: str) -> None:
    """With every bool and tristate replaced the expression has the value that it had."""
    values = {"BOOL": bool_, "TRI": tri}
    rest = {"INT": "12", "HEX": "0x1f", "TEXT": "some text"}
    expression = Expression.parse(text)
    expected = expression.evaluate(values | rest, TYPES)
    assert expected == expression.replaced(values).evaluate(rest, TYPES)


@pytest.mark.parametrize(
    "text", ["A", "!A", "A && (B || !C)", 'A = "x" || B >= 5', "m", '"y z"', "A && B && C"]
)
def test_equal_expressions_have_one_hash_that_no_pickle_carries(text: str) -> None:
    """A hash is a process's own: what another one has pickled is equal and hashed anew."""
    one, other = Expression.parse(text), Expression.parse(text)
    assert (one, hash(one)) == (other, hash(other))
    again = pickle.loads(pickle.dumps(one))
    assert not hasattr(again, "_hash")
    assert {one: 1}[again] == 1
    assert len({Expression.parse("A && B"), Expression.parse("A || B"), one, other}) <= 3
