"""What lines give again is seen without working all values out, and never wrongly."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.kconfig.dialect import DIALECTS
from kvariant.kconfig.semantics.again import gives_again
from kvariant.kconfig.semantics.resolver import Resolved
from kvariant.kconfig.tree import Tree
from space.random_trees import random_tree

TEXTS = {"bool": "ny", "tristate": "nmy", "int": ("0", "3", "5", "17"), "hex": ("0x1", "0x10")}


def lines(tree: Tree, dice: random.Random) -> list[tuple[str, str]]:
    """Return random lines, each symbol at most once, in any order."""
    names = list(tree.symbols)
    found = []
    for name in dice.sample(names, dice.randrange(len(names) + 1)):
        texts = TEXTS.get(tree.types[name].value, ("", "a", "b"))
        found.append((name, dice.choice(texts)))
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_proven_is_so(dialect: str, tmp_path: Path) -> None:
    """Under the rules of each dialect, lines said to give values do give them."""
    proven = missed = 0
    for seed in range(150):
        dice = random.Random(seed)
        (tmp_path / "Kconfig").write_text(random_tree(seed))
        try:
            tree = Tree.load(tmp_path, dialect=dialect)
            for _ in range(20):
                own = lines(tree, dice)
                found = Resolved(tree.model, tree.dialect, own)
                values = found.all_texts()
                rows = dice.choice([list(values.items()), own, lines(tree, dice), own[:-1]])
                again = Resolved(tree.model, tree.dialect, rows).all_texts()
                said = gives_again(found, Resolved(tree.model, tree.dialect, rows))
                assert not said or again == values, (seed, own, rows)
                assert values == found.all_texts()
                known = Resolved(tree.model, tree.dialect, own)
                known.know(values)
                assert said == gives_again(known, Resolved(tree.model, tree.dialect, rows))
                proven += said
                missed += again == values and not said
        except InputError as error:
            assert "dependency-loop" in str(error)  # noqa: PT017 - other errors are defects
    assert proven > 500
    assert missed < proven / 2
