# SPDX-License-Identifier: MIT
"""Names that change with the configuration: declared once, one body, everywhere the same."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from kvariant.build import build, recipe
from kvariant.errors import InputError
from kvariant.kconfig import Tree
from kvariant.render import Templates
from render_project import FILES, INTERFACE, lay_out

RENAMED = (
    INTERFACE.replace(
        'name = "doubled"\n', 'name = "doubled"\nrenamed = { twice = "DRIVER", both = "PDF" }\n'
    )
    .replace('name = "LIMIT"\n', 'name = "LIMIT"\nrenamed = { MOST = "PDF" }\n')
    .replace(
        'number = { c = "unsigned long", python = "int" }',
        'number = { c = "unsigned long", renamed = { c = { size_t = "PDF" } }, python = "int" }',
    )
)
HEADER = FILES["templates/include/fax.h.j2"].replace(
    "#include <stdbool.h>", "#include <stdbool.h>\n#include <stddef.h>\n/* doubled() undoubled */"
)


def templates(root: Path, interface: str = RENAMED) -> tuple[Tree, Templates]:
    """Return the small project's tree and templates, with an interface of the test's."""
    changed = {"templates/interface.toml": interface, "templates/include/fax.h.j2": HEADER}
    lay_out(root, **changed)
    tree = Tree.load(root / "Kconfig")
    return tree, Templates(root / "templates", tree)


# assignment: (the helper's name, the constant's, how C spells the type)
NAMES = {
    "first": ({}, "doubled", "LIMIT", "unsigned long"),
    "second": ({"FAX": "y", "DRIVER": "y"}, "twice", "LIMIT", "unsigned long"),
    "the-last-that-holds": ({"FAX": "y", "DRIVER": "y", "PDF": "y"}, "both", "MOST", "size_t"),
}


@pytest.mark.parametrize("case", NAMES)
def test_one_name_everywhere(tmp_path: Path, case: str) -> None:
    """The last later name that holds stands in every file: definitions, uses, comments."""
    tree, found = templates(tmp_path)
    assignment, helper, constant, spelled = NAMES[case]
    files = found.render(tree.resolve(assignment)).files
    header, module = files["include/fax.h"], files["python/small/fax.py"]
    assert f"static inline {spelled} {helper}({spelled} pages)" in header
    assert f"def {helper}(pages: int) -> int:" in module
    assert f"/* {helper}() undoubled */" in header
    if "FAX" in assignment:
        assert f"return pages <= {constant};" in header
        assert f"#define {constant} 80" in header
    others = {"doubled", "twice", "both"} - {helper}
    assert not [name for name in others for text in (header, module) if f" {name}(" in text]


def test_the_library_has_the_name(tmp_path: Path) -> None:
    """C exports a helper under the name that it has in the configuration, types checked."""
    tree, found = templates(tmp_path)
    configuration = tree.resolve({"FAX": "y", "PDF": "y"})
    files = found.render(configuration).files
    folder = tmp_path / "out"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    parts = recipe(folder, files, found.interface, configuration)
    assert parts is not None
    built = build(parts, tmp_path / "work")
    assert not built.failures
    assert built.library is not None
    library = ctypes.CDLL(str(built.library))
    assert library.both(21) == 42
    assert not hasattr(library, "doubled")


def test_a_file_reads_what_names_in_it_hang_on(tmp_path: Path) -> None:
    """A symbol that decides a name is read by each file in which the name stands."""
    _, found = templates(tmp_path)
    assert "DRIVER" in found.read_by("include/fax.h")
    assert "DRIVER" not in found.read_by("python/small/__init__.py")
    assert "DRIVER" in found.symbols


# what is wrong: (an entry's line, what it becomes, what is said)
WRONG = {
    "no-name": ('both = "PDF"', '"2-x" = "PDF"', "'2-x' is not a name in C and Python"),
    "no-symbol": ('both = "PDF"', 'both = "PFD"', "PFD"),
    "taken": ('both = "PDF"', 'send = "PDF"', "send is declared twice where both entries can"),
    "taken-elsewhere": (
        'both = "PDF"', 'only_with_pdf = "!PDF"', "which is the first name of another entry"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_name(tmp_path: Path, case: str) -> None:
    """A later name that is no name, hangs on nothing known, or is another's is an error."""
    was, now, said = WRONG[case]
    assert was in RENAMED
    with pytest.raises(InputError) as caught:
        templates(tmp_path, RENAMED.replace(was, now))
    assert said in str(caught.value)
