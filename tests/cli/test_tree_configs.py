# SPDX-License-Identifier: MIT
"""A tree's own configurations, however they are called, in every verb that takes files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

KCONFIG = """
config NET
	bool "net"
config TLS
	bool "tls"
	depends on NET
config FAST
	bool "fast"
config SAFE
	bool "safe"
"""
FILES = {
    "boards/sim/configs/nsh/defconfig": "CONFIG_NET=y\n",
    "boards/pi/configs/nsh/defconfig": "CONFIG_NET=y\nCONFIG_TLS=y\n",
    "configs/A10-Lime_defconfig": "CONFIG_FAST=y\n",
    "configs/sub/x.config": "CONFIG_NET=y\nCONFIG_FAST=y\n",
    "mm/.kunitconfig": "CONFIG_TLS=y\nCONFIG_NET=y\nCONFIG_FAST=y\n",
    ".kunitconfig": "\n",
    "prj.conf": "CONFIG_SAFE=y\n",
}
NAMES = {
    "boards/sim/configs/nsh/defconfig": "sim-nsh",
    "boards/pi/configs/nsh/defconfig": "pi-nsh",
    "configs/A10-Lime_defconfig": "a10-lime",
    "configs/sub/x.config": "x",
    "mm/.kunitconfig": "mm",
    ".kunitconfig": "kunitconfig",
    "prj.conf": "prj.conf",
}
GLOBS = ["**/defconfig", "configs/*_defconfig", "**/*.config", "**/.kunitconfig", "*.conf"]
PROJECT = f"configs = {json.dumps(GLOBS)}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a tree with configurations of many kinds, which is the working folder."""
    for name, text in {"Kconfig": KCONFIG, **FILES}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def matrix(capsys: Capture, *arguments: str) -> list[str]:
    """Return the names of the variants that a command chooses."""
    assert run(["matrix", *arguments, "--json"]) == 0
    return [variant["name"] for variant in json.loads(capsys.readouterr().out)["variants"]]


@pytest.mark.parametrize("path", NAMES)
def test_one_file_is_a_variant(folder: Path, capsys: Capture, path: str) -> None:
    """`--config FILE` names its variant by the path, from whichever folder it is written."""
    assert [NAMES[path]] == matrix(capsys, "--config", path)
    assert [NAMES[path]] == matrix(capsys, "--config", str(folder / path))


def test_all_of_a_project(folder: Path, capsys: Capture) -> None:
    """The project's `configs`, `--config`, `--from` and `--include` call them the same."""
    (folder / "kvariant.toml").write_text(PROJECT, encoding="utf-8")
    expected = sorted(NAMES.values())
    assert expected == sorted(matrix(capsys))
    assert expected == sorted(matrix(capsys, "--config", *NAMES))
    assert expected == sorted(matrix(capsys, "uniform", "--size", "9", "--from", *NAMES))
    assert set(expected) <= set(matrix(capsys, "pairwise", "--include", *NAMES))
    assert set(expected) <= set(matrix(capsys, "pairwise", "--include", "named"))
    for name in expected:
        assert name in matrix(capsys, "toggles", "--include", name)
        assert [name] == matrix(capsys, "-k", name)
        assert matrix(capsys, "toggles", "--base", name)
    assert run(["check"]) == 0


def test_the_name_in_a_project_holds_for_the_file_alone(folder: Path, capsys: Capture) -> None:
    """What is told apart in the project is called the same where the file is given alone."""
    (folder / "other").mkdir()
    (folder / "other/x.config").write_text("CONFIG_FAST=y\n", encoding="utf-8")
    assert ["x"] == matrix(capsys, "--config", "other/x.config")
    (folder / "kvariant.toml").write_text(PROJECT, encoding="utf-8")
    assert {"other-x", "sub-x"} <= set(matrix(capsys))
    assert ["other-x"] == matrix(capsys, "--config", "other/x.config")
    assert run(["diff", "other-x", "configs/sub/x.config"]) == 0
    assert "sub-x" in capsys.readouterr().out


