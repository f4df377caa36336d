# SPDX-License-Identifier: MIT
"""Faults in a project of two trees: blamed, and named exactly in every configuration of both."""

from __future__ import annotations

import itertools
import json
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kvariant.blame.tree_search import TreeSearch
from kvariant.cli import run
from kvariant.kconfig import Configuration, Tree
from kvariant.space import Space

pytestmark = pytest.mark.usefixtures("forked_pytests")

Capture = pytest.CaptureFixture[str]

KCONFIG = """\
config NET
	bool "Net"

config USB
	bool "USB"

config PCI
	bool "PCI"
	depends on !TINY

config TINY
	bool "Tiny"

config DEBUG
	bool "Debug"
	select LOG

config LOG
	bool "Log"

config LEVEL
	int "Level" if LOG
	range 0 4000
	default 3

source "arch/$(ARCH)/Kconfig"
"""
ARCH = {
    "x86": 'config AVX\n\tbool "AVX"\n\tdepends on PCI\n',
    "arm64": 'config SVE\n\tbool "SVE"\n\nconfig PAN\n\tdef_bool y\n',
}
PROJECT = """\
matrix.default = "pairs"
env = { ARCH = ["x86", "arm64"] }

[matrix.pairs]
strategy = "t-wise"
include = ["high.config"]

[[step]]
name = "build"
run = "sh fault {config}"
reads = ["fault"]
"""
FAULTS = {
    "same in both": "NET && !USB",
    "three values in both": "NET && !USB && LOG",
    "three values that few variants have": "TINY && DEBUG && USB",
    "only in one": '$(ARCH) = "arm64" && NET && !USB',
    "in all of one": '$(ARCH) = "arm64"',
    "in all of one, and in some of the other": '$(ARCH) = "x86" || NET && !TINY',
    "with a symbol of one alone": "SVE && NET",
    "without a symbol of one alone": "NET && !SVE",
    "with what the other has not": "AVX && !USB",
    "two causes": '$(ARCH) = "x86" && NET && PCI || $(ARCH) = "arm64" && USB && !LOG',
    "two causes of one value": '$(ARCH) = "x86" && NET || $(ARCH) = "arm64" && USB',
    "always": "y",
}
Everything = Mapping[str, list[Configuration]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with two environments, which is the working folder."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "kvariant.toml").write_text(PROJECT)
    (tmp_path / "high.config").write_text("CONFIG_NET=y\nCONFIG_LOG=y\nCONFIG_LEVEL=40\n")
    for arch, text in ARCH.items():
        (tmp_path / "arch" / arch).mkdir(parents=True)
        (tmp_path / "arch" / arch / "Kconfig").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARCH", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """Every configuration of each tree, but for numbers of which nothing depends."""
    folder = tmp_path_factory.mktemp("trees")
    found: dict[str, list[Configuration]] = {}
    for arch, text in ARCH.items():
        path = folder / arch / "Kconfig"
        path.parent.mkdir()
        path.write_text(KCONFIG.partition("source")[0] + text)
        tree = Tree.load(path)
        names = [name for name, rules in tree.model.symbols.items() if rules.prompts]
        names.remove("LEVEL")
        rows = itertools.product(*("ny" for _ in names), ("0", "3", "16", "17", "18", "40"))
        assignments = (dict(zip([*names, "LEVEL"], row, strict=True)) for row in rows)
        resolved = {tuple(c.items()): c for c in map(tree.resolve, assignments)}
        found[arch] = list(resolved.values())
    assert all(len(mine) > 100 for mine in found.values())
    return found


def holds(text: str, arch: str, values: Mapping[str, str]) -> bool:
    """Whether an expression of ours holds, said in Python: what a tree has not is n."""
    names = {**dict.fromkeys(("AVX", "SVE", "PAN"), "n"), **values, "ARCH": arch}
    words = text.replace("$(ARCH)", "ARCH").replace("(", " ( ").replace(")", " ) ")
    words = words.replace("!=", " != ").replace("! ", "!")
    python = []
    tokens = words.split()
    for i, token in enumerate(tokens):
        inverted, name = token.startswith("!") and token != "!=", token.lstrip("!")
        is_compared = any(t in ("=", "!=", ">=", "<") for t in tokens[i + 1 : i + 2])
        if token in ("&&", "||", "=", "!=", ">=", "<", "(", ")"):
            python.append({"&&": "and", "||": "or", "=": "=="}.get(token, token))
        elif token == "!":
            python.append("not")
        elif name not in names:
            python.append({"y": "True"}.get(name, name))
        elif is_compared:
            number = names[name].isdigit()
            python.append(names[name] if number else repr(names[name]))
        else:
            python.append(str((names[name] == "y") != inverted))
    return bool(eval(" ".join(python)))


def script(fault: str) -> str:
    """What fails where an expression holds, for sh."""
    words = [
        {"&&": "&&", "||": "||", "y": "true", "$(ARCH)": '[ "$ARCH"', "LEVEL": '[ "$CONFIG_LEVEL"'}
        .get(word) or {"=": "=", ">=": "-ge"}.get(word)
        or (f"{word} ]" if word[0] in '"1' else f'[ "${{CONFIG_{word}}}" = y ]'
            if word[0] != "!" else f'[ "${{CONFIG_{word[1:]}}}" != y ]')
        for word in fault.split()
    ]  # fmt: skip
    parts = " ".join(words).split(" || ")
    tests = "\n".join(f"if {part}; then echo 'a.c:1: error: broken'; exit 1; fi" for part in parts)
    return f". $1\n{tests}\nexit 0\n"


def blamed(capsys: Capture, *more: str) -> Any:
    """What `kvariant blame` says."""
    assert run(["blame", "--json", "-q", "-j", "1", *more]) == 1
    return json.loads(capsys.readouterr().out)


def verify_named(told: str, truth: str, everything: Everything) -> None:
    """Both hold in the same configurations of each tree."""
    for arch, mine in everything.items():
        wrong = [c for c in mine if holds(told, arch, c) != holds(truth, arch, c)]
        assert not wrong, f"{truth} was taken for {told} in {arch}"


@pytest.mark.parametrize("truth", FAULTS.values(), ids=FAULTS)
def test_named_exactly(project: Path, capsys: Capture, everything: Everything, truth: str) -> None:
    """What is told holds in the configurations of both trees that are at fault, and in no other."""
    (project / "fault").write_text(script(truth))
    result = blamed(capsys)
    (failure,) = result["failures"]
    verify_named(failure["fails_iff"], truth, everything)
    assert failure["settled"]
    assert failure["against"] == 0
    ran = Counter(one["name"].partition("/")[0] for one in result["extra"])
    assert all(count < 10 for count in ran.values())


def test_a_limit(project: Path, capsys: Capture, everything: Everything) -> None:
    """A number's limit is found in each tree; what nine variants leave of it is told."""
    (project / "fault").write_text(script("LEVEL >= 17"))
    (failure,) = blamed(capsys)["failures"]
    assert not failure["settled"]
    assert failure["untried"]
    (failure,) = blamed(capsys, "--extra", "14")["failures"]
    assert failure["settled"]
    verify_named(failure["fails_iff"], "LEVEL >= 17", everything)


def test_what_is_told_is_run_again(project: Path, capsys: Capture) -> None:
    """Rounds name trees, extra variants are files that stay, and `again:` fails as it stands."""
    (project / "fault").write_text(script(FAULTS["two causes"]))
    assert run(["blame", "-j", "1"]) == 1
    said, told = capsys.readouterr()
    assert " in x86, to tell " in told
    assert "in arm64: " in told
    extra = sorted(
        p.relative_to(".kvariant/blame") for p in Path(".kvariant/blame").rglob("*.config")
    )
    names = [path.with_suffix("").as_posix() for path in extra]
    again = [name for name in names if name.endswith("-again")]
    count = sum("-again" not in name for name in names)
    ran = f"1 distinct failure, {count} extra variants run, {len(again)} variant run again"
    assert ran in said
    assert {"x86/blame", "arm64/blame"} == {name.partition("-")[0] for name in names}
    assert "--config" not in said
    again = shlex.split(said.partition("again:  ")[2].splitlines()[0])
    assert run([*again[1:], "-q"]) == 1
    assert "broken" in capsys.readouterr().out


def test_extra_variants_are_run_again(project: Path, capsys: Capture) -> None:
    """A failure that extra variants alone have is run again by its fragment, in its tree."""
    text = (project / "kvariant.toml").read_text()
    (project / "kvariant.toml").write_text(text.replace("fault {config}", "fault {config} {name}"))
    (project / "fault").write_text(
        script("NET && !USB").replace(
            "exit 0", 'case $2 in arm64/blame-*) echo "b.c:1: error: late"; exit 1;; esac\nexit 0'
        )
    )
    failures = blamed(capsys, "--extra", "4")["failures"]
    (late,) = (one for one in failures if "late" in one["message"])
    assert all(name.startswith("arm64/blame-") for name in late["variants"])
    again = shlex.split(late["again"])
    assert "--set" in again
    assert "--env=ARCH=arm64" in again
    # By another name it is not late any more: it is run, and in that tree.
    assert run([*again[1:], "-q"]) == 0
    assert "\narm64/set-" in capsys.readouterr().out


def test_sound_trees_are_not_asked(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The space of a tree in which nothing fails is not made: it takes seconds for a large one."""
    asked = []

    def recorded(space: Callable[[], Space], *more: Any, **options: Any) -> TreeSearch:
        def recorded_space() -> Space:
            found = space()
            asked.append(found.tree.environment["ARCH"])
            return found

        return TreeSearch(recorded_space, *more, **options)

    monkeypatch.setattr("kvariant.blame.extra_runs.TreeSearch", recorded)
    (project / "fault").write_text(script(FAULTS["only in one"]))
    (failure,) = blamed(capsys)["failures"]
    assert failure["settled"]
    assert asked == ["arm64"]


def test_what_the_other_tree_may_have_is_tried(
    project: Path, capsys: Capture, everything: Everything
) -> None:
    """A fault that one tree's variants show alone is tried in the other, and told of both."""
    arch = project / "arch/arm64/Kconfig"
    arch.write_text(arch.read_text() + "config NET\n\tdefault n\n")
    (project / "Kconfig").write_text(
        KCONFIG.replace('bool "Net"', 'bool "Net"\n\tdefault y if "$(ARCH)" = "x86"')
    )
    text = PROJECT.replace('strategy = "t-wise"', 'strategy = "uniform"\nsize = 1')
    (project / "kvariant.toml").write_text(
        text.replace('include = ["high.config"]', 'include = ["net.config", "no.config"]')
    )
    (project / "net.config").write_text("CONFIG_USB=y\nCONFIG_PCI=y\n")
    (project / "no.config").write_text("CONFIG_NET=n\n")
    fault = "NET && PCI && USB"
    (project / "fault").write_text(script(fault))
    result = blamed(capsys)
    (failure,) = result["failures"]
    verify_named(failure["fails_iff"], fault, everything)
    assert failure["settled"]
    assert {"x86", "arm64"} == {one["name"].partition("/")[0] for one in result["extra"]}
