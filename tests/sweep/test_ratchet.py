# SPDX-License-Identifier: MIT
"""`baseline`: new compiler warnings fail a sweep, and what is known only falls."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.kconfig.expression import Expression

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is needed")

Capture = pytest.CaptureFixture[str]
OPTIONS = ("NET", "USB", "SMP")
KCONFIG = "".join(f'config {name}\n\tbool "{name}"\n' for name in OPTIONS)
PROJECT = """
baseline = "warnings.baseline"
[[step]]
name = "build"
run = "gcc -Wall -fsyntax-only -I{out}/include/generated *.c"
reads = ["*.c"]
"""
FILE = "warnings.baseline"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose eight variants have every combination of three options."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "kvariant.toml").write_text(PROJECT)
    (tmp_path / "configs").mkdir()
    for values in itertools.product("ny", repeat=len(OPTIONS)):
        on = [name for name, value in zip(OPTIONS, values, strict=True) if value == "y"]
        path = tmp_path / f"configs/{'-'.join(on).lower() or 'none'}.config"
        path.write_text("".join(f"CONFIG_{name}=y\n" for name in on))
    write(tmp_path, "a.c", {"": 1, "NET": 2, "NET USB": 1})
    write(tmp_path, "b.c", {"!SMP": 1})
    return tmp_path


def write(folder: Path, name: str, warnings: dict[str, int]) -> None:
    """Write a source with so many unused variables where so many options are on, or off."""
    parts = ['#include "autoconf.h"\n']
    for number, (where, count) in enumerate(warnings.items()):
        terms = [
            f"!defined(CONFIG_{one[1:]})" if one.startswith("!") else f"defined(CONFIG_{one})"
            for one in where.split()
        ]
        body = "".join(f"  int unused{i};\n" for i in range(count))
        stem = Path(name).stem
        parts.append(f"#if {' && '.join(terms) or '1'}\nvoid {stem}{number}(void) {{\n{body}}}\n")
        parts.append("#endif\n")
    (folder / name).write_text("".join(parts))


def sweep(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    """Sweep, one cell at a time as the build is not made for more, and return the report."""
    capsys.readouterr()
    said = run(["sweep", "-q", "-j1", "--json", *words])
    out = capsys.readouterr()
    assert said == code, out
    found: dict[str, Any] = json.loads(out.out)
    return found


def printed(capsys: Capture, *words: str, code: int = 0) -> str:
    """Run a command, and return what it prints."""
    capsys.readouterr()
    assert run([*words]) == code
    return capsys.readouterr().out


def known_in(text: str, on: frozenset[str]) -> dict[str, int]:
    """Return how many warnings a baseline knows of each file in a variant, read by hand."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        match = re.fullmatch(r"build: (\S+): -Wunused-variable: (\d+)(?: if (.*))?", line)
        if match:
            where = Expression.parse(match[3] or "y")
            if where.holds({name: "y" if name in on else "n" for name in OPTIONS}):
                found[match[1]] = max(found.get(match[1], 0), int(match[2]))
    return found


def logged(project: Path) -> dict[frozenset[str], dict[str, int]]:
    """Return the same by grep: distinct lines with the flag in the log of each variant."""
    found = {}
    for log in (project / ".kvariant/logs").glob("*/build.log"):
        on = frozenset(name.upper() for name in log.parent.name.split("-") if name != "none")
        lines = {line for line in log.read_text().splitlines() if "[-Wunused-variable]" in line}
        counts: dict[str, int] = {}
        for line in lines:
            path = line.partition(":")[0]
            counts[path] = counts.get(path, 0) + 1
        found[on] = counts
    return found


def test_written_as_the_logs_say(project: Path, capsys: Capture) -> None:
    """In every variant the file knows as many warnings as its log has; no line numbers."""
    report = sweep(capsys, "--update-baseline")
    text = (project / FILE).read_text()
    logs = logged(project)
    assert len(logs) == 8
    assert {on: known_in(text, on) for on in logs} == logs
    assert text.splitlines()[2:] == [
        "format = 1",
        "matrix = named",
        "build: a.c: -Wunused-variable: 1",
        "build: a.c: -Wunused-variable: 3 if NET",
        "build: a.c: -Wunused-variable: 4 if NET && USB",
        "build: b.c: -Wunused-variable: 1 if !SMP",
    ]
    assert report["baselines"] == [{"path": FILE, "new": [], "fewer": [], "lowered": True}]


