# SPDX-License-Identifier: MIT
"""Failures that travel: a bundle made in one checkout, run in another."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from render_project import lay_out as lay_out_templates

Capture = pytest.CaptureFixture[str]
BUNDLE = Path(".kvariant/failures/1.json")
FILES = {
    "Kconfig": 'config A\n\tbool "a"\nconfig B\n\tbool "b"\n\tdefault y if !A\n',
    "kvariant.toml": '[matrix]\ndefault = "pairs"\n[matrix.pairs]\nstrategy = "t-wise"\n'
    '[[step]]\nname = "t"\nrun = "sh ./check.sh {config}"\n',
    "check.sh": "if grep -q A=y $1; then echo x.c:3:1: error: broken; exit 1; fi\n",
    ".gitignore": ".kvariant\n",
}


def git(folder: Path, *words: str) -> str:
    """Run git and return what it prints."""
    names = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    done = subprocess.run(
        ["git", *names, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two checkouts of one revision; the working folder is the first."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    for name, text in FILES.items():
        (here / name).write_text(text)
    git(here, "init", "-q")
    git(here, "add", "-A")
    git(here, "commit", "-q", "-m", "one")
    git(tmp_path, "clone", "-q", str(here), str(there))
    monkeypatch.chdir(here)
    return here, there


def reproduced(capsys: Capture, path: Path) -> tuple[int, Any]:
    """The exit code and what is said as JSON."""
    capsys.readouterr()
    code = run(["reproduce", str(path), "--json", "-q"])
    return code, json.loads(capsys.readouterr().out)


def test_in_another_checkout(
    checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It fails there in the same way: 0; where it does not: 1, with what it does instead."""
    here, there = checkouts
    assert run(["sweep", "-q"]) == 1
    assert "1.json is for kvariant reproduce" in capsys.readouterr().out
    bundle = (here / BUNDLE).resolve()
    monkeypatch.chdir(there)
    code, record = reproduced(capsys, bundle)
    assert (code, record["reproduced"], record["differs"]) == (0, True, {})
    (there / "check.sh").write_text(FILES["check.sh"].replace("broken", "other"))
    code, record = reproduced(capsys, bundle)
    assert (code, record["reproduced"]) == (1, False)
    assert record["cells"][0]["messages"] == ["x.c:3:1: error: other"]
    assert record["differs"] == {"difference": "none there, one here"}
    (there / "check.sh").write_text("true\n")
    assert run(["reproduce", str(bundle), "-q"]) == 1
    said = capsys.readouterr().out
    assert "not reproduced: x.c:3:1: error: broken\n  t: ok\n" in said


