# SPDX-License-Identifier: MIT
"""Trees that are kept: taken while all that was read is as it was, and never otherwise."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from kvariant import Space, Tree
from kvariant.kconfig import kept, probes
from kvariant.kconfig.model import Model
from kvariant.kconfig.parsed import Parsed

KCONFIG = """\
config NET
	bool "net"
	default y
source "more/*.in"
osource "late.in"
config HAS
	def_bool $(shell,test -e $(PROBED) && echo y || echo n)
config SAYS
	string
	default "$(shell,answer)"
config LATE_PROGRAM
	def_bool $(shell,command -v late-program >/dev/null && echo y || echo n)
config FROM
	string
	default "$(FROM)"
config UNSET
	string
	default "$(NOBODY)"
choice
	prompt "one"
	depends on NET
config A
	bool "a"
config B
	bool "b"
endchoice
config PORT
	int "port" if B
	range 1 9
	default 5
config MODULES
	bool "modules"
	option modules
menu "more"
	visible if NET
comment "of them"
	depends on PORT > 3 || !A
config T
	tristate "t"
	select U if PORT != 7
	imply V
config U
	tristate
config V
	tristate "v" if T = m
	default U && NET
choice
	tristate "several"
	optional
config C
	tristate "c"
config D
	bool "d"
	depends on T
endchoice
endmenu
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a tree that is kept however quickly it is read."""
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "WORTH", -1)
    monkeypatch.setattr(kept, "_TICK", -(10**18))  # files of a test are as old as its parse
    folder = tmp_path / "tree"
    (folder / "more").mkdir(parents=True)
    (folder / "Kconfig").write_text(KCONFIG)
    (folder / "more/a.in").write_text('config MORE\n\tbool "more"\n')
    (folder / "more/z.in").write_text('config LAST\n\tbool "last"\n')
    program(tmp_path, "one")
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}:{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("FROM", "here")
    monkeypatch.setenv("PROBED", str(tmp_path / "probed"))
    monkeypatch.delenv("NOBODY", raising=False)
    return folder


def program(folder: Path, says: str, name: str = "bin/answer") -> None:
    """Write the program that the tree asks."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is parsed and not taken from the cache."""
    from kvariant.kconfig import parse as module

    done: list[str] = []
    read = module.read

    def counted(*args: object, **options: object) -> object:
        done.append("parsed")
        return read(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read", counted)
    return done


def load(folder: Path) -> Tree:
    """Load the tree as a command does."""
    return Tree.load(folder / "Kconfig", keep=True, dialect="auto")


def test_the_second_time_nothing_is_parsed(tree: Path, parses: list[str]) -> None:
    """And all that is known is the same: values, texts, places, spaces."""
    first, second = load(tree), load(tree)
    assert ["parsed"] == parses
    assert second.kept_as
    assert first.environment == second.environment
    assert dict(first.symbols) == dict(second.symbols)
    for assignment in ({}, {"B": "y", "PORT": "77"}, {"NET": "n", "A": "y"}):
        one, other = first.resolve(assignment), second.resolve(assignment)
        assert dict(one) == dict(other)
        assert one.dropped == other.dropped
        assert first.config_text(one) == second.config_text(other)
    assert Space.of(first).count() == Space.of(second).count()
    assert first.why("PORT", {}) == second.why("PORT", {})


def test_every_part_is_as_it_was_read(tree: Path, parses: list[str]) -> None:
    """Each field of what parsing gave comes back equal, and what was shared stays shared."""
    first, second = load(tree)._parse, load(tree)._parse
    assert ["parsed"] == parses
    for field in dataclasses.fields(Parsed):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, Mapping):
            one, other = dict(one), dict(other)
        if isinstance(one, Model):
            assert list(one.symbols.items()) == list(other.symbols.items())
            one, other = (dataclasses.replace(m, symbols={}) for m in (one, other))
        assert one == other, field.name
    assert first.types == second.types
    a, b = (second.model.symbols[name].prompts[0].condition for name in ("A", "B"))
    assert a is b


