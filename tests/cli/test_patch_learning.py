# SPDX-License-Identifier: MIT
"""`kvariant matrix patch --verify` on a small tree whose build makes preprocessed files.

The oracle is the compiler: what it leaves of a file is what it compiles.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import small_kernel
from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

RULES = r"""
olddefconfig:
        @mkdir -p $(O)/include/generated
        @sed -n -e 's/^\(CONFIG_[A-Z0-9_]*\)=y$$/\#define \1 1/p' \
          -e 's/^\(CONFIG_[A-Z0-9_]*\)=m$$/\#define \1_MODULE 1/p' \
          -e 's/^\(CONFIG_[A-Z0-9_]*\)=\([0-9]*\)$$/\#define \1 \2/p' \
          $(O)/.config > $(O)/include/generated/autoconf.h
%.i: FORCE
        @mkdir -p $(O)/$(dir $@)
        gcc -E $(KCFLAGS) $(call flags,$*) -I$(CURDIR)/include \
          -include $(O)/include/generated/autoconf.h -o $(O)/$@ $(CURDIR)/$*.c
FORCE:
flags = $(shell sed -n 's/^ccflags-$$(CONFIG_DEBUG) += //p' $(dir $(1))Makefile | \
         grep -q . && grep -q CONFIG_DEBUG=y $(O)/.config && echo -DFANCY)
"""
FANCY = """\
#include <linux/wifi.h>
#ifdef FANCY
int fancy;
#endif
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a small kernel with rules of a build the working folder."""
    small_kernel.lay_out(tmp_path)
    (tmp_path / "GNUmakefile").write_text(re.sub(r"^ {8,9}", "\t", RULES, flags=re.MULTILINE))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def added(path: str, text: str) -> str:
    """Write a file, and return the patch that adds all of it."""
    Path(path).write_text(text)
    lines = text.splitlines()
    rows = "".join(f"+{line}\n" for line in lines)
    return f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{rows}"


def verified(capsys: Capture, patch: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of a patch that is verified."""
    Path("p.diff").write_text(patch)
    capsys.readouterr()
    code = run(["matrix", "patch", "--diff", "p.diff", "--verify", "--json", *words])
    printed = capsys.readouterr()
    assert printed.out, printed.err
    return code, json.loads(printed.out)


def line(record: dict[str, Any], number: int, path: str = "net/core.c") -> dict[str, Any]:
    """Return what is said of a line."""
    found = [
        goal for goal in record["patch"]["goals"]
        if (goal["file"], goal["line"]) == (path, number) and goal["kind"] == "added"
    ]  # fmt: skip
    assert len(found) == 1
    return dict(found[0])


def with_header(text: str) -> None:
    """Put text at the end of the header that the file includes."""
    path = Path("include/linux/wifi.h")
    path.write_text(path.read_text().replace("int wifi;\n", f"int wifi;\n{text}"))


def test_a_macro_of_a_header_is_followed_to_its_option(capsys: Capture) -> None:
    """A macro that a header defines under an option: the option is learnt, and the line seen."""
    with_header("#ifdef CONFIG_DEBUG\n#define FANCY\n#endif\n")
    code, record = verified(capsys, added("net/core.c", FANCY))
    fancy = line(record, 3)
    assert (code, fancy["seen"]) == (0, True)
    debug = [one for one in record["variants"] if one["assignment"].get("DEBUG") == "y"]
    assert [one["name"] for one in debug] == ["wifi-debug"]
    assert fancy["variants"] == {"wifi-debug": "yes"}
    assert run(["matrix", "patch", "--diff", "p.diff", "--verify"]) == 0
    told = capsys.readouterr().out
    assert "  wifi        3 lines\n  wifi-debug  1 more" in told
    assert "proven: 4 lines and 2 other side or values seen in 2 preprocessed files" in told


def test_a_macro_of_a_makefile_is_followed_to_its_option(capsys: Capture) -> None:
    """The same where a makefile's flags define it."""
    with Path("net/Makefile").open("a") as makefile:
        makefile.write("ccflags-$(CONFIG_DEBUG) += -DFANCY\n")
    code, record = verified(capsys, added("net/core.c", FANCY))
    assert (code, line(record, 3)["seen"]) == (0, True)


def test_a_macro_that_nothing_defines_is_told(capsys: Capture) -> None:
    """No variant is tried in vain, and the reason names the macro."""
    code, record = verified(capsys, added("net/core.c", FANCY))
    fancy = line(record, 3)
    assert (code, fancy["seen"]) == (1, False)
    assert "#ifdef FANCY, line 2, does not hold" in fancy["unseen"]
    assert "nothing of the tree defines defined(FANCY)" in fancy["unseen"]
    assert "no other configuration may have it" in fancy["unseen"]
    assert len(record["variants"]) == 1
    assert run(["matrix", "patch", "--diff", "p.diff", "--verify"]) == 1
    assert "nothing of the tree defines defined(FANCY)" in capsys.readouterr().out


def test_a_macro_that_only_its_own_if_defines_is_told(capsys: Capture) -> None:
    """What a file defines behind the question does not answer it."""
    text = "int core;\n#ifndef SIZE\n#define SIZE 1\n#endif\n"
    code, record = verified(capsys, added("net/core.c", text))
    sides = [goal for goal in record["patch"]["goals"] if goal["kind"] == "side"]
    assert (code, [goal["seen"] for goal in sides]) == (1, [True, False])
    assert "nothing of the tree defines defined(SIZE)" in sides[-1]["unseen"]
    assert "no other configuration may have it" in sides[-1]["unseen"]
    assert len(record["variants"]) == 1


