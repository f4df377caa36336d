# SPDX-License-Identifier: MIT
"""What make writes of its lists, and what is made of it; tests/trees asks real makefiles."""

from __future__ import annotations

import os
import subprocess

import pytest

from kvariant.plan import object_lists
from kvariant.plan.object_lists import ObjectLists

MAKEFILES = {
    # As Kbuild has it: a folder's makefile sets lists, the rest is the same everywhere.
    "build.mk": """\
include $(obj)/list.mk
real-obj-y := $(addprefix $(obj)/,$(obj-y))
real-obj-m := $(addprefix $(obj)/,$(obj-m))
subdir-ym := $(addprefix $(obj)/,$(folders))
""",
    "Makefile": """\
vmlinux-dirs := net drivers
build := -f build.mk obj
%.i: ; @$(MAKE) $(build)=$(patsubst %/,%,$(dir $@)) $@
""",
    "net/list.mk": "obj-y := core.o ../lib/part.o\nobj-m := log.o\nfolders := deep\n",
    "net/deep/list.mk": "obj-y := deep.o\n",
    "drivers/list.mk": "obj-y := a.o\n",
    "boot/list.mk": "obj-y := loader.o\n",
}
CASES = [
    ("net/core.c", True),
    ("net/log.c", True),
    ("net/deep/deep.S", True),
    ("lib/part.c", True),
    ("net/none.c", False),
    ("drivers/a.c", True),
    ("boot/loader.c", False),
    ("other/x.c", None),
]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> ObjectLists:
    """Return what make writes of a small tree."""
    root = tmp_path_factory.mktemp("tree")
    for name, text in MAKEFILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    out = root / "lists"
    out.mkdir()
    (root / "first.mk").write_text(object_lists.makefile())
    environment = {**os.environ, "MAKEFILES": str(root / "first.mk")}
    environment[object_lists.VARIABLE] = str(out)
    for goal in object_lists.goals(["net/deep", "drivers", "boot"]):
        folder = os.path.dirname(goal)  # noqa: PTH120
        if folder and (root / folder / "list.mk").is_file():
            command = ["make", "-s", "-f", "build.mk", f"obj={folder}", goal]
        else:
            command = ["make", "-s", "kvariant-lists.i"]
        subprocess.run(command, cwd=root, env=environment, check=True)
    return ObjectLists.read(out)


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_whether_an_object_is_built(lists: ObjectLists, source: str, expected: bool | None) -> None:
    """It is in a list of a folder that the top makefile, or one that it leads to, goes into."""
    assert lists.is_built(source) is expected


def test_the_goals_are_those_of_all_folders_above() -> None:
    """Each is asked once, the top as well."""
    assert [
        "kvariant-lists.i",
        "a/b/kvariant-lists.i",
        "a/kvariant-lists.i",
        "a/c/kvariant-lists.i",
    ] == object_lists.goals(["a/b", "a/c"])
