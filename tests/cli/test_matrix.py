# SPDX-License-Identifier: MIT
"""`kvariant matrix`: what it prints, writes and locks; `check` and `diff` on what is locked."""

from __future__ import annotations

import importlib
import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from errors.case import sound_project
from kvariant import Space
from kvariant.cli import run
from kvariant.kconfig import Tree
from kvariant.matrix import Chosen, StrategyRequest
from kvariant.matrix.t_wise import t_wise

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small sound project, which is the working folder."""
    folder = sound_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    (folder / "kvariant.toml").write_text(
        '[generate]\ntemplates = "templates"\n'
        '[matrix.pairs]\nstrategy = "t-wise"\n'
        '[matrix.three]\nextends = "pairs"\nmax-variants = 2\n'
    )
    return folder


def _out(capture: Capture, *arguments: str, code: int = 0) -> str:
    assert code == run(list(arguments))
    return capture.readouterr().out


def test_table_and_coverage(project: Path, capsys: Capture) -> None:
    """A row per variant, a column per symbol that differs, then what is covered and proven."""
    text = _out(capsys, "matrix", "pairs")
    lines = text.splitlines()
    assert ["NET", "TLS"] == lines[0].split()
    rows = {tuple(line.split()[1:]) for line in lines[1:-2]}
    assert {("n", "n"), ("y", "n"), ("y", "y")} == rows
    assert "3 variants (t-wise over 2 symbols)" in lines[-2]
    assert "3 of 3 pairs covered; 1 other proven infeasible" == lines[-1]
    text = _out(capsys, "matrix", "three")
    assert "1 pair not covered: " in text


PATCH = """\
--- a/main.c
+++ b/main.c
@@ -1,1 +1,1 @@
 #if defined(CONFIG_NET) && defined(CONFIG_TLS)
