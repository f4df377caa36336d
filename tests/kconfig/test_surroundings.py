"""What surrounds a tree: files that are not there, dollars, commands, variables nobody set."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import InputError
from kvariant.kconfig.generated import FilesInMemory
from kvariant.kconfig.presets import PRESETS
from kvariant.kconfig.reader import read

OPTION = 'config {0}\n\tbool "{0}"\n'


def names(folder: Path, kconfig: str, **generated: str) -> list[str]:
    """Return the symbols of a tree with some generated files, by names with _ for /."""
    (folder / "Kconfig").write_text(kconfig)
    texts = {name.replace("_", "/"): text for name, text in generated.items()}
    reader = read(
        folder / "Kconfig", environment={}, prefix="CONFIG_", shell=True,
        generated=FilesInMemory(texts, folder),
    )  # fmt: skip
    return [symbol.name for symbol in reader.unique_defined_syms]


def test_globs_find_generated_files_among_those_on_disk(tmp_path: Path) -> None:
    """They are sorted by name, as files on disk are; a `*` is part of one folder's name."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/Kb").write_text(OPTION.format("ON_DISK"))
    found = names(
        tmp_path, 'source "a/K*"\n', a_Ka=OPTION.format("FIRST"), a_Kc=OPTION.format("LAST"),
        a_deep_Kd=OPTION.format("DEEP"),
    )  # fmt: skip
    assert ["FIRST", "ON_DISK", "LAST"] == found


def test_a_generated_file_may_source_others(tmp_path: Path) -> None:
    """Relative sources start at its folder, be it there or not."""
    found = names(
        tmp_path, 'source "a/K"\nosource "none"\n', a_K='rsource "L"\n', a_L=OPTION.format("A")
    )
    assert ["A"] == found


def test_kconfiglib_is_left_as_it_was(tmp_path: Path) -> None:
    """Its functions are its own again when a tree is read, or cannot be."""
    import kconfiglib

    before = kconfiglib.iglob, kconfiglib.expandvars
    names(tmp_path, 'source "a"\n', a="")
    with pytest.raises(InputError):
        names(tmp_path, 'source "b"\n')
    assert before == (kconfiglib.iglob, kconfiglib.expandvars)


DOLLARS = (
    'config SUB\n\tstring\n\toption env="KVARIANT_SUB"\nsource "$SUB/Kconfig"\n'
    'config MACRO\n\tstring\n\tdefault "$(KVARIANT_SUB)/x"\n'
    'config NAME\n\tstring\n\tdefault "$KVARIANT_SUB/x"\n'
)


@pytest.mark.parametrize(
    ("tool", "macro", "name"),
    [
        (None, "sub/x", "sub/x"),
        (("symbol.c",), "$(KVARIANT_SUB)/x", "$KVARIANT_SUB/x"),
        (("symbol.c", "preprocess.c"), "sub/x", "$KVARIANT_SUB/x"),
    ],
    ids=["kconfiglib", "before 4.18", "since 4.18"],
)
def test_a_dollar_means_what_it_means_to_the_trees_tool(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tool: tuple[str, ...] | None,
    macro: str,
    name: str,
) -> None:
    """Old C tools have no macros, new ones no `$X`; kconfiglib has both, everywhere."""
    monkeypatch.setenv("KVARIANT_SUB", "sub")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/Kconfig").write_text(OPTION.format("A"))
    (tmp_path / "Kconfig").write_text(DOLLARS)
    for file in tool or ():
        (tmp_path / "scripts/kconfig").mkdir(parents=True, exist_ok=True)
        (tmp_path / "scripts/kconfig" / file).write_text("void sym_calc_value(struct symbol *s)")
    tree = Tree.load(tmp_path, dialect="auto")
    found = tree.resolve({})
    assert (macro, name) == (found["MACRO"], found["NAME"])
    assert "A" in tree.symbols
    assert "sub" == tree.environment["KVARIANT_SUB"]


