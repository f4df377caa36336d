# SPDX-License-Identifier: MIT
"""`allnoconfig`, `allyesconfig`, `allmodconfig`: values derived by hand, the kernel's own
`conf` and kconfiglib's scripts of these names.

KVARIANT_EXAMPLES=N draws N random trees, other ones each time.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import conf_modes
import conf_session
import kconfiglib
import kernel_conf
import pytest
from foreign import ENVIRONMENTS, Foreign
from hypothesis import HealthCheck, assume, given, settings

import debian
import strategies
from kvariant import Tree
from kvariant.kconfig.allconfig import allconfig
from strategies import SmallTree, small_trees

EXAMPLES = int(os.environ.get("KVARIANT_EXAMPLES", "0"))
MODES = ("allnoconfig", "allyesconfig", "allmodconfig", "alldefconfig")

HAND = """\
config MODULES
	bool "modules"
	modules
config A
	bool "a"
config T
	tristate "t"
config TY
	tristate "a tristate that needs a built-in one"
	depends on T = y
config DEEP
	bool "seen once others are on"
	depends on A && T && TY
config OFF
	bool "seen where a is off"
	depends on !A
	default y
config NUMBER
	int "number"
	default 4
config TEXT
	string "text"
	default "x"
config HIDDEN
	bool
	default y if A
choice
	prompt "one of"
	default C2
config C1
	bool "1"
config C2
	bool "2"
	depends on A
config C3
	bool "3"
endchoice
"""
#         allno, allyes, allmod, alldef: C2 is the default where it is seen
EXPECTED = {
    "MODULES": "nyyn",
    "A": "nyyn",
    "T": "nymn",
    "TY": "nynn",
    "DEEP": "nynn",
    "OFF": "nnny",
    "HIDDEN": "nyyn",
    "C1": "ynny",
    "C2": "nyyn",
    "C3": "nnnn",
    "NUMBER": "4444",
    "TEXT": "xxxx",
}
MODE_CHOICES = """\
config MODULES
	bool "modules"
	modules
config LATE
	bool "late"
choice
	tristate "gadget"
	optional
	default G2 if LATE
config G1
	tristate "1"
config G2
	tristate "2"
endchoice
choice
	bool "at most one"
	optional
	default B2 if G2
config B1
	bool "1"
config B2
	bool "2"
endchoice
choice
	tristate "at least one"
config L1
	tristate "1"
config L2
	tristate "2"
endchoice
"""
# Of an optional choice nothing is on in allnoconfig; of a tristate one all are m in allmodconfig.
# Without modules in allnoconfig the last one is a choice of bools.
MODE_EXPECTED = {
    "G1": "nnm", "G2": "nym", "B1": "nnn", "B2": "nyy", "L1": "yym", "L2": "nnm",
}  # fmt: skip


def comparable(kconfig: kconfiglib.Kconfig) -> bool:
    """Return whether kconfiglib and conf mean the same by the tree's choices."""
    members = [member for choice in kconfig.unique_choices for member in choice.syms]
    none = kconfig.n
    return not any(
        m.defaults
        or m.rev_dep is not none
        or m.weak_rev_dep is not none
        or any(node.list for node in m.nodes)
        for m in members
    )


