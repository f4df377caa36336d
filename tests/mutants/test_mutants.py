# SPDX-License-Identifier: MIT
"""The mutants themselves: what is derived from a template, and that nothing is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.render import Interface

from . import bodies, stubs
from .__main__ import EXPLAINED, ROOT
from .mutant import Edit, Kind, Mutant, Swap
from .source import Source
from .verdict import Explanation, Outcome, Verdict, explanations, reason_for

TEMPLATES = ROOT / "generator" / "templates"


@pytest.fixture(scope="module")
def interface() -> Interface:
    """Return the family's interface."""
    return Interface.read(TEMPLATES / "interface.toml")


@pytest.fixture(scope="module")
def mutants(interface) -> list[Mutant]:
    """Return every mutant of the family."""
    text = (TEMPLATES / "interface.toml").read_text(encoding="utf-8")
    return [*bodies.mutants(sources(TEMPLATES), interface), *stubs.mutants(text, interface)]


def sources(folder: Path) -> list[Source]:
    """Return the templates of a folder."""
    return [
        Source(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.j2"))
    ]


# (template's text, lines that its mutants have instead of the one with the mistake)
DERIVED = {
    "bit": ("#define PTE_X\tBIT(3)\n", {"#define PTE_X\tBIT(4)", "#define PTE_X\tBIT(2)"}),
    "no-negative-bit": ("#define PTE_X\tBIT(0)\n", {"#define PTE_X\tBIT(1)"}),
    "inversion": (
        "{% helper pte_present %}\n\treturn !(pte & ~FLAGS);\n{% endhelper %}\n",
        {
            "return (pte & ~FLAGS);",
            "return !(pte | ~FLAGS);",
            "return !(pte & FLAGS);",
            "return !(!(pte & ~FLAGS));",
        },
    ),
    "address-is-no-operator": ("#define of(x)\t(&x)\n", set()),
    "comments": ("/* 1 & 2 */\n{# 1 #}\n#include <linux/swap.h>\n", set()),
    "branch": ("{% if ARM64 %}\n#define PTE_X\tPTE_X\n{% endif %}\n", {"{% if not (ARM64) %}"}),
    "guard": (
        "{% helper pte_present %}\n\tif (x)\n\t\treturn true;\n{% endhelper %}\n",
        {"if (0)", "if (!(x))", "return false;"},
    ),
}


@pytest.mark.parametrize("name", DERIVED)
def test_derived(interface, name):
    """Each token that can be wrong is wrong once in each way, and nothing else is touched."""
    text, expected = DERIVED[name]
    found = list(bodies.mutants([Source("include/x.h.j2", text)], interface))
    assert expected == {mutant.now for mutant in found}
    assert len(expected) == len(found)


def test_every_definition_is_broken(interface, mutants):
    """Each helper has mutants in each of its languages, and each stub."""
    missing = [
        (helper.name, output)
        for helper in interface.helpers
        for output in interface.outputs(helper.module).values()
        if not any(m.path == f"{output}.j2" and m.owner == helper.name for m in mutants)
    ]
    assert [] == missing
    broken = {(m.owner, m.change.output) for m in mutants if isinstance(m.change, Swap)}
    assert {
        (helper.name, output)
        for helper in interface.helpers
        if helper.stub
        for output in interface.outputs(helper.module).values()
    } == broken


def test_every_constant_and_kind(interface, mutants):
    """Each constant has mutants, and each kind of mistake is made."""
    owners = {mutant.owner for mutant in mutants}
    assert [] == [constant.name for constant in interface.constants if constant.name not in owners]
    assert set(Kind) == {mutant.kind for mutant in mutants}


def test_every_mutant_is_a_change(mutants):
    """No mutant is the original, and no two are the same."""
    assert [] == [m for m in mutants if m.was == m.now]
    assert len(mutants) == len(set(mutants))


def test_explanations(mutants):
    """What is explained is there to be explained, with a reason."""
    for explanation in explanations(EXPLAINED):
        assert explanation.reason
        assert any(explanation.covers(mutant) for mutant in mutants), explanation


def test_reasons():
    """A mutant that renders the same needs no explanation, a survivor needs one of its own."""
    change = Edit(start=0, end=1, text="2")
    mutant = Mutant(
        kind=Kind.BIT, path="a.h.j2", line=1, owner="X", was="BIT(1)", now="BIT(2)", change=change
    )
    known = [Explanation(path="a*", was="BIT(1)", now="BIT(?)", reason="unused")]
    assert "unused" == reason_for(Verdict(mutant, Outcome.SURVIVED, ("v",)), known)
    assert "" == reason_for(Verdict(mutant, Outcome.SURVIVED, ("v",)), [])
    assert reason_for(Verdict(mutant, Outcome.SAME, ()), [])