def test_commands_run_in_the_root_where_the_trees_own_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenWrt's and kdevops' commands are named from there; others run where the user is."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/Kconfig").write_text("config A\n\tdef_bool $(shell,test -f K && echo y)\n")
    (tmp_path / "tree/K").touch()
    monkeypatch.chdir(tmp_path)
    here = PRESETS["kdevops"].name
    assert "y" == Tree.load(tmp_path / "tree/Kconfig", preset=here).resolve({})["A"]
    (command,) = Tree.load(tmp_path / "tree/Kconfig", preset=here).shell_commands
    assert "test -f K && echo y" == command.text
    with pytest.raises(InputError):
        Tree.load(tmp_path / "tree/Kconfig")


UNSET = "is not set and expands to nothing: --env"


@pytest.mark.parametrize(
    ("kconfig", "message", "hint"),
    [
        ('source "$(KV_DIR)/Kconfig"\n', "the sourced file '/Kconfig' does not exist",
         f"$(KV_DIR) {UNSET} KV_DIR=VALUE"),
        ('source "$KV_DIR/Kconfig"\n', "the sourced file '$KV_DIR/Kconfig' does not exist",
         f"$(KV_DIR) {UNSET} KV_DIR=VALUE"),
        ('osource "$(KV_FILE)"\n', 'osource "$(KV_FILE)" names a folder, not a file',
         f"$(KV_FILE) {UNSET} KV_FILE=VALUE"),
        ("config A\n\tdef_bool $(KV_HAVE)\n", "macro expanded to blank string",
         f"$(KV_HAVE) {UNSET} KV_HAVE=VALUE"),
        ("info := $(shell,true $(KV_CC))\n$(error-if,$(shell,test -z \"$(info)\" && echo y),no)\n",
         "no", f"$(KV_CC) {UNSET} KV_CC=VALUE"),
        ("x = $(KV_A)$(KV_B)\nconfig A\n\tdef_bool $(x)\n", "macro expanded to blank string",
         "$(KV_A), $(KV_B) are not set and expand to nothing: --env KV_A=VALUE"),
    ],
    ids=["source", "name", "folder", "blank", "error-if", "macro"],
)  # fmt: skip
def test_a_variable_nobody_set_is_named_by_its_error(
    tmp_path: Path, kconfig: str, message: str, hint: str
) -> None:
    """The error has the next step; the variable may be behind a macro or in an earlier line."""
    (tmp_path / "Kconfig").write_text(kconfig)
    with pytest.raises(InputError) as caught:
        Tree.load(tmp_path)
    (diagnostic,) = caught.value.diagnostics
    assert (message, hint) == (diagnostic.message, diagnostic.hint)


NEVER = (
    'config HAVE_FAX\n\tbool\n\toption env="KV_HAVE_FAX"\n\n'
    'config FAX\n\tbool "fax"\n\tdepends on HAVE_FAX\n\n'
    'config LOUD\n\tbool "loud"\n\tdepends on FAX && !QUIET\n\n'
    'config HELPER\n\tbool\n\nconfig LEVER\n\tbool "l"\n\tdepends on FAX\n\tselect HELPER\n\n'
    "config LOST\n\tbool\n\n"
    'config PROBE\n\tbool\n\tdefault y if "$(KV_PROBE)" = "y"\n\n'
    'if "$(KV_AROUND)" = "y"\nconfig INSIDE\n\tbool "inside"\nendif\n'
)


def test_what_is_never_on_for_want_of_a_variable(tmp_path: Path) -> None:
    """Its own lines, what it depends on, and what selects it are looked at; no `if` around."""
    (tmp_path / "Kconfig").write_text(NEVER)
    tree = Tree.load(tmp_path)
    dead = ["HAVE_FAX", "FAX", "LOUD", "HELPER", "LEVER", "LOST", "PROBE", "INSIDE"]
    want = dict.fromkeys(dead[:5], ("KV_HAVE_FAX",)) | {"PROBE": ("KV_PROBE",)}
    assert want == dict(tree.unset_behind(dead))
    assert ["KV_HAVE_FAX", "KV_PROBE", "KV_AROUND"] == list(tree.unset_variables)
    assert 3 == tree.unset_variables["KV_HAVE_FAX"].line
    assert {} == Tree.load(tmp_path, env=dict.fromkeys(tree.unset_variables, "y")).unset_variables
