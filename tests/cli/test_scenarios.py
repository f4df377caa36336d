# SPDX-License-Identifier: MIT
"""Zephyr's scenarios and boards as configurations, in every verb that takes files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run

Capture = pytest.CaptureFixture[str]

FILES = {
    "Kconfig": "".join(f'config {name}\n\tbool "{name}"\n' for name in ("NET", "TLS", "FAX", "ACE"))
    + 'config BOARD\n\tstring\n\tdefault "$(BOARD)"\nconfig ARCH\n\tstring\n'
    '\tdefault "$(ARCH)"\n',
    "tests/net/testcase.yaml": "common:\n  extra_configs: [CONFIG_NET=y]\ntests:\n"
    "  net.plain: {}\n  net.tls:\n    extra_configs:\n      - CONFIG_TLS=y\n",
    "tests/fax/testcase.yaml": "tests:\n  fax.config:\n    tags: fax\n  common.one: {}\n",
    "tests/fax/prj.conf": "CONFIG_FAX=y\n",
    "samples/net/sample.yaml": "sample:\n  name: net\ntests:\n  common.one:\n"
    "    extra_args: CONF_FILE=net.conf\n",
    "samples/net/net.conf": "CONFIG_NET=y\n",
    "samples/none/sample.yaml": "sample:\n  name: none\n",
    "boards/arm/pi/pi_defconfig": "CONFIG_ACE=y\n",
}
TLS = "tests/net/testcase.yaml/net.tls"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a tree with tests, samples and a board, which is the working folder."""
    for name in ("BOARD", "ARCH"):
        monkeypatch.delenv(name, raising=False)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def matrix(capsys: Capture, *arguments: str) -> dict[str, dict[str, str]]:
    """Return the variants that a command chooses, and what each asks for."""
    assert run(["matrix", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["variants"]
    return {variant["name"]: variant["assignment"] for variant in found}


def test_a_file_stands_for_its_scenarios(folder: Path, capsys: Capture) -> None:
    """One variant a scenario, named by it; those of one name are told apart by folders."""
    found = matrix(capsys, "--config", "**/testcase.yaml", "**/sample.yaml")
    assert {
        "net.plain": {"NET": "y"},
        "net.tls": {"NET": "y", "TLS": "y"},
        "fax.config": {"FAX": "y"},
        "fax-common.one": {"FAX": "y"},
        "net-common.one": {"NET": "y"},
    } == found


def test_a_project_has_them(folder: Path, capsys: Capture) -> None:
    """`configs`, `from`, `include`, `base` and -k take files of scenarios, scenarios and names."""
    text = 'configs = ["tests/**/testcase.yaml", "boards/*/*/*_defconfig"]\n'
    (folder / "kvariant.toml").write_text(text, encoding="utf-8")
    names = {"net.plain", "net.tls", "fax.config", "common.one", "pi"}
    assert names == set(matrix(capsys))
    assert {"net.tls"} == set(matrix(capsys, "-k", "net.t*"))
    assert {"net.plain", "net.tls"} == set(
        matrix(capsys, "uniform", "--size", "2", "--from", "tests/net/testcase.yaml")
    )
    for one in (TLS, "net.tls", str(folder / TLS)):
        assert "net.tls" in matrix(capsys, "toggles", "--include", one)
        assert all(
            "y" in (v.get("NET"), v.get("TLS"))
            for v in matrix(capsys, "toggles", "--symbols", "FAX", "--base", one).values()
        )
    assert {"net.tls"} == set(matrix(capsys, "--config", TLS))
    assert run(["check"]) == 0


def test_a_board_is_below_its_scenarios(folder: Path, capsys: Capture) -> None:
    """With BOARD each scenario builds on what the board's defconfig asks for."""
    found = matrix(capsys, "--config", TLS, "--env", "BOARD=pi")
    assert {"net.tls": {"ACE": "y", "NET": "y", "TLS": "y"}} == found


def test_coverage_writes_what_is_merged(folder: Path, capsys: Capture) -> None:
    """What coverage keeps is one file a scenario, which asks for the same."""
    arguments = ["coverage", "--config", "tests/net/testcase.yaml", "tests/fax/testcase.yaml"]
    assert run([*arguments, "--reduce", "-o", "kept", "-q"]) == 0
    capsys.readouterr()
    assert "CONFIG_NET=y\nCONFIG_TLS=y\n" == (folder / "kept/net.tls.config").read_text()
    kept = matrix(capsys, "--config", "kept/*.config")
    given = matrix(capsys, "--config", *arguments[2:])
    assert kept
    assert kept.items() <= given.items()


def test_diff_explain_and_sweep_take_them(folder: Path, capsys: Capture) -> None:
    """A scenario is named by its path, and a file that lists one alone is that one."""
    assert run(["diff", "tests/net/testcase.yaml/net.plain", TLS]) == 0
    assert "net.plain  net.tls" in capsys.readouterr().out
    assert run(["explain", "NET", "--config", "samples/net/sample.yaml"]) == 0
    assert "NET is y" in capsys.readouterr().out
    step = ["--", "grep", "-c", "CONFIG_FAX=y", "{config}"]
    assert run(["sweep", "--config", "tests/*/testcase.yaml", *step]) == 1
    told = capsys.readouterr().out
    assert "net.tls" in told
    assert run(["sweep", "--config", "tests/fax/testcase.yaml/fax.config", *step]) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["explain", "NET", "--config", "tests/net/testcase.yaml"],
         "tests/net/testcase.yaml: error: one configuration is asked for, and this file lists 2"
         " scenarios: net.plain, net.tls [no-fragment]\n"
         "hint: name one: tests/net/testcase.yaml/net.plain\n"),
        (["diff", "tests/net/testcase.yaml", TLS], "hint: name one: tests/net/"),
        (["toggles", "--base", "tests/net/testcase.yaml"], "lists 2 scenarios"),
        (["matrix", "--config", "tests/net/testcase.yaml/net.tsl"],
         "tests/net/testcase.yaml: error: no scenario is called 'net.tsl' here [no-fragment]\n"
         "hint: did you mean net.tls?\n"),
        (["matrix", "--config", "samples/none/sample.yaml"],
         "error: samples/none/sample.yaml lists no scenario [no-fragment]"),
        (["coverage", "--config", "samples/none/sample.yaml"], "there is no configuration"),
    ],
)  # fmt: skip
def test_what_names_none(folder: Path, capsys: Capture, arguments: list[str], told: str) -> None:
    """Where one is meant, several or none are an error that names one."""
    if arguments[0] == "toggles":
        arguments = ["matrix", *arguments]
    assert run(arguments) == 2
    assert told in capsys.readouterr().err


def test_check_tells_what_else_is_wrong(folder: Path, capsys: Capture) -> None:
    """A file of scenarios that is no YAML is one error among the others of the project."""
    text = 'configs = ["tests/**/testcase.yaml"]\n[matrix.m]\nwhere = "NTE"\n'
    (folder / "kvariant.toml").write_text(text, encoding="utf-8")
    (folder / "tests/net/testcase.yaml").write_text("tests: [\n", encoding="utf-8")
    assert run(["check"]) in (1, 2)
    output = capsys.readouterr()
    assert "tests/net/testcase.yaml:2:1: error: " in output.out + output.err
    assert 1 == (output.out + output.err).count("[yaml]")