def test_nothing_changes_where_nothing_has(project: Path, capsys: Capture) -> None:
    """A second update, reused or run anew, leaves every byte and the file's time."""
    sweep(capsys, "--update-baseline")
    path = project / FILE
    path.write_text("# mine\n" + path.read_text().replace("build: b.c", "# issue 3\nbuild: b.c"))
    os.utime(path, (1, 1))
    before = path.read_bytes()
    for words in ([], ["--no-reuse"], ["-k", "net*"], ["--step", "build"]):
        report = sweep(capsys, *words, "--update-baseline")
        assert not report["baselines"][0]["lowered"]
        assert (path.read_bytes(), path.stat().st_mtime) == (before, 1)
        sweep(capsys, *words)


def test_a_new_warning_fails_and_names_its_options(project: Path, capsys: Capture) -> None:
    """More of a kind than is known fails the sweep, each time, and the report of it."""
    sweep(capsys, "--update-baseline")
    write(project, "b.c", {"!SMP": 1, "NET SMP": 1})
    for words in ([], [], ["--no-reuse"]):
        report = sweep(capsys, *words, code=1)
        (new,) = report["baselines"][0]["new"]
        assert (new["path"], new["flag"]) == ("b.c", "-Wunused-variable")
        assert (new["count"], new["known"]) == (1, 0)
        assert new["variants"] == ["net-smp", "net-usb-smp"]
        assert new["appears_iff"] in ("NET && SMP", "SMP && NET")
    for form in ("--markdown", "--text", "-v"):
        said = " ".join(printed(capsys, "report", form, code=1).replace("\\", "").split())
        assert "new warnings of 1 kind: more than warnings.baseline knows" in said, said
        assert "iff NET && SMP: 2 of 2 against 0 of 6" in said
    printed(capsys, "report", "--html", "page.html", code=1)
    assert "1, none known; iff NET &amp;&amp; SMP" in (project / "page.html").read_text()


def test_a_new_warning_is_never_taken(project: Path, capsys: Capture) -> None:
    """An update does not raise; the line that would know it is told, and does when it is added."""
    sweep(capsys, "--update-baseline")
    before = (project / FILE).read_bytes()
    write(project, "a.c", {"": 1, "NET": 2, "NET USB": 1, "USB SMP": 1})
    report = sweep(capsys, "--update-baseline", code=1)
    assert (project / FILE).read_bytes() == before
    (new,) = report["baselines"][0]["new"]
    assert new["variants"] == ["net-usb-smp", "usb-smp"]
    line = new["line"]
    assert line in printed(capsys, "report", code=1)
    with (project / FILE).open("a") as file:
        file.write(line + "\n")
    sweep(capsys)


def test_fewer_are_told_and_lowered(project: Path, capsys: Capture) -> None:
    """A mended warning does not fail; the command that is named lowers, whole to what is left."""
    sweep(capsys, "--update-baseline")
    write(project, "a.c", {"": 1, "NET": 1})
    before = (project / FILE).read_bytes()
    report = sweep(capsys)
    assert report["baselines"][0]["fewer"] == [
        {"step": "build", "path": "a.c", "flag": "-Wunused-variable", "known": 4, "count": 2}
    ]
    assert (project / FILE).read_bytes() == before
    said = printed(capsys, "report").splitlines()
    (command,) = (line.strip() for line in said if "--update-baseline" in line)
    assert command == "kvariant sweep --update-baseline"
    sweep(capsys, *command.split()[2:])
    text = (project / FILE).read_text()
    logs = logged(project)
    assert {on: known_in(text, on) for on in logs} == logs
    assert sweep(capsys)["baselines"][0]["fewer"] == []
    write(project, "b.c", {})
    sweep(capsys, "--update-baseline")
    assert "b.c" not in (project / FILE).read_text()


