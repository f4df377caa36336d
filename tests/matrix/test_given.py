# SPDX-License-Identifier: MIT
"""Given configurations: resolved all at once as one by one, and chosen among."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Configuration, Tree, read_fragments
from kvariant.matrix import StrategyRequest
from kvariant.matrix.given import given, resolved
from kvariant.matrix.promise import Promise
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Claims, Row, Written
from kvariant.space import Space
from space.random_trees import random_tree

TREES = 60


def written_fragments(folder: Path, tree: Tree, seed: int) -> list[Path]:
    """Write some random fragments, with lines that cannot take and files that build on others."""
    dice = random.Random(seed)
    texts = ["y", "m", "n", "5", "7", "-1", "0x4", "zz", '"a"', '"b c"', '""']
    paths = []
    for number in range(12):
        lines = [f'#include "{dice.choice(paths).name}"'] if paths and dice.random() < 0.3 else []
        for name in [*tree.symbols, "NOT_THERE"]:
            for _ in range(dice.choice([0, 0, 1, 1, 2])):
                line = f"CONFIG_{name}={dice.choice(texts)}"
                lines.append(line if dice.random() < 0.8 else f"# CONFIG_{name} is not set")
        dice.shuffle(lines)
        if dice.random() < 0.3:
            name = dice.choice(list(tree.symbols))
            lines.append(f"# kvariant: allow-dropped CONFIG_{name} because it is a test")
        path = folder / f"f{number}.config"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


@pytest.mark.parametrize("seed", range(TREES))
def test_resolved_is_what_the_tree_says_one_by_one(tmp_path: Path, seed: int) -> None:
    """Every value and every dropped value is that of `Tree.resolve`, whatever the lines say."""
    kconfig = tmp_path / "Kconfig"
    kconfig.write_text(random_tree(seed), encoding="utf-8")
    try:
        tree = Tree.load(kconfig)
    except InputError:
        return  # a dependency loop
    fragments = read_fragments(written_fragments(tmp_path, tree, seed))
    found = resolved(tree, fragments)
    dropped: dict[tuple[str, str], list[int]] = {}
    for lane, fragment in enumerate(fragments):
        expected = tree.resolve(fragment)
        assert dict(expected) == dict(found.configurations[lane])
        for item in expected.dropped:
            if item.allowed is None:
                dropped.setdefault((item.symbol, item.asked), []).append(lane)
    assert dropped == {key: list(lanes) for key, lanes in found.dropped.items()}


KCONFIG = """
config A
	bool "a"
config B
	bool "b"
	depends on A
config C
	tristate "c"
config MODULES
	bool "modules"
	option modules
config N
	int "n"
	default 3
"""
SYMBOLS = ("A", "B", "C", "MODULES")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Space:
    """Return a small space."""
    path = tmp_path_factory.mktemp("tree") / "Kconfig"
    path.write_text(KCONFIG, encoding="utf-8")
    return Space.of(Tree.load(path))


def tuples(configuration: Configuration, strength: int) -> set[frozenset[tuple[str, str]]]:
    """Return the combinations of values of the symbols."""
    values = [(name, configuration[name]) for name in SYMBOLS]
    return {frozenset(t) for t in itertools.combinations(values, strength)}


def test_texts_that_no_rule_tells_apart_are_no_limit(tmp_path: Path) -> None:
    """Boards name their files as they like: hundreds of texts of one symbol are resolved."""
    kconfig = tmp_path / "Kconfig"
    kconfig.write_text('config NAME\n\tstring "name"\nconfig COPY\n\tstring\n\tdefault NAME\n')
    tree = Tree.load(kconfig)
    for number in range(300):
        (tmp_path / f"f{number:03}.config").write_text(f'CONFIG_NAME="board {number}"\n')
    fragments = read_fragments(sorted(tmp_path.glob("*.config")))
    found = resolved(tree, fragments)
    expected = [f"board {number}" for number in range(300)]
    assert expected == found.configurations.texts("NAME") == found.configurations.texts("COPY")


@pytest.mark.parametrize("strength", [1, 2, 3])
@pytest.mark.parametrize("limit", [0, 2, 3])
def test_given_chooses_the_fewest_that_have_all(space: Space, strength: int, limit: int) -> None:
    """All tuples of the candidates are kept, or the most that a limit allows; included first."""
    dice = random.Random(strength)
    assignments = [
        {name: dice.choice("nmy") if name == "C" else dice.choice("ny") for name in SYMBOLS}
        for _ in range(9)
    ]
    resolve = space.tree.resolve
    candidates = [
        resolve({name: got[name] for name in SYMBOLS}) for got in map(resolve, assignments)
    ]
    included = candidates.pop()
    chosen = given(
        space,
        StrategyRequest(
            symbols=SYMBOLS,
            strength=strength,
            limit=limit,
            included=[included],
            candidates=candidates,
        ),
    )
    every = [included, *candidates]
    sets = [tuples(configuration, strength) for configuration in every]
    wanted = set().union(*sets)
    assert chosen.configurations[0] is included
    assert all(any(c is e for e in every) for c in chosen.configurations)
    kept = set().union(*(tuples(c, strength) for c in chosen.configurations))
    most = {
        size: max(
            len(set().union(*(sets[i] for i in subset)))
            for subset in itertools.combinations(range(len(every)), size)
            if 0 in subset
        )
        for size in range(1, len(every) + 1)
    }
    fewest = min(size for size, number in most.items() if number == len(wanted))
    counts = chosen.tuples
    assert counts is not None
    assert (len(wanted), len(kept)) == (counts.feasible, counts.covered)
    levels = [2, 2, 3, 2]
    product = sum(
        len(list(itertools.product(*map(range, sizes))))
        for sizes in itertools.combinations(levels, strength)
    )
    assert product == counts.feasible + counts.infeasible
    assert {frozenset(t.items()) for t in counts.uncovered} == wanted - kept
    if limit and limit < fewest:
        assert most[limit] == len(kept)
    else:
        assert fewest == len(chosen.configurations)
    if not limit:
        assert fewest == chosen.lower_bound
    promise = Promise(
        symbols=SYMBOLS, strength=strength, included=[included], candidates=candidates
    )
    rows = [
        Row(name=f"v{number}", assignment=dict(configuration.assignment))
        for number, configuration in enumerate(chosen.configurations)
    ]
    claims = Claims(feasible=counts.feasible, infeasible=counts.infeasible, covered=counts.covered)
    written = Written(
        strategy="t-wise", variants=rows, tuples=claims, lower_bound=chosen.lower_bound
    )
    assert () == verify(space, written, promise).faults


@pytest.mark.parametrize(
    ("symbols", "strength", "code"),
    [(("A", "N"), 2, "strategy-type"), (("A", "B"), 3, "strength"), (("A", "B"), 0, "strength")],
)
def test_what_cannot_be_asked_is_refused(
    space: Space, symbols: tuple[str, ...], strength: int, code: str
) -> None:
    """A number has no combinations to list, and a tuple no more symbols than there are."""
    candidates = [space.tree.resolve({})]
    with pytest.raises(InputError, match=rf"\[{code}\]"):
        given(space, StrategyRequest(symbols=symbols, strength=strength, candidates=candidates))
