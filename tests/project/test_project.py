"""The project file's keys about the tree: preset, dialect, environments."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from kvariant.errors import InputError
from kvariant.kconfig.dialect import DIALECTS
from kvariant.kconfig.presets import PRESETS
from kvariant.project import Environment, Project
from kvariant.project.project import ProjectTable


def project_of(folder: Path, text: str) -> Project:
    """Return the project of a kvariant.toml."""
    (folder / "kvariant.toml").write_text(text, encoding="utf-8")
    return Project.find(folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("", {})]),
        ('env = { ARCH = "x86" }', [("", {"ARCH": "x86"})]),
        (
            'env = { ARCH = ["x86", "arm64"], CC = "gcc" }',
            [("x86", {"ARCH": "x86", "CC": "gcc"}), ("arm64", {"ARCH": "arm64", "CC": "gcc"})],
        ),
        ('env = { ARCH = ["x86"] }', [("x86", {"ARCH": "x86"})]),
        (
            'env = { ARCH = ["x86", "arm64"], CC = ["gcc", "/opt/bin/clang 15"] }',
            [
                ("x86-gcc", {"ARCH": "x86", "CC": "gcc"}),
                ("x86-opt-bin-clang-15", {"ARCH": "x86", "CC": "/opt/bin/clang 15"}),
                ("arm64-gcc", {"ARCH": "arm64", "CC": "gcc"}),
                ("arm64-opt-bin-clang-15", {"ARCH": "arm64", "CC": "/opt/bin/clang 15"}),
            ],
        ),
        (
            'env = { ARCH = ["x86", "arm64"], CROSS = ["", "aarch64-"] }',
            [
                ("x86", {"ARCH": "x86", "CROSS": ""}),
                ("x86-aarch64", {"ARCH": "x86", "CROSS": "aarch64-"}),
                ("arm64", {"ARCH": "arm64", "CROSS": ""}),
                ("arm64-aarch64", {"ARCH": "arm64", "CROSS": "aarch64-"}),
            ],
        ),
    ],
    ids=["none", "text", "list", "list-of-one", "product", "empty-text"],
)
def test_a_list_in_env_makes_an_environment_for_each_value(
    tmp_path: Path, text: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    """Lists make their product, in the order of the file; without one there is one, unnamed."""
    found = project_of(tmp_path, text).environments
    assert expected == [(environment.name, environment.values) for environment in found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env = { ARCH = [] }", "the list of ARCH is empty"),
        ('env = { ARCH = ["x86", "x86"] }', "two trees would be named 'x86'"),
        ('env = { A = ["x-y", "x"], B = ["z", "y-z"] }', "two trees would be named 'x-y-z'"),
        ('env = { ARCH = ["", "x86"], CC = ["x86", ""] }', "two trees would be named 'x86'"),
    ],
    ids=["empty", "twice", "same-name", "same-name-of-empty"],
)
def test_environments_are_told_apart(tmp_path: Path, text: str, message: str) -> None:
    """A list without values, and environments that no name tells apart, are errors."""
    with pytest.raises(InputError, match=message):
        _ = project_of(tmp_path, text).environments


def test_the_command_line_replaces_a_list(tmp_path: Path) -> None:
    """One value in place of a list makes one tree without a name; the other keys stay."""
    project = project_of(tmp_path, 'env = { ARCH = ["x86", "arm64"], CC = "gcc" }')
    (only,) = project.overridden(env={"ARCH": "riscv"}).environments
    assert Environment("", {"ARCH": "riscv", "CC": "gcc"}) == only


def test_the_command_line_chooses_from_a_list(tmp_path: Path) -> None:
    """A value that is in the list keeps its tree's name; what is known of all is not."""
    project = project_of(tmp_path, 'env = { ARCH = ["x86", "arm64"], CC = "gcc" }')
    chosen = project.overridden(env={"ARCH": "arm64"})
    (only,) = chosen.environments
    assert ("arm64", "ARCH=arm64", {"ARCH": "arm64", "CC": "gcc"}) == (
        only.name,
        str(only),
        only.values,
    )
    assert (True, True, False) == tuple(
        p.is_whole for p in (project, project.overridden(env={"CC": "clang"}), chosen)
    )


def test_names_stay_in_their_folder(tmp_path: Path) -> None:
    """No value makes a name that leads out of a folder, or that is none."""
    found = project_of(tmp_path, 'env = { A = ["..", "/x/", ".y/../z"] }').environments
    assert ["empty", "x", "y-..-z"] == [environment.name for environment in found]


def test_the_project_file_names_every_preset_and_dialect() -> None:
    """What the file allows is what kconfig knows: the layers cannot import each other."""
    fields = ProjectTable.model_fields
    assert {"auto", *PRESETS} == set(get_args(fields["preset"].annotation))
    assert {"auto", *DIALECTS} == set(get_args(fields["dialect"].annotation))


def test_the_entry_file_is_found(tmp_path: Path) -> None:
    """Where none is named it is Kconfig, or Config.in in a tree that has only that."""
    assert tmp_path / "Kconfig" == Project.find(tmp_path).kconfig
    (tmp_path / "Config.in").touch()
    assert tmp_path / "Config.in" == Project.find(tmp_path).kconfig
    (tmp_path / "Kconfig").touch()
    assert tmp_path / "Kconfig" == Project.find(tmp_path).kconfig
