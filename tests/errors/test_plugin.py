"""Bad input that pytest's plugin meets: said in words, without the plugin's own code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .case import sound_project

MARKERS = """\
import pytest

@pytest.mark.kconfig("NTE && TLS")
def test_unknown_symbol(variant):
    pass

@pytest.mark.kconfig("NET &&")
def test_expression(variant):
    pass

@pytest.mark.kconfig()
def test_no_expression(variant):
    pass
"""
_LEAN = ("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest")
PLAIN = "def test_net(variant):\n    pass\n"


def pytest_says(project: Path, source: str, *arguments: str) -> tuple[int, str]:
    """Run pytest over one file in a project; return its code and what it prints, without time."""
    (project / "pytest.ini").write_text("[pytest]\n")
    (project / "test_net.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *_LEAN, *arguments],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, re.sub(r" in \d+\.\d+s", "", done.stdout)


def errors(output: str) -> list[str]:
    """Return what is said below the title of each error, up to the short summary."""
    said = re.split(r"^=+ (?:kvariant:|short test summary)", output, flags=re.MULTILINE)[0]
    return re.split(r"^_+ ERROR .* _+$\n", said, flags=re.MULTILINE)[1:]


def usage_error(output: str) -> str:
    """Return the one usage error that ends a run, as the command line words it."""
    _, *said = output.split("ERROR: ")
    assert len(said) == 1, output
    return f"error: {said[0].rstrip()}\n"


def test_markers(tmp_path: Path) -> None:
    """A marker with a bad expression is an error of its test, told by place, hint and no code."""
    project = sound_project(tmp_path / "project")
    code, output = pytest_says(project, MARKERS, "--kvariant-only", "base")
    assert errors(output) == [
        "test_net.py:3: error: unknown symbol NTE in NTE && TLS [unknown-symbol]\n"
        '    @pytest.mark.kconfig("NTE && TLS")\n'
        "hint: did you mean NET?\n",
        "test_net.py:7: error: expected a symbol, found the end in the expression 'NET &&'"
        " [expression]\n"
        "hint: Kconfig's operators are && || ! ( ) = != < <= > >=\n",
        "test_net.py:11: error: kconfig(...) takes one expression as a string [usage]\n",
    ]
    assert code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--kvariant-where", "NTE"],
            "error: unknown symbol NTE in NTE [unknown-symbol]\n"
            "hint: did you mean NET (Kconfig:1)?\n",
            id="unknown-symbol",
        ),
        pytest.param(
            ["--kvariant-where", "NET &&"],
            "error: expected a symbol, found the end in the expression 'NET &&'"
            " [expression]\nhint: Kconfig's operators are && || ! ( ) = != < <= > >=\n",
            id="expression",
        ),
        pytest.param(
            ["--kvariant-only", "bsae"],
            "error: no variant matches 'bsae' [no-variant]\nhint: did you mean base?\n",
            id="only",
        ),
        pytest.param(
            ["--kvariant-matrix", "pairs"],
            "error: no matrix is named 'pairs' [no-matrix]\nhint: did you mean pairwise?\n",
            id="matrix",
        ),
    ],
)
@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "workers"])
def test_option(
    tmp_path: Path, arguments: list[str], message: str, workers: tuple[str, ...]
) -> None:
    """A bad option is told once, however many files there are, and is pytest's usage error."""
    project = sound_project(tmp_path / "project")
    (project / "test_more.py").write_text(PLAIN)
    code, output = pytest_says(project, PLAIN, *workers, *arguments)
    assert usage_error(output) == message
    assert "ERROR collecting" not in output
    assert code == pytest.ExitCode.USAGE_ERROR


def test_bad_project(tmp_path: Path) -> None:
    """A project that is not valid is told once, in the words of the command line."""
    project = sound_project(tmp_path / "project")
    (project / "configs/net.config").write_text("CONFIG_TLS=y\n")
    code, output = pytest_says(project, PLAIN)
    assert usage_error(output) == (
        "error: configs/net.config:1:1: error: TLS=y was dropped, it is n [dropped]\n"
        "    CONFIG_TLS=y\n"
        "    ^~~~~~~~~~\n"
        "Kconfig:6:13: note: depends on NET; NET is n (no user value, no default)\n"
        "hint: nearest fixes: NET=y\n"
    )
    assert code == pytest.ExitCode.USAGE_ERROR


NAMES = """\
def test_symbol(variant):
    variant["NTE"]

def test_module(variant):
    variant.import_module("nte")

def test_view(variant):
    variant.python.nte
"""


def test_names(tmp_path: Path) -> None:
    """A symbol or module that is not there: told with the nearest name, and none of our code."""
    project = sound_project(tmp_path / "project")
    code, output = pytest_says(project, NAMES, "--kvariant-only", "net")
    assert code == 1
    for said in [
        "InputError: error: no symbol is named NTE [unknown-symbol]\n",
        "InputError: generated/net: error: no generated module 'nte' [no-module]\n",
        "AttributeError: error: the interface has no Python module 'nte' [no-module]\n",
    ]:
        assert f"{said}E       hint: did you mean" in output
    assert "views.py" not in output


VIEWS = """\
def test_library(variant):
    variant.library("pte")

def test_artifact(variant):
    variant.artifact("u-boot.bin")

def test_import(variant):
    variant.import_module("net")
"""


def test_what_a_variant_does_not_have(tmp_path: Path) -> None:
    """A library, a file, a module that loads beside its twins: each told where it is asked for."""
    project = sound_project(tmp_path / "project")
    with (project / "templates/net.py.j2").open("a") as file:
        file.write("import net\n")
    code, output = pytest_says(project, VIEWS, "--kvariant-only", "base", "--tb=line")
    assert code == 1
    for said in [
        "InputError: error: no library is named 'pte' [no-library]\n"
        "    hint: the interface names none\n",
        "InputError: generated/base: error: base has no u-boot.bin [no-artifact]\n"
        "    hint: kvariant sweep -k base runs the steps; ",
        "InputError: generated/base/net.py:4: error: 'net' imports itself by name, so variants "
        "cannot load side by side [absolute-import]\n        import net\n"
        "    hint: import relatively: ",
    ]:
        assert said in output


def test_views_without_an_interface(tmp_path: Path) -> None:
    """What is made from interface.toml says that it is not there."""
    project = sound_project(tmp_path / "project")
    for path in (project / "templates").iterdir():
        path.unlink()
    (project / "templates/net.py.j2").write_text("NET = {{ NET }}\n")
    source = "def test_view(variant):\n    variant.python\n"
    code, output = pytest_says(project, source, "--kvariant-only", "base", "--tb=line")
    assert code == 1
    assert "error: views need an interface.toml in the templates [no-interface]\n" in output
