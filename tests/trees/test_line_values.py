# SPDX-License-Identifier: MIT
"""Lines of a `.config` as the C tools of Linux take them, asked of the tools themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from c_tools import RELEASES, ask

from kvariant import Tree
from kvariant.kconfig import read_fragment
from kvariant.kconfig.dialect import DIALECTS
from kvariant.kconfig.requests import judged_requests
from kvariant.kconfig.value import SymbolType
from line_values import LINES

DEFAULTS = {
    SymbolType.BOOL: "n",
    SymbolType.TRISTATE: "n",
    SymbolType.STRING: '"dflt"',
    SymbolType.INT: "42",
    SymbolType.HEX: "0x2a",
}


@pytest.mark.parametrize("release", RELEASES)
def test_the_table_is_what_conf_takes(release: str, tmp_path: Path) -> None:
    """Each line's value is the one that conf takes, or the default where it takes none."""
    (tmp_path / "Kconfig").write_text(
        "config MODULES\n\tdef_bool y\n\tmodules\n"
        + "".join(
            f'config S{i}\n\t{line.type.value} "s"\n\tdefault {DEFAULTS[line.type]}\n'
            for i, line in enumerate(LINES)
        )
    )
    config = "".join(f"CONFIG_S{i}={line.text}\n" for i, line in enumerate(LINES))
    answer = ask(release, tmp_path, config.encode())
    assert answer.values is not None, answer.said
    expected = {
        f"S{i} {line.id}": DEFAULTS[line.type].strip('"') if line.c is None else line.c
        for i, line in enumerate(LINES)
    }
    got = {f"S{i} {line.id}": answer.values[f"S{i}"] for i, line in enumerate(LINES)}
    assert expected == got


CONFIGS = {
    "the last line counts": "CONFIG_A=y\nCONFIG_A=n\nCONFIG_I=1\nCONFIG_I=2\n",
    "a line that is not taken leaves the one before": (
        'CONFIG_A=y\nCONFIG_A=Y\nCONFIG_I=1\nCONFIG_I=x\nCONFIG_S="one"\nCONFIG_S=two\n'
    ),
    "a later line mends": "CONFIG_A=Y\nCONFIG_A=y\nCONFIG_I=x\nCONFIG_I=3\n",
    "unset, exactly": "# CONFIG_D is not set\n",
    "unset, then a blank": "# CONFIG_D is not set \n",
    "unset, then words": "# CONFIG_D is not set here\n",
    "unset, then letters": "# CONFIG_D is not settled\n",
    "unset, two blanks": "#  CONFIG_D is not set\n",
    "unset, no blank": "#CONFIG_D is not set\n",
    "unset number": "# CONFIG_I is not set\n",
    "carriage returns": '# CONFIG_D is not set\r\nCONFIG_I=7\r\nCONFIG_S="x"\r\nCONFIG_A=y\r\n',
    "no line end": "CONFIG_A=y\nCONFIG_I=9",
    "a form feed in a text": 'CONFIG_S="a\x0cb"\nCONFIG_A=y\n',
    "comments": "# a\n#CONFIG_A=y\n\n # b\nCONFIG_I=3\n",
    "Latin-1 in a comment": "# caf\udce9\nCONFIG_A=y\n",
    "a comment behind a value": 'CONFIG_A=y # why\nCONFIG_S="x" # why\n',
}
KCONFIG = """
config A
	bool "a"
config D
	bool "d"
	default y
config I
	int "i"
	default 42
config S
	string "s"
	default "dflt"
"""


@pytest.mark.parametrize("config", [pytest.param(c, id=name) for name, c in CONFIGS.items()])
@pytest.mark.parametrize("release", RELEASES)
def test_a_fragment_gives_what_conf_makes_of_it(release: str, config: str, tmp_path: Path) -> None:
    """The values that a fragment gives are those of the tree's own conf, line by line."""
    data = config.encode(errors="surrogateescape")
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "x.config").write_bytes(data)
    answer = ask(release, tmp_path, data)
    assert answer.values is not None, answer.said
    tree = Tree.load(tmp_path / "Kconfig")
    rules = DIALECTS["linux-5.7" if release == "6.1" else "linux"]
    requests = judged_requests(
        read_fragment(tmp_path / "x.config").requests, tree.types, rules, tree.prefix
    )
    taken = {
        r.symbol: r.value
        for r in requests
        if not r.refused and (not r.is_unset or tree.types[r.symbol].is_logical)
    }
    assert answer.values == dict(tree.resolve(taken))
