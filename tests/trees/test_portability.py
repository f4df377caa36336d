# SPDX-License-Identifier: MIT
"""What a tree's own C tool refuses: kvariant's warnings against the tools themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from c_tools import RELEASES, ask

import debian
from kvariant import Tree

TREES = {
    "named choice": 'choice FOO\n\tprompt "c"\nconfig A\n\tbool "a"\nendchoice\n',
    "quoted named choice": 'choice "FOO"\n\tprompt "c"\nconfig A\n\tbool "a"\nendchoice\n',
    "optional": 'choice\n\tprompt "c"\n\toptional\nconfig A\n\tbool "a"\nendchoice\n',
    "tristate choice": 'choice\n\ttristate "c"\nconfig A\n\ttristate "a"\nendchoice\n',
    "bool choice with prompt": 'choice\n\tbool "c"\nconfig A\n\tbool "a"\nendchoice\n',
    "bool choice bare": 'choice\n\tbool\n\tprompt "c"\nconfig A\n\tbool "a"\nendchoice\n',
    "promptless choice": 'choice\nconfig A\n\tbool "a"\nendchoice\n',
    "promptless member": 'choice\n\tprompt "c"\nconfig A\n\tbool\nendchoice\n',
    "tristate member": 'choice\n\tprompt "c"\nconfig A\n\ttristate "a"\nendchoice\n',
    "menuconfig in choice": 'choice\n\tprompt "c"\nmenuconfig A\n\tbool "a"\nendchoice\n',
    "menu in choice": 'choice\n\tprompt "c"\nmenu "x"\nconfig A\n\tbool "a"\nendmenu\nendchoice\n',
    "choice in choice": (
        'choice\n\tprompt "c"\nchoice\n\tprompt "d"\nconfig A\n\tbool "a"\nendchoice\nendchoice\n'
    ),
    "source in choice": 'choice\n\tprompt "c"\nsource "sub"\nendchoice\n',
    "if in choice": 'choice\n\tprompt "c"\nif y\nconfig A\n\tbool "a"\nendif\nendchoice\n',
    "member default": 'choice\n\tprompt "c"\nconfig A\n\tbool "a"\n\tdefault y\nendchoice\n',
    "member prompt elsewhere": (
        'choice\n\tprompt "c"\nconfig A\n\tbool "a"\nendchoice\nconfig A\n\tbool "a2"\n'
    ),
    "member prompt twice inside": (
        'choice\n\tprompt "c"\nconfig A\n\tbool "a"\nconfig A\n\tbool "a2"\nendchoice\n'
    ),
    "member redefined no prompt": (
        'choice\n\tprompt "c"\nconfig A\n\tbool "a"\nendchoice\nconfig A\n\thelp\n\t  x\n'
    ),
    "member def_bool elsewhere": (
        'choice\n\tprompt "c"\nconfig A\n\tbool "a"\nendchoice\nconfig A\n\tdef_bool y\n'
    ),
    "option env": 'config A\n\tstring\n\toption env="A"\n',
    "option modules": 'config MODULES\n\tbool "m"\n\toption modules\n',
    "option allnoconfig_y": 'config A\n\tbool "a"\n\toption allnoconfig_y\n',
    "modules": 'config MODULES\n\tbool "m"\n\tmodules\n',
    "def_int": "config A\n\tdef_int 5\n",
    "def_hex": "config A\n\tdef_hex 0x5\n",
    "def_string": 'config A\n\tdef_string "x"\n',
    "def_tristate": "config A\n\tdef_tristate m\n",
    "osource": 'osource "nothing"\n',
    "rsource": 'rsource "sub"\n',
    "orsource": 'orsource "sub"\n',
    "gsource": 'gsource "sub*"\n',
    "glob": 'source "su*"\n',
    "transitional": "config A\n\tbool\n\ttransitional\n",
    "transitional default": "config A\n\tbool\n\ttransitional\n\tdefault y\n",
    "transitional prompt": 'config A\n\tbool "a"\n\ttransitional\n',
    "transitional depends": (
        'config B\n\tbool "b"\nconfig A\n\tbool\n\ttransitional\n\tdepends on B\n'
    ),
    "transitional in if": 'config B\n\tbool "b"\nif B\nconfig A\n\tbool\n\ttransitional\nendif\n',
    "menuconfig promptless": "menuconfig A\n\tbool\n",
    "second help": 'config A\n\tbool "a"\n\thelp\n\t  x\n\thelp\n\t  y\n',
    "blank help": 'config A\n\tbool "a"\n\thelp\n\nconfig B\n\tbool "b"\n',
    "dashed help": 'config A\n\tbool "a"\n\t---help---\n\t  x\n',
    "boolean": 'config A\n\tboolean "a"\n',
    "menu help": 'menu "m"\n\thelp\n\t  x\nconfig A\n\tbool "a"\nendmenu\n',
    "unquoted prompt": "config A\n\tbool word\n",
    "unquoted source": "source sub\n",
    "unquoted menu": "menu word\nendmenu\n",
    "no newline": 'config A\n\tbool "a"\n\tdefault y',
    "no newline endmenu": 'menu "x"\nconfig A\n\tbool "a"\nendmenu',
    "no newline help": 'config A\n\tbool "a"\n\thelp\n\t  x',
    "no newline endmenu sourced": 'source "unended-menu"\n',
    "no newline endif": 'if y\nconfig A\n\tbool "a"\nendif',
    "no newline comment": 'config A\n\tbool "a"\n# end',
    "no newline sourced": 'source "unended"\n',
    "conditional depends": 'config B\n\tbool "b"\nconfig A\n\tbool "a"\n\tdepends on B if B\n',
    "configdefault": 'config A\n\tbool "a"\nconfigdefault A\n\tdefault y\n',
    "set": 'config A\n\tbool "a"\n\tset B=5\n',
    "warning": 'config A\n\tbool "a"\n\twarning "x"\n',
    "output": 'config A\n\tbool "a"\n\toutput yaml\n',
    "prompt twice": 'config A\n\tbool "a"\n\tprompt "b"\n',
    "type twice": 'config A\n\tbool "a"\nconfig A\n\tint\n',
    "no type": "config A\n\tdefault y\n",
    "select string": 'config B\n\tstring "b"\nconfig A\n\tbool "a"\n\tselect B\n',
    "int select": 'config B\n\tbool "b"\nconfig A\n\tint "a"\n\tselect B\n',
    "range bool": 'config A\n\tbool "a"\n\trange 1 2\n',
    "imply": 'config B\n\tbool "b"\nconfig A\n\tbool "a"\n\timply B\n',
    "single quotes": "config A\n\tbool 'a'\n",
    "grsource": 'grsource "sub"\n',
    "bare macro": "$(info,hello)\n",
    "empty choice": 'choice\n\tprompt "c"\nendchoice\n',
    "choice depends": 'choice\n\tprompt "c"\n\tdepends on y\nconfig A\n\tbool "a"\nendchoice\n',
    "help at margin": 'config A\n\tbool "a"\n\thelp\nconfig B\n\tbool "b"\n',
    "redefined in one choice": (
        'choice\n\tprompt "c"\nconfig A\n\tbool "a"\nconfig A\n\tbool\nendchoice\n'
    ),
}

FILES = {
    "sub": 'config S\n\tbool "s"\n',
    "unended": 'config S\n\tbool "s"',
    "unended-menu": 'menu "m"\nconfig S\n\tbool "s"\nendmenu',
}


def laid_out(folder: Path, text: str) -> None:
    """Write a tree's entry file, and the files that some of the trees source."""
    for name, content in {**FILES, "Kconfig": text}.items():
        (folder / name).write_text(content)


