"""Syntax of forks: each word's meaning, derived by hand from the fork's own source."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kvariant import Space, Tree
from kvariant.errors import InputError, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tree with a fork's words, what is asked of it, and what it then is."""

    id: str
    kconfig: str
    expected: dict[str, str]
    asked: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


SIZE = """
config ON
	bool "on"
configdefault SIZE
	default 8 if ON
config SIZE
	int "size"
	default 4
"""
LIMITED = """
config ON
	bool "on"
config LOG
	bool "log"
if ON
configdefault TEXT
	default "on"
endif
configdefault TEXT
	default "always"
config TEXT
	string
	depends on LOG
"""
BETWEEN = """
config A
	bool "a"
config N
	int
	default 1 if A
configdefault N
	default 2
config N
	default 3
"""
SHIP = """
config NAME
	string "name"
	default "generic"
config MOTORS
	int "motors"
	depends on DRIVE
	range 1 9
	default 1
config DRIVE
	bool "drive"
config DEFAULTS
	bool "defaults"
	set default NAME="Enterprise"
	set default MOTORS=6
config EXACT
	bool "exact"
	set NAME="NCC-1701" if !LOCKED
	set MOTORS=2
config LOCKED
	bool "locked"
"""
NOTHING = """
config NAME
	string "name"
	default "generic"
config SIZE
	int "size"
	default 3
config OTHER
	string "other"
config BLANK
	bool "blank"
	set default NAME=""
	set default SIZE="none"
config COPY
	bool "copy"
	set default NAME=OTHER
config LATER
	bool "later"
	set default NAME="later"
	set default SIZE=7
"""
PROTOCOL = """
choice "protocol"
	prompt "protocol"
config P1
	bool "1"
endchoice
config BETWEEN
	def_bool y
cont_choice "protocol"
config P2
	bool "2"
endchoice
config AFTER
	def_bool P2
"""

