# SPDX-License-Identifier: MIT
"""The tree's own tool is asked, and what it says otherwise is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import debian
from kvariant import Tree
from kvariant.cli import run
from kvariant.errors import MissingError
from kvariant.kconfig import witness as module
from kvariant.kconfig.allconfig import allconfig
from kvariant.kconfig.tool_build import built
from kvariant.kconfig.witness import disagreements, witness_of

KCONFIG = """\
config MODULES
	bool "modules"
	default y
	modules
config A
	bool "a"
config B
	tristate "b"
	depends on A
config S
	string "s"
	default "it's \\"quoted\\""
choice
	prompt "one" if A
config X
	bool "x"
config Y
	bool "y"
endchoice
config N
	int "n"
	range 1 5
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the entry file of a tree in the current folder."""
    monkeypatch.setenv("KVARIANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "a.config").write_text("CONFIG_A=y\nCONFIG_B=m\nCONFIG_Y=y\nCONFIG_N=9\n")
    (tmp_path / "b.config").write_text("CONFIG_A=y\nCONFIG_B=m\n")
    return tmp_path / "Kconfig"


def conf(folder: Path, body: str) -> str:
    """Write a program that stands in for a conf."""
    path = folder / "my-conf"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def source(folder: Path, release: str) -> None:
    """Have the tree carry a kernel's tool, or skip."""
    try:
        kernel = debian.linux_source(release)
    except debian.Unavailable as reason:
        pytest.skip(f"no Linux {release} here: {reason}")
    if lost := [name for name in ("flex", "bison", "gcc") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(lost)}")
    (folder / "scripts").mkdir()
    (folder / "scripts/kconfig").symlink_to(kernel / "scripts/kconfig")
    (folder / "scripts/include").symlink_to(kernel / "scripts/include")


@pytest.mark.parametrize("release", ["6.1", "6.12", "7.2"])
def test_the_trees_own_source_is_built_and_agrees(tree: Path, release: str) -> None:
    """Nothing is written into the tree; by kconfiglib's rules 6.12 and 7.2 say otherwise."""
    source(tree.parent, release)
    before = sorted(tree.parent.rglob("*"))
    asked = {"Y": "y", "N": "9"}  # the prompt of the choice is hidden, the number is too large
    own = Tree.load(tree, dialect="auto")
    assert () == disagreements(own, "v", own.resolve(asked), witness_of(own))
    wrong = Tree.load(tree)
    found = disagreements(wrong, "v", wrong.resolve(asked), witness_of(wrong))
    expected = {"6.1": set()}.get(release, {"Y is n", "N is 1"})
    assert expected <= {d.message.partition(" in ")[0] for d in found}
    assert bool(found) == (release != "6.1")
    cache = tree.parent / "cache"
    new = set(tree.parent.rglob("*")) - set(before)
    assert {path for path in new if cache not in (path, *path.parents)} == set()


def test_kconfiglib_is_asked_where_there_is_no_tool(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own evaluation, one variant after the other, says the same."""
    tree.write_text(KCONFIG.replace("\tmodules\n", "\toption modules\n"))
    assert run(["matrix", "--config", "b.config", "--verify"]) == 0
    assert "kconfiglib gives every symbol of each the same value" in capsys.readouterr().out
    assert run(["check", "--verify"]) == 0


def test_a_lie_is_caught(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By matrix and by check, with the symbol's place; JSON has it too."""
    lies = conf(tree.parent, 'printf "CONFIG_A=y\\nCONFIG_B=y\\n" > "$KCONFIG_CONFIG"')
    (tree.parent / "configs").mkdir()
    shutil.copy("b.config", "configs/b.config")
    for command in (["matrix", "--config", "b.config"], ["check"]):
        assert run([*command, f"--verify={lies}"]) == 1
        told = capsys.readouterr()
        assert "Kconfig:7:1: error: B is m in b, my-conf says y [witness]" in told.out + told.err
    assert run(["matrix", "--config", "b.config", f"--verify={lies}", "--json"]) == 1
    assert '"witness": "my-conf"' in capsys.readouterr().out


def test_what_is_not_written_is_n_or_not_compared(tree: Path) -> None:
    """A bool that is missing is n; a text or number that is missing is nobody's claim."""
    own = Tree.load(tree)
    silent = witness_of(own, conf(tree.parent, ': > "$KCONFIG_CONFIG"'))
    found = disagreements(own, "v", own.resolve({"A": "y"}), silent)
    assert {"MODULES", "A", "X"} == {d.message.split()[0] for d in found}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit 3", "my-conf does not take the tree: exit code 3"),
        ("echo no >&2; exit 1", "tree: no"),
    ],
)
def test_a_tool_that_does_not_take_the_tree(tree: Path, body: str, message: str) -> None:
    """It is told what it said."""
    own = Tree.load(tree)
    witness = witness_of(own, conf(tree.parent, body))
    with pytest.raises(MissingError, match=message):
        disagreements(own, "v", own.resolve({}), witness)