def carrying(folder: Path, release: str) -> None:
    """Let a tree carry the tool of a kernel release."""
    try:
        source = debian.linux_source(release) / "scripts/kconfig"
    except debian.Unavailable as reason:
        pytest.skip(f"no Linux {release} here: {reason}")
    (folder / "scripts/kconfig").mkdir(parents=True)
    for name in ("lexer.l", "parser.y"):
        (folder / "scripts/kconfig" / name).write_bytes((source / name).read_bytes())


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in TREES.items()])
@pytest.mark.parametrize("release", RELEASES)
def test_a_warning_is_an_error_of_the_tool(release: str, text: str, tmp_path: Path) -> None:
    """There is a warning of portability exactly where the tree's own tool ends with an error."""
    laid_out(tmp_path, text)
    answer = ask(release, tmp_path)
    carrying(tmp_path, release)
    tree = Tree.load(tmp_path / "Kconfig", dialect="linux")
    found = [d for d in tree.diagnostics() if d.code == "portability"]
    assert (answer.values is None) == bool(found), answer.said or [str(d) for d in found]
    for warning in found:
        assert warning.location is not None
        assert warning.location.line
        assert warning.notes


@pytest.mark.parametrize("release", RELEASES)
def test_a_kernel_is_portable_to_its_own_tool(release: str) -> None:
    """A real kernel is read without a warning of this kind."""
    try:
        source = debian.linux_source(release)
    except debian.Unavailable as reason:
        pytest.skip(f"no Linux {release} here: {reason}")
    tree = Tree.load(source, env={"ARCH": "x86", "SRCARCH": "x86"}, shell=False)
    assert len(tree.symbols) > 10_000
    found = tree.diagnostics(undefined=False)
    assert [] == [d for d in found if d.code == "portability"]


def test_a_warning_has_its_place_and_its_source(tmp_path: Path) -> None:
    """A warning points at the line, and at the line of the tool's grammar that refuses it."""
    laid_out(tmp_path, TREES["promptless choice"])
    carrying(tmp_path, "6.12")
    tree = Tree.load(tmp_path / "Kconfig")
    (warning,) = [d for d in tree.diagnostics() if d.code == "portability"]
    (note,) = warning.notes
    grammar = (tmp_path / "scripts/kconfig/parser.y").read_text().split("\n")
    match = re.fullmatch(r"the tool's parser.y refuses it at line (\d+)", note.text)
    assert match is not None
    assert "choice must have a prompt" in grammar[int(match[1]) - 1]
    assert "a choice without a prompt, which the tree's own tool refuses" == warning.message
    assert (1, "choice") == (warning.location.line if warning.location else 0, warning.excerpt)
