# SPDX-License-Identifier: MIT
"""Edits of small Kconfig trees, each of a kind of its own, as texts before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Files = Mapping[str, str]
EVERY = ("6.1", "6.12", "7.2")
NEW = ("6.12", "7.2")


@dataclass(frozen=True, kw_only=True)
class SmallEdit:
    """A tree before and after."""

    name: str
    before: Files
    after: Files
    edits: int | None = 1
    """How many places change a rule; None: it is not said."""
    releases: tuple[str, ...] = EVERY
    """Of the tool that reads both."""


BASE = """\
config MODULES
	bool "modules"
	modules
	default y

config A
	bool "a"

config B
	bool "b"

config T
	tristate "t"

"""


def edit(
    name: str,
    text: str,
    *pairs: tuple[str, str],
    edits: int | None = 1,
    releases: tuple[str, ...] = EVERY,
) -> SmallEdit:
    """Return an edit that replaces texts of one file."""
    after = text
    for old, new in pairs:
        assert after.count(old) == 1, (name, old)
        after = after.replace(old, new)
    files = {"Kconfig": text}, {"Kconfig": after}
    return SmallEdit(name=name, before=files[0], after=files[1], edits=edits, releases=releases)


MENU = (
    BASE
    + """\
menu "title"
	visible if A

config V
	bool "v"
	default y

config W
	int "w"
	default 4

endmenu
"""
)
LEVERS = (
    BASE
    + """\
config R
	bool

config S
	bool "s"
	depends on A

config U
	bool "u"
	imply S
	imply R
"""
)
MEMBERS = """\
config C1
	bool "c1"

config C2
	bool "c2"

config C3
	bool "c3"
	depends on B

"""
FALLEN = "config UC\n\tdef_bool C2\n"
CHOICE = f"""\
{BASE}choice
	prompt "c"
	default C1 if A
	default C2

{MEMBERS}endchoice

{FALLEN}"""
TWICE = (
    BASE
    + """\
config D
	bool "d"
	depends on A

config D
	bool
	default y if B

config E
	def_bool D
"""
)
MACROS = (
    """\
X := y
tried = $(told,$(1),n)
told = $(shell,{ test $(1) = y; } && echo y || echo $(2))
"""
    + BASE
    + """\
config K
	def_bool $(X)

config L
	def_bool $(tried,y)

config O
	string
	default "$(shell,echo hello)"
"""
)
RANGES = (
    BASE
    + """\
config LO
	int "lo"
	range 0 8
	default 2

config HI
	int "hi"
	range 3 100
	default 9

config N
	int "n"
	range LO HI
	default 5
"""
)
LOADED = (
    BASE.replace("\tmodules\n", "")
    + """\
config LOADING
	bool "loading"

config T2
	tristate "t2"
	default m

config T3
	def_tristate T
