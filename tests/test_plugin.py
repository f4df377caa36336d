"""The pytest plugin, run by pytest in a project of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kvariant.cli import run
from render_project import lay_out


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a pytester in a small, generated project."""
    lay_out(pytester.path)
    monkeypatch.chdir(pytester.path)
    pytester.makeini("[pytest]\n")
    assert run(["generate", "-q"]) == 0
    return pytester


def test_ids_begin_with_the_variant(project: pytest.Pytester) -> None:
    """A test runs once per variant, in the matrix's order, and its id begins with the name."""
    project.makepyfile(
        "import pytest\n"
        "@pytest.fixture(params=['c', 'python'])\n"
        "def language(request): return request.param\n"
        "@pytest.mark.parametrize('a', [1])\n"
        "def test_x(a, language, variant): assert variant.path.name == variant.name\n"
    )
    result = project.runpytest("--collect-only", "-q")
    assert [
        "test_ids_begin_with_the_variant.py::test_x[off-c-1]",
        "test_ids_begin_with_the_variant.py::test_x[off-python-1]",
        "test_ids_begin_with_the_variant.py::test_x[on-c-1]",
        "test_ids_begin_with_the_variant.py::test_x[on-python-1]",
    ] == sorted(line for line in result.outlines if "::" in line)


def test_skip_names_the_failing_term(project: pytest.Pytester) -> None:
    """A test skips where its kconfig(...) does not hold, and says which term is n."""
    project.makepyfile(
        "import pytest\n"
        "pytestmark = pytest.mark.kconfig('FAX')\n"
        "@pytest.mark.kconfig('PDF && DRIVER = n')\n"
        "def test_x(variant): assert variant['FAX'] is True\n"
    )
    result = project.runpytest("-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*PDF is n in off"])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("'FAX &&'", "*expected a symbol, found the end*"),
        ("'FAXX'", "*unknown symbol FAXX in FAXX*"),
        ("1", "*takes one expression as a string*"),
    ],
)
def test_a_wrong_marker_is_an_error(
    project: pytest.Pytester, expression: str, message: str
) -> None:
    """A marker that is not an expression over the tree's symbols stops the run."""
    project.makepyfile(
        f"import pytest\n@pytest.mark.kconfig({expression})\ndef test_x(variant): pass\n"
    )
    result = project.runpytest()
    assert result.ret != 0
    result.stdout.fnmatch_lines([message])


def test_options_and_values(project: pytest.Pytester) -> None:
    """--kvariant-only and --kvariant-where choose variants; values have their types."""
    project.makepyfile(
        "def test_x(variant):\n"
        "    values = [variant[n] for n in ('FAX', 'DRIVER', 'PORT', 'BASE', 'NAME')]\n"
        "    assert values == [variant.name == 'on', 'n', 80, 16, 'acme']\n"
        "    assert variant.config['PORT'] == '80'\n"
    )
    project.runpytest("--kvariant-only", "o*").assert_outcomes(passed=2)
    project.runpytest("--kvariant-where", "!FAX").assert_outcomes(passed=1)
    project.runpytest("--kvariant-only", "x*").stdout.fnmatch_lines(["*no variant matches x*"])


def test_variants_load_side_by_side(project: pytest.Pytester) -> None:
    """Each variant has its own copy of a module, and its own library."""
    project.makepyfile(
        "seen = []\n"
        "def test_x(variant):\n"
        "    module = variant.import_module('small.fax')\n"
        "    assert module is variant.python.fax\n"
        "    assert module not in seen\n"
        "    seen.append(module)\n"
        "    assert module.doubled(4) == variant.c.doubled(4) == (8 if variant['PDF'] else 4)\n"
        "    assert hasattr(variant.c, 'only_with_pdf') == variant['PDF']\n"
        "    assert variant.library('small').name == 'libsmall.so'\n"
        "    assert not (variant.path / 'python/small/__pycache__').exists()\n"
    )
    project.runpytest().assert_outcomes(passed=2)


def test_absolute_imports_are_refused(project: pytest.Pytester) -> None:
    """Generated code that imports its own package by name cannot load twice, and is told so."""
    path = project.path / "templates/python/small/other.py.j2"
    path.write_text("from small import fax\n")
    assert run(["generate", "-q"]) == 0
    project.makepyfile("def test_x(variant): variant.import_module('small')\n")
    result = project.runpytest("--kvariant-only", "on")
    result.stdout.fnmatch_lines(["*other.py:2*imports itself by name*absolute-import*"])


def test_workers_collect_the_same(project: pytest.Pytester) -> None:
    """Under xdist the workers take the controller's order, and results still name variants."""
    project.makepyfile("def test_x(variant): assert variant['PORT'] == 80\n")
    result = project.runpytest("-n", "2", "--kvariant-report", "report.jsonl")
    result.assert_outcomes(passed=2)
    lines = (project.path / "report.jsonl").read_text().splitlines()
    assert {("off", "passed"), ("on", "passed")} == {
        (record["variant"], record["outcome"]) for record in map(json.loads, lines)
    }


def test_nothing_heavy_is_imported_without_variants(pytester: pytest.Pytester) -> None:
    """In a project without variant tests the plugin imports neither kconfiglib nor jinja2."""
    pytester.makepyfile(
        "import sys\n"
        "def test_x():\n"
        "    assert not {'kconfiglib', 'jinja2', 'pydantic'} & set(sys.modules)\n"
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_outside_of_a_project(pytester: pytest.Pytester) -> None:
    """A variant test without a Kconfig tree is an error in words, not a traceback."""
    pytester.makepyfile("def test_x(variant): pass\n")
    result = pytester.runpytest()
    result.stdout.fnmatch_lines(["*no Kconfig file*"])
    assert "Traceback" not in result.stdout.str()
    assert Path(pytester.path / ".kvariant").exists() is False
