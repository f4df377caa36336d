# SPDX-License-Identifier: MIT
"""The lock: what is kept of a matrix, how it reads, and what an edit changes."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrices import KCONFIG, SSO, pairs_of, space_of

from kvariant.errors import InputError, MissingError
from kvariant.kconfig import Tree
from kvariant.plan.difference import difference, stale
from kvariant.plan.digests import resolved_digest, tree_digest
from kvariant.plan.lock import Lock, Locked, LockedTuples, LockedVariant
from kvariant.plan.locking import kept_matrix, locked, previous
from kvariant.plan.names import names

ROWS = {
    "base": {},
    "noswap": {"SWAP": "n"},
    "x86-zswap": {"CPU_X86": "y", "ZSWAP": "y"},
    "x86-noswap": {"CPU_X86": "y", "SWAP": "n"},
}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names_ = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,30}", fullmatch=True)
variants = st.builds(
    LockedVariant,
    name=names_,
    resolved=texts,
    rendered=texts,
    assignment=st.dictionaries(texts, texts, max_size=4),
    stands_for=st.none() | st.integers(0, 10**30),
    distance=st.none() | st.integers(0, 9),
)
counts = st.integers(0, 10**9)
matrices = st.builds(
    Locked,
    strategy=texts,
    random_seed=st.none() | st.integers(0, 2**64),
    key=texts,
    symbols=st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=3),
    tuples=st.builds(
        LockedTuples, strength=counts, feasible=counts, infeasible=counts, covered=counts
    ),
    lower_bound=counts,
    method=texts,
    impossible=st.none() | st.lists(texts, max_size=3).map(tuple),
    uncovered=st.lists(texts, max_size=3).map(tuple),
    variants=st.lists(variants, max_size=3, unique_by=lambda v: v.name).map(tuple),
)


def _lock(
    folder: Path, rows: Mapping[str, Mapping[str, str]] = ROWS, text: str = KCONFIG
) -> Locked:
    space = space_of(folder, text)
    return locked(pairs_of(space, rows), space, None)


@given(st.dictionaries(texts, matrices, max_size=3))
def test_read_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, Locked]
) -> None:
    """Reading gives what was written, and writing that again changes nothing."""
    path = tmp_path_factory.mktemp("lock") / "variants.lock"
    lock = Lock(drawn)
    assert Lock.update(path, lambda _: lock)
    assert lock == Lock.read(path)
    assert not Lock.update(path, lambda read: read)
    assert json.loads(path.read_text())["format"] == 1


def test_a_line_for_each_thing(tmp_path: Path) -> None:
    """One changed value is one changed line of the file, and the digest of its variant."""
    rows = ROWS | {"x86-zswap": {"CPU_X86": "y", "ZSWAP": "n"}}
    before, after = (
        Lock({"pairs": dataclasses.replace(_lock(tmp_path, each), uncovered=())}).text().split("\n")
        for each in (ROWS, rows)
    )
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert 3 == len(changed)  # the count of covered pairs, the variant's digest, its value
    assert ('     "ZSWAP": "y"', '     "ZSWAP": "n"') in changed


def test_impossible_pairs_are_listed(tmp_path: Path) -> None:
    """The infeasible pairs, which brute force confirms, are in the lock in Kconfig order."""
    assert (
        "SWAP=n ZSWAP=y",
        "CPU_ARM=n CPU_X86=n",
        "CPU_ARM=y CPU_X86=y",
    ) == _lock(tmp_path).impossible


def test_a_value_that_never_is_stands_for_its_pairs(tmp_path: Path) -> None:
    """Of a dead option the value is listed; that it can be is news about the value alone."""
    dead = KCONFIG + "\nconfig DEAD\n\tbool\n"
    old = _lock(tmp_path, text=dead)
    assert old.impossible is not None
    assert ("DEAD=y", *_impossible(tmp_path)) == old.impossible
    new = _lock(tmp_path, text=dead.replace("\tbool\n", '\tbool "dead"\n'))
    found = difference("pairs", old, new)
    assert ("DEAD=y",) == found.reachable
    assert ("DEAD=y",) == difference("pairs", new, old).unreachable


def _impossible(folder: Path) -> tuple[str, ...]:
    return _lock(folder).impossible or ()


def test_no_lock_is_an_empty_one(tmp_path: Path) -> None:
    """A missing file is a lock without matrices."""
    lock = Lock.read(tmp_path / "variants.lock")
    assert lock.matrices == {}
    assert lock.matrix("pairs") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: error: the lock is damaged: expecting value [lock]"),
        ('{"format": 1, "matrices": {', "1:28: error: the lock is damaged: expecting property"),
        ('{"format": 2, "anything": 3}', "format 2 is newer than this kvariant knows"),
        ('{"matrices": {}}', "the lock is damaged: format: field required"),
        ("[]", "the lock is damaged: the file: "),
        ('{"format": 1, "matrices": {"a": {"strategy": 1, "symbols": {}, "variants": []}}}',
         "matrices.a.strategy: input should be a valid string"),
        ('{"format": 1, "matrices": {"a": {"strategy": "named", "symbols": {}, "variants": '
         '[{"name": "../x", "resolved": "", "assignment": {}}]}}}',
         "a: '../x' cannot name a variant"),
        ('{"format": 1, "matrices": {"a": {"strategy": "named", "symbols": {}, "variants": '
         '[{"name": "x", "resolved": "", "assignment": {}},'
         ' {"name": "x", "resolved": "", "assignment": {}}]}}}',
         "a: two variants are named x"),
        ('{\n<<<<<<< ours\n', "hint: a merge left its marks"),
        ("[" * 100_000, "the lock is damaged"),
    ],
)  # fmt: skip
def test_damaged(tmp_path: Path, text: str, said: str) -> None:
    """What we did not write is refused, with the place and what to do."""
    path = tmp_path / "variants.lock"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        Lock.read(path)
    assert said in str(caught.value)
    assert "hint: " in str(caught.value)


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails leaves the old lock and nothing else; permissions stay."""
    path = tmp_path / "variants.lock"
    Lock.update(path, lambda _: Lock({}))
    path.chmod(0o640)
    before, pairs = path.read_text(), Lock({"pairs": _lock(tmp_path / "tree")})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(MissingError, match="cannot write the file: No space left"):
            Lock.update(path, lambda _: pairs)
    assert before == path.read_text()
    assert ["tree", "variants.lock"] == sorted(p.name for p in tmp_path.iterdir())
    Lock.update(path, lambda _: pairs)
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)


