# SPDX-License-Identifier: MIT
"""Symbol specs: what each form means in a tree, and how a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.kconfig import Tree
from kvariant.plan.symbols import Spec, Specs, names_read
from kvariant.render import Templates

KCONFIG = """
config NET
	bool "net"

menu "Drivers"

menuconfig ETHERNET
	bool "ethernet"
	depends on NET

if ETHERNET

choice
	prompt "Vendor"

config VENDOR_A
	bool "a"

config VENDOR_B
	bool "b"

endchoice

endif

config LAST_DRIVER
	bool "last"

endmenu

source "Kconfig.mm"
"""
MM = 'config SWAP\n\tbool "swap"\n\nconfig MTU\n\tint "mtu"\n\tdefault 1500 if NET\n'
PATCH = """\
From 0123 Mon Sep 17 00:00:00 2001
Subject: [PATCH] a message about CONFIG_VENDOR_A does not count

--- a/drivers/net.c
+++ b/drivers/net.c
@@ -10,3 +10,4 @@ #ifdef CONFIG_VENDOR_B
     if (IS_ENABLED(CONFIG_NET))
-        old(CONFIG_MTU);
+#ifdef CONFIG_SWAP_MODULE
+        new();
     end();
--- a/Kconfig
+++ b/Kconfig
@@ -3,2 +3,3 @@
 config NET
+    depends on ETHERNET || NEW_ONE
     help
--
2.39 about CONFIG_LAST_DRIVER
"""


@pytest.fixture
def specs(tmp_path: Path) -> Specs:
    """Return the specs over a tree of two files, with templates and the patch as input."""
    (tmp_path / "Kconfig").write_text(KCONFIG, encoding="utf-8")
    (tmp_path / "Kconfig.mm").write_text(MM, encoding="utf-8")
    (tmp_path / "mm.c").write_text("#if defined(CONFIG_SWAP)\n", encoding="utf-8")
    (tmp_path / "net.c").write_text("CONFIG_NET CONFIG_NETS xCONFIG_SWAP\n", encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/x.h.j2").write_text("{{ SWAP }} {{ MTU }}\n", encoding="utf-8")
    tree = Tree.load(tmp_path / "Kconfig")
    return Specs(tree, Templates(tmp_path / "templates", tree), lambda: PATCH)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NET", "NET"),
        ("CONFIG_NET", "NET"),
        ("VENDOR_*", "VENDOR_A VENDOR_B"),
        ("CONFIG_VENDOR_[AB]", "VENDOR_A VENDOR_B"),
        ("reads:mm.c", "SWAP"),
        ("reads:*.c", "NET SWAP"),
        # Context lines count, the message, the hunk's heading and the signature do not.
        ("reads:-", "NET ETHERNET SWAP MTU"),
        ("declared:Kconfig.mm", "SWAP MTU"),
        ("declared:Kconfig*", "NET ETHERNET VENDOR_A VENDOR_B LAST_DRIVER SWAP MTU"),
        ("menu:Drivers", "ETHERNET VENDOR_A VENDOR_B LAST_DRIVER"),
        ("menu:ethernet", "ETHERNET VENDOR_A VENDOR_B"),
        ("menu:Vend*", "VENDOR_A VENDOR_B"),
        ("templates", "SWAP MTU"),
    ],
)
def test_each_form_means_its_symbols_in_kconfig_order(
    specs: Specs, tmp_path: Path, text: str, expected: str
) -> None:
    """A spec is a list of symbols, in the order of the Kconfig files."""
    assert tuple(expected.split()) == specs.symbols([Spec(text, tmp_path)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ETHERNT", "no symbol is named ETHERNT [unknown-symbol]\nhint: did you mean ETHERNET"),
        ("X_*", "no symbol matches X_* [unknown-symbol]"),
        ("read:mm.c", "no form of spec is called read: [no-symbol]\nhint: did you mean reads"),
        ("reads:mmm.c", "no file matches mmm.c [no-symbol]\nhint: did you mean mm.c"),
        ("reads:templates/*", "[no-symbol]"),
        ("declared:Kconfig.nm", "defines a symbol [no-symbol]\nhint: did you mean Kconfig.mm"),
        ("menu:Driver", "no menu is called 'Driver' [no-symbol]\nhint: did you mean Drivers"),
    ],
)
def test_a_spec_that_means_nothing_says_so(
    specs: Specs, tmp_path: Path, text: str, expected: str
) -> None:
    """The error shows the spec and the nearest one that means something."""
    with pytest.raises(InputError) as caught:
        specs.symbols([Spec(text, tmp_path)])
    assert expected in str(caught.value)


def test_all_wrong_specs_are_told_at_once(specs: Specs, tmp_path: Path) -> None:
    """Two wrong specs are two errors."""
    with pytest.raises(InputError) as caught:
        specs.symbols([Spec("X", tmp_path), Spec("NET", tmp_path), Spec("Y", tmp_path)])
    assert 2 == len(caught.value.diagnostics)


def test_names_that_the_tree_does_not_define_are_a_warning(specs: Specs, tmp_path: Path) -> None:
    """A patch's new symbol is named, for the tree may lack the patch."""
    specs.symbols([Spec("reads:-", tmp_path)])
    assert ["the text reads what is no symbol of the tree: NEW_ONE"] == [
        warning.message for warning in specs.warnings
    ]


