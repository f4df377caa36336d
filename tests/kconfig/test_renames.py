# SPDX-License-Identifier: MIT
"""Renamed symbols: values derived by hand from esp-idf-kconfig's documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.errors import InputError
from kvariant.kconfig import Fragment, Tree, read_fragment
from kvariant.kconfig.renames import read_renames, rename_files, renamed

Capture = pytest.CaptureFixture[str]

KCONFIG = """
config WDT_INIT
	bool "wdt"
config LOG_ENABLE
	bool "log"
config SPEED
	int "speed"
	default 10
config NAME
	string "name"
config OLD_BUT_THERE
	bool "old, and still there"
"""
RENAMES = """\
# old    new

CONFIG_TASK_WATCH          CONFIG_WDT_INIT
CONFIG_LOG_QUIET\t\t!CONFIG_LOG_ENABLE
CONFIG_old_speed CONFIG_SPEED
CONFIG_OLD_NAME CONFIG_NAME   # a remark
CONFIG_NOT_SPEED !CONFIG_SPEED
CONFIG_GHOST CONFIG_GHOST_NOW
CONFIG_OLD_BUT_THERE CONFIG_WDT_INIT
CONFIG_FIRST CONFIG_TASK_WATCH
CONFIG_TWICE CONFIG_NAME
CONFIG_TWICE CONFIG_WDT_INIT
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a tree with renamed symbols, which is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "sdkconfig.rename").write_text(RENAMES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(folder: Path, text: str) -> tuple[Fragment, list[str]]:
    """Return a fragment's text by today's names, and the old names that are warned of."""
    path = folder / "a.config"
    path.write_text(text, encoding="utf-8")
    renames = read_renames(rename_files([folder]))
    found, warnings = renamed(read_fragment(path), renames, Tree.load(folder / "Kconfig").types)
    return found, list(warnings)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("CONFIG_TASK_WATCH=y", {"WDT_INIT": "y"}),
        ("CONFIG_TASK_WATCH=n", {"WDT_INIT": "n"}),
        ("# CONFIG_TASK_WATCH is not set", {"WDT_INIT": "n"}),
        ("CONFIG_LOG_QUIET=y", {"LOG_ENABLE": "n"}),
        ("CONFIG_LOG_QUIET=n", {"LOG_ENABLE": "y"}),
        ("# CONFIG_LOG_QUIET is not set", {"LOG_ENABLE": "y"}),
        ("CONFIG_old_speed=20", {"SPEED": "20"}),
        ('CONFIG_OLD_NAME="x y"', {"NAME": "x y"}),
        ("CONFIG_NOT_SPEED=30", {"SPEED": "30"}),  # only bools are inverted
        ("CONFIG_TWICE=y", {"WDT_INIT": "y"}),  # the last line counts
    ],
)
def test_an_old_name_is_read_as_the_new_one(
    folder: Path, line: str, expected: dict[str, str]
) -> None:
    """The value is the new symbol's, inverted where the line says so."""
    fragment, warned = read(folder, f"{line}\n")
    assert expected == dict(fragment.assignment)
    assert 1 == len(warned)
    assert () == Tree.load(folder / "Kconfig").resolve(fragment).dropped


@pytest.mark.parametrize(
    "name",
    [
        "OLD_BUT_THERE",  # a Kconfig file defines it
        "GHOST",  # none defines what it is called now
        "FIRST",  # what it is called now was renamed too
        "NOWHERE",
    ],
)
def test_other_names_stay(folder: Path, name: str) -> None:
    """A name is as it is written unless it is gone and the new one is there."""
    fragment, warned = read(folder, f"CONFIG_{name}=y\n")
    assert {name: "y"} == dict(fragment.assignment)
    assert [] == warned


def test_of_both_names_the_last_line_counts(folder: Path) -> None:
    """An old name's line is in its place among the others."""
    assert {"WDT_INIT": "y"} == dict(
        read(folder, "CONFIG_TASK_WATCH=n\nCONFIG_WDT_INIT=y\n")[0].assignment
    )
    assert {"WDT_INIT": "n"} == dict(
        read(folder, "CONFIG_WDT_INIT=y\n# CONFIG_TASK_WATCH is not set\n")[0].assignment
    )


def test_repeated_values_of_an_sdkconfig_are_not_read(folder: Path) -> None:
    """What the tool repeats by old names for other programs asks for nothing."""
    fragment, warned = read(
        folder,
        "CONFIG_WDT_INIT=y\n\n# Deprecated options for backward compatibility\n"
        "CONFIG_TASK_WATCH=n\nCONFIG_old_speed=99\n# End of deprecated options\nCONFIG_SPEED=3\n",
    )
    assert {"WDT_INIT": "y", "SPEED": "3"} == dict(fragment.assignment)
    assert [] == warned


