# SPDX-License-Identifier: MIT
"""Kconfig text as the C tools of Linux read it, asked of the tools themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from c_tools import ask

from kvariant import Tree

NEWEST = "7.2"

TEXTS = {
    "a byte order mark": b"\xef\xbb\xbfconfig A\n\tdef_bool y\n",
    "Latin-1 in a prompt, a help text and a comment": (
        b'config A\n\tbool "caf\xe9"\n\tdefault y # d\xe9j\xe0\n\thelp\n\t  \xad \xe9\n'
        b'comment "\xe9"\nconfig B\n\tdef_bool A\n'
    ),
    "a semicolon": b"config A;\n\tdef_bool y;\n;\nconfig B\n\tdef_bool A ; # why\n",
    "other strays": b"config A\n\tdef_bool @ y\n\tdepends on {y}\n[config B]\n\tdef_bool ~A\n",
    "a stray byte": b"config A\xe9\n\tdef_bool y\xad\n",
    "strays in texts stay": b'config A\n\tstring "a;b"\n\tdefault "x;{}@" # ;\n',
    "help at the margin": (
        b'config A\n\tbool "a"\n\tdefault y\n\thelp\nFirst words\n  more\n    deeper\n'
        b"config B\n\tdef_bool A\n"
    ),
    "help at the margin, then blank lines": (
        b'config A\n\tbool "a"\n\thelp\nFirst words\n\n\nconfig B\n\tdef_bool y\n'
    ),
    "an entry below help is help": (
        b'config A\n\tbool "a"\n\tdefault y\n\thelp\nconfig B\n\tdef_bool y\n'
        b"config C\n\tdef_bool A\n"
    ),
    "a carriage return before each line end": b'config A\r\n\tbool "a"\r\n\tdefault y\r\n',
    "form feeds": b"config A\n\tdef_bool y\n\x0c\nconfig B\x0c\n\tdef_bool\x0cA\n",
    "no line end behind a help text": b'config A\n\tbool "a"\n\tdefault y\n\thelp\n\t  text',
    "tabs and blanks": b"config A \n \t def_bool\ty\n\tdepends\ton\ty\n",
    "a macro keeps its characters": b'X := a;b\nconfig A\n\tstring\n\tdefault "$(X)"\n',
    "a condition behind a dependency": (
        b'config A\n\tbool "a"\nconfig B\n\tbool "b"\n\tdefault y\n'
        b"config C\n\tdef_bool y\n\tdepends on A if B\n"
        b"config D\n\tdef_bool y\n\tdepends on A if !B\n"
    ),
}


@pytest.mark.parametrize("text", [pytest.param(t, id=name) for name, t in TEXTS.items()])
def test_text_is_read_as_conf_reads_it(text: bytes, tmp_path: Path) -> None:
    """Whatever conf takes, kvariant takes, with the symbols and values that conf finds."""
    (tmp_path / "Kconfig").write_bytes(text)
    answer = ask(NEWEST, tmp_path)
    assert answer.values is not None, answer.said
    tree = Tree.load(tmp_path / "Kconfig", dialect="linux")
    got = dict(tree.resolve({}))
    assert {**dict.fromkeys(got, "n"), **answer.values} == got  # invisible ones are left out


CONDITIONS = {
    "a symbol": "B",
    "not a symbol": "!B",
    "both": "B && D",
    "either": "B || D",
    "neither": "!(B || D)",
    "not both": "!(B && D)",
    "a comparison": "B = m",
    "no comparison": "!(B = m)",
    "unequal": "B != D",
    "a comparison and a symbol": "B = m && D",
    "twice not": "!!B",
    "undefined": "NOWHERE",
    "m": "m",
    "y": "y",
    "n": "n",
    "m and a symbol": "m && B",
    "a text": "S",
    "a number": "I > 3",
}


@pytest.mark.parametrize("condition", [pytest.param(c, id=n) for n, c in CONDITIONS.items()])
@pytest.mark.parametrize("modules", ["y", "n"])
def test_conditional_dependency(condition: str, modules: str, tmp_path: Path) -> None:
    """`depends on A if ...` has the kernel's value for every A, B and D, with modules and without.

    A=n and B=m give n, where `A || !B` would give m.
    """
    (tmp_path / "Kconfig").write_text(
        'config MODULES\n\tbool "modules"\n\tmodules\n'
        'config A\n\ttristate "a"\nconfig B\n\ttristate "b"\nconfig D\n\ttristate "d"\n'
        'config S\n\tstring "s"\n\tdefault "n"\nconfig I\n\tint "i"\n\tdefault 5\n'
        f'config C\n\ttristate "c"\n\tdepends on A if {condition}\n'
    )
    tree = Tree.load(tmp_path / "Kconfig", dialect="linux")
    for a in "nmy":
        for b in "nmy":
            for d in "ny":
                asked = {"MODULES": modules, "A": a, "B": b, "D": d, "C": "y"}
                lines = "".join(f"CONFIG_{name}={value}\n" for name, value in asked.items())
                answer = ask(NEWEST, tmp_path, lines.encode())
                assert answer.values is not None, answer.said
                got = dict(tree.resolve(asked))
                expected = {
                    **dict.fromkeys(got, "n"),
                    **answer.values,
                }  # invisible ones are left out
                assert expected == got, asked
