# SPDX-License-Identifier: MIT
"""A key of a matrix changes what is chosen, or is refused: every strategy with every key."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kvariant.errors import InputError
from kvariant.plan import Plan, Selection, chooser
from kvariant.project import MatrixTable, Project, key_of
from kvariant.project.key_use import is_read
from kvariant.project.strategies import COMMON, readers
from kvariant.project.strategies import STRATEGIES as RECORDS

pytestmark = pytest.mark.usefixtures("little_effort")

KCONFIG = """
config A
	bool "a"
config B
	bool "b"
config C
	bool "c"
config D
	bool "d"
	depends on !E
config E
	bool "e"
config F
	bool "f"
config G
	bool "g"
config H
	bool "h"
config Z
	bool "z"
config N
	int "n"
	range 1 9
	default 3
"""
SOURCE = "#ifdef CONFIG_A\nint a;\n#else\nint b;\n#endif\n#ifdef CONFIG_B\nint c;\n#endif\n"
PATCHES = {
    "one.diff": "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n-#ifdef X\n+#ifdef CONFIG_A\n int a;\n",
    "two.diff": "--- a/a.c\n+++ b/a.c\n@@ -7,1 +7,1 @@\n-int d;\n+int c;\n",
}
FRAGMENTS = {
    "f1": "CONFIG_A=y\nCONFIG_D=y\n",
    "f2": "CONFIG_B=y\n",
    "f3": "CONFIG_B=y\nCONFIG_C=y\n",
    "f4": "CONFIG_A=y\nCONFIG_C=y\n",
}
STRATEGIES: Mapping[str, dict[str, Any]] = {
    "named": {},
    "distinct": {"symbols": ("A", "B", "N")},
    "t-wise": {"symbols": ("[A-H]", "N")},
    "toggles": {"symbols": ("[A-H]", "N")},
    "uniform": {"symbols": ("A", "B", "C"), "size": 3},
    "patch": {"diff": "one.diff"},
}
"""Each strategy with the keys without which it would have little to choose."""
VALUES: Mapping[str, list[Any]] = {
    "where": ["A"],
    "include": [("more/f5.config",)],
    "symbols": [("B", "C"), ("A", "B"), ("D", "N"), ("F",)],
    "ignore": [("B",), ("B", "C"), ("A", "B"), ("A", "C"), ("A", "B", "D")],
    "base": ["more/base.config"],
    "from_": [("configs/f[123].config",)],
    "max_variants": [1],
    "strength": [3, 1],
    "size": [2],
    "numbers": [{"N": ("4", "5")}],
    "random_seed": list(range(1, 12)),
    "diff": ["two.diff"],
    "files": [("a.c",)],
    "added_lines": [True],
}
"""Values of each key; one of them at least shows where it is read."""
CASES = [
    pytest.param(strategy, field, among, id=f"{strategy}-{key_of(field)}{'-from' * among}")
    for strategy, field, among in itertools.product(STRATEGIES, VALUES, (False, True))
    if not among or (field != "from_" and "from_" in RECORDS[strategy].keys)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project's folder with a tree, four fragments and two files more."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    for name in ("configs", "more"):
        (tmp_path / name).mkdir()
    for name, text in FRAGMENTS.items():
        (tmp_path / "configs" / f"{name}.config").write_text(text)
    (tmp_path / "more/f5.config").write_text("CONFIG_A=y\nCONFIG_B=y\nCONFIG_N=5\n")
    for name, text in {**PATCHES, "a.c": SOURCE}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "more/base.config").write_text("CONFIG_D=y\nCONFIG_N=9\nCONFIG_Z=y\n")
    return tmp_path


def chosen(folder: Path, strategy: str, keys: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the values of each variant of a matrix."""
    text = f'[matrix.m]\nstrategy = "{strategy}"\n'
    (folder / "kvariant.toml").write_text(text)
    selection = Selection(matrix="m", keys=dict(keys), folder=folder)
    plan = Plan.of(Project.find(folder), selection)
    return [dict(variant.configuration) for variant in plan.matrix]


_WITHOUT: dict[tuple[str, bool], list[dict[str, str]]] = {}
"""What a strategy chooses with its own keys: the same for each key that is added."""


