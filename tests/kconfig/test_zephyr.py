"""Zephyr in miniature: both layouts of its boards, the workspace around it, its scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import InputError
from kvariant.kconfig import Fragment, read_fragment, read_fragments
from kvariant.kconfig.presets.zephyr_functions import answer
from kvariant.kconfig.presets.zephyr_scenarios import Platform, platform_of, scenario_paths

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
    "tests/fax/b.conf": "CONFIG_B=y\n",
}  # fmt: skip


def settings(fragment: Fragment) -> list[str]:
    """Return what a fragment asks for, in order."""
    return [request.line for request in fragment.requests]


def test_scenarios_are_configurations(tmp_path: Path) -> None:
    """Files come first, then lines of the scenario; lines for boards count for these alone."""
    laid_out(tmp_path, SCENARIOS)
    file = tmp_path / "tests/fax/testcase.yaml"
    plain, more = scenario_paths([file])
    assert [file / "fax.plain", file / "fax.more"] == [plain, more]
    assert ["CONFIG_PLAIN=y", "CONFIG_COMMON=y"] == settings(read_fragment(plain))
    files = ["CONFIG_PRJ_MORE=y", "CONFIG_A=y", "CONFIG_B=y"]
    shared = [*files, "CONFIG_COMMON=y", "CONFIG_MORE=y"]
    assert shared == settings(read_fragment(more))
    arm = Platform(name="pi/a1", architecture="arm")
    assert [*shared, "CONFIG_ARM=y"] == settings(read_fragment(more, platform=arm))
    qemu = Platform(name="qemu", architecture="x86")
    assert [*shared, "CONFIG_QEMU=y"] == settings(read_fragment(more, platform=qemu))


def test_a_line_has_its_place(tmp_path: Path) -> None:
    """A value is of the file and the line that ask for it."""
    laid_out(tmp_path, SCENARIOS)
    fragment = read_fragment(tmp_path / "tests/fax/testcase.yaml/fax.more")
    places = [(Path(r.location.path).name, r.location.line) for r in fragment.requests
              if r.location]  # fmt: skip
    assert [
        ("prj_more.conf", 1), ("a.conf", 1), ("b.conf", 1),
        ("testcase.yaml", 3), ("testcase.yaml", 9),
    ] == places  # fmt: skip
    assert {"prj_more.conf", "a.conf", "b.conf", "testcase.yaml"} == {
        p.name for p in fragment.files
    }


ASKED = {
    "list of arguments": (
        "extra_args: [CONF_FILE=a.conf, -DCONFIG_LAST=y]\n    extra_configs: [CONFIG_X=y]",
        ["CONFIG_A=y", "CONFIG_X=y", "CONFIG_LAST=y"],
    ),
    "today's keys": (
        "extra_conf_files: [prj.conf]\n    extra_overlay_confs: [a.conf]",
        ["CONFIG_PLAIN=y", "CONFIG_A=y"],
    ),
    "one text for a list": ("extra_configs: CONFIG_X=y", ["CONFIG_PLAIN=y", "CONFIG_X=y"]),
    "a quoted value": (
        'extra_args: CONFIG_NAME="a"\n    extra_configs:\n      - \'CONFIG_TEXT="b"\'',
        ["CONFIG_PLAIN=y", 'CONFIG_TEXT="b"', 'CONFIG_NAME="a"'],
    ),
    "other arguments": ("extra_args: SHIELD=x -DNDEBUG=1", ["CONFIG_PLAIN=y"]),
}


@pytest.mark.parametrize(("table", "expected"), ASKED.values(), ids=ASKED)
def test_each_way_of_asking(tmp_path: Path, table: str, expected: list[str]) -> None:
    """All that twister hands to CMake counts, options among the arguments last."""
    yaml = f"tests:\n  fax.one:\n    {table}\n"
    laid_out(tmp_path, SCENARIOS | {"tests/fax/testcase.yaml": yaml})
    assert expected == settings(read_fragment(tmp_path / "tests/fax/testcase.yaml/fax.one"))


def test_scenarios_until_zephyr_2(tmp_path: Path) -> None:
    """There `tests` is a list."""
    yaml = "tests:\n  - one:\n      extra_configs: [CONFIG_X=y]\n  - two:\n      tags: x\n"
    file = laid_out(tmp_path, {"sample.yaml": yaml}) / "sample.yaml"
    assert [file / "one", file / "two"] == scenario_paths([file])


def test_a_board_asks_first(tmp_path: Path) -> None:
    """With BOARD a scenario is read on top of the board's defconfigs, with boards/BOARD.conf."""
    laid_out(tmp_path, LISTED | SCENARIOS | {
        "boards/acme/fax/fax-1_a1_app.yaml": "identifier: fax-1/a1/app\narch: arm\n",
        "tests/fax/boards/fax-1_a1_app.conf": "CONFIG_OWN=y\n",
    })  # fmt: skip
    platform = platform_of(tmp_path, {"BOARD": "fax-1/a1/app", "ARCH": "*"})
    assert ("fax-1/a1/app", "arm") == (platform.name, platform.architecture)
    plain = tmp_path / "tests/fax/testcase.yaml/fax.plain"
    assert [
        "CONFIG_KERNEL=y", "CONFIG_PLAIN=y", "CONFIG_OWN=y", "CONFIG_COMMON=y",
    ] == settings(read_fragment(plain, platform=platform))  # fmt: skip
    assert platform_of(tmp_path, {"BOARD": "boards"}) == platform_of(tmp_path, {})


WRONG = {
    "no YAML": ("tests:\n  - [\n", "yaml", 3),
    "no table": ("tests: fax\n", "yaml", 1),
    "a scenario that is a text": ("tests:\n  one: {}\n  two: x\n", "yaml", 3),
    "common as a list": ("tests: {one: {}}\ncommon: [x]\n", "yaml", 2),
    "a line that is a table": (
        "tests:\n  one:\n    extra_configs:\n      - CONFIG_X: y\n", "yaml", 3,
    ),
    "a file that is not there": (
        "tests:\n  one:\n    extra_args: CONF_FILE=no.conf\n", "no-fragment", 3,
    ),
    "a line that is no assignment": (
        "tests:\n  one:\n    extra_configs:\n      - X=y\n", "fragment-syntax", 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    """The error names the YAML file and the line."""
    file = laid_out(tmp_path, {"tests/fax/testcase.yaml": text}) / "tests/fax/testcase.yaml"
    with pytest.raises(InputError) as caught:
        read_fragments(scenario_paths([file]))
    (diagnostic,) = caught.value.diagnostics
    place = diagnostic.location
    assert (code, str(file), line) == (
        diagnostic.code, place and place.path, place and place.line,
    )  # fmt: skip
