"""Zephyr in miniature: both layouts of its boards, the workspace around it, its scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import InputError
from kvariant.kconfig.presets.zephyr_functions import answer
from kvariant.kconfig.presets.zephyr_scenarios import board_configurations, scenarios

OPTION = 'config {0}\n\tbool "{0}"\n'
BASE = {
    "Kconfig": 'source "Kconfig.zephyr"\n',
    "kernel/Kconfig": OPTION.format("KERNEL"),
    "subsys/Kconfig": "",
    "VERSION": "VERSION_MAJOR = 4\nVERSION_MINOR = 2\nPATCHLEVEL = 0\n",
}
LISTED = BASE | {
    "Kconfig.zephyr": 'osource "$(KCONFIG_BINARY_DIR)/Kconfig.shield.defconfig"\n'
    'source "$(KCONFIG_BINARY_DIR)/Kconfig.modules"\n'
    'source "$(KCONFIG_BINARY_DIR)/soc/Kconfig.soc"\n'
    'source "$(KCONFIG_BINARY_DIR)/soc/Kconfig"\n'
    'source "$(KCONFIG_BINARY_DIR)/arch/Kconfig"\n'
    'source "$(KCONFIG_BOARD_DIR)/Kconfig.boards"\nsource "kernel/Kconfig"\n'
    "DT_COMPAT := acme,fax\n"
    "config FAX\n\tdef_bool $(dt_compat_enabled,$(DT_COMPAT))\n"
    "config SIZE\n\thex\n\tdefault $(dt_node_reg_size_hex,/soc)\n",
    "arch/archs.yml": "archs:\n  - name: arm\n    path: arm\n",
    "arch/arm/Kconfig": OPTION.format("ARM"),
    "soc/acme/soc.yml": "family:\n  - name: acme\n    socs:\n      - name: a1\n"
    "        cpuclusters:\n          - name: app\n          - name: net\n",
    "soc/acme/Kconfig.soc": "config SOC_A1\n\tbool\n",
    "boards/acme/fax/board.yml": "board:\n  name: fax-1\n  socs:\n    - name: a1\n"
    "      variants:\n        - name: ns\n          cpucluster: app\n",
    "boards/acme/fax/Kconfig.fax-1": "config BOARD_FAX_1\n\tselect SOC_A1\n",
    "boards/acme/fax/fax-1_a1_app_defconfig": "CONFIG_KERNEL=y\n",
}
GLOBBED = BASE | {
    "Kconfig.zephyr": 'source "$(KCONFIG_BINARY_DIR)/Kconfig.soc.defconfig"\n'
    'source "$(BOARD_DIR)/Kconfig.board"\nsource "$(KCONFIG_BINARY_DIR)/Kconfig.soc"\n'
    'source "$(ARCH_DIR)/$(ARCH)/Kconfig"\n',
    "boards/arm/fax/Kconfig.board": OPTION.format("BOARD_FAX"),
    "boards/x86/qemu/Kconfig.board": OPTION.format("BOARD_QEMU"),
    "soc/arm/acme/Kconfig.soc": OPTION.format("SOC_ACME"),
    "arch/arm/Kconfig": OPTION.format("ARM"),
    "arch/x86/Kconfig": OPTION.format("X86"),
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOARD", "ARCH", "SHIELD_AS_LIST", "ZEPHYR_BASE"):
        monkeypatch.delenv(name, raising=False)


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a tree."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_listed_boards_and_chips_are_symbols(tmp_path: Path) -> None:
    """A board's targets are its name and that with each chip, CPU cluster and variant."""
    tree = Tree.load(laid_out(tmp_path, LISTED))
    assert "zephyr" == tree.preset.name
    boards = {name for name in tree.symbols if name.startswith("BOARD_")}
    assert {
        "BOARD_FAX_1", "BOARD_FAX_1_A1_APP", "BOARD_FAX_1_A1_APP_NS", "BOARD_FAX_1_A1_NET",
    } == boards  # fmt: skip
    assert {"ARM", "KERNEL", "SOC_A1"} <= set(tree.symbols)
    assert ("n", "0x0") == (tree.resolve({})["FAX"], tree.resolve({})["SIZE"])


def test_globbed_boards_are_those_of_all_architectures(tmp_path: Path) -> None:
    """Without a board all are read, with BOARD those of its architecture."""
    root = laid_out(tmp_path, GLOBBED)
    assert {"BOARD_FAX", "BOARD_QEMU", "SOC_ACME", "ARM", "X86"} == set(Tree.load(root).symbols)
    one = Tree.load(root, env={"BOARD": "fax"})
    assert {"BOARD_FAX", "SOC_ACME", "ARM"} == set(one.symbols)
    assert "arm" == one.environment["ARCH"]


WORKSPACE = {
    ".west/config": "[manifest]\npath = zephyr\n",
    "modules/hal/acme/zephyr/module.yml": "name: hal-acme\nbuild:\n  kconfig: zephyr/Kc\n",
    "modules/hal/acme/zephyr/Kc": OPTION.format("HAL_ACME"),
    "bootloader/boot/zephyr/module.yml": "build:\n  cmake: .\n",
    "modules/lib/outside/zephyr/module.yml": "name: outside\nbuild:\n  kconfig-ext: True\n",
    "zephyr/modules/outside/Kconfig": OPTION.format("OUTSIDE"),
}


