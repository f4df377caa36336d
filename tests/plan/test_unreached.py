# SPDX-License-Identifier: MIT
"""Dead branches and unused symbols: what is said, against all configurations."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branching import SAYABLE, conditions_of, configurations_of, lay_out, template_of
from errors.case import sound_project
from kvariant.cli import run
from kvariant.kconfig import Tree
from kvariant.plan.unreached import dead_branches, unused_symbols
from kvariant.render import Templates
from kvariant.space import Space

LINES = {0: 1, 1: 3, 2: 4, 3: 5, 4: 8, 5: 8}
"""Where the branch of each mark begins."""
INTERFACE = """\
format = 1
modules.m = { c = "m.h" }
types.int = { c = "int" }
[[helper]]
name = "f"
module = "m"
result = "int"
requires = "A"
stub = { value = "zero" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tree."""
    return lay_out(tmp_path_factory.mktemp("dead"))


@settings(max_examples=25)  # each renders a thousand configurations
@given(st.lists(conditions_of(SAYABLE), min_size=4, max_size=4))
def test_dead_is_what_nothing_renders(folder: Path, tests: list[str]) -> None:
    """A branch is called dead exactly if no configuration renders it, the outer one if both."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(template_of(tests))
    templates = Templates(folder / "templates", tree)
    texts = {templates.render(configuration).files["x.txt"] for configuration in configurations}
    never = {mark for mark in LINES if not any(f"[{mark}]" in text for text in texts)}
    if 0 in never:
        never.discard(1)  # it is inside of 0
    found = dead_branches(templates, Space.of(tree))
    lines = [d.location.line for d in found if d.location and d.code == "dead-branch"]
    assert sorted(LINES[mark] for mark in never) == sorted(lines)


def test_known_configurations_change_nothing(folder: Path) -> None:
    """What is tried first only saves time."""
    tree, configurations = configurations_of(folder)
    (folder / "templates/x.txt.j2").write_text(template_of(["B and not A", "A", "S", "N > 2"]))
    templates, space = Templates(folder / "templates", tree), Space.of(tree)
    found = list(dead_branches(templates, space))
    assert found == list(dead_branches(templates, space, configurations[:9]))
    assert "x.txt.j2:1: warning: no configuration reaches this branch: B && !A" in str(found[0])
    assert "note: depends on A" in str(found[0]) or found[0].notes
    assert 2 == len(found)


def test_a_body_is_rendered_under_its_helper(folder: Path) -> None:
    """A branch of a helper's body is dead where the helper then has its stub."""
    tree, _ = configurations_of(folder)
    own = folder / "helpers"
    own.mkdir()
    (own / "interface.toml").write_text(INTERFACE)
    (own / "m.h.j2").write_text(
        "{% helper f %}\nreturn {% if A %}1{% else %}2{% endif %};\n{% endhelper %}\n"
    )
    found = [str(d).splitlines()[0] for d in dead_branches(Templates(own, tree), Space.of(tree))]
    assert 1 == len(found)
    assert found[0].endswith("m.h.j2:2: warning: no configuration reaches this branch: !A"
                             " [dead-branch]")  # fmt: skip


UNUSED = """
config MODULES
	def_bool y
	modules

config READ
	bool "read"
	depends on GATE || HELPED
	select LATER

config GATE
	bool "gate"

config HELPED
	bool
	default y if DEEP > 3

config DEEP
	int "deep"

config LATER
	bool

config TESTED
	bool "tested"

config STEP
	bool "step"
"""


def test_unused_symbols(tmp_path: Path) -> None:
    """Unused is what neither a reader names nor anything read depends on."""
    (tmp_path / "Kconfig").write_text(UNUSED)
    (tmp_path / "t").mkdir()
    (tmp_path / "t/x.j2").write_text("{{ READ }}")
    tree = Tree.load(tmp_path / "Kconfig")
    templates, space = Templates(tmp_path / "t", tree), Space.of(tree)
    texts = ['kconfig("TESTED && X")', "test -n $CONFIG_STEP"]

    def names(*read: str) -> list[str]:
        return [d.message.split(" ")[0] for d in unused_symbols(space, templates, read)]

    assert ["LATER"] == names(*texts)
    assert ["LATER", "TESTED", "STEP"] == names("TESTEDX", "STEPS")
    (first, *_) = unused_symbols(space, templates, texts)
    assert "Kconfig:21:1: warning: LATER is read by no template, step or test [unused-symbol]" in (
        str(first)
    )


def test_check_says_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`kvariant check` warns of both, and a test that names a symbol reads it."""
    project = sound_project(tmp_path / "project")
    monkeypatch.chdir(project)
    (project / "tests").mkdir()
    (project / "templates/notes.txt.j2").write_text("{% if DEPTH > 9 %}deep{% endif %}\n")
    assert run(["generate", "-q"]) == 0
    capsys.readouterr()
    assert run(["check"]) == 0
    assert (
        "templates/notes.txt.j2:1: warning: no configuration reaches this branch: DEPTH > 9"
        " [dead-branch]\n"
        "    {% if DEPTH > 9 %}deep{% endif %}\n"
        "Kconfig:4:1: warning: TLS is read by no template, step or test [unused-symbol]\n"
        "    config TLS\n"
        "    ^~~~~~\n"
        "0 errors, 2 warnings; 3 symbols, 2 configurations, 3 templates\n"
    ) == capsys.readouterr().out
    (project / "tests/test_tls.py").write_text('mark = "TLS && NET"\n')
    assert run(["check"]) == 0
    assert "TLS is read" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("keys", "is_read"),
    [
        ('run = "true"', False),
        ('run = "grep CONFIG_TLS= x"', True),
        ('run = ["test", "TLS"]', True),
        ('run = "true"\nwhere = "!TLS"', True),
        ('run = "true"\nenv = { X = "TLS" }', True),
        ('run = "make KCONFIG_CONFIG={config}"', True),
    ],
)
def test_steps_read_symbols(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    keys: str,
    is_read: bool,
) -> None:
    """A symbol that a step names is read; a step that gets the configuration reads all."""
    project = sound_project(tmp_path / "project")
    monkeypatch.chdir(project)
    (project / "kvariant.toml").write_text(
        f'[generate]\ntemplates = "templates"\n[[step]]\nname = "own"\n{keys}\n'
    )
    run(["check"])
    assert is_read == ("TLS is read" not in capsys.readouterr().out)
