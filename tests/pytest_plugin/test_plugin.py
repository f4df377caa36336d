"""The pytest plugin, run by pytest in a project of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import numpy  # noqa: F401  # it loads once a process, and pytester forgets what a test imports
import pytest

from compiler_calls import PER_CONTENT, counted
from kvariant.cli import run
from render_project import HEADER, lay_out


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


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_marker_without_variant_is_a_warning(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """A test's own kconfig(...) needs `variant`; that of its module is for the others."""
    project.makepyfile(
        "import pytest\n"
        "pytestmark = pytest.mark.kconfig('FAX')\n"
        "@pytest.mark.kconfig('FAXX')\n"
        "def test_lost(): pass\n"
        "def test_plain(): pass\n"
        "def test_x(variant): pass\n"
    )
    result = project.runpytest("-W", "default", *arguments)
    result.assert_outcomes(passed=3, skipped=1, warnings=1)
    warning = "*test_lost: its kconfig(...) has no effect: the test does not take `variant`"
    result.stdout.fnmatch_lines([warning])
    result = project.runpytest("-W", "error")
    result.assert_outcomes(passed=2, skipped=1, errors=1)
    assert "pytest_plugin" not in result.stdout.str()


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
    project.makeini("[pytest]\nkvariant_only = on o?f\nkvariant_where = FAX\n")
    project.runpytest().assert_outcomes(passed=1)
    project.runpytest("--kvariant-where", "!FAX").assert_outcomes(passed=1)
    result = project.runpytest("--kvariant-only", "x*")
    result.stderr.fnmatch_lines(["ERROR: no variant matches 'x[*]'*"])


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


FLAT = {
    "a.py": "from b import of_b\nimport b as other\n\ndef both():\n"
    "    import c.deep\n    from c import deep\n    from c.deep import depth\n"
    "    assert c.deep is deep and depth == deep.depth\n    return of_b(), other.FAX, depth\n",
    "b.py": "import json\nFAX = {{ FAX }}\n\ndef of_b():\n    import a\n"
    "    return a.__name__, json.loads('1')\n",
    "c/__init__.py": "",
    "c/deep.py": "depth = {{ PORT }}\n",
}


def test_modules_that_lie_beside_each_other(project: pytest.Pytester) -> None:
    """Generated modules in no package import each other by name: each variant's, its own."""
    for name, text in FLAT.items():
        path = project.path / f"templates/python/{name}.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert run(["generate", "-q"]) == 0
    project.makepyfile(
        "import sys\n"
        "seen = {}\n"
        "def test_x(variant):\n"
        "    a = variant.import_module('a')\n"
        "    (name, one), fax, depth = a.both()\n"
        "    assert (one, fax, depth) == (1, variant['FAX'], 80)\n"
        "    assert sys.modules[name] is a\n"
        "    assert variant.import_module('b').FAX == fax\n"
        "    assert not {'a', 'b', 'c'} & sys.modules.keys()\n"
        "    assert a not in seen.values()\n"
        "    seen[variant.name] = a\n"
    )
    project.runpytest().assert_outcomes(passed=2)


STEP = """\
[[step]]
name = "build"
run = "mkdir -p {out}/images && printf %s {name} > {out}/images/boot.bin"
where = "FAX"
artifacts = ["images/*"]
"""


def test_what_steps_made(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree that generates nothing has its steps' files; one that is missing is told in words."""
    lay_out(pytester.path, **{"kvariant.toml": STEP})
    monkeypatch.chdir(pytester.path)
    assert run(["sweep", "-q"]) == 0
    pytester.makepyfile(
        "def test_x(variant):\n"
        "    assert variant.artifact('images/boot.bin').read_bytes() == variant.name.encode()\n"
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *.kvariant/out/off: error: off has no images/boot.bin ?no-artifact?",
            "E *hint: kvariant sweep -k off runs the steps; what one of them makes stays if *",
        ]
    )


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
        (record["variant"], record["outcome"])
        for record in map(json.loads, lines)
        if "variant" in record
    }


SHARING = {
    "configs/off.config": "# Nothing on.\n",
    "configs/driver.config": "# What no template reads.\nCONFIG_DRIVER=m\n",
}
USES_C = """\
import pytest

@pytest.mark.parametrize("pages", range(4))
def test_c(variant, pages):
    assert variant.c.send(pages, 0) is (variant["FAX"] and pages <= 80)
    assert variant.python.fax.send(pages) == variant.c.send(pages, 0)
"""