@pytest.mark.parametrize("seed", range(4))
def test_a_part_of_a_sweep_lowers_its_part(project: Path, capsys: Capture, seed: int) -> None:
    """After a sweep of some variants these know what they have, all others what they knew."""
    rnd = random.Random(seed)
    sweep(capsys, "--update-baseline")
    before = (project / FILE).read_text()
    some = rnd.choice((["-k", "net*"], ["-k", "none"], ["--shard", "1/3"], ["-k", "*smp"]))
    write(project, "a.c", {"": 1, "NET USB": 1} if seed % 2 else {})
    write(project, "b.c", {})
    report = sweep(capsys, *some, "--update-baseline")
    swept = {cell["variant"] for cell in report["cells"]}
    after = (project / FILE).read_text()
    for on, counts in logged(project).items():
        name = "-".join(n.lower() for n in OPTIONS if n in on) or "none"
        expected = counts if name in swept else known_in(before, on)
        assert known_in(after, on) == expected, (name, after)
    assert 0 < len(swept) < 8
    sweep(capsys, *some)


def test_variants_that_break_keep_what_is_known(project: Path, capsys: Capture) -> None:
    """A build that fails, or did not run, lowers nothing of its variant, and its new ones count."""
    sweep(capsys, "--update-baseline")
    write(project, "a.c", {})
    source = (project / "a.c").read_text()
    (project / "a.c").write_text(source + "#ifdef CONFIG_NET\n#error broken\n#endif\n")
    before = (project / FILE).read_text()
    report = sweep(capsys, "--update-baseline", code=1)
    assert report["baselines"][0]["new"] == []
    after = (project / FILE).read_text()
    for on in logged(project):
        expected = known_in(before, on)
        if "NET" not in on:
            expected.pop("a.c", None)
        assert known_in(after, on) == expected


def test_another_matrix_keeps_what_it_has_not(project: Path, capsys: Capture) -> None:
    """A sweep of another matrix lowers what it has seen, and nothing of the first one's."""
    sweep(capsys, "--update-baseline")
    before = (project / FILE).read_text()
    write(project, "a.c", {})
    report = sweep(capsys, "toggles", "--symbols", "USB", "--update-baseline")
    after = (project / FILE).read_text()
    assert "matrix = named" in after
    assert len(report["cells"]) == 2
    for on in logged(project):
        if {"NET", "SMP"} & on:
            assert known_in(after, on) == known_in(before, on)


def test_no_file_is_a_baseline_of_nothing(project: Path, capsys: Capture) -> None:
    """Where there is no file every warning is new, and it is told what writes one."""
    report = sweep(capsys, code=1)
    assert {new["path"] for new in report["baselines"][0]["new"]} == {"a.c", "b.c"}
    said = printed(capsys, "report", code=1)
    assert "warnings.baseline is not there; this writes it\n  kvariant sweep --upd" in said
    write(project, "a.c", {})
    write(project, "b.c", {})
    sweep(capsys)


def test_steps_have_baselines_of_their_own(project: Path, capsys: Capture) -> None:
    """A step's own file has its warnings alone; `--step` leaves those of others as they are."""
    (project / "kvariant.toml").write_text(
        PROJECT
        + '[[step]]\nname = "lint"\nrun = "gcc -Wall -Wextra -c -I{out}/include/generated b.c '
        '-o {out}/b.o"\nneeds = []\nreads = ["b.c"]\nbaseline = "lint.baseline"\n'
        '[[step]]\nname = "more"\nrun = "gcc -Wall -c -I{out}/include/generated a.c '
        '-o {out}/c.o"\nneeds = []\nreads = ["a.c"]\n'
    )
    (project / "b.c").write_text("int f(int unused) { return 0; }\n")
    sweep(capsys, "--update-baseline")
    lint = (project / "lint.baseline").read_text()
    assert "lint: b.c: -Wunused-parameter: 1\n" in lint
    assert "build: " not in lint
    text = (project / FILE).read_text()
    assert {line.split(":")[0] for line in text.splitlines()[4:]} == {"build", "more"}
    write(project, "a.c", {})
    sweep(capsys, "--step", "more", "--update-baseline")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("more: ")]
    assert (project / FILE).read_text() == "".join(kept)
    assert (project / "lint.baseline").read_text() == lint


