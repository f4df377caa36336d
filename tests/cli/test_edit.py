# SPDX-License-Identifier: MIT
"""`kvariant edit` on a real terminal, with keys that are pressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kvariant.cli import run
from schemas.printed import disagreement
from terminal import Terminal, kvariant

pytest.importorskip("curses")

KCONFIG = """\
mainmenu "A toy of a tree"
config ALPHA
	bool "Alpha"
config BETA
	bool "Beta"
	depends on ALPHA
	select GAMMA
config GAMMA
	bool
config PORT
	int "Port"
	range 1 100
	default 10
"""
TEXT = "# A toy.\nCONFIG_PORT=20\n# end\n"
TITLE, ASKS = "A toy of a tree", "Save configuration?"
"""What is on the first screen, and what is asked when values were changed."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with one configuration, `toy`, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kvariant.toml").write_text("")
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "configs").mkdir()
    config(tmp_path).write_text(TEXT)
    return tmp_path


def config(project: Path) -> Path:
    """Return the file of the configuration."""
    return project / "configs/toy.config"


def opened(project: Path, *arguments: str, term: str = "xterm", **env: str) -> Terminal:
    """Return a terminal with the menu on it."""
    terminal = Terminal(kvariant("edit", *(arguments or ("toy",))), project, env=env, term=term)
    terminal.see(TITLE)
    return terminal


@pytest.mark.parametrize("term", ["xterm", "vt100", "linux"])
def test_what_is_chosen_is_in_the_file(project: Path, term: str) -> None:
    """Values that are toggled, and saved when asked, are the file's lines; it says which."""
    terminal = opened(project, term=term)
    terminal.press("y", until="Beta")
    terminal.press("jy")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    expected = "# A toy.\nCONFIG_ALPHA=y\nCONFIG_BETA=y\nCONFIG_PORT=20\n# end\n"
    assert sorted(expected.split("\n")) == sorted(config(project).read_text().split("\n"))
    assert "configs/toy.config: 2 lines written, 0 taken out" in terminal.text
    assert "  + CONFIG_BETA=y" in terminal.text
    assert Path(project / "configs").is_dir()
    assert [config(project)] == list((project / "configs").iterdir())


def test_a_number_is_typed(project: Path) -> None:
    """A number outside its range is refused in the menu; one inside is written."""
    terminal = opened(project)
    terminal.press("j\n", until="Range: 1-100")
    terminal.press("\x15" + "\x7f" * 3 + "999\n", until="999 is outside the range 1-100")
    terminal.press("\n")
    terminal.press("\x7f" * 4 + "33\n")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    assert TEXT.replace("20", "33") == config(project).read_text()


def test_nothing_that_changed_asks_nothing(project: Path) -> None:
    """Who only looks leaves at once; the file has its bytes and its time."""
    before = config(project).stat().st_mtime_ns
    terminal = opened(project)
    terminal.press("q")
    assert terminal.ended() == 0
    assert "is as it was: nothing was saved" in terminal.text
    assert (TEXT, before) == (config(project).read_text(), config(project).stat().st_mtime_ns)


def test_a_change_that_is_taken_back_writes_nothing(project: Path) -> None:
    """Saved or not: the same values are the same bytes, lines that are not needed as well."""
    config(project).write_text("CONFIG_PORT=10\n")
    before = config(project).stat().st_mtime_ns
    terminal = opened(project)
    terminal.press("yn")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    assert "is as it was: nothing has changed" in terminal.text
    assert before == config(project).stat().st_mtime_ns


@pytest.mark.parametrize("key", ["n", "c"])
def test_what_is_not_saved_is_not_written(project: Path, key: str) -> None:
    """Who answers no leaves the file as it was; who answers cancel is in the menu still."""
    terminal = opened(project)
    terminal.press("y", until="Beta")
    terminal.press("q", until=ASKS)
    terminal.press(key)
    if key == "c":
        terminal.press("q", until=ASKS)
        terminal.press("n")
    assert terminal.ended() == 0
    assert "is as it was: nothing was saved" in terminal.text
    assert TEXT == config(project).read_text()


