"""What the value of a line is, by the symbol's type and the tree's tool.

Each row was checked with the tools themselves; `tests/trees/test_line_values.py` asks the
C tools again, and this one kconfiglib.
"""

from __future__ import annotations

from pathlib import Path

import kconfiglib
import pytest

from kvariant import Tree
from kvariant.kconfig import read_fragment
from kvariant.kconfig.dialect import DIALECTS, KCONFIGLIB
from kvariant.kconfig.line_value import Refusal, judged
from kvariant.kconfig.value import SymbolType
from line_values import LINES, Line

LINUX, LINUX_6_1 = DIALECTS["linux"], DIALECTS["linux-5.7"]

SYMBOLS = {
    SymbolType.BOOL: "n",
    SymbolType.TRISTATE: "n",
    SymbolType.STRING: "dflt",
    SymbolType.INT: "42",
    SymbolType.HEX: "0x2a",
}
"""Each type with the default that stands where a line is not taken."""
LINES_BY_ID = [pytest.param(line, id=line.id) for line in LINES]


@pytest.mark.parametrize("line", LINES_BY_ID)
def test_a_lines_value(line: Line) -> None:
    """The value is the one that the tools take, and a line that they do not take is refused."""
    for rules, expected in ((KCONFIGLIB, line.kconfiglib), (LINUX, line.c), (LINUX_6_1, line.c)):
        got = judged(line.text, line.type, rules)
        assert expected == (None if isinstance(got, Refusal) else got)


@pytest.mark.parametrize("line", LINES_BY_ID)
def test_kconfiglib_agrees(line: Line, tmp_path: Path) -> None:
    """The released kconfiglib takes and refuses the same lines, and so does the whole way."""
    default = SYMBOLS[line.type]
    quote = '"' if line.type is SymbolType.STRING else ""
    (tmp_path / "Kconfig").write_text(
        "config MODULES\n\tdef_bool y\n\toption modules\n"
        f'config S\n\t{line.type.value} "s"\n\tdefault {quote}{default}{quote}\n'
    )
    (tmp_path / "x.config").write_text(f"CONFIG_S={line.text}\n")
    kconfig = kconfiglib.Kconfig(str(tmp_path / "Kconfig"), warn_to_stderr=False)
    kconfig.load_config(str(tmp_path / "x.config"))
    assert (line.kconfiglib if line.kconfiglib is not None else default) == (
        kconfig.syms["S"].str_value
    )
    if not line.text.startswith('"') or '"' in line.text[1:]:  # a text without its end is an error
        tree = Tree.load(tmp_path / "Kconfig")
        configuration = tree.resolve(read_fragment(tmp_path / "x.config"))
        assert kconfig.syms["S"].str_value == configuration["S"]


@pytest.mark.parametrize(
    ("text", "type_", "reason", "write"),
    [
        ("orchid", SymbolType.STRING, "without quotes", '"orchid"'),
        ("", SymbolType.STRING, "without quotes", '""'),
        ('say "x"', SymbolType.STRING, "without quotes", '"say \\"x\\""'),
        ('"y"', SymbolType.BOOL, "quotes are for strings", "y"),
        ("Y", SymbolType.BOOL, "does not begin with", "y"),
        ("true", SymbolType.BOOL, "does not begin with", "y"),
        ("0", SymbolType.TRISTATE, "y, m or n", "n"),
        ("m", SymbolType.BOOL, "never m", "y"),
        ("maybe", SymbolType.BOOL, "does not begin with", ""),
        ("", SymbolType.BOOL, "not nothing", ""),
        ("007", SymbolType.INT, "with a 0 in front", "7"),
        ("0x10", SymbolType.INT, "is none", "16"),
        ('"5"', SymbolType.INT, "quotes are for strings", "5"),
        ("5 # why", SymbolType.INT, "is none", "5"),
        ("5 ", SymbolType.INT, "blanks", "5"),
        ("", SymbolType.INT, "nothing is none", ""),
        ("0xzz", SymbolType.HEX, "is none", ""),
        ("-1", SymbolType.HEX, "is none", ""),
        ("+1f", SymbolType.HEX, "is none", "0x1f"),
    ],
)
def test_a_refusal_says_why(text: str, type_: SymbolType, reason: str, write: str) -> None:
    """A refusal names the rule, and what to write where that can be known."""
    got = judged(text, type_, LINUX)
    assert isinstance(got, Refusal)
    assert reason in got.reason
    assert write == got.write
    assert not write or not isinstance(judged(write, type_, LINUX), Refusal)
