# SPDX-License-Identifier: MIT
"""Given variants: included ones, those to choose among, and the base."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Expression
from kvariant.matrix.verifier import verify
from kvariant.matrix.written import Written
from kvariant.plan import Plan, Selection
from kvariant.plan.lock import Lock
from kvariant.plan.relocking import relocked
from kvariant.project import Project
from kvariant.report.matrix import matrix_json
from kvariant.space import Space

KCONFIG = """
config NET
	bool "net"
config TLS
	bool "tls"
	depends on NET
config FAST
	bool "fast"
config SAFE
	bool "safe"
	default y
config DEPTH
	int "depth"
	default 3
config ARCH_TEXT
	string
	default "$(ARCH)"
"""
FILES = {
    "Kconfig": KCONFIG,
    "configs/net.config": "# With a network.\nCONFIG_NET=y\n",
    "configs/tls.config": "CONFIG_NET=y\nCONFIG_TLS=y\n",
    "configs/fast.config": "CONFIG_FAST=y\n# CONFIG_SAFE is not set\n",
    "boards/A-Board_defconfig": "CONFIG_NET=y\nCONFIG_DEPTH=7\n",
    "boards/b_defconfig": "CONFIG_TLS=y\nCONFIG_FAST=y\n",
    "arch/tiny/Makefile": "ifdef X\nKBUILD_DEFCONFIG := big_defconfig\nendif\n",
    "arch/tiny/configs/big_defconfig": "CONFIG_FAST=y\n",
}

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Return a function that plans a matrix of a project file over the tree."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def plan(text: str, matrix: str = "some", **selection: Any) -> Plan:
        (tmp_path / "kvariant.toml").write_text(text, encoding="utf-8")
        project = Project.find(tmp_path)
        return Plan.of(project, Selection(matrix=matrix, folder=tmp_path, **selection))

    return plan


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ('["named"]', ["fast", "net", "tls"]),
        ('["net"]', ["net"]),
        ('["*t*"]', ["fast", "net", "tls"]),
        ('["tls", "net", "named"]', ["tls", "net", "fast"]),
        ('["configs/f*.config"]', ["fast"]),
        ('["other"]', ["fast"]),
    ],
)
def test_included_variants_come_first(planned: Planned, include: str, expected: list[str]) -> None:
    """Matrices, names, globs of names and of files; each variant once."""
    text = (
        f'[matrix.some]\nstrategy = "t-wise"\nstrength = 1\ninclude = {include}\n'
        '[matrix.other]\nstrategy = "named"\nwhere = "FAST"\n'
    )
    plan = planned(text)
    assert expected == list(plan.names[: len(expected)])
    for variant in plan.matrix:
        assert (variant.fragment is not None) == (variant.name in expected)
    by_name = {v.name: v for v in plan.matrix}
    if "net" in by_name:
        assert "With a network." == by_name["net"].description


def test_a_named_matrix_includes_too(planned: Planned) -> None:
    """What is included besides the fragments comes first; what is both comes once."""
    text = '[matrix.some]\nstrategy = "named"\ninclude = ["arch/*/configs/big"]\n'
    with pytest.raises(InputError, match="is no matrix, no variant and no file"):
        planned(text)
    text = '[matrix.some]\nstrategy = "named"\nwhere = "NET"\ninclude = ["tls"]\n'
    assert ("net", "tls") == planned(text).names


def test_where_leaves_included_ones_out(planned: Planned) -> None:
    """An expression holds in every variant, included or not."""
    text = '[matrix.some]\nstrategy = "t-wise"\ninclude = ["named"]\nwhere = "NET"\n'
    plan = planned(text, where=Expression.parse("!TLS"))
    assert "net" in plan.names
    assert "tls" not in plan.names
    assert all(v.configuration["NET"] == "y" for v in plan.matrix)
    (told,) = (w for w in plan.warnings if w.code == "left-out")
    lost = [n for n in planned('[matrix.some]\nstrategy = "named"\n').names if n not in plan.names]
    lost.remove("tls")  # that one the command does not want: nothing to tell
    assert told.message.endswith(f"do not satisfy NET: {', '.join(lost)}")


def test_matrices_that_include_each_other_are_refused(planned: Planned) -> None:
    """The chain of names is in the error, at the key."""
    text = (
        '[matrix.some]\nstrategy = "t-wise"\ninclude = ["other"]\n'
        '[matrix.other]\nstrategy = "t-wise"\ninclude = ["some"]\n'
    )
    with pytest.raises(InputError, match="include each other: some -> other -> some") as caught:
        planned(text)
    location = caught.value.diagnostics[0].location
    assert location is not None
    assert 6 == location.line


def _size(strategy: str, number: int) -> str:
    return f"size = {number}\n" if strategy == "uniform" else ""


@pytest.mark.parametrize("strategy", ["t-wise", "uniform", "distinct"])
def test_only_given_ones_are_chosen(planned: Planned, strategy: str) -> None:
    """Variants keep the fragments' names, made fit; values in vain are a warning."""
    text = (
        f'[matrix.some]\nstrategy = "{strategy}"\n{_size(strategy, 5)}'
        'symbols = ["NET", "TLS", "FAST"]\n'
        'from = ["boards/*_defconfig"]\n'
    )
    plan = planned(text)
    assert ["a-board", "b"] == sorted(plan.names)
    assert [v.fragment.name for v in plan.matrix if v.fragment] == [
        {"a-board": "A-Board_defconfig", "b": "b_defconfig"}[name] for name in plan.names
    ]
    (warning,) = plan.warnings
    assert "1 asked-for value of the given configurations did not take" == warning.message
    assert 7 == next(int(v.configuration["DEPTH"]) for v in plan.matrix if v.name == "a-board")