@pytest.fixture(scope="session", params=["6.1", "6.12", "7.2"])
def release(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """Each release of the C tool in turn."""
    try:
        return request.param, kernel_conf.linux(request.param).program
    except debian.Unavailable as reason:
        pytest.skip(f"no conf of Linux {request.param} here: {reason}")


@pytest.fixture
def hand(tmp_path: Path) -> Path:
    """Return the tree with values derived by hand."""
    (tmp_path / "Kconfig").write_text(HAND, encoding="utf-8")
    return tmp_path / "Kconfig"


@pytest.mark.parametrize("mode", MODES)
def test_by_hand(hand: Path, mode: str) -> None:
    """One answer for every prompt, whatever is seen by it; the rest by default."""
    tree = Tree.load(hand)
    expected = {name: values[MODES.index(mode)] for name, values in EXPECTED.items()}
    assert expected == dict(tree.resolve(allconfig(tree, mode)))


@pytest.mark.parametrize("mode", MODES)
def test_the_hand_knows_what_conf_does(hand: Path, mode: str, release: tuple[str, Path]) -> None:
    """What is derived by hand above is what each release of conf writes."""
    expected = {name: values[MODES.index(mode)] for name, values in EXPECTED.items()}
    written = conf_modes.values_of(release[1], mode, hand, {})
    assert expected == {name: written.get(name, "n") for name in expected}


@pytest.mark.parametrize("mode", MODES[:3])
def test_choices_that_have_a_mode(tmp_path: Path, mode: str, conf: Path) -> None:
    """Optional and tristate choices, which newer tools refuse, as 6.1 has them."""
    path = tmp_path / "Kconfig"
    path.write_text(MODE_CHOICES, encoding="utf-8")
    expected = {name: values[MODES.index(mode)] for name, values in MODE_EXPECTED.items()}
    written = conf_modes.values_of(conf, mode, path, {})
    tree = Tree.load(path)
    found = tree.resolve(allconfig(tree, mode))
    assert expected == {name: written.get(name, "n") for name in expected}
    assert expected == {name: found[name] for name in expected}


def test_what_stays_on(tmp_path: Path) -> None:
    """`option allnoconfig_y` of older trees is y in allnoconfig."""
    path = tmp_path / "Kconfig"
    path.write_text('config E\n\tbool "expert"\n\toption allnoconfig_y\nconfig F\n\tbool "f"\n')
    tree = Tree.load(path)
    assert {"E": "y", "F": "n"} == dict(tree.resolve(allconfig(tree, "allnoconfig")))


def test_what_is_given_first(hand: Path, release: tuple[str, Path]) -> None:
    """A file on top of it is what KCONFIG_ALLCONFIG is to conf: the rest is answered around it."""
    first = {"A": "n", "C3": "y", "NUMBER": "9"}
    tree = Tree.load(hand)
    text = "# CONFIG_A is not set\nCONFIG_C3=y\nCONFIG_NUMBER=9\n"
    for mode in MODES:
        found = tree.resolve(allconfig(tree, mode, first))
        written = conf_modes.values_of(release[1], mode, hand, {}, text)
        assert {name: written.get(name, "n") for name in found} == dict(found)
        assert ("n", "y", "9") == (found["A"], found["C3"], found["NUMBER"])


def _is_implied_and_defined_twice(kconfig: kconfiglib.Kconfig) -> bool:
    """Return whether an imply meets a definition without a condition beside one that has one.

    The C tool or-s the conditions that there are, and takes the other for none; kconfiglib
    takes it for y. It is the same in every mode.
    """
    symbols = kconfig.unique_defined_syms
    return any(len(s.nodes) > 1 and s.weak_rev_dep is not kconfig.n for s in symbols)


@given(small_trees(numbers=False))
@settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_random_trees(conf: Path, small: SmallTree) -> None:
    """conf of 6.1 has the same values of random small trees in every mode."""
    assume(("config MODULES" in small.text) == ("option modules" in small.text))
    with small.written() as path:
        kconfig = strategies.plain(path)
        path.write_text(small.text.replace("option modules", "modules"))
        assume(comparable(kconfig))
        assume(not _is_implied_and_defined_twice(kconfig))
        tree = Tree.load(path, dialect="linux-5.7")
        for mode in MODES:
            try:
                written = conf_modes.values_of(conf, mode, path, {})
            except conf_modes.ConfError:
                return
            found = tree.resolve(allconfig(tree, mode))
            logical = list(strategies.logical(kconfig))
            assert {n: written.get(n, "n") for n in logical} == {n: found[n] for n in logical}, mode


@pytest.mark.parametrize("mode", MODES)
def test_kconfiglib_does_the_same(
    foreign: Foreign, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kconfiglib's script of the name gives a real tree the same values."""
    kconfig = foreign.reference.kconfig
    kconfig.unset_values()
    monkeypatch.setattr(kconfiglib, "standard_kconfig", lambda _: kconfig)
    monkeypatch.setenv("KCONFIG_CONFIG", str(tmp_path / "written"))
    importlib.import_module(mode).main()
    expected = {symbol.name: symbol.str_value for symbol in kconfig.unique_defined_syms}
    assert expected == dict(foreign.tree.resolve(allconfig(foreign.tree, mode)))


def test_linux_as_its_own_conf() -> None:
    """Of Linux 6.1 its own conf writes the same value of every bool and tristate."""
    environment = ENVIRONMENTS["linux"]
    try:
        path, tool = debian.linux_source("6.1") / "Kconfig", kernel_conf.linux("6.1")
    except debian.Unavailable as reason:
        pytest.skip(f"no linux here: {reason}")
    tree = Tree.load(path, env=environment, dialect="linux-5.7")
    names = [name for name, kind in tree.types.items() if kind.is_logical]
    assert len(names) > 10_000
    with conf_session.reading(tool, path, environment) as session:
        for mode in MODES:
            written = conf_modes.values_in(session.made(mode).text)
            found = tree.resolve(allconfig(tree, mode))
            assert {n: written.get(n, "n") for n in names} == {n: found[n] for n in names}, mode