def test_a_permission_is_for_the_new_name(folder: Path) -> None:
    """What may be dropped is called by its old name too."""
    fragment, _ = read(
        folder,
        "CONFIG_TASK_WATCH=y\n# kvariant: allow-dropped CONFIG_TASK_WATCH because it is old\n",
    )
    assert ["WDT_INIT"] == [permission.symbol for permission in fragment.permissions]


def test_components_and_targets_have_their_own(folder: Path) -> None:
    """The root's lines count over its components', a chip's over those of all chips."""
    for name, new in (
        ("components/x/sdkconfig.rename", "NAME"),
        ("components/x/sdkconfig.rename.chip", "SPEED"),
        ("sdkconfig.rename", "LOG_ENABLE"),
        ("sdkconfig.rename.chip", "WDT_INIT"),
        ("sdkconfig.rename.other", "OTHER"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"CONFIG_A CONFIG_{new}\nCONFIG_{new}_A CONFIG_{new}\n")
    found = read_renames(rename_files([folder], "chip"))
    assert "WDT_INIT" == found["A"].new
    assert {"A", "NAME_A", "SPEED_A", "LOG_ENABLE_A", "WDT_INIT_A"} == set(found)
    assert "LOG_ENABLE" == read_renames(rename_files([folder]))["A"].new


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("CONFIG_A", "'CONFIG_A' is neither two names nor a comment [rename-syntax]"),
        ("A B", "'A B' is neither two names nor a comment"),
        ("CONFIG_A CONFIG_A", "'CONFIG_A CONFIG_A' renames a symbol to itself"),
        ("!CONFIG_A CONFIG_B", "is neither two names nor a comment"),
        ("CONFIG_A CONFIG_B CONFIG_C", "is neither two names nor a comment"),
    ],
)
def test_what_is_no_rename_is_an_error(folder: Path, line: str, message: str) -> None:
    """The line is named, with what can be written."""
    (folder / "sdkconfig.rename").write_text(f"# one\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_renames([folder / "sdkconfig.rename"])
    assert message in str(caught.value)
    assert "sdkconfig.rename:2:1: error" in str(caught.value)


WARNING = """\
a.config:1:1: warning: TASK_WATCH was renamed: it is read as WDT_INIT [renamed]
    CONFIG_TASK_WATCH=y
    ^~~~~~~~~~~~~~~~~
sdkconfig.rename:3:1: note: renamed here
"""


@pytest.mark.parametrize(
    "command",
    [
        ["matrix", "--config", "a.config", "b.config"],
        ["matrix", "uniform", "--size", "1", "--from", "a.config", "b.config"],
        ["matrix", "toggles", "--base", "a.config"],
        ["matrix", "toggles", "--include", "a.config", "b.config"],
        ["coverage", "--config", "a.config", "b.config"],
        ["diff", "a.config", "b.config"],
        ["explain", "WDT_INIT", "--config", "a.config"],
        ["generate", "-o", "out", "--config", "a.config", "b.config"],
        ["sweep", "--config", "a.config", "--", "true"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_verb_says_it_once(folder: Path, capsys: Capture, command: list[str]) -> None:
    """However many lines have an old name, one warning names the first, with the rename."""
    for name in ("a", "b"):
        (folder / f"{name}.config").write_text("CONFIG_TASK_WATCH=y\n", encoding="utf-8")
    assert run(command) == 0
    assert 1 == capsys.readouterr().err.count(WARNING)


def test_check_says_it(folder: Path, capsys: Capture) -> None:
    """A renamed symbol in the project's own fragments is a warning of `check`, and no error."""
    (folder / "configs").mkdir()
    (folder / "configs/a.config").write_text("CONFIG_TASK_WATCH=y\n", encoding="utf-8")
    assert run(["check"]) == 0
    assert WARNING.replace("a.config", "configs/a.config", 1) in capsys.readouterr().out


def test_the_hint_stays_where_there_is_no_rename(folder: Path, capsys: Capture) -> None:
    """An unknown name that was not renamed is an error with the nearest name."""
    (folder / "a.config").write_text("CONFIG_WDT_INTI=y\n", encoding="utf-8")
    assert run(["matrix", "--config", "a.config"]) == 2
    assert "hint: did you mean WDT_INIT (Kconfig:2)?" in capsys.readouterr().err
