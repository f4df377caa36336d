"""Presets: each kind of tree in miniature is known, and loads without a flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import InputError
from kvariant.kconfig.presets import PRESETS, place_of

BOOL = 'config {}\n\tbool "{}"\n'


def option(name: str) -> str:
    """Return the text of an option."""
    return BOOL.format(name, name.lower())


@dataclass(frozen=True)
class Miniature:
    """The few files by which a kind of tree is known, and what loading it must give."""

    files: Mapping[str, str]
    preset: str
    symbols: frozenset[str]
    values: Mapping[str, str] = field(default_factory=dict)
    """What the defaults resolve to: texts come from the environment that the preset gives."""
    prefix: str = "CONFIG_"
    entry: str = ""
    """The entry file below the folder that is loaded, where it is not a usual one."""


def text(name: str, value: str) -> str:
    """Return a string that shows what an expression was."""
    return f'config {name}\n\tstring\n\tdefault "{value}"\n'


EMPTY = ""
MINIATURES = {
    "at91bootstrap": Miniature(
        {
            "Kconfig": 'config VERSION\n\tstring\n\toption env="VERSION"\n' + option("A"),
            "Config.in.kernel": EMPTY, "device/x": EMPTY, "config/conf.c": EMPTY,
            "Makefile": "VERSION := 4.0.9\n",
        },
        "at91bootstrap", frozenset({"VERSION", "A"}), {"VERSION": "4.0.9"},
    ),
    "barebox": Miniature(
        {
            "Kconfig": text("A", "$(SRCARCH) $(CROSS_PKG_CONFIG) $(KERNELVERSION)"),
            "common/Kconfig": EMPTY, "commands/Kconfig": EMPTY, "arch/sandbox/Kconfig": EMPTY,
            "Makefile": "VERSION = 2026\nPATCHLEVEL = 06\nSUBLEVEL = 0\n",
        },
        "barebox", frozenset({"A"}), {"A": "sandbox pkg-config 2026.06.0"},
    ),
    "buildroot": Miniature(
        {
            "Config.in": 'config BR2_BASE_DIR\n\tstring\n\toption env="BASE_DIR"\n'
            'source "$BR2_BASE_DIR/.br2-external.in.paths"\n'
            'config BR2_VERSION\n\tstring\n\toption env="BR2_VERSION_FULL"\n' + option("BR2_A"),
            "package/Config.in": EMPTY, "support/scripts/br2-external": EMPTY,
            "Makefile": "export BR2_VERSION := 2026.08\n",
        },
        "buildroot", frozenset({"BR2_BASE_DIR", "BR2_VERSION", "BR2_A"}),
        {"BR2_VERSION": "2026.08"}, prefix="",
    ),
    "busybox": Miniature(
        {
            "Config.in": "source .platform.in\nsource libbb/Config.in\n",
            "Makefile": ".platform.in:\n", "applets/x": EMPTY,
            "libbb/Config.src": "menu \"x\"\nINSERT\nendmenu\n",
            "libbb/a.c": "//config:config A\n//config:\tbool \"a\"\nint a;\n",
            "libbb/b.c": "//config:config B\n//config:\tbool \"b\"\n",
        },
        "busybox", frozenset({"PLATFORM_LINUX", "A", "B"}), {"PLATFORM_LINUX": "y"},
    ),
    "coreboot": Miniature(
        {
            "src/Kconfig": 'source "site-local/Kconfig"\nsource "src/mainboard/Kconfig"\n',
            "src/mainboard/Kconfig": option("A"), "util/kconfig/x": EMPTY,
        },
        "coreboot", frozenset({"A"}),
    ),
    "crazyflie": Miniature(
        {"Kconfig": option("A"), "src/hal/x": EMPTY, "src/deck/x": EMPTY, "scripts/kconfig/x": ""},
        "crazyflie", frozenset({"A"}),
    ),
    "esp-idf": Miniature(
        {
            "Kconfig": text("TARGET", "$IDF_TARGET") + text("VERSION", "$IDF_INIT_VERSION")
            + 'source "$COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE"\n'
            'source "$COMPONENT_KCONFIGS_SOURCE_FILE"\n',
            "components/a/Kconfig": option("A"), "components/b/Kconfig.projbuild": option("B"),
            "sdkconfig.rename": EMPTY, "tools/cmake/kconfig.cmake": EMPTY,
            "tools/cmake/version.cmake": "set(IDF_VERSION_MAJOR 6)\nset(IDF_VERSION_MINOR 2)\n"
            "set(IDF_VERSION_PATCH 0)\n",
        },
        "esp-idf", frozenset({"TARGET", "VERSION", "A", "B"}),
        {"TARGET": "esp32", "VERSION": "6.2.0"},
    ),
    "gem5": Miniature(
        {
            "src/Kconfig": 'config SAYS\n\tbool "$(MAIN_MENU_TEXT)"\n'
            "config HAVE\n\tdef_bool $(HAVE_POSIX_CLOCK)\nconfig PNG\n\tdef_bool $(HAVE_PNG)\n",
            "src/cpu/Kconfig": EMPTY, "build_opts/X": EMPTY, "SConstruct": EMPTY,
        },
        "gem5", frozenset({"SAYS", "HAVE", "PNG"}), {"HAVE": "y"}, prefix="",
    ),
    "kdevops": Miniature(
        {
            "Kconfig": 'source "terraform/x/kconfigs/Kconfig.y.generated"\n'
            'config HERE\n\tdef_bool $(shell,test -f playbooks/x && echo y || echo n)\n'
            + text("NAME", "$(PROJECT) $(PROJECTRELEASE)"),
            "kconfigs/Kconfig.kdevops": EMPTY, "playbooks/x": EMPTY,
            "terraform/x/kconfigs/Kconfig.y.default": option("A"),
            "Makefile": "PROJECT = kdevops\nVERSION = 5\nPATCHLEVEL = 0\nSUBLEVEL = 2\n",
        },
        "kdevops", frozenset({"HERE", "NAME", "A"}), {"HERE": "y", "NAME": "kdevops 5.0.2"},
    ),
    "nuttx": Miniature(
        {
            "Kconfig": 'config BINDIR\n\tstring\n\toption env="BINDIR"\n'
            'source "$BINDIR/arch/dummy/Kconfig"\nsource "$APPSBINDIR/Kconfig"\n'
            'source "$EXTERNALDIR/Kconfig"\n',
            "arch/dummy/dummy_kconfig": option("CHIP"), "dummy/Kconfig": option("OUTSIDE"),
            "sched/Kconfig": EMPTY, "boards/Kconfig": EMPTY,
        },
        "nuttx", frozenset({"BINDIR", "CHIP", "OUTSIDE"}),
    ),
    "opensbi": Miniature(
        {
            "Kconfig": 'source "$(OPENSBI_PLATFORM_SRC_DIR)/Kconfig"\n'
            'source "$(OPENSBI_SRC_DIR)/lib/sbi/Kconfig"\n',
            "platform/generic/Kconfig": option("A"), "lib/sbi/Kconfig": option("B"),
            "firmware/Kconfig": EMPTY,
        },
        "opensbi", frozenset({"A", "B"}),
    ),
    "riot": Miniature(
        {
            "Kconfig": 'osource "$(KCONFIG_GENERATED_DEPENDENCIES)"\n'
            'osource "$(KCONFIG_EXTERNAL_PKG_CONFIGS)"\nosource "$(RIOTCPU)/$(CPU)/Kconfig"\n'
            'rsource "sys/Kconfig"\n' + text("FAMILY", "$(CPU_FAM)"),
            "sys/Kconfig": "config A\n\tbool \"a\"\n\tdepends on USEMODULE_A || USEPKG_B\n",
            "kconfigs/Kconfig.consts": EMPTY, "makefiles/kconfig.mk": EMPTY,
            "cpu/Kconfig": EMPTY, "cpu/native/Kconfig": option("CPU"),
            "boards/native64/Makefile.features": "include $(RIOTBOARD)/common/Makefile.features\n",
            "boards/common/Makefile.features": "CPU = native\nCPU_FAM = host\n",
        },
        "riot", frozenset({"USEMODULE_A", "USEPKG_B", "A", "CPU", "FAMILY"}), {"FAMILY": "host"},
    ),
    "seabios": Miniature(
        {"src/Kconfig": 'source "vgasrc/Kconfig"\n', "vgasrc/Kconfig": option("A"),
         "scripts/kconfig/x": EMPTY},
        "seabios", frozenset({"A"}),
    ),
    "sof": Miniature(
        {
            "Kconfig": 'source "Kconfig.sof"\n', "Kconfig.sof": 'rsource "src/arch/Kconfig"\n',
            "src/arch/Kconfig": 'orsource "$(ARCH)/Kconfig"\n',
            "src/arch/xtensa/Kconfig": option("XTENSA"),
        },
        "sof", frozenset({"XTENSA"}),
    ),
    "swupdate": Miniature(
        {
            "Kconfig": 'config HAVE_LUA\n\tbool\n\toption env="HAVE_LUA"\n'
            "config A\n\tbool \"a\"\n\tdefault y\n\tdepends on HAVE_LUA\n",
            "Makefile.deps": "ifeq ($(HAVE_LUA),)\nexport HAVE_LUA = y\nendif\n",
            "suricatta/Kconfig": EMPTY,
        },
        "swupdate", frozenset({"HAVE_LUA", "A"}), {"A": "y"},
    ),
    "toybox": Miniature(
        {
            "Config.in": "source generated/Config.in\n",
            "scripts/genconfig.sh": "for i in ANDROID FDPIC\n",
            "toys/net/README": "Network commands\n",
            "toys/net/ping.c": "/* ping\n\nconfig PING\n  bool \"ping\"\n*/\nconfig C\n",
        },
        "toybox", frozenset({"IS_ANDROID", "IS_FDPIC", "PING"}), {"IS_ANDROID": "n"},
    ),
    "uclibc-ng": Miniature(
        {
            "extra/Configs/Config.in": 'config VERSION\n\tstring\n\toption env="VERSION"\n'
            'source "extra/Configs/Config.arm"\n',
            "extra/Configs/Config.arm": option("A"), "ldso/x": EMPTY, "libc/x": EMPTY,
            "Rules.mak": "MAJOR_VERSION := 1\nMINOR_VERSION := 0\nSUBLEVEL := 57\n",
        },
        "uclibc-ng", frozenset({"VERSION", "A"}), {"VERSION": "1.0.57"}, prefix="",
        entry="extra/Configs/Config.in",
    ),
    "unikraft": Miniature(
        {
            "Config.uk": text("UK", "$(UK_FULLVERSION)")
            + 'source "$(shell,$(UK_BASE)/support/build/config-submenu.sh -q'
            " -o '$(KCONFIG_DIR)/libs.uk' -r '$(KCONFIG_LIB_BASE)' -l '$(KCONFIG_LIB_BASE)'"
            " -c '$(KCONFIG_ELIB_DIRS)' -e '$(KCONFIG_EXCLUDEDIRS)')\"\n"
            'source "$(shell,$(UK_BASE)/support/build/config-submenu.sh -q'
            " -o '$(KCONFIG_DIR)/app.uk' -t 'Application' -l '$(KCONFIG_EAPP_DIR)'"
            " -e '$(KCONFIG_EXCLUDEDIRS)')\"\n",
            "version.mk": "UK_VERSION = 0\nUK_SUBVERSION = 17\nUK_EXTRAVERSION = 0\n",
            "lib/Config.uk": option("L"), "lib/a/Config.uk": option("A"), "plat/x": EMPTY,
            "support/build/config-submenu.sh": "exit 1\n",
        },
        "unikraft", frozenset({"UK", "A", "L"}), {"UK": "0.17.0"}, entry="Config.uk",
    ),
    "xen": Miniature(
        {
            "xen/Kconfig": text("A", "$(SRCARCH) $(XEN_FULLVERSION)"),
            "xen/Kconfig.debug": EMPTY, "xen/common/Kconfig": EMPTY, "xen/xsm/x": EMPTY,
            "xen/tools/kconfig/x": EMPTY,
            "xen/Makefile": "export XEN_VERSION       = 4\nexport XEN_SUBVERSION    = 23\n"
            "export XEN_EXTRAVERSION ?= -unstable$(XEN_VENDORVERSION)\n",
        },
        "xen", frozenset({"A"}), {"A": "x86 4.23-unstable"}, entry="xen/Kconfig",
    ),
}  # fmt: skip


def laid_out(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a tree."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a tree might find by chance, and be an x86_64."""
    for name in ("ARCH", "SRCARCH", "CROSS_COMPILE", "VERSION", "BOARD", "BASE_DIR", "HAVE_LUA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def listing(folder: Path) -> list[str]:
    """Return every path below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", MINIATURES)
def test_a_tree_loads_without_flags(tmp_path: Path, name: str) -> None:
    """Its kind is detected; variables and files that its build makes are there, none written."""
    miniature = MINIATURES[name]
    root = laid_out(tmp_path / "tree", miniature.files)
    before = listing(tmp_path)
    tree = Tree.load(root)
    assert miniature.preset == tree.preset.name
    assert miniature.symbols == set(tree.symbols)
    assert miniature.prefix == tree.prefix
    found = tree.resolve({})
    assert dict(miniature.values) == {name: found[name] for name in miniature.values}
    assert {} == tree.unset_variables
    assert before == listing(tmp_path)


@pytest.mark.parametrize("name", MINIATURES)
def test_the_entry_file_means_the_same_tree(tmp_path: Path, name: str) -> None:
    """Whoever names the entry file gets what the folder gives."""
    miniature = MINIATURES[name]
    root = laid_out(tmp_path / "tree", miniature.files)
    usual = ("Kconfig", "Config.in", "src/Kconfig")
    entry = miniature.entry or next(n for n in usual if n in miniature.files)
    by_folder, by_entry = Tree.load(root), Tree.load(root / entry)
    assert by_folder.preset is by_entry.preset
    assert by_folder.root == by_entry.root
    assert list(by_folder.symbols) == list(by_entry.symbols)


@pytest.mark.parametrize("name", MINIATURES)
def test_a_tree_loads_where_one_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The working directory is no part of the tree: its root gives what its path gives."""
    miniature = MINIATURES[name]
    root = laid_out(tmp_path / "tree", miniature.files)
    monkeypatch.chdir(root)
    assert miniature.symbols == set(Tree.load(Path()).symbols)


def test_every_preset_has_a_miniature_or_a_test_of_its_own() -> None:
    """None is left out of these tests unseen."""
    others = {"plain", "linux", "u-boot", "zephyr", "rt-thread", "rt-thread-system", "openwrt",
              "crosstool-ng"}  # fmt: skip
    assert set(PRESETS) == others | set(MINIATURES)


def test_what_is_given_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the caller is kept, in `env` and in the process's environment."""
    root = laid_out(tmp_path, MINIATURES["esp-idf"].files)
    assert "esp32c6" == Tree.load(root, env={"IDF_TARGET": "esp32c6"}).resolve({})["TARGET"]
    monkeypatch.setenv("IDF_TARGET", "esp32h2")
    assert "esp32h2" == Tree.load(root).resolve({})["TARGET"]


def test_a_file_on_disk_comes_before_a_generated_one(tmp_path: Path) -> None:
    """What the tree's build left is read, not what a preset would make."""
    root = laid_out(tmp_path, MINIATURES["coreboot"].files)
    assert "SITE" not in Tree.load(root).symbols
    laid_out(root, {"site-local/Kconfig": option("SITE")})
    tree = Tree.load(root)
    assert "SITE" in tree.symbols
    assert {} == tree.generated_files


def test_symbols_of_a_generated_file_have_a_place(tmp_path: Path) -> None:
    """The place is the file that the build would write; it is no file that was read."""
    root = laid_out(tmp_path, MINIATURES["toybox"].files)
    tree = Tree.load(root)
    path = str(root / "generated/Config.in")
    assert path == tree.symbols["PING"].location.path
    assert [path] == list(tree.generated_files)
    assert [root / "Config.in"] == list(tree.files)


EXTERNAL = {
    "external.desc": "name: FAX\ndesc: Fax machines\n",
    "Config.in": 'config BR2_FAX\n\tbool "fax"\n',
    "external.mk": "",
}


def test_trees_outside_of_buildroot_are_part_of_it(tmp_path: Path) -> None:
    """BR2_EXTERNAL names them; their names, folders and options are symbols."""
    files = dict(MINIATURES["buildroot"].files)
    files["Config.in"] += 'source "$BR2_BASE_DIR/.br2-external.in.menus"\n'
    root, fax = laid_out(tmp_path / "tree", files), laid_out(tmp_path / "fax", EXTERNAL)
    values = Tree.load(root, env={"BR2_EXTERNAL": str(fax)}).resolve({"BR2_FAX": "y"})
    assert ("FAX", str(fax), "y") == tuple(
        values[name] for name in ("BR2_EXTERNAL_NAMES", "BR2_EXTERNAL_FAX_PATH", "BR2_FAX")
    )


def test_applications_beside_nuttx_are_part_of_it(tmp_path: Path) -> None:
    """A folder with a title gets a menu; one without a title, and without Kconfig, nothing."""
    root = laid_out(tmp_path / "nuttx", MINIATURES["nuttx"].files)
    apps = {
        "Makefile": "all:\n", "net/Makefile": 'MENUDESC = "Network"\n', "net/fax/Makefile": "",
        "net/fax/Kconfig": option("FAX"), "lib/Makefile": "", "lib/x/Kconfig": option("LOST"),
        "sys/Kconfig": option("SYS"),
    }  # fmt: skip
    laid_out(tmp_path / "apps", apps)
    tree = Tree.load(root)
    assert {"FAX", "SYS"} <= set(tree.symbols)
    assert "LOST" not in tree.symbols
    assert ("FAX",) == tree.menus["Network"]


def test_one_board_of_rt_thread_is_a_tree(tmp_path: Path) -> None:
    """A board's symbols name the system above it and its packages; the system alone is none."""
    system = {
        "Kconfig": 'source "$RTT_DIR/libcpu/Kconfig"\n', "include/rtthread.h": "",
        "libcpu/Kconfig": option("CPU"), "components/Kconfig": "",
        "bsp/board/rtconfig.py": "",
        "bsp/board/Kconfig": 'config RTT_DIR\n\tstring\n\toption env="RTT_ROOT"\n'
        '\tdefault "../.."\nsource "$RTT_DIR/Kconfig"\nsource "$PKGS_DIR/Kconfig"\n',
    }  # fmt: skip
    root = laid_out(tmp_path, system)
    assert {"CPU", "RTT_DIR"} == set(Tree.load(root / "bsp/board").symbols)
    with pytest.raises(InputError) as caught:
        Tree.load(root)
    hint = caught.value.diagnostics[0].hint
    assert "each board is a tree of its own here: --kconfig bsp/BOARD/Kconfig" == hint


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        (
            {"Config.in": 'source "target/Config.in"\n', "config/Config-images.in": "",
             "toolchain/Config.in": "", "target/Config.in": 'source "tmp/.config-target.in"\n'},
            "make prepare-tmpinfo",
        ),
        (
            {"config/config.in": 'source "config/gen/arch.in"\n', "ct-ng.in": "",
             "samples/x": ""},
            "./bootstrap && ./configure --enable-local",
        ),
    ],
    ids=["openwrt", "crosstool-ng"],
)  # fmt: skip
def test_what_only_the_build_can_write_is_told(
    tmp_path: Path, files: dict[str, str], hint: str
) -> None:
    """The error says in a sentence what to run."""
    with pytest.raises(InputError) as caught:
        Tree.load(laid_out(tmp_path, files))
    (diagnostic,) = caught.value.diagnostics
    assert "missing-source" == diagnostic.code
    assert f"the tree's own build writes such files: {hint}" == diagnostic.hint


def test_a_named_preset_is_taken_at_its_word(tmp_path: Path) -> None:
    """Marks are for detection alone."""
    root = laid_out(tmp_path, {"Kconfig": text("A", "$(OPENSBI_PLATFORM)")})
    tree = Tree.load(root, preset="opensbi")
    assert ("opensbi", "generic") == (tree.preset.name, tree.resolve({})["A"])


def test_a_checkout_around_a_tree_is_found(tmp_path: Path) -> None:
    """Xen's tree is the folder xen/ of its repository, a workspace has zephyr/."""
    root = laid_out(tmp_path, MINIATURES["xen"].files)
    assert place_of(root).root == root / "xen" == place_of(root / "xen/Kconfig").root
    assert root / "xen/Kconfig" == place_of(root / "xen").entry