def test_what_differs_is_told(
    checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The revision, what was edited, files that git does not know, and values nobody asked for."""
    here, there = checkouts
    (here / "check.sh").write_text("# edited here\n" + FILES["check.sh"])
    (here / "secret.txt").write_text("the password")
    assert run(["sweep", "-q"]) == 1
    bundle = (here / BUNDLE).resolve()
    assert "the password" not in bundle.read_text()
    (there / "Kconfig").write_text(FILES["Kconfig"].replace("!A", "A"))
    git(there, "commit", "-q", "-a", "-m", "two")
    monkeypatch.chdir(there)
    code, record = reproduced(capsys, bundle)
    assert code == 0
    revisions = [git(folder, "rev-parse", "HEAD").strip() for folder in (here, there)]
    assert record["differs"] == {
        "revision": "{} there, {} here".format(*revisions),
        "difference": "one there, none here",
        "untracked files": "there secret.txt",
        "configuration": "the values that are not asked for are others here",
    }
    assert run(["reproduce", str(bundle), "--difference"]) == 0
    patch = capsys.readouterr().out
    subprocess.run(["git", "apply"], input=patch, text=True, cwd=there, check=True)
    assert (there / "check.sh").read_text() == (here / "check.sh").read_text()


def test_every_tool_that_differs(
    checkouts: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Another version, another build of the same version, and none at all."""
    here, there = checkouts
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("make", "ninja", "clang"):
        (tools / name).write_text(f"#!/bin/sh\necho {name} 1.0\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    assert run(["sweep", "-q"]) == 1
    bundle = (here / BUNDLE).resolve()
    (tools / "make").write_text("#!/bin/sh\necho make 2.0 of another age\n")
    (tools / "ninja").write_text("#!/bin/sh\n# built otherwise\necho ninja 1.0\n")
    (tools / "clang").unlink()
    monkeypatch.chdir(there)
    code, record = reproduced(capsys, bundle)
    assert code == 0
    assert {name: said for name, said in record["differs"].items() if name != "clang"} == {
        "make": "make 1.0 there, make 2.0 of another age here",
        "ninja": "ninja 1.0, built otherwise",
    }
    assert record["differs"]["clang"].startswith("clang 1.0 there, ")


def test_a_command_travels(
    checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """An ad-hoc step is run as it was, with the tree as the command line named it."""
    here, there = checkouts
    for folder in checkouts:
        (folder / "kvariant.toml").unlink()
        (folder / "sub").mkdir()
        (folder / "Kconfig").rename(folder / "sub/Kconfig.x")
    options = ["--kconfig", str(here / "sub/Kconfig.x"), "--env", "X=1"]
    assert (
        run(["sweep", "-q", "distinct", "--symbols", "A", *options, "--", "! grep A=y {config}"])
        == 1
    )
    bundle = (here / BUNDLE).resolve()
    assert json.loads(bundle.read_text())["run"]["kconfig"] == "sub/Kconfig.x"
    monkeypatch.chdir(there)
    assert reproduced(capsys, bundle)[0] == 0


def test_each_failure_has_one(checkouts: tuple[Path, Path], capsys: Capture) -> None:
    """As many bundles as distinct failures; those of an earlier sweep are gone."""
    here, _ = checkouts
    (here / "check.sh").write_text(
        "grep -q A=y $1 && { echo a.c:1: error: a; exit 1; }\n"
        "grep -q B=y $1 && { echo b.c:1: error: b; exit 1; }\n"
        "true\n"
    )
    assert run(["sweep", "-q"]) == 1
    names = sorted(path.name for path in (here / BUNDLE).parent.glob("*.json"))
    assert names == ["1.json", "2.json", "variant.json"]
    for number in (1, 2):
        assert run(["reproduce", str(BUNDLE.with_name(f"{number}.json")), "-q"]) == 0
    (here / "check.sh").write_text("true\n")
    assert run(["sweep", "-q"]) == 0
    assert not BUNDLE.exists()


def test_a_failing_test_travels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Our own steps, too; where git is not at work nothing is said of revisions."""
    lay_out_templates(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_fax.py").write_text(
        "def test_fax(variant):\n    assert not variant['FAX']\n"
    )
    assert run(["sweep", "-q", "--step", "test"]) == 1
    code, record = reproduced(capsys, BUNDLE.resolve())
    assert (code, record["differs"]) == (0, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a failure's bundle: it is no JSON [bundle]"),
        ("[1]", "not a failure's bundle: it has no format [bundle]"),
        ('{"format": 2}', "format 2 is newer than this kvariant knows [newer-format]"),
        ('{"format": 1}', "not a failure's bundle: failure: field required [bundle]"),
        ("[" * 100_000, "not a failure's bundle: it is no JSON [bundle]"),
    ],
)
def test_what_is_no_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, text: str, message: str
) -> None:
    """It is refused in words."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_text(text)
    assert run(["reproduce", "x.json"]) == 2
    assert f"x.json: error: {message}" in capsys.readouterr().err


def test_names_stay_in_their_folder(checkouts: tuple[Path, Path], capsys: Capture) -> None:
    """A bundle of somebody else's names no file of ours."""
    here, _ = checkouts
    assert run(["sweep", "-q"]) == 1
    record = json.loads((here / BUNDLE).read_text())
    record["failure"]["variant"] = "../../x"
    (here / "x.json").write_text(json.dumps(record))
    assert run(["reproduce", "x.json"]) == 2
    assert "'../../x' is no name of a variant or a step" in capsys.readouterr().err
