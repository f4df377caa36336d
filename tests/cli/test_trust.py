# SPDX-License-Identifier: MIT
"""What is data runs nothing, and what is written stays where it was meant to be."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from kvariant.cli import run
from project_trees import lay_out

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a foreign tree, which is the working folder."""
    lay_out(tmp_path / "tree", "", ("none", "a"))
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


@pytest.mark.parametrize("name", ["kconfigfunctions", "own_functions"])
@pytest.mark.parametrize("how", ["--no-shell", "shell = false", "allowed"])
def test_functions(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, name: str, how: str
) -> None:
    """Without a shell no module with functions is imported, wherever it is named."""
    name = f"{name}_{how.strip('-')[:2]}" if name == "own_functions" else name
    (tree / f"{name}.py").write_text(
        "import pathlib\npathlib.Path('ran').touch()\n"
        "functions = {'own': (lambda kconf, name: 'y', 0, 0)}\n"
    )
    monkeypatch.syspath_prepend(str(tree))
    monkeypatch.setitem(sys.modules, name, ModuleType(name))  # undone: as before, whatever that was
    monkeypatch.delitem(sys.modules, name)
    if name != "kconfigfunctions":
        monkeypatch.setenv("KCONFIG_FUNCTIONS", name)
    if how == "shell = false":
        (tree / "kvariant.toml").write_text("shell = false\n")
    code = run(["matrix", *([how] if how == "--no-shell" else [])])
    assert code == 0, capsys.readouterr().err
    assert (tree / "ran").exists() == (how == "allowed")


@pytest.mark.parametrize("prefix", ["a b", "X\\nY=1\\n", "1", "A-B", "\\u001b[m", "#"])
def test_prefix(tree: Path, capsys: Capture, prefix: str) -> None:
    """A prefix is a word of C, or nothing: it stands before names in headers and fragments."""
    (tree / "kvariant.toml").write_text(f'config-prefix = "{prefix}"\n')
    assert run(["matrix"]) == 2
    assert "config-prefix: must be of letters, digits and _, or empty" in capsys.readouterr().err


@pytest.mark.parametrize("prefix", ["", "MY_", "CONFIG_"])
def test_sound_prefix(tree: Path, prefix: str) -> None:
    """Other tools' prefixes are."""
    (tree / "kvariant.toml").write_text(f'config-prefix = "{prefix}"\n')
    (tree / "configs/a.config").write_text(f"{prefix}A=y\n")
    assert run(["matrix"]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["matrix", "-o", ""],
        ["generate", "-o", ""],
        ["generate", "-o", " "],
        ["coverage", "--reduce", "-o", ""],
        ["sweep", "--junit", ""],
        ["report", "--junit", ""],
        ["report", "--compare", ""],
        ["space", "--kconfig", ""],
        ["space", "--project", ""],
    ],
)
def test_nothing_is_no_name(tree: Path, capsys: Capture, words: list[str]) -> None:
    """An option for a file or folder with nothing in it means no folder, the working one neither.

    It is what `-o "$OUT"` is where nobody has set OUT.
    """
    before = sorted(tree.rglob("*"))
    assert run(words) == 2
    assert "names no file or folder" in capsys.readouterr().err
    assert sorted(tree.rglob("*")) == before


@pytest.mark.parametrize("key", ["lock", "state", "kconfig", "generate.templates"])
def test_nothing_is_no_path(tree: Path, capsys: Capture, key: str) -> None:
    """Nor does a key of the project file."""
    (tree / "kvariant.toml").write_text(f'{key} = ""\n')
    assert run(["matrix"]) == 2
    assert "must name a file or folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "value", ["../../x", "..", "/no/such/folder", "a/../../b", "", ".", "x\\u0000y"]
)
def test_trees_stay_in_the_output_folder(tree: Path, value: str) -> None:
    """Whatever a list of `env` has, names made of it are folders in the one that is asked for."""
    (tree / "kvariant.toml").write_text(f'[env]\nARCH = ["{value}", "b"]\n')
    before = {path for path in tree.parent.rglob("*") if "out" not in path.parts}
    run(["matrix", "-o", "below/out"])
    run(["sweep", "--", "true", "{out}"])
    after = set(tree.parent.rglob("*"))
    allowed = (tree / "below", tree / ".kvariant")
    new = [p for p in after - before if not any(p.is_relative_to(folder) for folder in allowed)]
    assert not new