def test_given_ones_cover_their_own_pairs(planned: Planned) -> None:
    """All pairs that the given ones exercise are covered; a limit says what is left."""
    text = '[matrix.some]\nstrategy = "t-wise"\nfrom = ["configs/*"]\n'
    tuples = planned(text).matrix.tuples
    assert tuples is not None
    # Pairs of values of NET TLS FAST SAFE in (n n y n), (y n n y), (y y n y).
    assert (15, 15, 9) == (tuples.feasible, tuples.covered, tuples.infeasible)
    few = planned(text + "max-variants = 1\n").matrix.tuples
    assert few is not None
    assert (15, 6, 9) == (few.feasible, few.covered, len(few.uncovered))


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("configs/fast.config", ("y", "n", "3")),
        ("fast", ("y", "n", "3")),
        ("b_defconfig", None),
        ("boards/A-Board_defconfig", ("n", "y", "7")),
        ("defconfig", ("y", "y", "3")),
        ("allnoconfig", ("n", "n", "3")),
        ("allyesconfig", ("y", "y", "3")),
        ("allmodconfig", ("y", "y", "3")),
        ("alldefconfig", ("n", "y", "3")),
        ("allyesconfig+configs/fast.config", ("y", "n", "3")),
        ("allnoconfig+boards/A-Board_defconfig", ("n", "n", "7")),
        ("alldefconfig+fast+boards/A-Board_defconfig", ("y", "n", "7")),
        ("fast+boards/A-Board_defconfig", ("y", "n", "7")),
        ("", ("n", "y", "3")),
    ],
)
def test_other_symbols_come_from_the_base(
    planned: Planned, base: str, expected: tuple[str, ...] | None
) -> None:
    """A file, a fragment's name, the architecture's own, everything off, the defaults."""
    text = (
        'env = { ARCH = "tiny" }\n'
        f'[matrix.some]\nstrategy = "t-wise"\nsymbols = ["NET", "TLS"]\nbase = "{base}"\n'
    )
    if expected is None:
        with pytest.raises(InputError, match=r"no base is called 'b_defconfig' \[no-base\]"):
            planned(text)
        return
    plan = planned(text)
    assert {("n", "n"), ("y", "n"), ("y", "y")} == {
        (v.configuration["NET"], v.configuration["TLS"]) for v in plan.matrix
    }
    for variant in plan.matrix:
        others = tuple(variant.configuration[n] for n in ("FAST", "SAFE", "DEPTH"))
        assert expected == others
        assert (variant.distance is None) == (not base)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Makefile": "KBUILD_DEFCONFIG := fast_defconfig\n"}, ("y", "n", "3")),
        ({"libbb/x": "", "applets/x": "", "configs/defconfig": ""}, ("n", "y", "3")),
    ],
    ids=["u-boot", "busybox"],
)
def test_the_defconfig_is_what_make_defconfig_gives(
    planned: Planned, tmp_path: Path, files: Mapping[str, str], expected: tuple[str, ...]
) -> None:
    """U-Boot's Makefile names a file of configs/; BusyBox takes the defaults."""
    (tmp_path / "Kconfig").rename(tmp_path / "Config.in")
    (tmp_path / "configs/fast_defconfig").write_text(FILES["configs/fast.config"])
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    plan = planned(
        'kconfig = "Config.in"\nbase = "defconfig"\n'
        '[matrix.some]\nstrategy = "t-wise"\nsymbols = ["NET", "TLS"]\n'
    )
    (variant, *_) = plan.matrix
    assert expected == tuple(variant.configuration[n] for n in ("FAST", "SAFE", "DEPTH"))