def test_coverage_names_and_writes_them(folder: Path, capsys: Capture) -> None:
    """Coverage has the same names; files of one name are written by their variants' names."""
    files = [path for path in NAMES if path != ".kunitconfig"]
    assert run(["coverage", "--config", *files, "--reduce", "--json", "-o", "kept", "-q"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [NAMES[path] for path in files] == record["configurations"]
    assert set(record["reductions"][0]["configurations"]) <= set(record["configurations"])
    both = ["boards/sim/configs/nsh/defconfig", "boards/pi/configs/nsh/defconfig"]
    assert run(["coverage", "--config", *both, "--reduce", "-o", "two", "-q"]) == 0
    assert ["pi-nsh.config", "sim-nsh.config"] == sorted(p.name for p in Path("two").glob("*nsh*"))


def test_diff_and_explain_take_them(folder: Path, capsys: Capture) -> None:
    """A path is a path in every verb, whatever the file is called."""
    assert run(["diff", "boards/sim/configs/nsh/defconfig", "boards/pi/configs/nsh/defconfig"]) == 0
    out = capsys.readouterr().out
    assert "sim-nsh" in out
    assert "pi-nsh" in out
    assert run(["diff", "prj.conf", "mm/.kunitconfig"]) == 0
    assert "prj.conf" in capsys.readouterr().out
    assert run(["explain", "TLS", "--config", "mm/.kunitconfig"]) == 0
    assert "TLS is y" in capsys.readouterr().out


def test_sweep_runs_them(folder: Path, capsys: Capture) -> None:
    """The variants' folders and the report have the names."""
    both = ["boards/sim/configs/nsh/defconfig", "mm/.kunitconfig"]
    assert run(["sweep", "--config", *both, "--", "grep", "-c", "CONFIG_NET=y", "{config}"]) == 0
    assert {"sim-nsh", "mm"} <= {path.name for path in Path(".kvariant").rglob("*")}


def test_coverage_writes_the_bytes_of_a_file(folder: Path) -> None:
    """A configuration whose comments are not UTF-8 is written as it is."""
    (folder / "configs/old.config").write_bytes(b"# caf\xe9\nCONFIG_NET=y\n")
    given = ["configs/old.config", "prj.conf"]
    assert run(["coverage", "--config", *given, "--reduce", "-o", "kept", "-q"]) == 0
    assert b"# caf\xe9\nCONFIG_NET=y\n" == (folder / "kept/old.config").read_bytes()


def test_a_variable_that_nobody_set_is_named(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a value is impossible because of it, by the error and by `explain`."""
    monkeypatch.delenv("HAVE_FOO", raising=False)
    kconfig = 'config FOO\n\tbool "foo"\n\tdepends on "$(HAVE_FOO)" = "y"\n'
    kconfig += 'config BAR\n\tbool "bar"\n\tdepends on FOO\n'
    (folder / "Kconfig").write_text(KCONFIG + kconfig, encoding="utf-8")
    told = "$(HAVE_FOO) is not set and expands to nothing: --env HAVE_FOO=VALUE"
    for name in ("FOO", "BAR"):
        (folder / "a.config").write_text(f"CONFIG_{name}=y\n", encoding="utf-8")
        assert run(["matrix", "--config", "a.config"]) == 2
        assert f"hint: {told}; till then no assignment makes {name} y" in capsys.readouterr().err
        assert run(["explain", f"{name}=y"]) == 1
        assert 1 == capsys.readouterr().out.count(told)
    assert run(["explain", "FOO=y", "--env", "HAVE_FOO=y"]) == 0
    assert run(["explain", "TLS=m"]) in (1, 2)
    assert "HAVE_FOO" not in capsys.readouterr().out


VALUES = """
config HAVE_LUA
	string
	option env="KV_LUA"
config LUA
	bool "lua"
	depends on HAVE_LUA = "y"
config N
	int "n"
	range 1 "$(KV_MAX)"
config MANY
	bool "many"
	depends on N > 3
"""


@pytest.mark.parametrize(
    ("asked", "variable"), [("LUA=y", "KV_LUA"), ("N=3", "KV_MAX"), ("MANY=y", "KV_MAX")]
)
def test_a_variable_behind_a_number_or_a_text(
    folder: Path, capsys: Capture, asked: str, variable: str
) -> None:
    """A symbol that is no bool is never "never on", and carries the variable on all the same."""
    (folder / "Kconfig").write_text(VALUES, encoding="utf-8")
    told = f"$({variable}) is not set and expands to nothing: --env {variable}=VALUE"
    assert run(["explain", asked]) == 1
    assert told in capsys.readouterr().out
    (folder / "a.config").write_text(f"CONFIG_{asked}\n", encoding="utf-8")
    assert run(["matrix", "--config", "a.config"]) == 2
    assert told in capsys.readouterr().err
    if asked.endswith("y"):
        assert run(["check"]) == 0
        dead = f"{asked.partition('=')[0]} is n in every configuration [dead-symbol]\nhint: {told}"
        assert dead in capsys.readouterr().out