@pytest.mark.parametrize(
    ("text", "filename", "prefix", "expected"),
    [
        ("CONFIG_A || CONFIG_B_C", "x.c", "CONFIG_", {"A", "B_C"}),
        ("obj-$(CONFIG_64BIT) += x.o", "Makefile", "CONFIG_", {"64BIT"}),
        ("FEATURE_X and lower", "x.c", "", {"FEATURE_X"}),
        ("\tdepends on A && !B # C", "Kconfig", "CONFIG_", {"A", "B"}),
        ('\tbool "say D" if E', "sub/Kconfig.x", "CONFIG_", {"E"}),
        ("\tdefault $(shell,echo F) if G = 3", "Kconfig", "CONFIG_", {"G"}),
        ("\t  help about A && B", "Kconfig", "CONFIG_", set()),
        ("\tselect H if I", "Kconfig", "CONFIG_", {"H", "I"}),
        ("menuconfig J", "Kconfig", "CONFIG_", {"J"}),
        ("depends on A", "x.c", "CONFIG_", set()),
    ],
)
def test_what_a_line_reads(text: str, filename: str, prefix: str, expected: set[str]) -> None:
    """Sources read prefixed names; Kconfig text reads what definitions and conditions name."""
    assert expected == names_read(text, filename, prefix)


def test_a_new_file_of_a_patch_is_kconfig_by_its_new_name() -> None:
    """A hunk of a new Kconfig file is read as Kconfig."""
    patch = "--- /dev/null\n+++ b/mm/Kconfig\n@@ -0,0 +1,2 @@\n+config A\n+\tdepends on B\n"
    assert {"A", "B"} == names_read(patch, "", "CONFIG_")


def test_the_macros_of_toybox_name_symbols(tmp_path: Path) -> None:
    """CFG_X, USE_X() and SKIP_X() read X."""
    for path, text in {
        "Config.in": "config A\n\tbool\nconfig SORT\n\tbool\nconfig C\n\tbool\nconfig D\n\tbool\n",
        "scripts/genconfig.sh": "",
        "toys/sort.c": "USE_SORT(NEWTOY(sort)) if (CFG_D) SKIP_C(x) CFG_THAT FLAG_A\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    specs = Specs(Tree.load(tmp_path), None, lambda: "")
    assert specs.symbols([Spec("reads:toys/sort.c", tmp_path)]) == ("SORT", "C", "D")


def test_the_macros_of_busybox_name_symbols(tmp_path: Path) -> None:
    """ENABLE_X, IF_X() and IF_NOT_X() read X; words that only begin so are no mistake."""
    for path, text in {
        "Config.in": "config A\n\tbool\nconfig SUSv2\n\tbool\nconfig C\n\tbool\nconfig D\n\tbool\n",
        "libbb/Kbuild.src": "",
        "applets/Kbuild.src": "",
        "tail.c": "#if ENABLE_SUSv2 IF_C(x) IF_NOT_D(y) IF_NOT_THERE ENABLE_MORE xIF_A\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    specs = Specs(Tree.load(tmp_path), None, lambda: "")
    assert specs.symbols([Spec("reads:tail.c", tmp_path)]) == ("SUSv2", "C", "D")
    assert not specs.warnings
