# SPDX-License-Identifier: MIT
"""Reuse is never wrong: after any edits a sweep ends as a fresh one of the same files does."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.results import Store
from project_trees import KCONFIG

pytestmark = pytest.mark.usefixtures("forked_pytests")

Capture = pytest.CaptureFixture[str]
Outcomes = dict[tuple[str, ...], tuple[str, ...]]

BUILD = """\
cat src/*.txt "$1" > "$2/prog"
cat extra/* > "$2/other" 2>/dev/null
echo "$FLAVOUR $3" >> "$2/prog"
stamp >> "$2/prog"
! grep -q fail src/a.txt
"""
TEST = """\
printf 'TAP version 14\\n1..2\\nok 1 - %s\\nok 2 - %s\\n' \\
    "$(cksum < "$1/prog")" "$(cksum < "$1/other")" > "$1/tap"
"""
STEPS = """
[[step]]
name = "build"
run = "sh build.sh {config} {out} {name}"
reads = ["src/*.txt", "extra/*"]
%s
[[step]]
name = "lint"
run = "! grep -q bad src/a.txt"
reads = ["src/a.txt"]
needs = []
[[step]]
name = "test"
run = "sh test.sh {out}"
reads = ["test.sh"]
results = "tap:{out}/tap"
[[step]]
name = "late"
run = "cksum {out}/prog | grep -v 7"
reads = ["expect"]
needs = ["build"]
where = "A"
env = { GIVEN = "{env.GIVEN}" }
"""
INPUTS: dict[str, list[str | None]] = {
    "src/a.txt": ["one\n", "two\n", "bad\n", "fail\n"],
    "src/new.txt": [None, "new\n", "newer\n"],
    "extra/x": ["x", "y"],
    "build.sh": [BUILD, BUILD + "echo more >> $2/prog\n"],
    "test.sh": [TEST, TEST + "# other\n"],
    "expect": ["1", "2"],
    "bin/stamp": ["#!/bin/sh\necho 1\n", "#!/bin/sh\necho 2\n"],
    "Kconfig": [KCONFIG, KCONFIG.replace('bool "C"', 'bool "C"\n\tdefault y')],
    "configs/a.config": ["CONFIG_A=y\n", "CONFIG_A=y\nCONFIG_B=y\n"],
    "$FLAVOUR": [None, "sweet", "sour"],
    "$GIVEN": ["1", "2"],
}
"""Files, and variables of the environment: what each can be; None: not there."""


def put(root: Path, name: str, text: str | None, patch: pytest.MonkeyPatch) -> None:
    """Give an input a content."""
    if name.startswith("$"):
        patch.delenv(name[1:], raising=False) if text is None else patch.setenv(name[1:], text)
        return
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text)
        path.chmod(0o755)


def swept(root: Path, capsys: Capture, *arguments: str) -> Outcomes:
    """Return how each cell ended, whether it was run or not."""
    os.chdir(root)
    assert run(["sweep", "-q", "-j", "1", *arguments]) in (0, 1), capsys.readouterr().err
    capsys.readouterr()
    with Store.read(root / ".kvariant/results.sqlite") as store:
        cells = store.past(store.sweeps()[-1]).cells
    return {
        (cell.variant, cell.step, cell.test): (
            cell.verdict.value,
            "" if cell.step in ("generate", "build") or cell.test else _told(cell.reason),
            json.dumps([cell.skipped, [failure.message for failure in cell.failures]]),
        )
        for cell in cells
    }


def _told(reason: str) -> str:
    """Return a reason, but for that of a cell that is merged with another."""
    return "" if reason.startswith("as ") else reason


def fresh(root: Path, tmp_path: Path, capsys: Capture) -> Outcomes:
    """Return how each cell ends where nothing is to be reused."""
    copy = tmp_path / "fresh"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, ignore=lambda _, names: {".kvariant"} & set(names))
    found = swept(copy, capsys)
    os.chdir(root)
    return found


def lay_out(
    root: Path, patch: pytest.MonkeyPatch, project: str, inputs: dict[str, list[str | None]]
) -> None:
    """Write the project, every input with its first content."""
    (root / "configs").mkdir(parents=True)
    (root / "configs/same.config").write_text("CONFIG_A=y\n")
    (root / "configs/c.config").write_text("CONFIG_C=y\n")
    (root / "kvariant.toml").write_text(project)
    for name, contents in inputs.items():
        put(root, name, contents[0], patch)
    patch.setenv("PATH", f"{root}/bin", prepend=os.pathsep)


def verify_edits(
    root: Path,
    inputs: dict[str, list[str | None]],
    chance: random.Random,
    rounds: int,
    tmp_path: Path,
    capsys: Capture,
    patch: pytest.MonkeyPatch,
) -> None:
    """Edit some inputs again and again; each sweep must end as a fresh one does."""
    patch.chdir(root)
    history = []
    for _ in range(rounds):
        for name in chance.sample(sorted(inputs), chance.choice([0, 1, 1, 2])):
            content = chance.choice(inputs[name])
            put(root, name, content, patch)
            history.append((name, content))
        assert fresh(root, tmp_path, capsys) == swept(root, capsys), history


@pytest.mark.parametrize("artifacts", ["", 'artifacts = ["prog"]'])
@pytest.mark.parametrize("seed", range(2))
def test_random_edits(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, seed: int, artifacts: str
) -> None:
    """After any edits, and edits taken back, every outcome is that of a fresh run."""
    root, chance = tmp_path / "project", random.Random(f"{seed} {artifacts}")
    lay_out(root, monkeypatch, STEPS % artifacts, INPUTS)
    verify_edits(root, INPUTS, chance, 8, tmp_path, capsys, monkeypatch)


OWN_TEST = """\
import os
import pathlib

import pytest

import helper

import beside


def test_value(variant):
    data = pathlib.Path(__file__).parent.joinpath("data.yaml").read_text()
    more = pathlib.Path("more/data.txt").read_text()
    words = [helper.WORD, beside.WORD, data, more, os.environ.get("SETTING", "")]
    pytest.skip(f"{variant.c.value()} {words}")


def check_value(variant):
    assert variant.c.value() < 9
"""
HEADER = """\
#ifndef V_H
#define V_H
#include <outer.h>

{% helper value %}
	return OUTER PLUS;
{% endhelper %}

#endif
"""
GCC = f'#!/bin/sh\nexec {shutil.which("gcc")} "$@"'
INI = "[pytest]\naddopts = -p no:hypothesispytest\n"
"""Spares each pytest a plugin, also where `PYTEST_ADDOPTS` is an input."""
OWN_INPUTS: dict[str, list[str | None]] = {
    "Kconfig": [KCONFIG, KCONFIG.replace('bool "C"', 'bool "C"\n\tdefault y')],
    "configs/a.config": ["CONFIG_A=y\n", "CONFIG_C=y\n"],
    "templates/v.h.j2": [
        HEADER.replace("PLUS", "{% if A %} + 1{% endif %}{% if C %} + 2{% endif %}"),
        HEADER.replace("PLUS", "{% if B %} + 3{% endif %}"),
    ],
    "outside/outer.h": ["#define OUTER 7\n", "#define OUTER 9\n", "#error no\n"],
    "tests/test_value.py": [OWN_TEST, OWN_TEST.replace("skip", "fail")],
    "tests/test_new.py": [None, "def test_new(variant):\n    assert not variant['A']\n"],
    "tests/conftest.py": [None, "def pytest_configure(config):\n    raise RuntimeError(1)\n"],
    "tests/beside.py": ["WORD = 1\n", "WORD = 2\n"],
    "tests/data.yaml": ["one", "two"],
    "lib/helper.py": ["WORD = 'x'\n", "WORD = 'y'\n", "WORD = \n"],
    "more/data.txt": ["three", "four"],
    "pytest.ini": [
        f"{INI}pythonpath = lib\n",
        f"{INI}pythonpath = lib\npython_functions = check_*\n",
    ],
    "bin/gcc": [f"{GCC}\n", f"{GCC} -UOTHER\n", f"{GCC} -DOTHER -Dreturn='return 1 +'\n"],
    "$SETTING": [None, "s", "t"],
    "$PYTEST_ADDOPTS": [None, "-k new"],
}
OWN_PROJECT = """
tests = ["tests"]
[generate]
templates = "templates"
[[step]]
name = "after"
run = "cksum {out}/v.h more/data.txt | grep -v 7"
reads = ["more/*.txt"]
"""
INTERFACE = """
format = 1
library = "v"
[modules]
v = { c = "v.h" }
[types]
int = { c = "int" }
[[helper]]
name = "value"
module = "v"
arguments = []
result = "int"
meaning = "A number."
"""


def test_random_edits_of_our_own_steps(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we generate, build and test ends as in a fresh run, whatever was edited."""
    root, chance = tmp_path / "project", random.Random(1)
    lay_out(root, monkeypatch, OWN_PROJECT, OWN_INPUTS)
    (root / "templates/interface.toml").write_text(INTERFACE)
    monkeypatch.setenv("C_INCLUDE_PATH", str(root / "outside"))
    verify_edits(root, OWN_INPUTS, chance, 4, tmp_path, capsys, monkeypatch)


def test_each_input(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each input of our own steps counts, and nothing runs without a cause."""
    root = tmp_path / "project"
    lay_out(root, monkeypatch, OWN_PROJECT, OWN_INPUTS)
    (root / "templates/interface.toml").write_text(INTERFACE)
    monkeypatch.setenv("C_INCLUDE_PATH", str(root / "outside"))
    monkeypatch.chdir(root)
    first = swept(root, capsys)
    assert run(["sweep", "--dry-run", "--json"]) == 0
    found = {cell["outcome"] for cell in json.loads(capsys.readouterr().out)["cells"]}
    assert found <= {"reused", "skipped"}
    same = []
    for name, contents in OWN_INPUTS.items():
        for content in contents[-1:]:
            put(root, name, content, monkeypatch)
            same += [(name, content)] if swept(root, capsys) == first else []
        put(root, name, contents[0], monkeypatch)
    assert [] == same
    assert swept(root, capsys) == first


def test_a_template_taken_back(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit of a template that is taken back generates again what was there before it."""
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    template = tmp_path / "templates/invoice.py.j2"
    before = template.read_text()
    generated = tmp_path / "generated/acme/invoice.py"
    texts = []
    for text in (before, before + "# more\n", before):
        template.write_text(text)
        assert run(["sweep", "-q", "--step", "generate"]) == 0
        texts.append(generated.read_text())
    assert texts[0] == texts[2] != texts[1]


@pytest.mark.parametrize("generates", [True, False])
def test_emptied_files_are_made_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    generates: bool,
) -> None:
    """What a step has made and the power failure emptied is made again, though its key is known."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text('config A\n\tbool "a"\n')
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/v.config").write_text("CONFIG_A=y\n")
    (tmp_path / "t").mkdir()
    (tmp_path / "t/x.txt.j2").write_text("{{ A }}\n")
    step = '[[step]]\nname = "s"\nrun = "echo whole > {out}/made.bin"\nreads = ["Kconfig"]\n'
    head = '[generate]\ntemplates = "t"\n' if generates else ""
    needs = 'needs = ["generate"]\n' if generates else ""
    (tmp_path / "kvariant.toml").write_text(f'{head}{step}{needs}artifacts = ["*.bin"]\n')
    folder = tmp_path / ("generated/v" if generates else ".kvariant/out/v")
    for outcome in ("ok", "reused", "ok", "reused"):
        assert run(["sweep", "--json", "--step", "s"]) == 0
        cell = json.loads(capsys.readouterr().out)["cells"][-1]
        assert (cell["step"], cell["outcome"]) == ("s", outcome)
        assert (folder / "made.bin").read_text() == "whole\n"
        if outcome == "reused":
            (folder / "made.bin").write_bytes(b"")