@pytest.mark.parametrize("name", ["../x", "..", "/x", "x/y", ".x"])
def test_names_of_a_lock(tree: Path, capsys: Capture, name: str) -> None:
    """A lock names variants only as they may be called."""
    assert run(["matrix", "toggles", "--write"]) == 0
    lock = tree / "variants.lock"
    text = lock.read_text()
    assert '"name": "base"' in text
    lock.write_text(text.replace('"name": "base"', f'"name": "{name}"'))
    capsys.readouterr()
    assert run(["matrix", "toggles", "-o", "out"]) == 2
    assert "cannot name a variant" in capsys.readouterr().err
    assert not (tree / "out").exists()


NUL = "\\u0000"
STEP = '[[step]]\nname = "s"\nrun = "true"\n'
WITH_NUL = [
    *(f'{key} = "a{NUL}"\n' for key in ("kconfig", "base", "lock", "state", "baseline", "preset")),
    *(f'{key} = ["a{NUL}*"]\n' for key in ("configs", "tests")),
    *(f"env = {{ {entry} }}\n" for entry in (f'X = "a{NUL}"', '"X=" = "a"', '"" = "a"')),
    *(f'[generate]\n{key} = "a{NUL}"\n' for key in ("templates", "output")),
    *(f'[matrix.x]\n{key} = "A{NUL}"\n' for key in ("where", "base")),
    *(f'[matrix.x]\ninclude = ["{text}{NUL}"]\n' for text in ("a", "configs/a")),
    *(
        f'[matrix.x]\nstrategy = "t-wise"\nfrom = ["{text}"]\n'
        for text in (f"a{NUL}", f"a{NUL}b/*")
    ),
    *(f'[matrix.x]\n{key} = ["a{NUL}b/*"]\n' for key in ("include", "ignore", "files", "symbols")),
    *(f'{key} = ["a{NUL}b/**/*"]\n' for key in ("configs", "tests")),
    *(f'{STEP}{key} = ["a{NUL}b/**/*"]\n' for key in ("reads", "artifacts")),
    *(f'[matrix.x]\nstrategy = "patch"\ndiff = "{text}"\n' for text in (NUL, f"A..B{NUL}")),
    *(
        f'[matrix.x]\nstrategy = "t-wise"\nsymbols = ["{kind}:A{NUL}"]\n'
        for kind in ("reads", "menu")
    ),
    *(f'{STEP}{key} = "a{NUL}"\n' for key in ("depfiles", "measure", "baseline")),
    *(f'{STEP}{key} = ["a{NUL}"]\n' for key in ("reads", "artifacts", "infrastructure")),
    *(f'{STEP}results = "tap:{text}"\n' for text in (NUL, f"{{out}}/a{NUL}")),
    f'{STEP}env = {{ X = "{NUL}" }}\n',
    f'{STEP}[[toolchain]]\nenv = {{ X = "{NUL}" }}\n',
    f'[[step]]\nname = "s"\nrun = "true {NUL}"\n',
    f'[[step]]\nname = "s"\nrun = ["true", "{NUL}"]\n',
]


@pytest.mark.parametrize("text", WITH_NUL)
def test_what_no_path_and_no_word_can_have(tree: Path, capsys: Capture, text: str) -> None:
    """TOML can write a character that ends names: it is told, or nothing goes by it."""
    (tree / "kvariant.toml").write_text(text)
    matrix = ["x"] if "matrix.x" in text else []
    code = run(["sweep", "-q", "-j", "1", *matrix, *([] if "step" in text else ["--", "true"])])
    said = "".join(capsys.readouterr())
    assert code in (0, 1) or "error: " in said
    assert code in (0, 1, 2)
    assert "null" not in said