CASES = [
    Case(id="configdefault: its condition is n", kconfig=SIZE, expected={"SIZE": "4", "ON": "n"}),
    Case(
        id="configdefault: before the definition's own default",
        kconfig=SIZE,
        asked={"ON": "y"},
        expected={"SIZE": "8"},
    ),
    Case(
        id="configdefault: the user's value wins",
        kconfig=SIZE,
        asked={"ON": "y", "SIZE": "5"},
        expected={"SIZE": "5"},
    ),
    Case(
        id="configdefault: limited by what the symbol depends on",
        kconfig=LIMITED,
        asked={"ON": "y"},
        expected={"TEXT": ""},
    ),
    Case(
        id="configdefault: limited by the if around it",
        kconfig=LIMITED,
        asked={"LOG": "y"},
        expected={"TEXT": "always"},
    ),
    Case(
        id="configdefault: in the order of the lines",
        kconfig=LIMITED,
        asked={"LOG": "y", "ON": "y"},
        expected={"TEXT": "on"},
    ),
    Case(
        id="configdefault: between two definitions, the first counts",
        kconfig=BETWEEN,
        asked={"A": "y"},
        expected={"N": "1"},
    ),
    Case(
        id="configdefault: between two definitions, it counts",
        kconfig=BETWEEN,
        expected={"N": "2"},
    ),
    Case(
        id="set default: before the symbol's own",
        kconfig=SHIP,
        asked={"DEFAULTS": "y", "DRIVE": "y"},
        expected={"NAME": "Enterprise", "MOTORS": "6"},
    ),
    Case(
        id="set default: the user's value wins",
        kconfig=SHIP,
        asked={"DEFAULTS": "y", "NAME": "mine"},
        expected={"NAME": "mine"},
    ),
    Case(
        id="set default: limited by what the symbol depends on",
        kconfig=SHIP,
        asked={"DEFAULTS": "y"},
        expected={"MOTORS": ""},
    ),
    Case(
        id="set default: to nothing leaves the symbol its own default",
        kconfig=NOTHING,
        asked={"BLANK": "y"},
        expected={"NAME": "generic", "SIZE": "3"},
    ),
    Case(
        id="set default: one to nothing ends the search for others",
        kconfig=NOTHING,
        asked={"BLANK": "y", "LATER": "y"},
        expected={"NAME": "generic", "SIZE": "3"},
    ),
    Case(
        id="set default: to a symbol without a value is to nothing",
        kconfig=NOTHING,
        asked={"COPY": "y", "LATER": "y"},
        expected={"NAME": "generic", "SIZE": "7"},
    ),
    Case(
        id="set default: to a symbol with a value",
        kconfig=NOTHING,
        asked={"COPY": "y", "OTHER": "taken", "LATER": "y"},
        expected={"NAME": "taken"},
    ),
    Case(
        id="set: the user's value and set default lose, dependencies too",
        kconfig=SHIP,
        asked={"EXACT": "y", "DEFAULTS": "y", "NAME": "mine"},
        expected={"NAME": "NCC-1701", "MOTORS": "2"},
    ),
    Case(
        id="set: only where its condition holds",
        kconfig=SHIP,
        asked={"EXACT": "y", "LOCKED": "y", "NAME": "mine"},
        expected={"NAME": "mine", "MOTORS": "2"},
    ),
    Case(
        id="set: of a bool it has no effect",
        kconfig='config A\n\tbool "a"\n\tdefault y\n\tset B=y\nconfig B\n\tbool "b"\n',
        expected={"A": "y", "B": "n"},
    ),
    Case(
        id="warning",
        kconfig='config A\n\tbool "a"\n\twarning "do not"\n\tdefault y\n',
        expected={"A": "y"},
    ),
    Case(
        id="help of a menu",
        kconfig='menu "m"\n\thelp\n\t  some\n\n\t  text\nconfig A\n\tdef_bool y\nendmenu\n',
        expected={"A": "y"},
    ),
    Case(
        id="help of a menu, then a property",
        kconfig='config B\n\tbool "b"\nmenu "m"\n\thelp\n\t  text\n\tdepends on B\n'
        "config A\n\tdef_bool y\nendmenu\n",
        expected={"A": "n"},
    ),
    Case(
        id="reset of a choice",
        kconfig='config D\n\tbool "d"\nchoice\n\tprompt "c"\n\treset if !D\n\treset\n'
        'config T1\n\tbool "1"\nconfig T2\n\tbool "2"\nendchoice\n',
        asked={"T2": "y"},
        expected={"T1": "n", "T2": "y"},
    ),
    Case(
        id="output yaml",
        kconfig='config A\n\tbool "a"\n\toutput yaml\n\tdefault y\n',
        expected={"A": "y"},
    ),
    Case(
        id="cont_choice: the first member stays the default",
        kconfig=PROTOCOL,
        expected={"P1": "y", "P2": "n", "BETWEEN": "y", "AFTER": "n"},
    ),
    Case(
        id="cont_choice: a later member can be chosen",
        kconfig=PROTOCOL,
        asked={"P2": "y"},
        expected={"P1": "n", "P2": "y", "AFTER": "y"},
    ),
    Case(
        id="cont_choice: of a choice without a member, with a default for it",
        kconfig='choice "c"\n\tprompt "c"\nendchoice\n'
        'cont_choice "c"\n\tdefault B\nconfig A\n\tbool "a"\nconfig B\n\tbool "b"\nendchoice\n',
        expected={"A": "n", "B": "y"},
    ),
    Case(
        id="a macro of such a name is a macro",
        kconfig="set := 5\nreset = 6\nconfig A\n\tint\n\tdefault $(set)\nconfig B\n\tint\n"
        "\tdefault $(reset)\n",
        expected={"A": "5", "B": "6"},
    ),
    Case(
        id="option env: its default where the variable is not set",
        kconfig='config SUB\n\tstring\n\toption env="KVARIANT_NOT_SET"\n\tdefault "sub"\n'
        'source "$SUB/Kconfig"\nsource "${SUB}/other"\n',
        files={
            "sub/Kconfig": "config IN\n\tdef_bool y\n",
            "sub/other": "config OUT\n\tdef_bool y\n",
        },
        expected={"IN": "y", "OUT": "y"},
    ),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_a_forks_word_means_what_it_means_there(case: Case, tmp_path: Path) -> None:
    """A tree with a fork's words resolves as the fork's tool resolves it, as a space too."""
    for name, text in {"Kconfig": case.kconfig, **case.files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = Tree.load(tmp_path / "Kconfig")
    got = tree.resolve(case.asked)
    assert case.expected == {name: got[name] for name in case.expected}
    assert Space.of(tree).solve(case.expected) is not None
    assert [] == [d for d in tree.diagnostics() if d.severity is Severity.ERROR]


def test_option_env_is_the_variable(tmp_path: Path) -> None:
    """`option env` before a default gives the variable's value, which the tree then has read."""
    (tmp_path / "Kconfig").write_text(
        'config SUB\n\tstring\n\toption env="SUBDIR"\n\tdefault "sub"\nsource "$SUB/Kconfig"\n'
    )
    for folder in ("sub", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Kconfig").write_text(f"config IN_{folder.upper()}\n\tdef_bool y\n")
    tree = Tree.load(tmp_path / "Kconfig", env={"SUBDIR": "other"})
    assert ["SUB", "IN_OTHER"] == list(tree.symbols)
    assert {"SUBDIR": "other"} == tree.environment


def test_a_configdefault_is_no_definition(tmp_path: Path) -> None:
    """A symbol's place is where it is defined, also where a configdefault stands before."""
    (tmp_path / "Kconfig").write_text(SIZE)
    tree = Tree.load(tmp_path / "Kconfig")
    assert SIZE.splitlines().index("config SIZE") + 1 == tree.symbols["SIZE"].location.line


def test_a_file_of_configdefaults_declares_nothing(tmp_path: Path) -> None:
    """What a file declares are its definitions; defaults that it adds to others are none."""
    (tmp_path / "defaults").write_text("configdefault SIZE\n\tdefault 8\n")
    (tmp_path / "Kconfig").write_text('source "defaults"\nconfig SIZE\n\tint "size"\n\tdefault 4\n')
    tree = Tree.load(tmp_path / "Kconfig")
    assert "8" == tree.resolve({})["SIZE"]
    assert () == tree.declared(tmp_path / "defaults")
    assert ("SIZE",) == tree.declared(tmp_path / "Kconfig")


ERRORS = [
    pytest.param(
        'config A\n\tfloat "a"\n',
        'Kconfig:2: error: syntax error [kconfig-syntax]\n    float "a"\n'
        "hint: 'float' is syntax of esp-idf-kconfig, which is not read here",
        id="float",
    ),
    pytest.param(
        "configdefault A\n\tdepends on B\n\tdefault y\n",
        "Kconfig:1: error: a configdefault has defaults only [kconfig-syntax]\n"
        "    configdefault A\n"
        "hint: 'configdefault' is syntax of Zephyr's kconfiglib",
        id="configdefault with a dependency",
    ),
    pytest.param(
        'cont_choice "c"\nendchoice\n',
        "Kconfig:1: error: no choice 'c' to go on with [kconfig-syntax]\n    cont_choice \"c\"\n"
        "hint: 'cont_choice' is syntax of gem5's kconfiglib",
        id="cont_choice of nothing",
    ),
    pytest.param(
        "set A=5\n",
        "Kconfig:1: error: 'set' is a property, and stands in no entry [kconfig-syntax]\n"
        "    set A=5\n"
        "hint: 'set' is syntax of esp-idf-kconfig",
        id="set in no entry",
    ),
    pytest.param(
        "config A\n\tbool\n\toutput json\n",
        "Kconfig:3: error: 'output' takes 'yaml' [kconfig-syntax]\n    output json\n"
        "hint: 'output' is syntax of kdevops' conf",
        id="output of something else",
    ),
    pytest.param(
        'source "$(KVARIANT_NOT_SET)/Kconfig"\n',
        "Kconfig:1: error: the sourced file '/Kconfig' does not exist [missing-source]\n"
        '    source "$(KVARIANT_NOT_SET)/Kconfig"\n'
        "hint: $(KVARIANT_NOT_SET) is not set and expands to nothing: --env KVARIANT_NOT_SET=VALUE",
        id="a variable that is not set",
    ),
]


@pytest.mark.parametrize(("kconfig", "message"), ERRORS)
def test_an_error_says_whose_syntax_it_is(
    kconfig: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read names the tool whose word it is, or the variable that nobody set."""
    monkeypatch.chdir(tmp_path)
    Path("Kconfig").write_text(kconfig)
    with pytest.raises(InputError) as caught:
        Tree.load("Kconfig")
    assert message == str(caught.value)
