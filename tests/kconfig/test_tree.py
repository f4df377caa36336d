"""Trees: what they declare, the environment they read, depth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import InputError


def test_the_environment_is_scoped_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree sees the variables it is given, says which it read, and leaves none behind."""
    monkeypatch.delenv("BOARD", raising=False)
    monkeypatch.setenv("CONFIG_", "NOT_OURS_")
    (tmp_path / "Kconfig").write_text('config NAME\n\tstring\n\tdefault "$(BOARD)"\n')
    tree = Tree.load(tmp_path / "Kconfig", env={"BOARD": "pico"})
    assert tree.resolve({})["NAME"] == "pico"
    assert {"BOARD": "pico"} == tree.environment
    assert "BOARD" not in os.environ
    assert tree.config_text(tree.resolve({})).splitlines()[1:] == ['CONFIG_NAME="pico"']


def test_shell_is_refused_and_listed(tmp_path: Path) -> None:
    """Without permission no command runs; the tree lists what it would have run."""
    mark = tmp_path / "ran"
    (tmp_path / "Kconfig").write_text(
        f'config CC\n\tstring\n\tdefault "$(shell,touch {mark} && echo gcc)"\n'
    )
    refused = Tree.load(tmp_path / "Kconfig", shell=False)
    assert refused.resolve({})["CC"] == ""
    (command,) = refused.shell_commands
    assert f"touch {mark} && echo gcc" == command.text
    assert (str(tmp_path / "Kconfig"), 3) == (command.location.path, command.location.line)
    assert not command.was_run
    (warning,) = refused.diagnostics()
    assert ("no-shell", command.location) == (warning.code, warning.location)
    assert not mark.exists()
    allowed = Tree.load(tmp_path / "Kconfig")
    assert allowed.resolve({})["CC"] == "gcc"
    assert [True] == [command.was_run for command in allowed.shell_commands]
    assert [] == allowed.diagnostics()


def test_a_chain_of_5000_dependencies(tmp_path: Path) -> None:
    """A deep tree loads, resolves, and still explains what was dropped at its end."""
    parts = ['config A0\n\tbool "a"\n']
    parts += [f'config A{i}\n\tbool "a"\n\tdepends on A{i - 1}\n' for i in range(1, 5000)]
    (tmp_path / "Kconfig").write_text("".join(parts))
    tree = Tree.load(tmp_path / "Kconfig")
    assert tree.resolve({f"A{i}": "y" for i in range(5000)})["A4999"] == "y"
    (dropped,) = tree.resolve({"A4999": "y"}).dropped
    assert "depends on A4998; A4998 is n" in str(dropped.diagnostic)


def test_undefined_names_have_their_place(tmp_path: Path) -> None:
    """`default true` is an error at its line, with the word that was meant."""
    (tmp_path / "Kconfig").write_text('config A\n\tbool "true"\n\tdefault true\n')
    (found,) = Tree.load(tmp_path / "Kconfig").diagnostics()
    assert found.location is not None
    assert (3, 10, "unknown-symbol", "write y") == (
        found.location.line,
        found.location.column,
        found.code,
        found.hint,
    )


def test_a_configuration_belongs_to_its_tree(tmp_path: Path) -> None:
    """A configuration that this tree cannot have is not written as if it could."""
    (tmp_path / "one").write_text('config A\n\tbool "a"\n')
    (tmp_path / "two").write_text('config B\n\tbool "b"\n')
    one, two = Tree.load(tmp_path / "one"), Tree.load(tmp_path / "two")
    with pytest.raises(InputError, match="foreign-configuration"):
        two.config_text(one.resolve({"A": "y"}))


def test_reasons_of_a_wide_term_are_few(tmp_path: Path) -> None:
    """Of a dependency on hundreds of symbols, some are explained and the others counted."""
    names = [f"A{i}" for i in range(300)]
    parts = [f'config {name}\n\tbool "a"\n' for name in names]
    parts.append(f'config B\n\tbool "b"\n\tdepends on {" || ".join(names)}\n')
    (tmp_path / "Kconfig").write_text("".join(parts))
    (dropped,) = Tree.load(tmp_path / "Kconfig").resolve({"B": "y"}).dropped
    (note,) = dropped.reasons
    _, _, states = note.text.partition("; ")
    told = [f"A{i} is n (no user value, no default)" for i in range(8)]
    assert ", ".join(told) + " and 292 more" == states


def test_what_a_tree_says_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`$(info,...)` is told with its place, and is not among what is printed as results."""
    path = tmp_path / "Kconfig"
    path.write_text('config A\n\tbool "a"\n$(info,hello)\n$(warning-if,y,look out)\n')
    tree = Tree.load(path)
    assert ("", "") == capsys.readouterr()
    told = [(one.location.line, one.message) for one in tree.diagnostics() if one.location]
    assert [(3, "info: hello"), (4, "look out")] == told