def test_a_tool_that_is_not_there(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is named is an error with exit code 3."""
    assert run(["matrix", "--config", "b.config", "--verify=./none"]) == 3
    assert "none is no program [no-witness]" in capsys.readouterr().err


def test_without_flex_it_is_said(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is verified, and it is a warning that nobody was asked."""
    folder = tree.parent / "scripts/kconfig"
    folder.mkdir(parents=True)
    (folder / "symbol.c").write_text("void sym_calc_value(struct symbol *sym)\n")
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    assert run(["matrix", "--config", "b.config", "--verify", "--dialect", "kconfiglib"]) == 0
    told = capsys.readouterr()
    assert "flex and bison and gcc must be installed [no-witness]" in told.err
    assert "apt install flex bison gcc" in told.err
    assert "verified: 1 variant" in told.out


def test_rules_without_a_tool_have_no_witness(tree: Path) -> None:
    """kconfiglib cannot speak for another tool's rules."""
    own = Tree.load(tree, dialect="linux")
    with pytest.raises(MissingError, match="no tool with the rules of linux"):
        witness_of(own)


def test_a_matrix_may_stand_behind_the_option(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What follows `--verify` is no value of it: that one stands behind `=`."""
    tree.write_text(KCONFIG.replace("\tmodules\n", "\toption modules\n"))
    assert run(["matrix", "--verify", "toggles", "--symbols", "A", "B"]) == 0
    assert "kconfiglib gives every symbol of each the same value" in capsys.readouterr().out


def test_a_number_without_a_value_may_be_zero(tree: Path) -> None:
    """Tools that write 0 for it say nothing else; of other numbers they do."""
    tree.write_text("config N\n\tint\nconfig H\n\thex\nconfig M\n\tint\n\tdefault 3\n")
    own = Tree.load(tree)
    body = 'printf "CONFIG_N=0\\nCONFIG_H=0x0\\nCONFIG_M=0\\n" > "$KCONFIG_CONFIG"'
    found = disagreements(own, "v", own.resolve({}), witness_of(own, conf(tree.parent, body)))
    assert ["M is 3 in v, my-conf says 0"] == [d.message for d in found]


def test_what_only_the_tool_knows_is_told(tree: Path) -> None:
    """A symbol that we do not read is a difference."""
    own = Tree.load(tree)
    lines = "CONFIG_MODULES=y\\nCONFIG_GHOST=y\\n# CONFIG_OFF is not set\\n"
    body = f'printf "{lines}" > "$KCONFIG_CONFIG"'
    found = disagreements(own, "v", own.resolve({}), witness_of(own, conf(tree.parent, body)))
    assert ["GHOST is unknown in v, my-conf says y"] == [d.message for d in found]


def test_a_tool_that_writes_nothing(tree: Path) -> None:
    """The assignment that it was handed is no answer."""
    own = Tree.load(tree)
    witness = witness_of(own, conf(tree.parent, "exit 0"))
    with pytest.raises(MissingError, match="my-conf writes nothing"):
        disagreements(own, "v", own.resolve({"A": "y"}), witness)


def test_a_tool_sees_the_tree_and_writes_beside_it(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands where the tree's files are; what it leaves there is gone, and not in the tree."""
    monkeypatch.setenv("KCONFIG_ALLCONFIG", "1")  # the user's, for another tool
    (tree.parent / "include/config").mkdir(parents=True)
    (tree.parent / ".config").write_text("CONFIG_A=y\n")
    (tree.parent / "sub").mkdir()
    (tree.parent / "sub/file").write_text("x")
    before = {p: p.read_bytes() for p in tree.parent.rglob("*") if p.is_file()}
    own = Tree.load(tree)
    body = """test -f Kconfig && test -f sub/file && test -z "$KCONFIG_ALLCONFIG" || exit 1
test -f "$srctree/sub/file" || exit 2
echo x > left; echo x > include/config/auto.conf; echo x > include/new; echo x > .config.old
echo x > "$KCONFIG_AUTOCONFIG" || exit 3
printf "CONFIG_MODULES=y\\n" > "$KCONFIG_CONFIG\""""
    witness = witness_of(own, conf(tree.parent, body))
    before[tree.parent / "my-conf"] = (tree.parent / "my-conf").read_bytes()
    assert () == disagreements(own, "v", own.resolve({}), witness)
    assert before == {p: p.read_bytes() for p in tree.parent.rglob("*") if p.is_file()}


def test_no_tool_runs_what_was_refused(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --no-shell nobody is asked who would run the commands: a warning, or exit code 3."""
    tree.write_text('config S\n\tstring\n\tdefault "$(shell,echo ran)"\n' + KCONFIG)
    command = ["matrix", "--config", "b.config", "--no-shell"]
    assert run([*command, "--verify"]) == 0
    assert "would run the $(shell ...) that --no-shell refuses" in capsys.readouterr().err
    assert run([*command, f"--verify={conf(tree.parent, 'touch ran')}"]) == 3
    assert not (tree.parent / "ran").exists()


FORK = """
class Kconfig:
    def __init__(self, entry):
        self.entry = entry
    def load_config(self, path):
        self.text = open(path).read()
    def write_config(self, path):
        more = "CONFIG_MODULES=y\\n# CONFIG_X is not set\\nCONFIG_Y=y\\n"
        open(path, "w").write("# by the fork\\n" + self.text + more)
"""


def test_a_fork_of_kconfiglib_is_asked(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one that the tree carries, and no compiled module is left beside it."""
    (tree.parent / "scripts/kconfig").mkdir(parents=True)
    (tree.parent / "scripts/kconfig/kconfiglib.py").write_text(FORK)
    assert run(["matrix", "--config", "b.config", "--verify"]) == 1
    told = capsys.readouterr().out
    assert "X is y in b, scripts/kconfig/kconfiglib.py says n [witness]" in told
    assert ["kconfiglib.py"] == [p.name for p in (tree.parent / "scripts/kconfig").iterdir()]


def busybox() -> Path:
    """Return BusyBox as it is shipped, or skip."""
    try:
        return debian.source_package("busybox")
    except debian.Unavailable as reason:
        pytest.skip(f"no BusyBox here: {reason}")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_an_old_tool_and_files_that_a_build_would_write(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BusyBox's tool of 2008, from the parser that is shipped; its Config.in are not there yet."""
    source = busybox()
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: which(name) if name == "gcc" else None)
    before = sorted(source.rglob("*"))
    own = Tree.load(source, dialect="auto")
    assert own.generated_files
    witness = witness_of(own)
    assert "scripts/kconfig" in witness.name
    asked = {"FEATURE_IPV6": "n", "VI": "n", "DESKTOP": "y", "FEATURE_BUFFERS_GO_IN_BSS": "y"}
    for assignment in ({}, asked, allconfig(own, "allnoconfig"), allconfig(own, "allyesconfig")):
        assert () == disagreements(own, "v", own.resolve(assignment), witness)
    lie = replace(own.resolve(asked), values_={**own.resolve(asked), "VI": "y"})
    assert ["VI"] == [d.message.split()[0] for d in disagreements(own, "v", lie, witness)]
    assert before == sorted(source.rglob("*"))


def test_a_lie_among_the_answers_of_a_real_tool(tree: Path) -> None:
    """A wrapper that changes one line of what the kernel's conf writes is caught at that value."""
    source(tree.parent, "6.1")
    own = Tree.load(tree, dialect="auto")
    real = built(tree.parent / "scripts/kconfig", "CONFIG_")
    lies = conf(tree.parent, f'"{real}" "$@" && sed -i s/^CONFIG_B=m/CONFIG_B=y/ "$KCONFIG_CONFIG"')
    configuration = own.resolve({"A": "y", "B": "m"})
    assert () == disagreements(own, "v", configuration, witness_of(own))
    found = disagreements(own, "v", configuration, witness_of(own, lies))
    assert ["B is m in v, my-conf says y"] == [d.message for d in found]


def test_what_is_built_is_kept_where_only_the_user_writes(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is built once; a cache that others can write to is not used."""
    source(tree.parent, "6.1")
    folder, cache = tree.parent / "scripts/kconfig", tree.parent / "cache"
    first = built(folder, "CONFIG_")
    stamp = first.stat().st_mtime_ns
    assert first.is_relative_to(cache)
    assert stamp == built(folder, "CONFIG_").stat().st_mtime_ns
    assert first != built(folder, "OTHER_")
    cache.chmod(0o777)
    other = built(folder, "CONFIG_")
    assert not other.is_relative_to(cache)
    own = Tree.load(tree, dialect="auto")
    assert () == disagreements(own, "v", own.resolve({"A": "y"}), witness_of(own))