def test_a_tree_that_is_read_in_no_time_is_not_kept(
    tree: Path, parses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written for it."""
    monkeypatch.setattr(kept, "WORTH", 3600)
    load(tree)
    load(tree)
    assert ["parsed"] * 2 == parses
    assert not kept.folder().exists()


def edited_alike(tree: Path) -> None:
    """Change a file without changing its size or time."""
    path = tree / "more/a.in"
    before = path.stat()
    path.write_text(path.read_text().replace("MORE", "LESS"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = {
    "a file is edited": lambda t: (t / "Kconfig").write_text(KCONFIG.replace("NET", "NIT")),
    "size and time stay": edited_alike,
    "a file appears under a glob": lambda t: (t / "more/b.in").write_text("config LATE\n\tbool\n"),
    "a file goes": lambda t: (t / "more/a.in").unlink(),
    "a missing file appears": lambda t: (t / "late.in").write_text("config LATE\n\tbool\n"),
    "a variable changes": lambda _: os.environ.update(FROM="there"),
    "a variable is set": lambda _: os.environ.update(NOBODY="somebody"),
    "a program is replaced": lambda t: program(t.parent, "two"),
    "another program is found first": lambda t: program(t.parent, "three", "first/answer"),
    "a program appears": lambda t: program(t.parent, "here", "bin/late-program"),
    "a file that is probed appears": lambda t: (t.parent / "probed").touch(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_never_stale(
    tree: Path, parses: list[str], change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is looked at again: the tree is the one that a fresh parse gives."""
    for name in ("FROM", "NOBODY"):  # restored when the test ends
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.delenv("NOBODY")
    before = dict(load(tree).resolve({}))
    CHANGES[change](tree)
    found = load(tree)
    assert ["parsed"] * 2 == parses
    fresh = Tree.load(tree / "Kconfig", dialect="auto")
    assert dict(fresh.resolve({})) == dict(found.resolve({})) != before
    load(tree)
    assert 3 == len(parses), "the new one is kept in its turn"


def test_a_file_that_is_only_touched_is_the_same(tree: Path, parses: list[str]) -> None:
    """Its content decides where its time does not."""
    load(tree)
    (tree / "Kconfig").write_text(KCONFIG)
    load(tree)
    assert ["parsed"] == parses


DAMAGES = {
    "cut": lambda p: p.write_bytes(p.read_bytes()[:200]),
    "empty": lambda p: p.write_bytes(b""),
    "flipped": lambda p: p.write_bytes(p.read_bytes()[:-1] + b"?"),
    "another format": lambda p: p.write_bytes(b"kvariant tree 9\n" + p.read_bytes()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_replaced(tree: Path, parses: list[str], damage: str) -> None:
    """It is not read, and the next command has a whole one."""
    load(tree)
    (entry,) = kept.folder().glob("*.tree")
    DAMAGES[damage](entry)
    load(tree)
    load(tree)
    assert ["parsed"] * 2 == parses


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_not_trusted(
    tree: Path, parses: list[str], mode: int
) -> None:
    """Nothing is read from it, as reading could run what others put there."""
    load(tree)
    kept.folder().chmod(mode)
    load(tree)
    assert ["parsed"] * 2 == parses


def test_another_version_has_entries_of_its_own(
    tree: Path, parses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another state of the program wrote is not taken."""
    load(tree)
    monkeypatch.setattr(kept, "_own_stamp", lambda: "another")
    load(tree)
    assert ["parsed"] * 2 == parses


def test_a_folder_that_cannot_be_made_is_nobodys_error(
    tree: Path, parses: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The tree is read each time."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "file" / "cache"))
    assert not load(tree).kept_as
    load(tree)
    assert ["parsed"] * 2 == parses


def test_those_not_used_longest_go(
    tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All entries together stay below the limit, the newest is always there."""
    monkeypatch.setattr(kept, "LIMIT", 1)
    load(tree)
    other = tmp_path / "other"
    other.mkdir()
    (other / "Kconfig").write_text('config X\n\tbool "x"\n')
    key = load(other).kept_as
    assert [f"{key}.tree"] == [path.name for path in kept.folder().iterdir()]


def _many(folder: Path) -> None:
    for _ in range(20):
        assert "NET" in load(folder).symbols


def test_several_commands_at_once(tree: Path) -> None:
    """They write and read one entry, and each has the whole tree."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_many, args=(tree,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [0] * 4 == [worker.exitcode for worker in workers]
    assert [] == list(kept.folder().glob(".*"))


@pytest.mark.parametrize(
    ("command", "trusted"),
    [
        ("{ gcc -Werror -x c /dev/null; } >/dev/null 2>&1 && echo y || echo n", True),
        ("set -e; X=1 gcc --version | sed -e 's/a/b/'; if true; then echo; fi", True),
        ("pkg-config --exists gtk && echo y", False),
        ("echo $(uname -m)", False),
        ("python3 -c 'import yaml'", False),
        ("echo 'open", False),
    ],
)
def test_which_commands_are_run_again(command: str, trusted: bool) -> None:
    """All but those whose programs follow from what they are given."""
    assert trusted == probes.is_trusted(command, "/")