def test_the_project_has_a_base_for_all_matrices(planned: Planned) -> None:
    """A table without a base has the project's; the command's replaces both."""
    text = 'base = "fast"\n[matrix.some]\nstrategy = "t-wise"\nstrength = 1\nsymbols = ["NET"]\n'
    assert {"y"} == {v.configuration["FAST"] for v in planned(text).matrix}
    plan = planned(text, keys={"base": "configs/net.config"})
    assert {"n"} == {v.configuration["FAST"] for v in plan.matrix}
    assert [0, 1] == sorted(v.distance or 0 for v in plan.matrix)


def test_of_several_only_the_first_answers_every_prompt(planned: Planned) -> None:
    """What would leave nothing of what is below it is an error that says how to write it."""
    text = '[matrix.some]\nstrategy = "t-wise"\nbase = "fast+allyesconfig"\n'
    with pytest.raises(InputError, match="allyesconfig leaves nothing of what is below") as caught:
        planned(text)
    assert "hint: put it first, with files on top: allyesconfig+FILE" in str(caught.value)


def test_a_file_with_a_plus_in_its_name_is_a_file(planned: Planned, tmp_path: Path) -> None:
    """What is there is taken as it is called."""
    (tmp_path / "configs/a+b.config").write_text("CONFIG_FAST=y\n", encoding="utf-8")
    text = '[matrix.some]\nstrategy = "toggles"\nsymbols = ["NET"]\nbase = "configs/a+b.config"\n'
    assert {"y"} == {v.configuration["FAST"] for v in planned(text).matrix}


def test_a_file_on_top_overrides_a_choice(planned: Planned, tmp_path: Path) -> None:
    """The member that the upper file selects is selected, and nothing is told to be dropped."""
    (tmp_path / "Kconfig").write_text(
        KCONFIG + 'choice\n\tprompt "c"\n\toptional\nconfig C1\n\tbool "1"\n'
        'config C2\n\tbool "2"\nendchoice\n', encoding="utf-8"
    )  # fmt: skip
    for name in ("1", "2"):
        (tmp_path / f"c{name}.config").write_text(f"CONFIG_C{name}=y\n", encoding="utf-8")
    for base, expected in (
        ("allyesconfig", "yn"), ("allnoconfig", "nn"), ("allyesconfig+c2.config", "ny"),
        ("c1.config+c2.config", "ny"), ("c2.config+c1.config", "yn"),
    ):  # fmt: skip
        text = f'[matrix.some]\nstrategy = "toggles"\nsymbols = ["NET"]\nbase = "{base}"\n'
        plan = planned(text)
        assert {expected} == {v.configuration["C1"] + v.configuration["C2"] for v in plan.matrix}
        assert () == tuple(plan.warnings)


def test_a_base_that_is_not_taken_whole_is_a_warning(planned: Planned) -> None:
    """What a base asks for in vain is told, and is no error."""
    text = '[matrix.some]\nstrategy = "uniform"\nsize = 1\nbase = "boards/b_defconfig"\n'
    (warning,) = planned(text).warnings
    assert "of the base TLS=y was dropped, it is n" == warning.message