def test_an_error_of_the_file_is_learnt_from(capsys: Capture) -> None:
    """What `#error` refuses is left out: the line is seen where the option is off, and the
    directive where the compiler says it."""
    refusing = '#if defined(CONFIG_DEBUG) && defined(CONFIG_WIFI)\n#error "not both"\n#endif\n'
    Path("base.config").write_text("CONFIG_DEBUG=y\nCONFIG_WIFI=y\n")
    patch = added("net/core.c", f"{refusing}int core;\n")
    code, record = verified(capsys, patch, "--base", "base.config")
    assert line(record, 4)["seen"] is True
    assert (code, line(record, 2)["seen"]) == (0, True)
    assert [True] == ["#error" in fault for fault in record["patch"]["faults"]]


def test_what_the_compiler_says_of_skipped_lines_is_no_proof(capsys: Capture) -> None:
    """A quote without its end is complained of wherever it stands; `#warning` is said by it."""
    text = "#ifdef CONFIG_DEBUG\n#warning isn't done\n#endif\n#ifdef CONFIG_NONE\n#warning don't\n"
    code, record = verified(capsys, added("net/core.c", f"int a;\n{text}#endif\n"))
    seen = {number: line(record, number).get("seen") for number in (3, 6)}
    assert (code, seen) == (0, {3: True, 6: False})
    debug = {one["name"] for one in record["variants"] if one["assignment"].get("DEBUG") == "y"}
    assert line(record, 3)["variants"].keys() == debug


def test_another_value_is_tried_where_nothing_says_why(capsys: Capture) -> None:
    """A function of a macro: an option that the file names gets another value."""
    with_header("#ifdef CONFIG_DEBUG\n#define KIND(x) x\n#else\n#define KIND(x) 0\n#endif\n")
    text = "#include <linux/wifi.h>\n#ifdef CONFIG_DEBUG\nint d;\n#endif\n"
    text += "#if KIND(1)\nint kind;\n#endif\n"
    Path("base.config").write_text("CONFIG_WIFI=y\n")
    patch = added("net/core.c", text)
    hunk = patch.replace("@@ -0,0 +1,7 @@", "@@ -1,6 +1,7 @@")
    rows = hunk.split("\n")
    rows = [row.replace("+", " ", 1) if row.startswith("+") and "int kind" not in row
            and not row.startswith("+++") else row for row in rows]  # fmt: skip
    code, record = verified(
        capsys, "\n".join(rows).replace("/dev/null", "a/net/core.c"), "--base", "base.config",
    )  # fmt: skip
    assert (code, line(record, 6)["seen"]) == (0, True)
    assert record["variants"][-1]["assignment"]["DEBUG"] == "y"


OBJECTS = """\
%.o: %.c FORCE
\t@mkdir -p $(O)/$(dir $@)
\tgcc -c $(KCFLAGS) -include $(O)/include/generated/autoconf.h -o $(O)/$@ \\
\t\t-I$(CURDIR)/include $(CURDIR)/$*.c
"""
LINKED = '#include "sizes.h"\n#ifdef SIZE\nint size;\n#endif\nint core;\n'


@pytest.mark.parametrize(
    "rule", ["$(obj)/sizes.h: vmlinux FORCE\n", "$(obj)/../sizes.h: vmlinux\n"]
)
def test_an_empty_header_stands_for_one_that_the_link_makes(capsys: Capture, rule: str) -> None:
    """Its file is preprocessed without; what asks for its macros is not seen, and all is told."""
    with Path("net/Makefile").open("a") as makefile:
        makefile.write(rule)
    with Path("GNUmakefile").open("a") as makefile:
        makefile.write(OBJECTS)
    up = "../" if ".." in rule else ""
    code, record = verified(capsys, added("net/core.c", LINKED.replace("sizes", f"{up}sizes")))
    assert [line(record, n)["seen"] for n in (3, 5)] == [False, True]
    assert code == 1
    assert "#ifdef SIZE, line 2, does not hold" in line(record, 3)["unseen"]
    stands = f"an empty one stands for {up}sizes.h, which the build makes of what it has linked"
    assert stands in record["patch"]["faults"][0]


@pytest.mark.parametrize(
    "rule", ["", "SIZES := sizes.h:\n", "obj-y += sizes.h.o\n", "# sizes.h: \n"]
)
def test_the_text_of_a_preprocessor_that_failed_proves_nothing(capsys: Capture, rule: str) -> None:
    """A header that no rule makes is missing, and what was read up to there is no proof."""
    with Path("net/Makefile").open("a") as makefile:
        makefile.write(rule)
    with Path("GNUmakefile").open("a") as makefile:
        makefile.write(OBJECTS)
    code, record = verified(capsys, added("net/core.c", LINKED))
    assert [line(record, n)["seen"] for n in (3, 5)] == [False, False]
    assert code == 1
    assert "sizes.h: No such file or directory" in line(record, 5)["unseen"]


def test_a_build_that_asks_for_ever(tree: Path, capsys: Capture) -> None:
    """It is ended, and what it asked for is why nothing was seen."""
    rules = (tree / "GNUmakefile").read_text()
    ask = (
        "\t@while :; do echo 'an offset (LEVEL) [] (NEW) '; echo Error in reading or end of file.; "
    )
    asking = rules.replace("%.i: FORCE\n", f"%.i: FORCE\n{ask}done\n")
    assert asking != rules
    (tree / "GNUmakefile").write_text(asking)
    patch = added("net/core.c", "int core;\n")
    code, record = verified(capsys, patch)
    assert code == 1
    assert "conf asks for LEVEL, which has no value" in json.dumps(record)