"""
)
EIGHT = "".join(f'config S{i}\n\tbool "s{i}"\n\tdefault y\n\n' for i in range(8))
SUB = {"Kconfig": BASE + 'source "sub/Kconfig"\n', "sub/Kconfig": EIGHT}
NAMED = (
    ("config $(module)_LOG", "\tbool \"log\"", "\tdefault y if A", "",
     "config $(module)_LEVEL", "\tint", "\tdefault 3 if $(module)_LOG", "\tdefault 1")
)  # fmt: skip
TEMPLATE = {
    "Kconfig": BASE + 'module = FOO\nsource "named"\n\nmodule = BAR\nsource "named"\n',
    "named": "\n".join(NAMED) + "\n",
}

EDITS = (
    edit("visible if gone", MENU, ("\tvisible if A\n", "")),
    edit("visible if of another", MENU, ("visible if A", "visible if B")),
    edit("visible if to depends", MENU, ("visible if", "depends on")),
    edit("a title beside a default", MENU, ('"title"', '"other"'), ("default 4", "default 5")),
    edit("a comment beside a default", MENU, ('menu "t', 'comment "c"\n\nmenu "t'), ("4", "5")),
    edit("an idle macro beside a default", MENU, ('menu "t', 'M := x\n\nmenu "t'), ("4", "5")),
    edit("a macro and what uses it", MENU, ('menu "t', 'M := B\n\nmenu "t'),
         ('bool "v"', 'bool "v"\n\tdepends on $(M)'), edits=None),
    edit("a title alone", MENU, ('"title"', '"other"'), edits=0),
    edit("imply to select", LEVERS, ("imply S", "select S")),
    edit("imply under a condition", LEVERS, ("imply S", "imply S if T = m")),
    edit("defaults of a choice swapped", CHOICE,
         ("\tdefault C1 if A\n\tdefault C2\n", "\tdefault C2\n\tdefault C1 if A\n")),
    edit("defaults of a choice gone", CHOICE, ("\tdefault C1 if A\n\tdefault C2\n", "")),
    edit("a choice that depends", CHOICE, ('prompt "c"\n', 'prompt "c"\n\tdepends on B\n')),
    edit("a choice asked under a condition", CHOICE, ('prompt "c"', 'prompt "c" if A')),
    edit("a member that leaves", CHOICE, ('config C2\n\tbool "c2"\n\n', ""),
         ("\tdefault C2\n", ""), ("endchoice\n\n", 'endchoice\n\nconfig C2\n\tbool "c2"\n\n'),
         edits=None),
    edit("a member that comes", CHOICE, ("endchoice", 'config C4\n\tbool "c4"\n\nendchoice')),
    edit("a choice dissolved", CHOICE, (CHOICE, BASE + MEMBERS + FALLEN), edits=None),
    edit("a choice made", BASE + MEMBERS + FALLEN, (BASE + MEMBERS + FALLEN, CHOICE), edits=None),
    edit("one of two definitions gone", TWICE, ("config D\n\tbool\n\tdefault y if B\n\n", "")),
    edit("the other one gone", TWICE, ('config D\n\tbool "d"\n\tdepends on A\n\n', "")),
    edit("bool to tristate", LEVERS, ('bool "s"', 'tristate "s"')),
    edit("tristate to bool", LEVERS, ('tristate "t"', 'bool "t"')),
    edit("bool to int", LEVERS, ('bool "s"', 'int "s"\n\tdefault 3')),
    edit("int to hex", MENU, ('int "w"\n\tdefault 4', 'hex "w"\n\tdefault 0x4')),
    edit("int to string, compared", MENU + "config Z\n\tdef_bool W < 10\n",
         ('int "w"\n\tdefault 4', 'string "w"\n\tdefault "4"')),
    edit("a text that becomes a symbol",
         BASE + 'config S\n\tstring\n\tdefault "fast"\n\nconfig Z\n\tdef_bool S = fast\n',
         ("config Z", 'config fast\n\tbool "f"\n\nconfig Z')),
    edit("a macro's value", MACROS, ("X := y", "X := n")),
    edit("a macro's function", MACROS, ("test $(1) = y", "test $(1) = n")),
    edit("what a command says", MACROS, ("echo hello", "echo bye")),
    edit("a macro of another flavour", MACROS, ("X := y", "X = y"), edits=0),
    edit("a range by a symbol", RANGES, ("range LO HI", "range LO 6"), releases=NEW),
    edit("a range under a condition", RANGES, ("range LO HI", "range LO HI if A"), releases=NEW),
    edit("what a range ends at", RANGES, ("default 9", "default 4"), releases=NEW),
    edit("m becomes a value", LOADED, ('"loading"', '"loading"\n\tmodules')),
    edit("m is no value any more", BASE + LOADED[LOADED.index("config T2") :], ("\tmodules\n", "")),
    edit("m by another symbol", LOADED.replace('"modules"', '"modules"\n\tmodules'),
         ('"modules"\n\tmodules', '"modules"'), ('"loading"', '"loading"\n\tmodules'), edits=2),
    edit("help alone", BASE + "config H\n\tbool\n\thelp\n\t  config A\n\t  if B\n",
         ("config A\n\t  if B", "config B\n\t  endif"), edits=0),
    edit("a joined line", BASE + 'config J\n\tbool "j"\n\tdepends on A && \\\n\t\tB\n',
         ("A && \\", "A || \\")),
    edit("lines in another order", BASE, ('config A\n\tbool "a"\n\n', ""),
         ('"t"\n\n', '"t"\n\nconfig A\n\tbool "a"\n'), edits=0),
    SmallEdit(name="a file moved", before=SUB, edits=0,
              after={"Kconfig": SUB["Kconfig"].replace("sub/", "new/"), "new/Kconfig": EIGHT}),
    SmallEdit(name="a file moved and edited", before=SUB,
              after={"Kconfig": SUB["Kconfig"].replace("sub/", "new/"),
                     "new/Kconfig": EIGHT.replace('"s3"\n\tdefault y', '"s3"\n\tdefault n')}),
    SmallEdit(name="a file moved into an if and edited twice", before=SUB, edits=3,
              after={"Kconfig": BASE + 'if A\nsource "new/Kconfig"\nendif\n',
                     "new/Kconfig": EIGHT.replace('"s3"\n\tdefault y', '"s3"\n\tdefault n')
                     .replace('"s5"\n', '"s5"\n\tdepends on !A\n')}),
    SmallEdit(name="a file parted", before=SUB, edits=None,
              after={"Kconfig": SUB["Kconfig"] + 'source "new/Kconfig"\n',
                     "sub/Kconfig": EIGHT.partition("config S5")[0],
                     "new/Kconfig": "config S5" + EIGHT.partition("config S5")[2]
                     .replace('"s6"\n\tdefault y', '"s6"\n\tdefault n')}),
    SmallEdit(name="a file no more sourced", before=SUB, after={"Kconfig": BASE}),
    SmallEdit(name="names that a macro makes", before=TEMPLATE, releases=("6.1", "6.12"),
              after={**TEMPLATE, "named": TEMPLATE["named"].replace("if A", "if B")}),
    SmallEdit(name="a symbol transitional", releases=("7.2",), edits=None,
              before={"Kconfig": BASE + "config OLD\n\tbool \"it\"\n\nconfig Z\n\tdef_bool OLD\n"},
              after={"Kconfig": BASE + "config NEW\n\tbool \"it\"\n\tdefault OLD\n\nconfig OLD\n"
                     "\tbool\n\ttransitional\n\nconfig Z\n\tdef_bool NEW\n"}),
    edit("depends on under a condition", LEVERS, ("depends on A", "depends on A if T"),
         releases=("7.2",)),
)  # fmt: skip