"""


def test_what_a_patch_reads_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Its symbols first, then the states they have, over what, and that these are all."""

    def told(text: str, *options: str) -> list[str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return _out(capsys, "matrix", "distinct", *options).splitlines()

    (project / "minimal.config").write_text("CONFIG_NET=y\n")
    lines = told(PATCH, "--symbols", "reads:-", "--base", "minimal.config")
    assert "2 symbols are read by the patch: NET TLS" == lines[0]
    assert ["NET", "TLS", "over", "minimal.config"] == lines[1].split()
    assert ["n", "n", "1", "user", "value"] == lines[2].split()[1:6]
    assert ["y", "n", "0", "user", "values"] == lines[3].split()[1:6]
    said = (
        "3 variants stand for all configurations of these 2 symbols; "
        "1 of 4 combinations is impossible"
    )
    assert said == lines[-1]
    restricted = told(PATCH, "--symbols", "reads:-", "--where", "NET")
    said = (
        "2 variants stand for all configurations with NET of these 2 symbols; "
        "2 of 4 combinations are impossible"
    )
    assert said == restricted[-1]
    assert "1 symbol is read by the text: TLS" == told("CONFIG_TLS", "--symbols", "reads:-")[0]
    (project / "main.c").write_text("CONFIG_NET")
    assert "1 symbol is read by main.c: NET" == told("", "--symbols", "reads:main.c")[0]
    assert "read by" not in told(PATCH, "--symbols", "reads:-", "NET")[0]


def test_options_take_several_values(project: Path, capsys: Capture) -> None:
    """What follows a list up to the next option belongs to it, in each verb that chooses."""
    first = _out(capsys, "matrix", "distinct", "--symbols", "NET", "TLS", "--json")
    again = _out(capsys, "matrix", "distinct", "--symbols", "NET", "--symbols", "TLS", "--json")
    assert first == again
    assert 3 == len(json.loads(first)["variants"])
    command = ("sweep", "distinct", "--symbols", "NET", "TLS", "--dry-run", "--", "true", "-x")
    assert "base, net, net-tls" in _out(capsys, *command)


def test_json(project: Path, capsys: Capture) -> None:
    """The contract's keys, with every row valid in the tree."""
    record = json.loads(_out(capsys, "matrix", "pairs", "--json"))
    assert 1 == record["format"]
    assert ("pairs", "t-wise", 0) == (record["matrix"], record["strategy"], record["random_seed"])
    assert {"strength": 2, "feasible": 3, "infeasible": 1, "covered": 3, "uncovered": []} == (
        record["tuples"]
    )
    tree = Tree.load(project / "Kconfig")
    for row in record["variants"]:
        resolved = tree.resolve(row["assignment"])
        assert all(resolved[name] == text for name, text in row["assignment"].items())


@pytest.mark.parametrize(
    ("form", "suffix", "has"),
    [
        ("config", ".config", "# CONFIG_TLS is not set"),
        ("minimal", ".config", "CONFIG_NET=y\n"),
        ("header", ".h", "#define CONFIG_NET 1\n"),
        ("json", ".json", '"NET": "y"'),
    ],
)
def test_files(project: Path, capsys: Capture, form: str, suffix: str, has: str) -> None:
    """A file for each variant; what is no longer one goes, what is not ours is refused."""
    _out(capsys, "matrix", "pairs", "-o", "out", "--format", form)
    names = [v["name"] for v in json.loads(_out(capsys, "matrix", "pairs", "--json"))["variants"]]
    found = {path.name for path in (project / "out").iterdir()}
    assert {*(f"{name}{suffix}" for name in names), ".matrix.json"} == found
    assert has in "".join(path.read_text() for path in sorted((project / "out").glob(f"*{suffix}")))
    assert "0 written" in _out(capsys, "matrix", "pairs", "-o", "out", "--format", form)
    _out(capsys, "matrix", "three", "-o", "out", "--format", form)
    assert 3 == len(list((project / "out").iterdir()))
    assert 2 == run(["matrix", "pairs", "-o", "configs"])
    assert "'configs' is there and was not written by kvariant" in capsys.readouterr().err
    assert 2 == run(["matrix", "pairs", "-o", "."])


def test_written_files_are_fragments(project: Path, capsys: Capture) -> None:
    """What -o writes is read back by --config as the same configurations."""
    for form in ("config", "minimal"):
        shutil.rmtree(project / "out", ignore_errors=True)
        _out(capsys, "matrix", "pairs", "-o", "out", "--format", form)
        tree = Tree.load(project / "Kconfig")
        chosen = json.loads(_out(capsys, "matrix", "pairs", "--json"))["variants"]
        read = json.loads(_out(capsys, "matrix", "--config", "out/*.config", "--json"))["variants"]
        values = [
            {row["name"]: dict(tree.resolve(row["assignment"])) for row in rows}
            for rows in (chosen, read)
        ]
        assert values[0] == values[1]


def test_jobs(project: Path, capsys: Capture) -> None:
    """One line for $GITHUB_OUTPUT, whose shards are as many as asked for and needed."""
    assert 'matrix={"shard":["1/2","2/2"]}\n' == _out(
        capsys, "matrix", "pairs", "--ci", "github", "--max-jobs", "2"
    )
    shown = _out(capsys, "matrix", "pairs", "--ci", "github")
    assert {"shard": ["1/3", "2/3", "3/3"]} == json.loads(shown.partition("=")[2])
    for wrong in (["--max-jobs", "2"], ["--format", "json"], ["--ci", "github", "--write"]):
        assert 2 == run(["matrix", "pairs", *wrong])
    assert 2 == run(["matrix", "pairs", "--ci", "github", "--max-jobs", "257"])


def test_lock(project: Path, capsys: Capture) -> None:
    """Nothing is locked, then the matrix is; an edit makes it stale, --write brings it up."""
    said = _out(capsys, "matrix", "--check", code=1)
    assert "error: nothing is in variants.lock [stale-lock]" in said
    assert "pairs: 3 variants, new in the lock" in _out(capsys, "matrix", "pairs", "--write")
    assert "named: 2 variants, new in the lock" in _out(capsys, "matrix", "--write")
    assert "variants.lock is up to date: named, pairs\n" == _out(capsys, "matrix", "--check")
    assert "hint: kvariant matrix three --write" in _out(
        capsys, "matrix", "three", "--check", code=1
    )
    before = (project / "variants.lock").read_bytes()
    kconfig = project / "Kconfig"
    kconfig.write_text(kconfig.read_text().replace("depends on NET", "depends on NET && LOG"))
    kconfig.write_text(kconfig.read_text() + '\nconfig LOG\n\tbool "Log"\n')
    said = _out(capsys, "matrix", "--check", code=1)
    assert said.startswith(
        "variants.lock: error: stale: 1 symbol new (LOG); the matrices named, pairs [stale-lock]\n"
        "note: named: variants: 2 stay as they are; LOG on in none\n"
        "note: pairs: "
    )
    assert before == (project / "variants.lock").read_bytes()
    _out(capsys, "matrix", "--write")
    _out(capsys, "matrix", "--check")
    assert "variants.lock is up to date\n" == _out(capsys, "matrix", "--write")
    (project / "kvariant.toml").write_text('[generate]\ntemplates = "templates"\n')
    assert "note: pairs: no such matrix in the project" in _out(capsys, "matrix", "--check", code=1)
    assert "pairs: gone\nvariants.lock written\n" == _out(capsys, "matrix", "--write")
    assert 2 == run(["matrix", "--write", "--symbols", "NET"])


def test_check_and_templates(project: Path, capsys: Capture) -> None:
    """`kvariant check` exits 1 for a stale lock, also where only a template was edited."""
    _out(capsys, "matrix", "pairs", "--write")
    _out(capsys, "generate")
    assert "stale-lock" not in _out(capsys, "check")
    template = project / "templates/net.h.j2"
    template.write_text(template.read_text().replace("return", "/* NET */ return"))
    _out(capsys, "generate")
    said = _out(capsys, "check", code=1)
    # Where NET is n its stub is rendered, which is as it was.
    assert "note: pairs: variants: 2 rendered otherwise (" in said
    assert "1 stay as they are" in said
    (project / "variants.lock").write_text('{"format": 2}')
    assert "[newer-format]" in _out(capsys, "check", code=2)


def test_what_is_locked_is_taken(project: Path, capsys: Capture) -> None:
    """Names that the lock has are the variants' names, as long as the choice is the same."""
    _out(capsys, "matrix", "pairs", "--write")
    lock = project / "variants.lock"
    lock.write_text(lock.read_text().replace('"name": "net"', '"name": "mine"'))
    assert '"mine"' in _out(capsys, "matrix", "pairs", "--json")
    kconfig = project / "Kconfig"
    kconfig.write_text(kconfig.read_text() + '\nconfig LOG\n\tbool "Log"\n')
    assert '"mine"' in _out(capsys, "matrix", "pairs", "--json")
    _out(capsys, "matrix", "pairs", "--write")
    assert '"mine"' in lock.read_text()
    assert '"mine"' not in _out(capsys, "matrix", "pairs", "--symbols", "?[!O]?", "--json")


def test_a_dated_seed_holds_until_it_is_written(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is locked with a day's seed is the same the day after; --write takes the day's."""
    (project / "kvariant.toml").write_text(
        '[matrix.some]\nstrategy = "uniform"\nsize = 3\nrandom-seed = "date"\n'
    )
    monkeypatch.setattr("kvariant.plan.choice_request._today", lambda: 20260101)
    _out(capsys, "matrix", "some", "--write")
    monkeypatch.setattr("kvariant.plan.choice_request._today", lambda: 20260102)
    assert 20260101 == json.loads(_out(capsys, "matrix", "some", "--json"))["random_seed"]
    _out(capsys, "matrix", "--check")
    assert "random seed 20260102, was 20260101" in _out(capsys, "matrix", "some", "--write")


def test_verify(project: Path, capsys: Capture) -> None:
    """A line says what was proven anew: beside the table, the JSON, files, jobs and the lock."""
    proven = "verified: 3 of 3 pairs covered, 1 proven infeasible, each again\n"
    assert _out(capsys, "matrix", "pairs", "--verify").endswith(f"\n{proven}")
    some = _out(capsys, "matrix", "three", "--verify").splitlines()[-1]
    assert "verified: 2 of 3 pairs covered, 1 proven infeasible, each again" == some
    record = json.loads(_out(capsys, "matrix", "pairs", "--verify", "--json"))["verified"]
    counts = {"holds": True, "rows": 3, "feasible": 3, "infeasible": 1, "covered": 3}
    assert counts | {"witness": "kconfiglib"} == {
        key: record[key] for key in record if key != "diagnostics"
    }
    assert _out(capsys, "matrix", "pairs", "--verify", "-o", "out").startswith(proven)
    assert 0 == run(["matrix", "pairs", "--verify", "--ci", "github"])
    told = capsys.readouterr()
    assert told.out.startswith("matrix={")
    assert proven in told.err
    assert _out(capsys, "matrix", "pairs", "--verify", "--write").startswith(f"pairs: {proven}")
    assert f"pairs: {proven}variants.lock is up to date" in (
        _out(capsys, "matrix", "pairs", "--verify", "--check")
    )
    said = "verified: 2 variants, each resolved anew to what it asks for"
    assert said == _out(capsys, "matrix", "named", "--verify").splitlines()[-1]


def test_verify_says_what_is_wrong(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is missing is named, nothing is written, and the exit code is 1."""
    _out(capsys, "matrix", "pairs", "--write")
    lock = project / "variants.lock"
    record = json.loads(lock.read_text())
    gone = record["matrices"]["pairs"]["variants"].pop()
    lock.write_text(json.dumps(record))
    values = Tree.load(project / "Kconfig").resolve(gone["assignment"])
    missed = f"error: NET={values['NET']} TLS={values['TLS']} is feasible and in no row"
    said = _out(capsys, "matrix", "pairs", "--verify", code=1)
    assert missed in said
    assert "\nnot verified: " in said
    assert missed in _out(capsys, "matrix", "pairs", "--verify", "-o", "out", code=1)
    assert not (project / "out").exists()
    assert 1 == run(["matrix", "pairs", "--verify", "--ci", "github"])
    told = capsys.readouterr()
    assert (True, "") == (missed in told.err, told.out)
    assert missed in _out(capsys, "matrix", "pairs", "--verify", "--check", code=1)
    record = json.loads(_out(capsys, "matrix", "pairs", "--verify", "--json", code=1))["verified"]
    assert record["holds"] is False
    assert "verify-uncovered" in {each["code"] for each in record["diagnostics"]}

    def lazy(space: Space, request: StrategyRequest) -> Chosen:
        chosen = t_wise(space, request)
        return replace(chosen, configurations=chosen.configurations[:-1])

    monkeypatch.setattr(importlib.import_module("kvariant.matrix.t_wise"), "t_wise", lazy)
    before = lock.read_text()
    assert "not verified" in _out(capsys, "matrix", "pairs", "--verify", "--write", code=1)
    assert before == lock.read_text()


def test_some_variants_cover_what_nobody_says(project: Path, capsys: Capture) -> None:
    """Of -k's variants no coverage is told: it was that of all of them."""
    whole = json.loads(_out(capsys, "matrix", "pairs", "--json"))
    name = whole["variants"][0]["name"]
    some = json.loads(_out(capsys, "matrix", "pairs", "-k", name, "--json", "--verify"))
    assert [name] == [variant["name"] for variant in some["variants"]]
    assert (None, 0) == (some["tuples"], some["lower_bound"])
    assert some["verified"]["holds"]
    assert "covered" not in _out(capsys, "matrix", "pairs", "-k", name)


def test_diff_of_locked_variants(project: Path, capsys: Capture) -> None:
    """Two names in the lock are compared, and one with a fragment's variant."""
    _out(capsys, "matrix", "pairs", "--write")
    names = [v["name"] for v in json.loads(_out(capsys, "matrix", "pairs", "--json"))["variants"]]
    record = json.loads(_out(capsys, "diff", names[0], names[1], "--json"))
    assert names[:2] == record["variants"]
    assert record["values"]
    _out(capsys, "diff", names[1], "configs/net.config")
    shutil.rmtree(project / "configs")
    _out(capsys, "diff", names[0], names[1])
    assert 2 == run(["diff", names[0], "nobody"])
    assert "no variant is named nobody" in capsys.readouterr().err


def test_same_bytes_under_any_hash_seed(project: Path) -> None:
    """The lock and the files are the same whatever the order of Python's sets."""
    seen = set()
    for seed in ("0", "1", "77"):
        shutil.rmtree(project / "out", ignore_errors=True)
        (project / "variants.lock").unlink(missing_ok=True)
        for options in (["pairs", "--write"], ["pairs", "-o", "out"]):
            subprocess.run(
                [sys.executable, "-m", "kvariant", "matrix", *options],
                env={"PYTHONHASHSEED": seed, "PATH": ""},
                check=True,
                capture_output=True,
            )
        texts = [path.read_text() for path in sorted((project / "out").iterdir())]
        seen.add((project / "variants.lock").read_text() + "".join(texts))
    assert 1 == len(seen)
