# SPDX-License-Identifier: MIT
"""`measure` of a step: sizes by section, what options cost, what has grown, a limit that fails."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.results import Store

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("gcc", "size")), reason="gcc and size are needed"
)

KCONFIG = """
config SSO
	bool "single sign-on"
config SSO_DEBUG
	bool "its messages"
	depends on SSO
config PDF
	bool "export"
config TABLES
	bool
config REPORTS
	bool "reports"
	select TABLES
config LOG
	int "length of the log"
	range 0 4096
	default 16
config DOCS
	bool "no code"
choice
	prompt "codec"
config FAST
	bool "fast"
config SMALL
	bool "small"
endchoice
"""
SOURCE = """
#include "autoconf.h"
#ifdef CONFIG_SSO
__attribute__((used)) int sso(int a) { return a * 3 + a % 7 + a / 5; }
#endif
#ifdef CONFIG_SSO_DEBUG
__attribute__((used)) const char messages[] = "some messages of it";
#endif
#ifdef CONFIG_PDF
__attribute__((used)) int pdf(int a) { return a % 11 + a / 13; }
#ifdef CONFIG_SSO
__attribute__((used)) int both(int a) { return a % 17; }
#endif
#endif
#ifdef CONFIG_TABLES
__attribute__((used)) int tables[100] = {1};
#endif
#ifdef CONFIG_FAST
__attribute__((used)) int fast(int a) { return a % 19 + a % 23; }
#endif
__attribute__((used)) char log_[CONFIG_LOG + 1];
int main(void) { return 0; }
"""
STEP = """
[[step]]
name = "build"
run = "gcc -I{out}/include/generated app.c -o {out}/app"
reads = ["app.c"]
measure = "{out}/app"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project that builds one program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "app.c").write_text(SOURCE)
    (tmp_path / "kvariant.toml").write_text(STEP)
    (tmp_path / "configs").mkdir()
    return tmp_path


def configure(project: Path, **wanted: str) -> None:
    """Write a fragment of each text, in place of all."""
    for path in (project / "configs").iterdir():
        path.unlink()
    for name, text in wanted.items():
        lines = [f"CONFIG_{setting}\n" for setting in text.split()]
        (project / f"configs/{name.replace('_', '-')}.config").write_text("".join(lines))