def test_a_workspace_is_found(tmp_path: Path) -> None:
    """Modules around the tree are read, whether the tree or the workspace is named."""
    top = laid_out(
        tmp_path / "work", WORKSPACE | {f"zephyr/{name}": t for name, t in LISTED.items()}
    )
    tree = Tree.load(top)
    assert top / "zephyr" == tree.root
    assert {"HAL_ACME", "OUTSIDE", "ZEPHYR_HAL_ACME_MODULE", "ZEPHYR_BOOT_MODULE"} <= set(
        tree.symbols
    )
    assert "y" == tree.resolve({})["ZEPHYR_OUTSIDE_MODULE"]
    assert list(tree.symbols) == list(Tree.load(top / "zephyr").symbols)
    alone = Tree.load(laid_out(tmp_path / "alone", LISTED)).symbols
    assert {"HAL_ACME", "OUTSIDE", "ZEPHYR_BOOT_MODULE"}.isdisjoint(alone)


@pytest.mark.parametrize(
    ("call", "given"),
    [
        (["dt_compat_enabled", "a,b"], "n"),
        (["dt_chosen_label", "zephyr,console"], ""),
        (["dt_chosen_reg_addr_hex", "zephyr,sram"], "0x0"),
        (["dt_node_reg_size_int", "/soc", "0", "k"], "0"),
        (["dt_node_int_prop_int", "/soc", "x"], "0"),
        (["shields_list_contains", "x"], "n"),
        (["add", "1", "0x10", "3"], "20"),
        (["sub_hex", "0x20", "1"], "0x1f"),
        (["inc", "1", "2"], "2,3"),
        (["max", "3", "9", "2"], "9"),
        (["substring", "abcdef", "1", "3"], "bc"),
        (["normalize_upper", "a-b/c"], "A_B_C"),
        (["dec_to_hex", "255"], "0xff"),
        (["add", "x", "1"], None),
        (["other", "1"], None),
        (["add"], None),
    ],
)
def test_functions_without_a_devicetree(call: list[str], given: str | None) -> None:
    """They give what they give in Zephyr's documentation; numbers are reckoned."""
    assert given == answer(call)


SCENARIOS = {
    "tests/fax/testcase.yaml": "common:\n  extra_configs:\n    - CONFIG_COMMON=y\ntests:\n"
    "  fax.plain: {}\n"
    "  fax.more:\n    extra_args: CONF_FILE=prj_more.conf EXTRA_CONF_FILE=\"a.conf;b.conf\"\n"
    "    extra_configs:\n      - CONFIG_MORE=y\n      - arch:arm:CONFIG_ARM=y\n"
    "      - platform:qemu:CONFIG_QEMU=y\n",
    "tests/fax/prj.conf": "CONFIG_PLAIN=y\n",
    "tests/fax/prj_more.conf": "CONFIG_PRJ_MORE=y\n",
    "tests/fax/a.conf": "CONFIG_A=y\n",
}  # fmt: skip


def test_scenarios_are_configurations(tmp_path: Path) -> None:
    """Files come first, then lines of the scenario; lines for others are left out."""
    laid_out(tmp_path, SCENARIOS)
    plain, more = scenarios(tmp_path, architecture="arm")
    assert ("fax.plain", ["prj.conf"]) == (plain.name, [path.name for path in plain.files])
    assert ["prj_more.conf", "a.conf"] == [path.name for path in more.files]
    assert ("CONFIG_COMMON=y", "CONFIG_MORE=y", "CONFIG_ARM=y") == more.lines
    settings = [line for line in more.text().splitlines() if line and not line.startswith("#")]
    assert [
        "CONFIG_PRJ_MORE=y", "CONFIG_A=y", "CONFIG_COMMON=y", "CONFIG_MORE=y", "CONFIG_ARM=y",
    ] == settings  # fmt: skip
    assert ("CONFIG_COMMON=y", "CONFIG_MORE=y", "CONFIG_QEMU=y") == tuple(
        scenarios(tmp_path, board="qemu")
    )[1].lines


def test_configurations_of_boards_are_found(tmp_path: Path) -> None:
    """Every board's defconfig, at whatever depth."""
    root = laid_out(tmp_path, LISTED)
    assert [root / "boards/acme/fax/fax-1_a1_app_defconfig"] == board_configurations(root)


def test_yaml_that_is_none_is_told(tmp_path: Path) -> None:
    """The error has the file's place."""
    laid_out(tmp_path, {"tests/fax/testcase.yaml": "tests:\n  - [\n"})
    with pytest.raises(InputError) as caught:
        list(scenarios(tmp_path))
    (diagnostic,) = caught.value.diagnostics
    assert ("yaml", 3) == (diagnostic.code, diagnostic.location and diagnostic.location.line)