@pytest.mark.parametrize(("strategy", "field", "among"), CASES)
def test_a_key_has_an_effect_or_is_refused(
    strategy: str, field: str, among: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of keys is what strategies do: what it says is read changes the variants, the
    rest changes none of them and is refused, on the command line and in the project file."""
    own = STRATEGIES[strategy] | ({"from_": ("configs/f*.config",)} if among else {})
    if (strategy, among) not in _WITHOUT:
        _WITHOUT[strategy, among] = chosen(folder, strategy, own)
    without = _WITHOUT[strategy, among]
    reads = is_read(field, MatrixTable.model_validate({"strategy": strategy, **_spelled(own)}))
    if not reads:
        with pytest.raises(InputError, match="no-effect"):
            chosen(folder, strategy, own | {field: VALUES[field][0]})
        with pytest.raises(InputError, match="no-effect") as caught:
            _in_a_table(folder, strategy, own | {field: VALUES[field][0]})
        assert f"{key_of(field)} has no effect" in str(caught.value)
    monkeypatch.setattr(chooser, "_idle", lambda _: None)
    found = (_or_error(folder, strategy, own | {field: value}) for value in VALUES[field])
    assert reads == any(one != without for one in found)


def _or_error(folder: Path, strategy: str, keys: Mapping[str, Any]) -> object:
    try:
        return chosen(folder, strategy, keys)
    except InputError as error:  # it was read, and cannot be met
        return str(error)


def test_only_pairs_are_looked_for_at_random(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seed changes no matrix of triples, and is refused there."""
    own = {"symbols": ("[A-H]",), "strength": 3}
    without = chosen(folder, "t-wise", own)
    with pytest.raises(InputError, match="no effect with strength = 3"):
        chosen(folder, "t-wise", own | {"random_seed": 7})
    monkeypatch.setattr(chooser, "_idle", lambda _: None)
    assert all(chosen(folder, "t-wise", own | {"random_seed": n}) == without for n in (7, 8, 9))


def _spelled(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key_of(field): value for field, value in keys.items()}


def _in_a_table(folder: Path, strategy: str, keys: Mapping[str, Any]) -> None:
    lines = [f"{key} = {_toml(value)}" for key, value in _spelled(keys).items()]
    text = "\n".join(["[matrix.m]", f'strategy = "{strategy}"', *lines])
    (folder / "kvariant.toml").write_text(text)
    Project.find(folder)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_toml(own)}' for name, own in value.items())}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_every_key_is_in_the_table() -> None:
    """A key that is added to matrices says who reads it, and is tried here."""
    read = set(COMMON).union(*(record.keys for record in RECORDS.values()))
    assert set(MatrixTable.model_fields) == read
    assert read - {"extends", "strategy"} == set(VALUES)
    assert all(readers(field) for field in read)


def test_every_strategy_is_in_the_table() -> None:
    """A strategy that is added is tried here with every key."""
    assert list(RECORDS) == list(STRATEGIES)


FILES = [
    pytest.param(
        "[matrix.m]\nstrength = 3\n",
        "kvariant.toml:2:1: error: strength has no effect: the strategy of m is named [no-effect]",
        id="without a strategy",
    ),
    pytest.param(
        "[matrix.m]\nstrength = 3\n",
        'hint: it is for strategy = "t-wise"',
        id="which strategy it is for",
    ),
    pytest.param(
        '[matrix.m]\nextends = "pairwise"\nsize = 3\n',
        "kvariant.toml:3:1: error: size has no effect: the strategy of m is t-wise [no-effect]",
        id="of a built-in matrix",
    ),
    pytest.param(
        '[matrix.a]\nstrength = 3\n[matrix.b]\nextends = "a"\nstrategy = "toggles"\n',
        "strength has no effect: the strategy of a is named, and of those that extend it none "
        "reads it either",
        id="with heirs that do not read it",
    ),
    pytest.param(
        '[matrix.a]\nstrategy = "t-wise"\nrandom-seed = 3\nfrom = ["x/*"]\n',
        "random-seed has no effect beside from [no-effect]",
        id="beside from",
    ),
]


@pytest.mark.parametrize(("text", "message"), FILES)
def test_an_idle_key_of_a_table(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that nothing reads is an error at its line that says why, and what would read it."""
    monkeypatch.chdir(tmp_path)
    Path("kvariant.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        Project.find(Path())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            '[matrix.a]\nstrength = 3\nignore = ["C"]\n'
            '[matrix.b]\nextends = "a"\nstrategy = "t-wise"\n',
            id="for an heir",
        ),
        pytest.param(
            '[matrix.a]\nstrength = 3\n[matrix.b]\nextends = "a"\n'
            '[matrix.c]\nextends = "b"\nstrategy = "t-wise"\n',
            id="for an heir's heir",
        ),
        pytest.param(
            '[matrix.a]\nstrategy = "t-wise"\nstrength = 3\n'
            '[matrix.b]\nextends = "a"\nstrategy = "toggles"\n',
            id="of a parent that reads it",
        ),
        pytest.param(
            '[matrix.a]\nstrategy = "named"\nsymbols = []\nstrength = 2\nsize = 0\n'
            'max-variants = 0\nrandom-seed = 0\nbase = ""\nfrom = []\n',
            id="what holds without them",
        ),
        pytest.param('base = "allnoconfig"\n[matrix.a]\nstrategy = "named"\n', id="the project's"),
    ],
)
def test_a_key_that_somebody_reads_is_none(text: str, tmp_path: Path) -> None:
    """A key may stand where others inherit it, or say what holds anyway."""
    (tmp_path / "kvariant.toml").write_text(text)
    assert Project.find(tmp_path).matrices.names


def test_a_key_that_an_heir_replaces_is_not_read(tmp_path: Path) -> None:
    """An heir that gives a key itself does not make its parent's one useful."""
    (tmp_path / "kvariant.toml").write_text(
        '[matrix.a]\nstrength = 3\n[matrix.b]\nextends = "a"\nstrategy = "t-wise"\nstrength = 4\n'
    )
    with pytest.raises(InputError, match=r"kvariant\.toml:2:1: error: strength has no effect"):
        Project.find(tmp_path)