def sweep(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """Sweep, and return the report."""
    capsys.readouterr()
    assert run(["sweep", "-q", "--json", *words]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def printed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """Run a command, and return what it prints."""
    capsys.readouterr()
    assert run([*words]) == code
    return capsys.readouterr().out


def sizes(report: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return the sizes of each variant that has any."""
    return {cell["variant"]: cell["sizes"] for cell in report["cells"] if "sizes" in cell}


def built(project: Path, **values: str) -> dict[str, int]:
    """Build by hand what options give, and return the sections that `size -A` tells."""
    texts = {"LOG": "16", "FAST": "y", **values}
    lines = [
        f"#define CONFIG_{name} {'1' if text == 'y' else text}\n"
        for name, text in texts.items()
        if text != "n"
    ]
    folder = project / "by-hand"
    folder.mkdir(exist_ok=True)
    (folder / "autoconf.h").write_text("".join(lines))
    command = "gcc -I. ../app.c -o app && size -A app"
    done = subprocess.run(
        command, shell=True, cwd=folder, check=True, capture_output=True, text=True
    )
    return {n: int(s) for n, s in re.findall(r"^(\S+) +(\d+) +\d+$", done.stdout, re.MULTILINE)}


def test_sections_are_kept_with_the_cell(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each cell has the sections that `size -A` tells, in JSON and in the database, reused too."""
    configure(project, none="", sso="SSO=y", tables="REPORTS=y")
    first = sizes(sweep(capsys))
    by_hand = {
        "none": built(project),
        "sso": built(project, SSO="y"),
        "tables": built(project, REPORTS="y", TABLES="y"),
    }
    for name, mine in first.items():
        for section in (".text", ".data", ".bss", ".rodata"):
            assert mine[section] == by_hand[name][section], (name, section)
        assert mine["total"] == sum(size for section, size in mine.items() if section != "total")
    assert set(first) == set(by_hand)
    again = sweep(capsys)
    assert {cell["outcome"] for cell in again["cells"]} == {"reused"}
    assert sizes(again) == first
    with Store.read(project / ".kvariant/results.sqlite") as store:
        last = store.last()
        assert last is not None
        assert {cell.variant: dict(cell.figures.sizes) for cell in last.cells} == first


def test_equal_cells_have_equal_sizes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A merged cell has the sizes of the one that ran."""
    configure(project, a="SSO=y", b="SSO=y")
    report = sweep(capsys)
    assert [cell["outcome"] for cell in report["cells"]] == ["ok", "merged"]
    assert sizes(report)["a"] == sizes(report)["b"]


def test_what_an_option_costs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence has the bytes that builds by hand differ in."""
    configure(project, none="", sso="SSO=y")
    with_, without = built(project, SSO="y")[".text"], built(project)[".text"]
    expected = f"SSO costs {with_ - without:,} bytes of .text: {with_:,} with, {without:,} without"
    assert expected in printed(capsys, "sweep", "-q").splitlines()
    for words in (["--text"], []):
        said = printed(capsys, "report", *words)
        assert expected in " ".join(said.split())
    markdown = printed(capsys, "report", "--markdown")
    assert expected in markdown.replace("\\", "")
    printed(capsys, "report", "--html", "page.html")
    assert expected in (project / "page.html").read_text()


def test_pairs_are_all_that_differ_in_one_own_value(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over every combination, costs are those of each pair that differs in one value of its own."""
    own = {"SSO": "SSO=y", "PDF": "PDF=y", "REPORTS": "REPORTS=y", "SSO_DEBUG": "SSO_DEBUG=y"}
    wanted: dict[str, frozenset[str]] = {}
    for chosen in itertools.product((False, True), repeat=len(own)):
        names = frozenset(n for n, is_on in zip(own, chosen, strict=True) if is_on)
        if "SSO_DEBUG" in names and "SSO" not in names:
            continue
        wanted["v" + "".join("1" if is_on else "0" for is_on in chosen)] = names
    configure(project, **{v: " ".join(own[n] for n in names) for v, names in wanted.items()})
    report = sweep(capsys)
    found = sizes(report)
    expected: dict[tuple[str, str], set[tuple[str, str, int]]] = {}
    for (one, first), (two, second) in itertools.permutations(wanted.items(), 2):
        if first > second and len(first - second) == 1:
            (option,) = first - second
            for section in {*found[one], *found[two]}:
                a, b = found[one].get(section, 0), found[two].get(section, 0)
                expected.setdefault((option, section), set()).add((one, two, a - b))
    told = {
        (one["option"], one["section"]): {
            (p["with"], p["without"], p["bytes_with"] - p["bytes_without"]) for p in one["pairs"]
        }
        for one in report["sizes"]["options"]
    }
    assert told == {key: pairs for key, pairs in expected.items() if any(p[2] for p in pairs)}
    for one in report["sizes"]["options"]:
        costs = [p["bytes_with"] - p["bytes_without"] for p in one["pairs"]]
        assert (one["least"], one["most"]) == (min(costs), max(costs))
    text = next(o for o in report["sizes"]["options"] if (o["option"], o["section"]) ==
                ("PDF", ".text"))  # fmt: skip
    assert text["least"] < text["most"]
    line = f"PDF costs {text['least']} to {text['most']} bytes of .text:"
    assert line in printed(capsys, "report")
    assert report["sizes"]["unpaired"] == []


def test_other_values_than_yes_and_no(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number and a choice are told with both values; what changes no size is said to."""
    configure(project, a="", long="LOG=1040", small="SMALL=y", docs="DOCS=y")
    text = printed(capsys, "sweep", "-q")
    at_most, least = built(project, LOG="1040")[".bss"], built(project)[".bss"]
    assert f"LOG=1040 instead of 16 costs {at_most - least:,} bytes of .bss" in text
    assert re.search(r"^SMALL instead of FAST saves \d+ bytes of \.text", text, re.MULTILINE)
    assert "FAST;" not in text
    assert "DOCS changes no size" in text


def test_the_command_is_of_the_same_tree_and_base(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options that chose the tree and the base are named again, a matrix's own base too."""
    shutil.move(project / "Kconfig", project / "Kconfig.app")
    (project / "base.config").write_text("CONFIG_PDF=y\n")
    configure(project, none="", every="SSO=y SSO_DEBUG=y")
    tree = "--kconfig=Kconfig.app"
    report = sweep(capsys, "toggles", "--symbols", "SSO*", "--base", "base.config", tree)
    first = report["sizes"]["unpaired"][0]
    assert first["option"] == "SSO_DEBUG"
    words = shlex.split(first["command"])[1:]
    assert {tree, "--base=base.config"} <= set(words)
    assert {one["option"] for one in sweep(capsys, *words[1:])["sizes"]["options"]} == {"SSO_DEBUG"}
    (project / "kvariant.toml").write_text(
        'kconfig = "Kconfig.app"\n[matrix.two]\nstrategy = "toggles"\nsymbols = ["SSO*"]\n'
        f'base = "base.config"\n{STEP}'
    )
    sweep(capsys, "two")
    assert "--base=base.config --step build" in printed(capsys, "report")


@pytest.mark.parametrize("option", ["SSO", "SSO_DEBUG", "REPORTS", "PDF"])
def test_the_matrix_that_would_tell(
    project: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """Where no pair tells what an option costs, the command that is named does, as pasted."""
    configure(project, none="", every="SSO=y SSO_DEBUG=y REPORTS=y PDF=y")
    report = sweep(capsys)
    assert report["sizes"]["options"] == []
    commands = {one["option"]: one["command"] for one in report["sizes"]["unpaired"]}
    assert set(commands) == {"SSO", "SSO_DEBUG", "REPORTS", "PDF"}
    said = printed(capsys, "report")
    assert "no two variants differ in one of these alone" in said
    assert report["sizes"]["unpaired"][0]["option"] == "SSO_DEBUG"  # what depends on another
    assert commands["SSO_DEBUG"] in [line.strip() for line in said.splitlines()]
    program, *words = shlex.split(commands[option])
    assert program == "kvariant"
    told = {one["option"] for one in sweep(capsys, *words[1:])["sizes"]["options"]}
    assert told == {option}


def test_what_has_grown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes are compared with the sweep before, variant by variant."""
    configure(project, none="", sso="SSO=y")
    before = sizes(sweep(capsys))
    assert "no size has changed since the sweep before" in printed(capsys, "sweep", "-q")
    source = (project / "app.c").read_text()
    (project / "app.c").write_text(source.replace("a / 5", "a / 5 + a % 29 * a"))
    report = sweep(capsys)
    after = sizes(report)
    growth = after["sso"][".text"] - before["sso"][".text"]
    assert growth > 0
    (text,) = (one for one in report["sizes"]["changes"] if one["section"] == ".text")
    assert (text["variant"], text["before"]) == ("sso", before["sso"][".text"])
    assert text["after"] == after["sso"][".text"]
    line = f"build: .text grew by {growth} bytes since the sweep before in sso: "
    assert line in printed(capsys, "report")
    (project / "app.c").write_text(source)
    said = printed(capsys, "sweep", "-q")
    assert f"build: .text shrank by {growth} bytes since the sweep before in sso: " in said


def test_a_variant_of_other_values_is_not_compared(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What grew because another option is on under the same name is no growth of the code."""
    configure(project, a="")
    sweep(capsys)
    configure(project, a="SSO=y")
    report = sweep(capsys)
    assert report["sizes"]["changes"] == []
    assert "1 cell not compared with the sweep before" in printed(capsys, "report")


def test_compared_with_another_database(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`report --compare` tells growth since the other sweep."""
    configure(project, a="SSO=y")
    sweep(capsys)
    shutil.copy(project / ".kvariant/results.sqlite", project / "before.sqlite")
    source = (project / "app.c").read_text()
    (project / "app.c").write_text(source.replace("a / 5", "a / 5 + a % 29 * a"))
    sweep(capsys)
    sweep(capsys)
    said = printed(capsys, "report", "--compare", "before.sqlite")
    assert re.search(r"\.text grew by \d+ bytes since the other sweep in a", said)


def test_a_limit_that_fails(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A section over its limit fails the variant, and the options are named."""
    configure(project, none="", pdf="PDF=y", sso="SSO=y", both="SSO=y PDF=y")
    found = sizes(sweep(capsys))
    at_most = found["sso"][".text"]
    limit = f'measure-limit = {{ ".text" = {at_most} }}\n'
    (project / "kvariant.toml").write_text(STEP + limit)
    report = sweep(capsys, code=1)
    cells = {cell["variant"]: cell for cell in report["cells"]}
    # What is within the new limit is not built again.
    assert [cells[n]["outcome"] for n in ("none", "sso", "both")] == ["reused", "reused", "failed"]
    size = found["both"][".text"]
    reason = f".text is {size:,} bytes, {size - at_most:,} over its limit of {at_most:,}"
    assert cells["both"]["reason"] == reason
    (failure,) = report["failures"]
    assert failure["message"] == f".text is over its measure-limit of {at_most:,} bytes"
    assert failure["fails_iff"] == "SSO && PDF"
    assert cells["both"]["sizes"] == found["both"]
    (project / "kvariant.toml").write_text(STEP + 'measure-limit = "1M"\n')
    assert {cell["outcome"] for cell in sweep(capsys)["cells"]} == {"reused"}


def test_a_limit_of_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit of a section that no variant has is told, with the nearest that there is."""
    configure(project, none="")
    (project / "kvariant.toml").write_text(STEP + 'measure-limit = { ".txt" = 10 }\n')
    said = printed(capsys, "sweep", "-q")
    assert "measure-limit names .txt, which no variant has; did you mean .text?" in said


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ("true", "no such file"),
        ("mkfifo {out}/app", "not a regular file"),
        ("mkdir {out}/app", "not a regular file"),
        ("ln -s /etc/passwd {out}/app", "a link that leads out of the project, to /etc/passwd"),
        ("ln -s app {out}/app", "a link that leads to itself"),
        ("printf '\\177ELF' > {out}/app", "damaged: "),
        ("echo > {out}/app.elf", "no such file; there is app.elf"),
        ("truncate -s 17G {out}/app", "larger than 16 GB"),
    ],
)
def test_what_cannot_be_measured(
    project: Path, capsys: pytest.CaptureFixture[str], left: str, words: str
) -> None:
    """A step whose promise is not kept is an error of its variant, in words; nothing waits."""
    configure(project, none="", sso="SSO=y")
    step = f'[[step]]\nname = "build"\nrun = """{left}"""\nmeasure = "{{out}}/app"\n'
    (project / "kvariant.toml").write_text(step.replace("\\", "\\\\"))
    report = sweep(capsys, code=1)
    assert {cell["outcome"] for cell in report["cells"]} == {"error"}
    (failure,) = report["failures"]
    assert failure["message"].startswith(f"measure: app: {words}")
    assert failure["variants"] == ["none", "sso"]
    assert "Traceback" not in printed(capsys, "report", code=1)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("measure = 3", "measure"),
        ('measure = "{outt}/app"', "no placeholder"),
        ('measure-limit = { ".text" = 10 }', "measure-limit: there is nothing that it could limit"),
        ('measure = "a"\nmeasure-limit = { ".text" = "ten" }', "the limit of .text must be"),
        ('measure = "a"\nmeasure-limit = { ".text" = -1 }', "the limit of .text must be"),
        ('measure = "a"\nmeasure-limit = true', "the limit of total must be"),
        ('measure = "a"\nmeasure-limit = { ".text" = 1.5 }', "the limit of .text must be"),
    ],
)
def test_keys_that_are_wrong(
    project: Path, capsys: pytest.CaptureFixture[str], key: str, message: str
) -> None:
    """What a key cannot be is told at its line, before anything runs."""
    configure(project, none="")
    (project / "kvariant.toml").write_text(f'[[step]]\nname = "b"\nrun = "true"\n{key}\n')
    assert run(["sweep"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("kvariant.toml:")
    assert message in said


def test_a_database_from_before(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A database that has no sizes yet is read, and gets them."""
    configure(project, none="")
    sweep(capsys)
    path = project / ".kvariant/results.sqlite"
    with Store.opened(path) as store:
        store._connection.execute("DROP TABLE figures")
        store._connection.commit()
    assert "size" not in printed(capsys, "report")
    assert sizes(sweep(capsys, "--no-reuse"))["none"]["total"] > 0