def test_an_earlier_build_goes_on(project: Path, capsys: Capture) -> None:
    """What a build did not compile again has not lost its warnings."""
    (project / "kvariant.toml").write_text(
        'baseline = "warnings.baseline"\n[[step]]\nname = "build"\n'
        'run = "make -f {tree}/Makefile -C {out} SRC={tree}"\n'
        '[[step]]\nname = "test"\nrun = "test ! -e stop"\n'
    )
    (project / "Makefile").write_text(
        "a.o: $(SRC)/a.c\n\tgcc -Wall -Iinclude/generated -c $< -o $@\n"
    )
    # Nothing names the header: the build has no use for it but this.
    (project / "a.c").write_text("void f(void) { int unused; }\n")
    (project / "stop").write_text("")
    sweep(capsys, "-k", "none", "--update-baseline", code=1)
    text = (project / FILE).read_text()
    assert "build: a.c: -Wunused-variable: 1\n" in text
    report = sweep(capsys, "-k", "none", "--update-baseline", code=1)
    assert (project / FILE).read_text() == text
    assert report["baselines"][0]["fewer"] == []
    (project / "stop").unlink()
    sweep(capsys, "-k", "none")  # ends well: the folder is emptied
    (project / "a.c").write_text("void f(void) { }\n")
    sweep(capsys, "-k", "none", "--update-baseline")
    assert known_in((project / FILE).read_text(), frozenset()) == {}


def test_long_outputs_lose_nothing(project: Path, capsys: Capture) -> None:
    """Warnings before megabytes of other output count, of which the log has the end alone."""
    run_ = "gcc -Wall -c a.c -o {out}/a.o; yes progress | head -c 3000000"
    (project / "kvariant.toml").write_text(
        f'baseline = "warnings.baseline"\n[[step]]\nname = "build"\nrun = "{run_}"\n'
    )
    (project / "a.c").write_text("void f(void) { int unused; }\n")
    sweep(capsys, "-k", "none", "--update-baseline")
    assert "build: a.c: -Wunused-variable: 1\n" in (project / FILE).read_text()


@pytest.mark.parametrize(
    ("words", "toml", "expected"),
    [
        ([], "", "no step that runs has a baseline [baseline]"),
        (["--", "true"], PROJECT, "no step that runs has a baseline [baseline]"),
        (["--dry-run"], PROJECT, "--update-baseline"),
        ([], PROJECT.replace(FILE, f"no/{FILE}"), "its folder is not there [no-folder]"),
    ],
)
def test_what_cannot_be_updated(
    project: Path, capsys: Capture, words: list[str], toml: str, expected: str
) -> None:
    """Where there is nothing to update it is an error, before anything runs."""
    text = toml or PROJECT.replace(f'baseline = "{FILE}"', "")
    (project / "kvariant.toml").write_text(text)
    before = ["--update-baseline", *words] if "--" in words else [*words, "--update-baseline"]
    assert run(["sweep", *before]) == 2
    assert expected in capsys.readouterr().err
    assert not (project / ".kvariant/results.sqlite").exists()


def test_a_file_that_is_wrong(project: Path, capsys: Capture) -> None:
    """A damaged baseline is an error at its line, of a sweep and of a report; it is not touched."""
    sweep(capsys, "--update-baseline")
    text = (project / FILE).read_text() + "<<<<<<< ours\n"
    (project / FILE).write_text(text)
    for command in (["sweep", "--update-baseline"], ["sweep"], ["report"]):
        capsys.readouterr()
        assert run(command) == 2
        assert capsys.readouterr().err.startswith(f"{FILE}:9: error: a merge has left its marks")
    assert (project / FILE).read_text() == text


def test_a_symbol_that_is_no_more(project: Path, capsys: Capture) -> None:
    """A condition with a symbol that the tree has not is a warning at its line."""
    sweep(capsys, "--update-baseline")
    with (project / FILE).open("a") as file:
        file.write("build: a.c: -Wx: 1 if NETT\n")
    capsys.readouterr()
    assert run(["sweep", "-q"]) == 0
    said = capsys.readouterr().err
    assert f"{FILE}:9: warning: unknown symbol NETT in NETT [unknown-symbol]" in said
    assert "hint: did you mean NET (Kconfig:" in said


def test_another_command_is_not_the_step(project: Path, capsys: Capture) -> None:
    """What stands after -- is judged by no baseline, nor is the report of it."""
    sweep(capsys, "--update-baseline")
    write(project, "b.c", {"": 5})
    command = ["-k", "none", "--", "gcc -Wall -I{out}/include/generated -c b.c -o {out}/b.o"]
    assert "baselines" not in sweep(capsys, *command)
    printed(capsys, "report")
