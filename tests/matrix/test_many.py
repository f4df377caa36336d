"""Fragments resolved many at once, against the resolver one by one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Tree
from kvariant.kconfig.fragment import read_fragment
from kvariant.matrix import many
from space.random_trees import random_tree


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_equals_one_by_one(first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values and their order, user values, and what was dropped with its reasons are the same."""
    monkeypatch.setattr(many, "MANY", 8)
    monkeypatch.setattr(many, "_TEXTS", 3)
    taken = 0
    for seed in range(first, first + 20):
        dice = random.Random(seed)
        (tmp_path / "Kconfig").write_text(random_tree(seed))
        try:
            tree = Tree.load(tmp_path)
            tree.resolve({})
        except InputError as error:
            assert "dependency-loop" in str(error)  # noqa: PT017 - other errors are defects
            continue
        fragments = []
        for number in range(30):
            own = []
            for name in dice.sample(list(tree.symbols), dice.randrange(len(tree.symbols) + 1)):
                kind = tree.types[name].value
                texts = {"bool": "ny", "tristate": "nmy", "int": ["0", "3", "5", "6", "17"],
                         "hex": ["0x1", "0x10"]}.get(kind, ['""', '"a"', '"b"'])  # fmt: skip
                own.append(f"CONFIG_{name}={dice.choice(texts)}\n")
            if number:
                own.insert(dice.randrange(len(own) + 1), f'#include "f{number // 2}.config"\n')
            path = tmp_path / f"f{number}.config"
            path.write_text("".join(own))
            fragments.append(read_fragment(path))
        found = many.resolved_fragments(tree, fragments)
        expected = [tree.resolve(fragment) for fragment in fragments]
        for ours, theirs in zip(found, expected, strict=True):
            assert list(theirs.items()) == list(ours.items())
            assert list(theirs.assignment.items()) == list(ours.assignment.items())
            assert theirs.dropped == ours.dropped
            assert tree.config_text(theirs) == tree.config_text(ours)
            taken += not theirs.dropped
    assert taken > 50