def test_two_runs_lose_nothing(tmp_path: Path) -> None:
    """Runs that update different matrices of one lock at the same time keep each other's."""
    path, pairs = tmp_path / "variants.lock", _lock(tmp_path / "tree")

    def add(name: str) -> bool:
        return Lock.update(path, lambda lock: Lock({**lock.matrices, name: pairs}))

    names = [f"m{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(add, names))
    assert sorted(names) == sorted(Lock.read(path).matrices)


def test_the_tree_digest_sees_rules_only(tmp_path: Path) -> None:
    """Comments, help and moved lines leave it; another default or dependency does not."""
    plain = tree_digest(space_of(tmp_path).tree)
    for same in (f"# more\n\n{KCONFIG}", KCONFIG.replace('"Swap"', '"Swapping"')):
        assert plain == tree_digest(space_of(tmp_path, same).tree)
    path = tmp_path / "Kconfig"
    assert plain == tree_digest(Tree.load(path, dialect="kconfiglib"))
    assert plain != tree_digest(Tree.load(path, dialect="linux"))
    others = [
        KCONFIG.replace("default y", "default n"),
        KCONFIG.replace("depends on SWAP", "depends on !SWAP"),
        KCONFIG.replace("depends on SWAP", "depends on SWAP\n\tselect CPU_ARM"),
        KCONFIG.replace('"CPU"', '"CPU" if SWAP'),
        KCONFIG + SSO,
    ]
    assert len({tree_digest(space_of(tmp_path, text).tree) for text in others} | {plain}) == 6


def test_resolved_digest_ignores_what_is_off() -> None:
    """A new symbol that is off changes no digest; any other value does."""
    values = {"A": "y", "B": "n", "S": "x"}
    assert resolved_digest(values) == resolved_digest(values | {"C": "n", "D": ""})
    others = [values | {"C": "y"}, values | {"B": "m"}, values | {"S": "y"}, {"B": "n", "S": "x"}]
    assert 5 == len({resolved_digest(other) for other in [values, *others]})


def test_nothing_changed(tmp_path: Path) -> None:
    """The same matrix is not stale; nor is one whose key alone is another."""
    old = _lock(tmp_path)
    assert not difference("pairs", old, _lock(tmp_path))
    space = space_of(tmp_path)
    other = dataclasses.replace(pairs_of(space, ROWS), key="another")
    assert not difference("pairs", old, locked(other, space, None))


def test_an_option_more(tmp_path: Path) -> None:
    """A new option: the symbol, the variants that it adds, and those that stay."""
    old = _lock(tmp_path)
    rows = ROWS | {"sso": {"SSO": "y"}}
    space = space_of(tmp_path, KCONFIG + SSO)
    pairs = pairs_of(space, rows)
    new = locked(pairs, space, None)
    found = [
        difference("pairs", old, new, [v.configuration for v in pairs]),
        difference("none", old, locked(pairs_of(space, ROWS), space, None), [{"SSO": "n"}]),
        difference("as-it-was", old, old),
    ]
    assert (
        "variants.lock: error: stale: 1 symbol new (SSO); the matrices pairs, none [stale-lock]\n"
        "note: pairs: variants: 1 new (sso), 4 stay as they are; "
        "37 feasible pairs, were 21; 6 not covered, were 2\n"
        "note: none: variants: 4 stay as they are; "
        "37 feasible pairs, were 21; 10 not covered, were 2; SSO on in none\n"
        "hint: kvariant matrix --write"
    ) == str(stale("variants.lock", found))


def test_a_matrix_less(tmp_path: Path) -> None:
    """A matrix that the project has no more is stale; where nothing differs, nothing is."""
    old = _lock(tmp_path)
    assert stale("variants.lock", [difference("pairs", old, old)]) is None
    assert "note: pairs: no such matrix in the project" in str(stale("x", [], ["pairs"]))


def test_a_dependency_more(tmp_path: Path) -> None:
    """A new dependency: the pairs that are no longer reachable, and the variant it changes."""
    old = _lock(tmp_path)
    new = _lock(tmp_path, ROWS, KCONFIG.replace("depends on SWAP", "depends on SWAP && CPU_ARM"))
    found = difference("pairs", old, new)
    assert ("ZSWAP=y CPU_ARM=n", "ZSWAP=y CPU_X86=y") == found.unreachable
    assert ("x86-zswap",) == found.changed
    back = difference("pairs", new, old)
    assert found.unreachable == back.reachable


def test_renamed_changed_and_reordered(tmp_path: Path) -> None:
    """A variant with another name, with other values, in another place."""
    old = _lock(tmp_path)
    rows = dict(ROWS)
    rows["arm-noswap"] = rows.pop("noswap")
    found = difference("pairs", old, _lock(tmp_path, rows))
    assert (("noswap", "arm-noswap"),) == found.renamed
    assert () == found.added + found.gone
    found = difference("pairs", old, _lock(tmp_path, ROWS | {"base": {"ZSWAP": "y"}}))
    assert ("base",) == found.changed
    found = difference("pairs", old, _lock(tmp_path, dict(reversed(ROWS.items()))))
    assert found.reordered
    assert "pairs: variants: 4 stay as they are, in another order" == found.summary


def test_names_stay_by_what_they_stand_for(tmp_path: Path) -> None:
    """The names in the lock go to the variants that have their values in the grown tree."""
    old = _lock(tmp_path)
    space = space_of(tmp_path, KCONFIG + SSO)
    symbols = tuple(space.tree.symbols)
    rows = [{"SSO": "y"}, {"SWAP": "n"}, {"SWAP": "n", "SSO": "y"}, {}]
    configurations = [space.tree.resolve(row) for row in rows]
    base = space.tree.resolve({})
    found = names(configurations, symbols, base=base, previous=previous(old, space))
    assert ("sso", "noswap", "noswap-sso", "base") == found


def test_gone_symbols_do_not_disturb(tmp_path: Path) -> None:
    """A lock of a tree that had more symbols still says which names stay."""
    old = _lock(tmp_path, {"sso": {"SSO": "y", "SWAP": "n"}}, KCONFIG + SSO)
    space = space_of(tmp_path)
    assert {"SWAP": "n", "ZSWAP": "n", "CPU_ARM": "y", "CPU_X86": "n"} == previous(old, space)[
        "sso"
    ]


def test_symbols_that_never_were(tmp_path: Path) -> None:
    """A lock that somebody edited names a symbol that no tree had: its matrix has it not."""
    old = _lock(tmp_path)
    for name in ("SWAP1e400", "", "A B", "m"):
        edited = dataclasses.replace(old, symbols={**old.symbols, name: ("n", "y")})
        space = space_of(tmp_path)
        matrix = kept_matrix(edited, "pairs", space.tree)
        assert set(matrix.symbols) == set(old.symbols)
        again = locked(matrix, space, None)
        assert (name,) == difference("pairs", edited, again).gone_symbols


@pytest.mark.parametrize("strength", [3, 10, 2**70])
def test_a_strength_that_never_was(tmp_path: Path, strength: int) -> None:
    """Nor are there combinations of more symbols than it has."""
    old = _lock(tmp_path)
    assert old.tuples
    counts = dataclasses.replace(old.tuples, strength=strength)
    space = space_of(tmp_path)
    matrix = kept_matrix(dataclasses.replace(old, tuples=counts), "pairs", space.tree)
    again = locked(matrix, space, None)
    assert again.tuples
    assert again.tuples.strength == strength
