"""Configurations that include others, as the builds of their trees find them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import InputError
from kvariant.kconfig import read_fragment, read_fragments
from kvariant.kconfig.include_path import NOWHERE, IncludePath, include_path_of

U_BOOT = (
    "%_defconfig: $(obj)/conf\n"
    "\t$(Q)$(CPP) -nostdinc -P -I $(srctree) -undef -x assembler-with-cpp $(srctree)/$@ -o x\n"
)
FILES = {
    "configs/k3.config": "CONFIG_A=y\nCONFIG_B=y\n",
    "configs/deep.config": "#include <configs/k3.config>\nCONFIG_C=y\n",
    "board/ti/net.config": 'CONFIG_D=y\n#include "../../configs/k3.config"\n',
    "board/ti/x.config": "CONFIG_B=n\n",
}


def _laid_out(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def u_boot(tmp_path: Path) -> Path:
    """Return a tree whose build runs the C preprocessor over configurations."""
    _laid_out(tmp_path, {**FILES, "scripts/kconfig/Makefile": U_BOOT, "Kconfig": ""})
    return tmp_path


INCLUDES = [
    pytest.param("#include <configs/k3.config>\nCONFIG_B=n\n", id="angle brackets"),
    pytest.param("#include<configs/k3.config>\n", id="without a blank"),
    pytest.param('#include "k3.config"\nCONFIG_A=n\n', id="quotes, beside it"),
    pytest.param('#include "configs/k3.config"\n', id="quotes, from the tree"),
    pytest.param("CONFIG_C=n\n#include <configs/deep.config>\n", id="an include that includes"),
    pytest.param("#include <board/ti/net.config>\n", id="quotes in a file elsewhere"),
    pytest.param("#include <configs/k3.config>\n#include <board/ti/x.config>\n", id="two"),
    pytest.param("# CONFIG_A is not set\n#include <configs/k3.config>\n", id="it overrides"),
    pytest.param(" CONFIG_A=y\n\tCONFIG_B=n\n", id="a blank before a name"),
    pytest.param('#include "x_defconfig.inc"\n', id="a file beside it"),
]


@pytest.mark.parametrize("text", INCLUDES)
def test_includes_are_those_of_the_preprocessor(text: str, u_boot: Path) -> None:
    """What a defconfig of U-Boot asks for is what stands in the preprocessor's output."""
    if shutil.which("cpp") is None:
        pytest.skip("no cpp here")
    (u_boot / "configs/x_defconfig.inc").write_text("CONFIG_Z=y\n")
    path = u_boot / "configs/x_defconfig"
    path.write_text(text)
    options = ["-nostdinc", "-P", "-I", str(u_boot), "-undef", "-x", "assembler-with-cpp"]
    done = subprocess.run(["cpp", *options, path], capture_output=True, text=True, check=True)
    expected: dict[str, str] = {}
    for line in re.sub(r"(?m)^\s", "", done.stdout).splitlines():
        if match := re.fullmatch(r"CONFIG_(\w+)=(.*)", line):
            expected[match[1]] = match[2]
        elif match := re.fullmatch(r"# CONFIG_(\w+) is not set", line):
            expected[match[1]] = "n"
    found = read_fragment(path, include_path=include_path_of(u_boot))
    assert expected == dict(found.assignment)


def test_a_tree_knows_its_include_path(
    u_boot: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The files of a tree's own build say where it looks; other trees look nowhere."""
    assert IncludePath(folders=(u_boot,), is_preprocessed=True) == Tree.load(u_boot).include_path
    other = tmp_path_factory.mktemp("other")
    _laid_out(other, {"Kconfig": "", "scripts/kconfig/Makefile": "conf: conf.o\n"})
    assert NOWHERE == Tree.load(other).include_path


def test_nuttx_finds_common_configurations(tmp_path: Path) -> None:
    """NuttX looks beside a configuration, in its board's common folder, and beside the tree."""
    root = tmp_path / "nuttx"
    _laid_out(
        root,
        {
            "tools/process_config.sh": "",
            "boards/arm/stm32/common/configs/usb": '#include "more"\nCONFIG_USB=y\n',
            "boards/arm/stm32/common/configs/more": "CONFIG_MORE=y\n",
            "boards/arm/stm32/board/configs/common/led": "CONFIG_LED=y\n",
            "../apps/shell": "CONFIG_SHELL=y\n",
            "boards/arm/stm32/board/configs/nsh/defconfig": '#include "../adb/defconfig"\n'
            '#include "led"\n#include <shell>\nCONFIG_NSH=y\n',
            "boards/arm/stm32/board/configs/adb/defconfig": "CONFIG_ADB=y\nCONFIG_NSH=n\n",
            "boards/arm/stm32/board/common/configs/x": "CONFIG_X=y\n",
        },
    )
    path = root / "boards/arm/stm32/board/configs/nsh/defconfig"
    include_path = include_path_of(root)
    found = read_fragment(path, include_path=include_path)
    assert {"ADB": "y", "NSH": "y", "LED": "y", "SHELL": "y"} == dict(found.assignment)
    path.write_text('#include "usb"\n')
    with pytest.raises(InputError, match="no fragment 'usb'"):
        read_fragment(path, include_path=include_path)
    path.write_text('#include "x"\n')
    assert {"X": "y"} == dict(read_fragment(path, include_path=include_path).assignment)


ERRORS = [
    pytest.param(
        "#include <configs/none.config>\n",
        "no fragment 'none.config' in",
        "it is looked for under",
        id="missing",
    ),
    pytest.param(
        "#ifdef CONFIG_X\nCONFIG_A=y\n#endif\n",
        "conditional lines and macros are not read here [fragment-syntax]",
        "note: the same here",
        id="conditional lines, told once",
    ),
    pytest.param("#define X 1\n", "conditional lines and macros", "C preprocessor", id="a macro"),
]


@pytest.mark.parametrize(("text", "message", "more"), ERRORS)
def test_what_cannot_be_included(text: str, message: str, more: str, u_boot: Path) -> None:
    """A missing file and what only the preprocessor could do are errors with a next step."""
    path = u_boot / "configs/x_defconfig"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_fragment(path, include_path=include_path_of(u_boot))
    assert 1 == len(caught.value.diagnostics)
    assert message in str(caught.value)
    assert more in str(caught.value)


def test_errors_of_one_kind_are_one(tmp_path: Path) -> None:
    """What is wrong in a hundred configurations in one way is one error with their places."""
    paths = [tmp_path / f"b{i}_defconfig" for i in range(100)]
    for path in paths:
        path.write_text("CONFIG_A=y\n#include <configs/k3.config>\n")
    with pytest.raises(InputError) as caught:
        read_fragments(paths)
    (error,) = caught.value.diagnostics
    assert "an include in angle brackets" in error.message
    assert 99 == len(error.notes)
    assert str(error).count("\n") < 30


def test_elsewhere_directives_are_comments(tmp_path: Path) -> None:
    """In a tree whose build has no preprocessor, `#if` and its kind begin comments."""
    path = tmp_path / "x.config"
    path.write_text("#ifdef X\n#define Y\nCONFIG_A=y\n#if you read this\n#endif\n")
    assert {"A": "y"} == dict(read_fragment(path).assignment)
