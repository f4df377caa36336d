# SPDX-License-Identifier: MIT
"""Names of variants in what tools print."""

from __future__ import annotations

import pytest

from kvariant.results.masking import alike, masked, without_variant


@pytest.mark.parametrize(
    ("text", "variant", "expected"),
    [
        ("cannot open net/a.c", "net", "cannot open VARIANT/a.c"),
        ("generated/net/a.c:3: no", "net", "generated/VARIANT/a.c:3: no"),
        ("'net' is off", "net", "'VARIANT' is off"),
        ("x.py::test_a[net]", "net", "x.py::test_a[VARIANT]"),
        ("x.py::test_a[net-1]", "net", "x.py::test_a[VARIANT-1]"),
        ("no net", "net", "no VARIANT"),
        ("net.config is empty", "net", "VARIANT.config is empty"),
        ("netmask, sub-net, net-less, a.net, internet, net_a", "net", None),
        ("x86/net and net", "x86/net", "VARIANT and net"),
        ("x86/netmask", "x86/net", None),
        ("function on line 3", "on", "function VARIANT line 3"),
        ("a.b and axb", "a.b", "VARIANT and axb"),
        ("a+b", "a+b", "VARIANT"),
    ],
)
def test_a_name_is_a_name_where_it_stands_alone(
    text: str, variant: str, expected: str | None
) -> None:
    """Between marks and in the brackets of a test it is the variant, in other words it is not."""
    assert (text if expected is None else expected) == masked(text, variant)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("t.py::test_x[net]", "t.py::test_x"),
        ("t.py::test_x[net-1-a]", "t.py::test_x[1-a]"),
        ("t.py::test_x[net-[net]]", "t.py::test_x[[net]]"),
        ("a[net]/t.py::test_x[net]", "a[net]/t.py::test_x"),
        ("a[net-b]/t.py::T::test_x[net-1]", "a[net-b]/t.py::T::test_x[1]"),
        ("tests.t.test_x[net]", "tests.t.test_x"),
        ("t.py::test_x[network]", "t.py::test_x[network]"),
        ("net", "net"),
    ],
)
def test_a_test_without_its_variant(test: str, expected: str) -> None:
    """Only the first parameter of a test is the variant, whatever folders are called."""
    assert expected == without_variant(test, "net")


def _alike(**printed: str) -> list[str]:
    return alike([("test", name, masked(text, name)) for name, text in printed.items()])


def test_a_word_that_others_say_is_no_name() -> None:
    """In the variant `net`, "no net" is as all others say it, unless each names itself there."""
    assert ["no net"] * 3 == _alike(net="no net", base="no net", all="no net")
    assert ["no net"] * 2 == _alike(net="no net", base="no net")
    assert ["no VARIANT"] * 3 == _alike(net="no net", base="no base", all="no all")
    assert ["no VARIANT"] == _alike(net="no net")
    assert ["no net"] * 2 == _alike(net="no net", no="no net")  # each has the name of one word


def test_a_message_may_have_both() -> None:
    """The variant's name and the same word beside it: the one is masked, the other is not."""
    said = _alike(net="net/a.c: no net", base="base/a.c: no net", all="all/a.c: no net")
    assert ["VARIANT/a.c: no net"] * 3 == said


def test_many_names_are_all_names_or_none() -> None:
    """A message of a hundred names takes no longer than one of few."""
    text = " ".join(["net"] * 100)
    assert [text] * 2 == _alike(net=text, base=text)