@pytest.mark.parametrize("strategy", ["t-wise", "toggles", "distinct", "uniform"])
def test_equal_included_ones_keep_their_names(
    planned: Planned, tmp_path: Path, strategy: str
) -> None:
    """Two fragments that say the same are two variants."""
    (tmp_path / "configs/again.config").write_text("CONFIG_NET=y\n", encoding="utf-8")
    text = (
        f'[matrix.some]\nstrategy = "{strategy}"\n{_size(strategy, 1)}include = ["net", "again"]\n'
    )
    text += 'symbols = ["NET", "TLS"]\n'
    matrix = planned(text).matrix
    fragments = {v.name: v.fragment.name for v in matrix if v.fragment}
    assert {"net": "net.config", "again": "again.config"} == fragments


def test_names_of_given_ones_differ(planned: Planned, tmp_path: Path) -> None:
    """A given file that is called like an included variant has its folder's name before it."""
    (tmp_path / "boards/net.config").write_text("CONFIG_NET=y\nCONFIG_SAFE=n\n", encoding="utf-8")
    text = '[matrix.some]\nstrategy = "t-wise"\ninclude = ["net"]\nfrom = ["boards/*.config"]\n'
    plan = planned(text)
    assert ("net", "boards-net") == plan.names
    assert ["y", "n"] == [v.configuration["SAFE"] for v in plan.matrix]


@pytest.mark.parametrize(
    "keys",
    [
        'base = "boards/b_defconfig"',
        'base = "full"',
        'base = "full"\ninclude = ["named"]',
        'from = ["boards/*"]',
        'from = ["boards/*"]\ninclude = ["net"]',
    ],
)
@pytest.mark.parametrize("strategy", ["t-wise", "toggles", "distinct", "uniform"])
def test_what_is_based_or_given_verifies(
    planned: Planned, tmp_path: Path, strategy: str, keys: str
) -> None:
    """No variant asks for what it does not get, and all that is promised is there."""
    full = "CONFIG_NET=y\nCONFIG_TLS=y\nCONFIG_FAST=y\nCONFIG_SAFE=y\nCONFIG_DEPTH=4\n"
    (tmp_path / "configs/full.config").write_text(full, encoding="utf-8")
    text = (
        f'base = "full"\n[matrix.some]\nstrategy = "{strategy}"\n{_size(strategy, 3)}'
        f'symbols = ["NET", "SAFE"]\n{keys}\n'
    )
    text = text if "from" in keys else text.removeprefix('base = "full"\n')
    plan = planned(text)
    written = Written.parse(json.dumps(matrix_json(plan.matrix)))
    assert () == verify(Space.of(plan.tree), written, plan.promise).faults
    if "from" not in keys:
        asked = {"NET": "y", "TLS": "y", "FAST": "y", "SAFE": "y", "DEPTH": "4"}
        for variant in plan.matrix if '"full"' in keys else ():
            if variant.fragment is None:  # the rest is the base's, as far as it can be
                want = {n: t for n, t in asked.items() if n not in ("NET", "SAFE")}
                if variant.configuration["NET"] == "n":
                    want["TLS"] = "n"
                assert want == {n: variant.configuration[n] for n in want}


def test_the_lock_brings_fragments_and_distances_back(planned: Planned, tmp_path: Path) -> None:
    """What comes from the lock is what was chosen, descriptions and files included."""
    text = (
        '[matrix.some]\nstrategy = "t-wise"\nsymbols = ["NET", "TLS", "SAFE"]\n'
        'include = ["net"]\nbase = "fast"\n'
        '[matrix.given]\nstrategy = "t-wise"\nfrom = ["boards/*"]\n'
    )
    chosen = {name: planned(text, name).matrix for name in ("some", "given")}
    project = Project.find(tmp_path)
    tree = planned(text).tree
    found = relocked(project, tree, None, Lock({}), list(chosen), anew=True)
    Lock.update(project.lock, lambda _: Lock(found.locked))
    for name, before in chosen.items():
        after = planned(text, name).matrix
        assert before.key == after.key
        assert before.tuples == after.tuples
        assert before.among == after.among
        assert [
            (v.name, v.description, v.fragment, v.distance, dict(v.symbols)) for v in before
        ] == [(v.name, v.description, v.fragment, v.distance, dict(v.symbols)) for v in after]
    base = (tmp_path / "configs/fast.config").read_text(encoding="utf-8")
    (tmp_path / "configs/fast.config").write_text(base + "CONFIG_DEPTH=5\n", encoding="utf-8")
    assert {"5", "3"} == {v.configuration["DEPTH"] for v in planned(text).matrix}  # 3: net's own
