# SPDX-License-Identifier: MIT
"""Small trees that once differed, each as the check that found it."""

from __future__ import annotations

from pathlib import Path

import pytest
from agreement import Tally
from blocks import Block
from test_conf_small import benches_of, quick_folder

DEPENDS_ON_Y = """\
menu "m"
	depends on y
config B2
	bool "b2"
endmenu
if y
config B4
	bool "b4"
endif
config B6
	bool "b6"
	depends on y
config B0
	def_bool y
	imply B2
	imply B4
	imply B6
config B2
	bool "b2"
	depends on !B0
config B4
	bool "b4"
	depends on !B0
config B6
	bool "b6"
	depends on !B0
"""
"""Definitions that depend on y, in each way to write it."""

MODULES = "config MODULES\n\tdef_bool y\n\tmodules\n"

MODULES_ASKED = 'config MODULES\n\tbool "modules"\n\tmodules\n'

OLD_MODULES = 'config MODULES\n\tbool "modules"\n\toption modules\n'

ONCE = {
    "the type of a choice is that of a symbol in it, not of one in an if": (
        "6.1",
        "sampled",
        MODULES_ASKED
        + """\
choice
	prompt "one of" if m
if B6
config B10
	bool "b10"
endif
config T11
	tristate "t11"
endchoice
""",
        "1",
    ),
    "a member that shows at m is y by its default, and a line would take that away": (
        "6.1",
        "sampled",
        MODULES
        + """\
config T4
	default y
choice
	tristate
	prompt "one of"
config T4
	tristate "t4"
config T6
	tristate "t6"
endchoice
""",
        "1",
    ),
    "a member that is y by its default asks for no mode": (
        "6.1",
        "sampled",
        MODULES
        + """\
config T4
	default y
choice
	tristate
	prompt "one of"
	optional
config T4
	tristate "t4"
config S
	tristate "s"
	depends on T4
config T6
	tristate "t6"
endchoice
""",
        "1",
    ),
    "the same, as what the tool makes of nothing": (
        "6.1",
        "accepted",
        MODULES_ASKED
        + """\
choice
	prompt "one of"
	tristate
config B2
	bool "b2"
config T3
	tristate "t3"
endchoice
config T3
	default y
""",
        "CONFIG_MODULES=y\n",
    ),
    "each choice is written with the lines that suit it": (
        "6.1",
        "rewritten",
        MODULES
        + """\
choice
	tristate
	prompt "one of"
config T7
	tristate "t7"
config T8
	tristate "t8"
endchoice
choice CHOICE4
	tristate
config T9
	tristate "t9"
endchoice
choice CHOICE4
	prompt "one of"
	tristate
config T11
	tristate "t11" if B1
config T12
	tristate "t12" if B2
	default !!T8 || m
endchoice
""",
        "CONFIG_T8=y\nCONFIG_T7=m\nCONFIG_T11=y\n",
    ),
    "a number outside a range with swapped ends has no row": (
        "6.1",
        "rewritten",
        """\
config I1
	int "i1"
config I3
	int "i3" if I1 > 3
	range I1 5
config I6
	int
	range I3 100
""",
        "CONFIG_I1=7\n",
    ),
    "a number that is the end it would get anyway leaks into conditions": (
        "6.1",
        "randconfig",
        """\
config H8
	hex "h8"
	range 0x1 H7
choice
	prompt "one of"
	bool
	depends on !(0x1 = H8) || !(H8 < 0x010)
config B10
	bool "b10"
endchoice
""",
        "1",
    ),
    "a select under n makes no loop": (
        "kconfiglib",
        "accepted",
        """\
config B3
	bool "b3"
	depends on n
	select B3
	imply B4
config B4
	bool "b4"
	imply B3 if n && B4
""",
        "CONFIG_B4=y\n",
    ),
    "a transitional symbol is asked for where a choice cannot be had without": (
        "7.2",
        "rewritten",
        """\
config T16
	tristate
	transitional
choice
	prompt "one of"
	depends on T16
config B17
	bool "b17"
config B18
	bool "b18"
endchoice
""",
        "CONFIG_T16=y\n# CONFIG_B18 is not set\nCONFIG_B17=n\n",
    ),
    "an imply of y promotes m only where the dependency is not n": (
        "4.20",
        "evaluated",
        OLD_MODULES
        + """\
config B2
	def_bool y
	imply T3
config T3
	tristate
	default m
config T3
	tristate "t3" if T1
	depends on T0
""",
        "CONFIG_MODULES=y\n",
    ),
    "a bool implies a tristate at m where it is there for T != n, and T is m": (
        "4.20",
        "resolution",
        OLD_MODULES
        + """\
config T0
	tristate "t0"
config B1
	bool "b1"
	depends on T0 != n
	imply T2
	select T3
config T2
	tristate
config T3
	tristate
config B4
	bool "b4" if !(T0 = n || !T0)
	imply T5 if !(T0 = n) && !(B1 && T0 = n)
config T5
	tristate
""",
        "CONFIG_MODULES=y\nCONFIG_T0=m\nCONFIG_B1=y\nCONFIG_B4=y\n",
    ),
    "a definition that depends on y is not one without dependencies": (
        "7.2",
        "resolution",
        DEPENDS_ON_Y,
        "",
    ),
    "a definition that depends on y is not one without dependencies, in 6.1": (
        "6.1",
        "resolution",
        DEPENDS_ON_Y,
        "",
    ),
    "a definition that depends on y is not one without dependencies, in 4.20": (
        "4.20",
        "resolution",
        DEPENDS_ON_Y,
        "",
    ),
    "a hidden member has its default in mode m, which has to be asked for": (
        "6.1",
        "sampled",
        MODULES
        + """\
choice
	tristate
	prompt "one of"
	optional
config T7
	tristate "t7" if NOWHERE
	default y
endchoice
""",
        "1",
    ),
    "the same beside a member that a line is given for": (
        "6.1",
        "accepted",
        MODULES
        + """\
choice CHOICE0
	prompt "one of"
	tristate
endchoice
choice CHOICE0
	tristate
	optional
config T0
	tristate "t0" if m < n && n
	default y
config T1
	tristate "t1" if y > m && !!y
	depends on (n = m || n = "y") || m = "y"
endchoice
""",
        "CONFIG_T1=m\n",
    ),
    "a bool that does not show at m is y by its default, and its row would set the mode": (
        "6.1",
        "rewritten",
        MODULES_ASKED
        + """\
choice
	tristate
	prompt "one of"
config T7
	tristate "t7"
config B9
	bool "b9"
endchoice
config B9
	default y
""",
        "CONFIG_B9=y\nCONFIG_MODULES=y\nCONFIG_T7=m\n",
    ),
}
"""Release, check, tree, and what the check is given."""


@pytest.mark.parametrize(("release", "check", "tree", "given"), ONCE.values(), ids=list(ONCE))
def test_what_once_differed_agrees(
    release: str, check: str, tree: str, given: str, tmp_path: Path
) -> None:
    """The tool and kvariant see the tree alike, by the rules by name and by those found."""
    for bench in benches_of(release, quick_folder(tmp_path)):
        tally = Tally()
        found = bench.look(Block(head=tree), {check: [given]}, tally)
        assert found is None, str(found)
        assert tally.checked == {check: 1}