@pytest.fixture
def compilations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return what counts the compilers' calls."""
    return counted(tmp_path, monkeypatch)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_variant_is_built_once_on_a_machine(
    pytester: pytest.Pytester, compilations: Callable[[], int], arguments: tuple[str, ...]
) -> None:
    """Whatever the number of processes, equal content is compiled once; then it is reused."""
    lay_out(pytester.path, **SHARING)
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(USES_C)
    result = pytester.runpytest(*arguments)
    result.assert_outcomes(passed=12)
    result.stdout.fnmatch_lines(["=* 3 variants, 4 tests: 12 passed; built 2, shared 1 =*"])
    assert compilations() == 2 * PER_CONTENT
    result = pytester.runpytest(*arguments)
    result.stdout.fnmatch_lines(["*12 passed; reused 2, shared 1 =*"])
    assert compilations() == 2 * PER_CONTENT


def test_headers_that_include_autoconf_are_not_shared(
    pytester: pytest.Pytester, compilations: Callable[[], int]
) -> None:
    """A header may see values that no template reads, if it includes the list of all of them."""
    header = HEADER.replace("#include <stdbool.h>", '#include "generated/autoconf.h"')
    lay_out(pytester.path, **SHARING, **{"templates/include/fax.h.j2": header})
    pytester.makepyfile("def test_x(variant): variant.library('small')\n")
    pytester.runpytest()
    assert compilations() == 3 * PER_CONTENT


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("matrix", ["named", "pairwise"])
def test_workers_do_not_choose(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, matrix: str, fresh: bool
) -> None:
    """No worker resolves the matrix, nor reads the tree if the files are fresh."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # these tests may run in one
    lay_out(pytester.path)
    pytester.makeini(f"[pytest]\nkvariant_matrix = {matrix}\n")
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.kconfig('FAX || !FAX')\n"
        "def test_x(variant): assert variant.python.fax.LIMIT == 80 if variant['FAX'] else True\n"
    )
    pytester.makeconftest(
        "import os\n"
        "from kvariant.kconfig import Tree\n"
        "from kvariant.plan import Plan\n"
        "def refuse(*_, **__): raise AssertionError('in a worker')\n"
        "if 'PYTEST_XDIST_WORKER' in os.environ:\n"
        f"    Plan.of = refuse\n    if {fresh}: Tree.load = refuse\n"
    )
    if fresh:
        assert pytester.runpytest_subprocess().ret == 0
    result = pytester.runpytest_subprocess("-n", "2")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] >= 2


def test_any_matrix(project: pytest.Pytester) -> None:
    """Tests run in the variants of a matrix in its order; named ones stay where they were."""
    path = project.path / "kvariant.toml"
    path.write_text(path.read_text() + '[matrix.some]\nstrategy = "t-wise"\nwhere = "FAX"\n')
    before = sorted(p.name for p in (project.path / "generated").iterdir())
    project.makepyfile(
        "def test_x(variant):\n"
        "    assert variant['FAX'] is True\n"
        "    assert variant.path.parent.parent.name == '.kvariant'\n"
        "    print(f'<{variant.name}>')\n"
    )
    result = project.runpytest("--kvariant-matrix", "some", "-rP")
    names = re.findall("^<(.*)>$", result.stdout.str(), re.MULTILINE)
    result.assert_outcomes(passed=len(names))
    with TemporaryDirectory() as folder:
        assert run(["generate", "some", "-q", "-o", folder]) == 0
        assert sorted(names) == sorted(path.name for path in Path(folder).iterdir())
    assert before == sorted(p.name for p in (project.path / "generated").iterdir())
    result.stdout.fnmatch_lines(["options never tested off: FAX"])


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_what_choosing_warns_about(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """Warnings of the choice are said once, at the end, whatever chose."""
    (project.path / "fax.c").write_text("#ifdef CONFIG_FAX\n#ifdef CONFIG_TELEX\n")
    path = project.path / "kvariant.toml"
    table = '[matrix.some]\nstrategy = "t-wise"\nstrength = 1\nsymbols = ["reads:fax.c"]\n'
    path.write_text(path.read_text() + table)
    project.makepyfile("def test_x(variant): pass\n")
    result = project.runpytest("--kvariant-matrix", "some", *arguments)
    result.assert_outcomes(passed=2)
    said = "warning: fax.c reads what is no symbol of the tree: TELEX [unknown-symbol]"
    assert result.stdout.str().count(said) == 1


def test_files_are_rendered_again_when_something_changed(project: pytest.Pytester) -> None:
    """A template, a value, a written file: whatever changed, tests see what is rendered now."""
    project.makepyfile("def test_x(variant): print(f'<{variant.python.fax.LIMIT}>')\n")

    def limit() -> str:
        result = project.runpytest("-rP", "--kvariant-only", "on")
        result.assert_outcomes(passed=1)
        return re.findall("<.*>", result.stdout.str())[0]

    assert limit() == "<80>"
    template = project.path / "templates/python/small/fax.py.j2"
    template.write_text(template.read_text().replace("{{ PORT }}", "{{ PORT }} + 1"))
    assert limit() == "<81>"
    config = project.path / "configs/on.config"
    config.write_text(config.read_text() + "CONFIG_PORT=90\n")
    assert limit() == "<91>"
    written = project.path / "generated/on/python/small/fax.py"
    written.write_text("LIMIT = 5\n")
    assert limit() == "<91>"


def test_who_names_a_folder_has_filled_it(project: pytest.Pytester) -> None:
    """With --kvariant-output the variants are taken as they are there."""
    (project.path / "generated").rename(project.path / "other")
    (project.path / "other/on/python/small/fax.py").write_text("LIMIT = 5\n")
    project.makepyfile("def test_x(variant): assert variant.python.fax.LIMIT == 5\n")
    result = project.runpytest("--kvariant-output", "other", "--kvariant-only", "on")
    result.assert_outcomes(passed=1)
    assert not (project.path / "generated").exists()


def test_what_does_not_render_is_told_in_words(project: pytest.Pytester) -> None:
    """A template that fails on a variant's values is an error of its tests, by file and line."""
    template = project.path / "templates/python/small/other.py.j2"
    template.write_text("{{ 1 // (PORT - 80) }}\n")
    project.makepyfile("def test_x(variant): pass\n")
    result = project.runpytest()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*other.py.j2:1: error: *"])
    assert "Traceback" not in result.stdout.str()
    assert "kvariant/sweep" not in result.stdout.str()