@pytest.mark.parametrize("is_saved", [False, True])
def test_ctrl_c_leaves_what_was_saved(project: Path, is_saved: bool) -> None:
    """Ctrl-C ends in words with 130; what was saved before is in the file, what was not is not."""
    terminal = opened(project)
    terminal.press("y", until="Beta")
    if is_saved:
        terminal.press("s", until="Filename to save configuration to")
        terminal.press("\n", until="Saved configs/toy.config")
        terminal.press("\n")
    terminal.press("jy")
    terminal.interrupt()
    assert terminal.ended() == 130
    assert "interrupted" in terminal.text
    assert "Traceback" not in terminal.text
    added = "CONFIG_ALPHA=y" in config(project).read_text().split("\n")
    assert is_saved == added
    assert "BETA" not in config(project).read_text()


def test_another_file_is_another_file(project: Path) -> None:
    """What is saved under another name is kconfiglib's own `.config`; ours is as it was."""
    terminal = opened(project)
    terminal.press("y", until="Beta")
    terminal.press("s", until="Filename to save configuration to")
    terminal.press("\x7f" * 40 + "other.config\n", until="other.config")
    terminal.press("\n")
    terminal.press("q")
    assert terminal.ended() == 0
    assert "CONFIG_ALPHA=y\n" in (project / "other.config").read_text()
    assert TEXT == config(project).read_text()
    assert "nothing was saved" in terminal.text


def test_another_file_can_be_loaded_and_saved_as_ours(project: Path) -> None:
    """Values of a file that is loaded in the menu become ours; that file stays as it is."""
    other = "CONFIG_ALPHA=y\nCONFIG_BETA=y\n# CONFIG_GAMMA is not set\nCONFIG_PORT=10\n"
    (project / "other.config").write_text(other)
    terminal = opened(project)
    terminal.press("o", until="File to load")
    terminal.press("\x7f" * 40 + "none.config\n", until="No such file or directory")
    terminal.press("\n" + "\x7f" * 40 + "other.config\n", until="Loaded")
    terminal.press("\n")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    assert "# A toy.\nCONFIG_ALPHA=y\nCONFIG_BETA=y\n# end\n" == config(project).read_text()
    assert other == (project / "other.config").read_text()


def test_what_somebody_else_wrote_meanwhile_is_not_lost(project: Path) -> None:
    """A file that has changed since the menu was opened is not written; the menu says so."""
    terminal = opened(project)
    terminal.press("y", until="Beta")
    config(project).write_text("# mine\n")
    terminal.press("q", until=ASKS)
    terminal.press("y", until="somebody else has changed it meanwhile")
    terminal.press("\nn")
    assert terminal.ended() == 0
    assert "# mine\n" == config(project).read_text()


def test_what_somebody_else_removed_meanwhile_stays_removed(project: Path) -> None:
    """A file that is gone since the menu was opened is not made anew, least of all with the lines
    of a whole configuration; the values can be saved under another name."""
    terminal = opened(project)
    terminal.press("y", until="Beta")
    config(project).unlink()
    terminal.press("q", until=ASKS)
    terminal.press("y", until="somebody else has removed it meanwhile")
    terminal.press("\n", until=ASKS)
    terminal.press("c")
    terminal.press("s", until="Filename to save configuration to")
    terminal.press("\x7f" * 40 + "kept.config\n", until="saved to")
    terminal.press("\nq")
    assert terminal.ended() == 0
    assert [] == list((project / "configs").iterdir())
    assert "CONFIG_ALPHA=y" in (project / "kept.config").read_text().splitlines()


def test_programs_are_told_too(project: Path) -> None:
    """--json says which lines went and came, after the menu."""
    terminal = opened(project, "toy", "--json")
    terminal.press("y", until="Beta")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    text = terminal.text[terminal.text.rindex('{\n "format"') :]
    record = json.loads(text[: text.rindex("}") + 1])
    assert not disagreement("edit", json.dumps(record))
    assert (["CONFIG_ALPHA=y"], [], True) == (record["added"], record["removed"], record["saved"])


def test_a_file_is_named_by_its_path(project: Path) -> None:
    """A path is taken as it is, of a link the file that it leads to."""
    (project / "link.config").symlink_to(config(project))
    terminal = opened(project, "./link.config")
    terminal.press("y", until="Beta")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    assert (project / "link.config").is_symlink()
    assert "CONFIG_ALPHA=y" in config(project).read_text()


