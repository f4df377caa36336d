# SPDX-License-Identifier: MIT
"""The file of relations: its forms, and what is refused in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Tree
from kvariant.render import Templates
from render_project import lay_out

GOOD = """\
format = 1

[[round-trip]]
there = "doubled"
back = "doubled"

[[implies]]
test = "send"
then = ["!send"]
where = "PORT = 80"

[[unchanged]]
adding = "DRIVER"
"""


def read(root: Path, text: str) -> Templates:
    """Return the small project's templates with a file of relations."""
    lay_out(root, **{"templates/relations.toml": text})
    return Templates(root / "templates", Tree.load(root / "Kconfig"))


def test_forms(tmp_path: Path) -> None:
    """Each relation has an id of its form and subject, and a place."""
    relations = read(tmp_path, GOOD).relations
    assert relations is not None
    assert list(relations.declared) == ["round-trip-doubled", "implies-send", "unchanged-DRIVER"]
    assert relations.place("implies-send").endswith("relations.toml:7:1")
    condition = relations.condition(relations.declared["implies-send"])
    assert str(condition) == "PORT = 80 && FAX"


def test_none_is_needed(tmp_path: Path) -> None:
    """Without a file the two that hold of any interface are on."""
    lay_out(tmp_path)
    (tmp_path / "templates/relations.toml").unlink()
    relations = Templates(tmp_path / "templates", Tree.load(tmp_path / "Kconfig")).relations
    assert relations is not None
    assert (relations.stubs, relations.languages, dict(relations.declared)) == (True, True, {})


# text: what is said of it
WRONG = {
    '[[same]]\nhelpers = ["send", "sned"]': "same speaks of sned, which is no helper's first name",
    '[[unchanged]]\nadding = "FEX"': "unknown symbol FEX",
    '[[unchanged]]\nadding = "FAX"\nkeeps = ["x*"]': "'x*' matches no helper's first name",
    '[inputs]\nnumbr = ["words"]': "unknown type 'numbr'",
    '[[makes]]\nmaker = "send"\nhold = []': "unknown key 'hold'",
    '[[implies]]\ntest = "send"\nthen = []\nwhere = "PFD"': "PFD",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(tmp_path: Path, text: str) -> None:
    """What the file names has to be there."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"format = 1\n{text}\n")
    assert WRONG[text] in str(caught.value)


def test_a_newer_format(tmp_path: Path) -> None:
    """A file of a newer kvariant is refused in words."""
    with pytest.raises(InputError, match="format 2 is newer than this kvariant knows"):
        read(tmp_path, "format = 2\n")
