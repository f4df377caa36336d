# SPDX-License-Identifier: MIT
"""Which symbols the files that a failure names read, and that these come first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.blame import Observations
from kvariant.blame.source_hints import SourceHints
from kvariant.cli import run
from kvariant.kconfig import Tree
from kvariant.results import Cell, Failure, Outcome
from kvariant.steps.depfiles import stamps
from kvariant.steps.message import Message
from project_trees import lay_out

Capture = pytest.CaptureFixture[str]

OPTIONS = "ABCDEFG"
FILES = {
    "Kconfig": "".join(f'config {name}\n\tbool "{name}"\n\n' for name in OPTIONS),
    "text/cut.c": "#ifdef CONFIG_C\nint cut_main(void) { return compile_it(1); }\n#endif\n",
    "text/tail.c": "#if IS_ENABLED(CONFIG_D)\n#endif\n",
    "disk/cut.c": "#ifdef CONFIG_E\n#endif\n",
    "lib/compile_it.c": "extern int once;\n\nint compile_it(int times)\n{\n\treturn times;\n}\n",
    "lib/use.c": "int compile_it(int times);\n\tx = compile_it(2);\n",
    "lib/Kbuild": "lib-$(CONFIG_F) += use.o \\\n compile_it.o\nlib-$(CONFIG_B) += compile_it.on\n",
    "lib/plain.c": "int plain;\n",
    ".kvariant/out/a/text/new.c": "#ifdef CONFIG_A\n#endif\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree with some sources, which are never compiled."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


CASES = [
    ("text/cut.c:2:9: error: no", "", "C"),
    ("{tree}/text/cut.c:2:9: error: no", "", "C"),
    ("../tail.c:2:9: error: no", "", "D"),
    ("ld: x.a(tail.o): relocation", "", "D"),
    ("text/cut.o: undefined reference to `g'", "", "C"),
    ("/usr/include/tail.c:1: error: no", "", ""),  # the system's
    # Two files of a name: the log says which; else both count.
    ("cut.c:(.text+0x2): error", "ld: text/lib.a(cut.o): in f:\ncut.c:(.text+0x2): error\n", "C"),
    ("cut.c:(.text+0x2): error", "  CC      disk/cut.o\n", "E"),
    ("cut.c:(.text+0x2): error", "", "CE"),
    # Not defined: for which options the file is built that defines it, too.
    ("tail.c:(.text+0x2): undefined reference to `compile_it'", "", "DF"),
    ("ld.lld: error: undefined symbol: compile_it", "", "F"),
    ('ERROR: modpost: "compile_it" [text/tail.ko] undefined!', "", "DF"),
    # The file is named in the next line.
    ("error[E0425]: cannot find it", "error[E0425]: cannot find it\n  --> text/cut.c:3:5\n", "C"),
    ("new.c:1: error: no", "", ""),  # what we have written is no source
    ("lib/plain.c:1: error: no", "", ""),
    ("it says nothing", "", ""),
]


@pytest.mark.parametrize(("text", "log", "expected"), CASES)
def test_symbols(tree: Path, text: str, log: str, expected: str) -> None:
    """The symbols that the files named in a message read, whatever its form."""
    suspects = SourceHints(Tree.load(tree / "Kconfig"), tree, [tree / ".kvariant"])
    message = Message(text=text.format(tree=tree), log=log)
    assert tuple(expected) == suspects.of(message)
    assert tuple(expected) == suspects.of(message)


def test_symbols_that_headers_read(tree: Path) -> None:
    """A file that reads no symbol itself is asked for what Kbuild noted of its headers."""
    suspects = SourceHints(Tree.load(tree / "Kconfig"), tree, [tree / ".kvariant"])
    out = tree / ".kvariant/out/a"
    (out / "lib").mkdir()
    record = "deps_lib/plain.o := \\\n  $(wildcard include/config/G) \\\n  include/config/b.h \\\n"
    (out / "lib/.plain.o.cmd").write_text(record)
    assert suspects.of(Message(text="lib/plain.c:1: error: no", out=out)) == ("B", "G")


def test_stamps() -> None:
    """Kbuild's stamps, as it spells them before and since Linux 5.15."""
    text = "$(wildcard include/config/feature/cut/regex.h) include/config/FOO_BAR include/configure"
    assert stamps(text) == {"FEATURE_CUT_REGEX", "FOO_BAR"}


def test_candidates_with_suspects_come_first() -> None:
    """Of equally small conjunctions those with most suspects are told first, none is lost."""
    values = {
        "".join(v): dict(zip("ABCD", v, strict=True))
        for v in ("yyyn", "nyny", "ynnn", "nnyn", "nnny", "ynyy")
    }
    types = dict.fromkeys("ABCD", Tree.load(Path(__file__).parents[2] / "Kconfig").types["SWAP"])
    told = {}
    for reads in ((), ("C",), ("B", "C")):
        failure = Failure(message="no", again="", reads=reads)
        cells = [
            Cell(
                variant=name,
                step="build",
                outcome=Outcome.FAILED if name == "yyyn" else Outcome.OK,
                failures=(failure,) if name == "yyyn" else (),
            )
            for name in values
        ]
        (found,) = Observations(cells, values, types).findings()
        assert found.suspects == reads
        told[reads] = [str(candidate) for candidate in found.attribution.candidates]
    assert told[()] == ["A && B", "B && C", "B && !D"]
    assert told["C",] == ["B && C", "A && B", "B && !D"]
    assert told["B", "C"] == ["B && C", "A && B", "B && !D"]


def test_sweep(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep, and a report of it, tell the explanation with what the file reads first."""
    lay_out(tmp_path, configs=("none", "a", "abc"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.c").write_text("#if CONFIG_C\n#endif\n")
    monkeypatch.chdir(tmp_path)
    text = "if grep -q CONFIG_B=y {config}; then echo main.c:1: error: no; false; fi"
    assert run(["sweep", "--json", "--", text]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["candidates"] == ["C", "B"]
    assert run(["report", "--json"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["candidates"] == ["C", "B"]
    (tmp_path / "src/main.c").write_text("#if CONFIG_B\n#endif\n")
    assert run(["sweep", "--json", "--", text]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["candidates"] == ["B", "C"]