def test_the_rules_of_the_tree_are_told(project: Path) -> None:
    """Where the tree gives a value that the menu does not show, both are named at the end."""
    (project / "Kconfig").write_text(KCONFIG + 'config EMPTY\n\tint "Empty"\n')
    (project / "kvariant.toml").write_text('dialect = "linux"\n')
    terminal = opened(project)
    terminal.press("y", until="Beta")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    assert "note: the menu has kconfiglib's rules" in terminal.text
    assert "  EMPTY is 0, and not empty" in terminal.text


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("dumb", "a terminal of the kind TERM=dumb cannot show a menu [no-terminal]"),
        ("no-such-kind", "nothing is known of the terminal TERM=no-such-kind [no-terminal]"),
        ("", "nothing is known of the terminal TERM=(not set) [no-terminal]"),
    ],
)
def test_a_terminal_that_cannot_is_named(project: Path, term: str, said: str) -> None:
    """A terminal without a cursor that moves is an error in words, exit 3."""
    terminal = Terminal(kvariant("edit", "toy"), project, term=term)
    assert terminal.ended() == 3
    assert said in terminal.text
    assert "hint: TERM=xterm" in terminal.text
    assert TEXT == config(project).read_text()


def test_no_terminal_is_said(project: Path) -> None:
    """Without a terminal on either side nothing is begun."""
    command = kvariant("edit", "toy")
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, input="q")
    assert done.returncode == 3
    assert "error: a menu needs a terminal, and there is none [no-terminal]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_curses_is_said(project: Path) -> None:
    """Where Python was built without curses that is the error, and what mends it."""
    (project / "lack").mkdir()
    (project / "lack/_curses.py").write_text("raise ImportError('no _curses here')\n")
    program = (
        f"import sys; sys.path.insert(0, {str(project / 'lack')!r}); "
        "from kvariant.cli import main; main(['edit', 'toy'])"
    )
    terminal = Terminal([sys.executable, "-c", program], project)
    assert terminal.ended() == 3
    assert "[no-curses]" in terminal.text
    assert "no _curses here" in terminal.text


def test_a_name_that_nobody_has(project: Path) -> None:
    """A name of no configuration is answered by the nearest one."""
    terminal = Terminal(kvariant("edit", "toi"), project)
    assert terminal.ended() == 2
    assert "no configuration of the project is named toi [no-fragment]" in terminal.text
    assert "toy" in terminal.text


def test_a_tree_without_prompts(project: Path) -> None:
    """Where nothing can be chosen that is said, and no menu is shown."""
    (project / "Kconfig").write_text("config A\n\tdef_bool y\n")
    config(project).write_text("")
    terminal = Terminal(kvariant("edit", "toy"), project)
    assert terminal.ended() == 2
    assert "[no-prompt]" in terminal.text


def test_a_locale_that_is_not_there(project: Path) -> None:
    """A locale that this machine has not is no reason to end."""
    terminal = opened(project, LC_ALL="xx_XX.UTF-8", LANG="xx_XX")
    terminal.press("q")
    assert terminal.ended() == 0


def test_several_trees_name_one(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several trees the name says whose menu it is; a line that another one needs stays."""
    (project / "Kconfig").write_text(
        KCONFIG + 'config WIDE\n\tbool "Wide"\n\tdefault y if "$(ARCH)" = "arm"\n'
    )
    (project / "kvariant.toml").write_text('env = { ARCH = ["arm", "x86"] }\n')
    config(project).write_text("CONFIG_WIDE=y\n")
    terminal = opened(project, "arm/toy")
    terminal.press("y", until="Beta")
    terminal.press("q", until=ASKS)
    terminal.press("y")
    assert terminal.ended() == 0
    assert "CONFIG_WIDE=y\n" in config(project).read_text()
    terminal = Terminal(kvariant("edit", "toy"), project)
    assert terminal.ended() == 2
    assert "[environments]" in terminal.text


def test_the_environment_is_as_it_was(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An edit within a process leaves no variable, no locale and no limit behind."""
    from kvariant.cli import edit
    from kvariant.kconfig import menu

    class Program:
        """A menu whose user looks, and leaves."""

        @staticmethod
        def menuconfig(_: object) -> None:
            assert os.environ["KCONFIG_CONFIG"] == "configs/toy.config"
            print("this is for nobody")

    monkeypatch.setattr(menu, "_program", Program)
    monkeypatch.setattr(edit, "require_terminal", lambda: None)
    before, limit = dict(os.environ), sys.getrecursionlimit()
    assert run(["edit", "toy"]) == 0
    assert (before, limit) == (dict(os.environ), sys.getrecursionlimit())
    assert "for nobody" not in capsys.readouterr().out
