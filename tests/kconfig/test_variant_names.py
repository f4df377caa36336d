# SPDX-License-Identifier: MIT
"""What variants are called that files make: each name derived by hand from the rule."""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvariant.errors import InputError
from kvariant.kconfig.variant_names import variant_name, variant_names

ROOT = Path("/tree")
LONG = "a" * 70

ALONE = [
    ("configs/net.config", "net"),
    ("configs/sub/x.config", "x"),
    ("prj.conf", "prj.conf"),
    ("boards/foo.conf", "foo.conf"),
    ("samples/hello/prj.conf", "prj.conf"),
    ("sdkconfig.defaults", "sdkconfig.defaults"),
    ("arch/x86/configs/x86_64_defconfig", "x86_64"),
    ("configs/A10-Lime_defconfig", "a10-lime"),
    ("configs/am335x evm (old)_defconfig", "am335x-evm-old"),
    ("configs/-rf.config", "rf"),
    ("configs/.hidden.config", "hidden"),
    ("configs/odd-.config", "odd-"),  # fit already
    ("configs/caf\udce9.config", "caf"),
    # The file's name says nothing: folders that say something.
    ("boards/sim/configs/nsh/defconfig", "sim-nsh"),
    ("boards/arm/stm32/nucleo-f4/configs/nsh/defconfig", "nucleo-f4-nsh"),
    ("boards/sim/sim/sim/configs/nsh/defconfig", "sim-nsh"),
    ("arch/arm64/configs/defconfig", "arm64"),
    ("mm/.kunitconfig", "mm"),
    ("drivers/gpu/drm/vc4/tests/.kunitconfig", "vc4"),
    ("builds/Big/.config", "big"),
    ("configs/nsh/defconfig", "nsh"),
    # There is none.
    ("defconfig", "defconfig"),
    ("configs/defconfig", "defconfig"),
    (".config", "config"),
    ("configs/.config", "config"),
    (".kunitconfig", "kunitconfig"),
    # The longest name, and one that is cut.
    (f"configs/{LONG[:64]}.config", LONG[:64]),
    (f"configs/{LONG}_defconfig", f"{LONG[:55]}-{hashlib.sha256(LONG.encode()).hexdigest()[:8]}"),
]


@pytest.mark.parametrize(("path", "expected"), ALONE, ids=[path[:40] for path, _ in ALONE])
def test_one_file_alone(path: str, expected: str) -> None:
    """A file's name depends on its path below the root, however the path is written."""
    assert expected == variant_name(ROOT / path, ROOT)
    assert expected == variant_name(ROOT / "x" / ".." / path, ROOT)
    assert expected == variant_name(Path(path))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/other/mm/.kunitconfig", "mm"), ("/other/.config", "other"), ("/.config", "config")],
)
def test_outside_the_root_every_folder_counts(path: str, expected: str) -> None:
    """A file of another tree is called by the folders that it is in."""
    assert expected == variant_name(Path(path), ROOT)


SEVERAL = [
    (
        ["arch/um/configs/i386_defconfig", "arch/x86/configs/i386_defconfig", "configs/one.config"],
        ["um-i386", "x86-i386", "one"],
    ),
    (["configs/net.config", "other/net.config"], ["net", "other-net"]),
    (["a/x.config", "b/a/x.config", "c/a/x.config"], ["a-x", "b-a-x", "c-a-x"]),
    (["samples/a/prj.conf", "samples/b/prj.conf"], ["a-prj.conf", "b-prj.conf"]),
    # Folders that say what kind of file is in them come last.
    (["boards/net.config", "configs/net.config"], ["boards-net", "configs-net"]),
    (["mm/test/x.config", "mm/tests/x.config"], ["mm-test-x", "mm-tests-x"]),
    # Of one folder: the suffix stays.
    (["configs/x.config", "configs/x_defconfig"], ["x.config", "x_defconfig"]),
    (
        ["configs/x.config", "configs/x_defconfig", "a/x.config"],
        ["x.config", "x_defconfig", "x"],
    ),
    # A name that says something is not touched for one that does not.
    (["configs/mm.config", "mm/.kunitconfig"], ["mm", "mm-kunitconfig"]),
    (["mm/.config", "mm/.kunitconfig", "mm/defconfig"],
     ["mm-config", "mm-kunitconfig", "mm-defconfig"]),
    (
        ["boards/b1/configs/nsh/defconfig", "boards/b2/configs/nsh/defconfig"],
        ["b1-nsh", "b2-nsh"],
    ),
    (
        ["x/b/configs/nsh/defconfig", "y/b/configs/nsh/defconfig"],
        ["x-b-nsh", "y-b-nsh"],
    ),
    # What telling apart makes is told apart again.
    (["a/x.config", "b/x.config", "c/a-x.config"], ["a-x", "b-x", "c-a-x"]),
]  # fmt: skip


@pytest.mark.parametrize(("paths", "expected"), SEVERAL)
def test_equal_names_are_told_apart(paths: list[str], expected: list[str]) -> None:
    """By as many folders as it takes; the order of the files does not count."""
    named = dict(zip(paths, expected, strict=True))
    for order in itertools.permutations(paths):
        assert [named[path] for path in order] == variant_names([ROOT / p for p in order], ROOT)


def test_a_name_that_is_taken() -> None:
    """Folders tell from other variants too; where there are none, a number does."""
    paths = [ROOT / "a/net.config", ROOT / "net.config", ROOT / "b/tls.config"]
    assert ["a-net", "net.config", "tls"] == variant_names(paths, ROOT, ["net", "usb"])
    (last,) = variant_names([ROOT / "net.config"], ROOT, ["net", "net.config", "net.config-2"])
    assert "net.config-3" == last


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["A.config", "a.config"], "a second fragment makes the variant 'a' [duplicate-name]"),
        (["x/A B.config", "x/a-b.config"], "makes the variant 'a-b' [duplicate-name]"),
        (["a.config", "a.config"], "hint: name the file once"),
        (["\u65e5\u672c.config"], "'\u65e5\u672c' cannot name a variant [variant-name]"),
        (["...config"], "'..' cannot name a variant [variant-name]"),
    ],
)
def test_what_cannot_be_named_is_an_error(paths: list[str], message: str) -> None:
    """No two files make one variant silently, and no variant goes without a name."""
    with pytest.raises(InputError) as caught:
        variant_names([ROOT / path for path in paths], ROOT)
    assert message in str(caught.value)


parts = st.sampled_from(["a", "B", "configs", "tests", "a-b", "x y", "_", "é", "b" * 70])
files = st.sampled_from(
    ["defconfig", ".config", ".kunitconfig", "a.config", "a_defconfig", "b.conf", "A.config"]
)
trees = st.lists(
    st.builds(lambda folders, name: "/".join([*folders, name]), st.lists(parts, max_size=4), files),
    unique=True,
    max_size=12,
)


@given(trees, st.randoms(use_true_random=False))
def test_names_are_fit_and_differ(paths: list[str], chance: object) -> None:
    """Whatever folders are called: fit and different names in any order, or an error."""
    try:
        names = variant_names([ROOT / path for path in paths], ROOT)
    except InputError:
        lower = [re.sub(r"[^a-z0-9]", "", path.lower()) for path in paths]
        assert len(set(lower)) < len(lower)  # nothing but case and unfit characters differs
        return
    assert len(set(names)) == len(paths)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name) for name in names)
    order = sorted(range(len(paths)), key=lambda _: chance.random())  # type: ignore[attr-defined]
    again = variant_names([ROOT / paths[i] for i in order], ROOT)
    assert [names[i] for i in order] == again