ORPHANS = """\
import pytest

@pytest.mark.kconfig("FAX && !PDF")
def test_text_fax(variant): pass

@pytest.mark.kconfig("PDF && !FAX")
@pytest.mark.parametrize("pages", [1, 2])
def test_impossible(variant, pages): pass

@pytest.mark.kconfig("FAX")
class TestFax:
    @pytest.mark.kconfig("PORT = 443 || PORT = 8443")
    @pytest.mark.parametrize("a", [1, pytest.param(2, marks=pytest.mark.kconfig("DRIVER"))])
    def test_port(self, variant, a): pass

def test_everywhere(variant): pass
"""
ORPHAN_LINES = [
    "{word} *::test_text_fax ran in no variant; nearest: off with FAX=y",
    "{word} *::test_impossible ran in no variant; no configuration satisfies PDF && !FAX",
    "    Kconfig:6:13: note: PDF depends on FAX*",
    "{word} *::TestFax::test_port?1? ran in no variant; nearest: on with PORT=443",
    "{word} *::TestFax::test_port?2? ran in no variant; nearest: on with DRIVER=y and PORT=443",
]


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_test_that_runs_nowhere_is_an_error(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """It names the nearest configuration that would run it, or says that there is none."""
    project.makepyfile(ORPHANS)
    result = project.runpytest(*arguments, "--junitxml=junit.xml")
    lines = [line.format(word="ERROR") for line in ORPHAN_LINES]
    result.stdout.fnmatch_lines_random(lines)
    result.stdout.fnmatch_lines(["hint: kvariant_orphans = warn makes these warnings"])
    result.assert_outcomes(passed=2, skipped=10, errors=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    cases = ElementTree.parse(project.path / "junit.xml").iter("testcase")
    told = {case.get("name"): e.get("message") for case in cases for e in case.iter("error")}
    assert told.keys() == {"test_text_fax", "test_impossible", "test_port[1]", "test_port[2]"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-k", "off"),
        ("--kvariant-only", "on"),
        ("--kvariant-where", "!FAX"),
        ("--deselect", "test_orphans.py::test_text_fax[off]", "-k", "text_fax"),
        ("-x",),
    ],
    ids=" ".join,
)
def test_what_was_left_out_is_no_orphan(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """A test of which a variant was left out, by whatever means, may run there."""
    project.makepyfile(test_a="def test_a(): assert 0\n", test_orphans=ORPHANS)
    project.runpytest(*arguments).stdout.no_fnmatch_line("*ran in no variant*")


def test_other_tests_may_be_left_out(project: pytest.Pytester) -> None:
    """What was tried in every variant and ran in none is an orphan, whatever else ran."""
    project.makepyfile(ORPHANS)
    result = project.runpytest("-k", "not everywhere")
    result.stdout.fnmatch_lines(["ERROR *test_text_fax ran in no variant*"])


FOUR = {
    f"configs/{name}.config": "# One of four.\n" + "".join(f"CONFIG_{o}=y\n" for o in options)
    for name, options in {
        "fax": ["FAX"],
        "both": ["FAX", "PDF"],
        "driver": ["DRIVER"],
        "all": ["FAX", "PDF", "DRIVER"],
    }.items()
}
FAILING = """\
import pytest

def test_pdf(variant): assert not variant["PDF"], variant.name
def test_pdf_too(variant): assert not variant["PDF"]

@pytest.mark.kconfig("FAX")
def test_driver(variant, broken): pass

@pytest.fixture
def broken(variant): assert variant["DRIVER"] != "y"

def test_ever(variant): assert 0
def test_never(variant): pass
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_failures_say_what_they_go_with(
    pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """Each distinct failure comes with the smallest expression; skipped variants say nothing."""
    lay_out(pytester.path, **FOUR)  # and off, on
    template = pytester.path / "templates/python/small/other.py.j2"
    template.write_text("{{ DRIVER }}\n")
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(test_x=FAILING)
    result = pytester.runpytest(*arguments)
    result.assert_outcomes(passed=6 + 3 + 3 + 3, failed=3 + 3 + 6, errors=1, skipped=2)
    said = result.stdout.str().partition("= kvariant: 6 variants, 5 tests: ")[2].splitlines()[1:]
    assert sorted(line for line in said if "test_x.py" in line and "fail" in line[:12]) == [
        "always fails: 6 of 6     test_x.py::test_ever",
        "fails where DRIVER: 1 of 1 against 0 of 3; 2 did not run it     test_x.py::test_driver",
        "fails where PDF: 3 of 3 against 0 of 3     test_x.py::test_pdf and 1 more",
    ]
    result = pytester.runpytest(*arguments, "--kvariant-only", "all")
    assert "fails" not in result.stdout.str().partition("= kvariant: ")[2]


@pytest.mark.parametrize(
    ("file", "table"),
    [("pytest.ini", "[pytest]\n"), ("pyproject.toml", "[tool.pytest.ini_options]\n")],
)
def test_the_hint_on_orphans_works_as_it_stands(
    project: pytest.Pytester, file: str, table: str
) -> None:
    """The line of the hint, put into the file that pytest reads here, does what it says."""
    (project.path / "tox.ini").unlink()
    (project.path / file).write_text(table, encoding="utf-8")
    project.makepyfile(ORPHANS)
    lines = project.runpytest("--kvariant-matrix", "named").outlines
    (hint,) = (line for line in lines if line.startswith("hint: kvariant_orphans"))
    line = hint.removeprefix("hint: ").removesuffix(" makes these warnings")
    (project.path / file).write_text(f"{table}{line}\n", encoding="utf-8")
    assert project.runpytest("--kvariant-matrix", "named").ret == 0


def test_orphans_can_be_warnings(project: pytest.Pytester) -> None:
    """With kvariant_orphans = warn they are told, and the session passes."""
    project.makeini("[pytest]\nkvariant_orphans = warn\n")
    project.makepyfile(ORPHANS)
    result = project.runpytest()
    assert result.ret == 0
    result.assert_outcomes(passed=2, skipped=10)
    result.stdout.fnmatch_lines_random([line.format(word="warning:") for line in ORPHAN_LINES])
    project.makeini("[pytest]\nkvariant_orphans = loud\n")
    result = project.runpytest_subprocess()
    result.stderr.fnmatch_lines(["ERROR: kvariant_orphans is error or warn, not 'loud'"])


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_options_that_no_test_exercised_both_ways(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """An option that templates read is listed if no test ran with it on, or with it off."""
    template = project.path / "templates/python/small/other.py.j2"
    template.write_text("{{ DRIVER }} {{ MODULES }} {{ ALWAYS }}\n")
    kconfig = project.path / "Kconfig"
    kconfig.write_text(kconfig.read_text() + "config ALWAYS\n\tdef_bool y\n")
    project.makepyfile(
        "import pytest\n"
        "@pytest.mark.kconfig('FAX')\n"
        "def test_x(variant): pass\n"
        "def test_y(variant): pytest.skip('later')\n"
    )
    result = project.runpytest(*arguments)
    # ALWAYS is on in every configuration, so that nothing is amiss about it.
    line = "options never tested on: DRIVER     never tested off: FAX PDF MODULES"
    result.stdout.fnmatch_lines([line])
    for left_out in (("-k", "test_x"), ("--kvariant-only", "on"), ("test_y.py",)):
        (project.path / "test_y.py").write_text("def test_y(variant): pass\n")
        project.runpytest(*arguments, *left_out).stdout.no_fnmatch_line("options never tested*")


HEAVY = {"click", "jinja2", "kconfiglib", "numpy", "pydantic", "pysat", "rich", "sqlite3"}


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_nothing_heavy_is_imported_without_variants(
    pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """In a folder without a project, the plugin imports nothing but itself, in any process."""
    pytester.makepyfile(f"import sys\ndef test_x():\n    assert not {HEAVY} & set(sys.modules)\n")
    pytester.makeconftest(
        "import sys\n"
        "def pytest_unconfigure():\n"
        f"    assert not {HEAVY} & set(sys.modules), 'too much in the end'\n"
    )
    result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=1)
    assert "too much" not in result.stdout.str() + result.stderr.str()


def test_the_module_imports_little() -> None:
    """Loading the plugin, as every pytest run does, loads a few modules of ours and pytest."""
    code = "import sys, kvariant.pytest_plugin; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert not HEAVY & set(loaded)
    ours = {name for name in loaded if name.partition(".")[0] == "kvariant"}
    own = "kvariant.pytest_plugin"
    others = {name for name in ours if not name.startswith(own)}
    assert others == {"kvariant", "kvariant.loading", "kvariant.words"}


def test_outside_of_a_project(pytester: pytest.Pytester) -> None:
    """A variant test without a Kconfig tree is an error in words, not a traceback."""
    pytester.makepyfile("def test_x(variant): pass\n")
    result = pytester.runpytest()
    result.stderr.fnmatch_lines(["*no Kconfig file*"])
    assert "Traceback" not in result.stdout.str()
    assert Path(pytester.path / ".kvariant").exists() is False


@pytest.mark.parametrize(
    "source",
    [
        "@pytest.fixture\n"
        "def variant(): return 'red'\n"
        "def test_x(variant): assert variant == 'red'\n",
        "@pytest.fixture(params=['red', 'red'])\n"
        "def variant(request): return request.param\n"
        "def test_x(variant): assert variant == 'red'\n",
        "@pytest.mark.parametrize('variant', ['red'])\n"
        "def test_x(variant): assert variant == 'red'\n",
    ],
    ids=["fixture", "fixture with parameters", "parameter"],
)
def test_variants_of_others_are_left_alone(pytester: pytest.Pytester, source: str) -> None:
    """A project with something of its own named variant does not notice the plugin."""
    pytester.makepyfile(f"import pytest\n{source}")
    result = pytester.runpytest()
    assert result.ret == 0
    assert "kvariant:" not in result.stdout.str()


def test_a_fixture_in_front_of_variant(project: pytest.Pytester) -> None:
    """A fixture of the same name that takes ours hides it, and tests run in every variant."""
    project.makepyfile(
        "import pytest\n"
        "@pytest.fixture\n"
        "def variant(variant): return variant.name\n"
        "def test_x(variant): assert variant in ('on', 'off')\n"
    )
    project.runpytest().assert_outcomes(passed=2)


def test_who_cannot_have_a_variant_is_told_so(project: pytest.Pytester) -> None:
    """pytest gives a TestCase's methods no parameters: no traceback of ours, but what to do."""
    project.makepyfile(
        "import pytest, unittest\n"
        "@pytest.mark.usefixtures('variant')\n"
        "class TestX(unittest.TestCase):\n"
        "    def test_x(self): pass\n"
        "def test_y(request): request.getfixturevalue('variant')\n"
    )
    result = project.runpytest("-rN")
    result.assert_outcomes(errors=1, failed=1)
    assert result.stdout.str().count("nobody chose a variant for this test [usage]") == 2
    assert "Traceback" not in result.stdout.str()
    assert "AttributeError" not in result.stdout.str()
