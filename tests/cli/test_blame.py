# SPDX-License-Identifier: MIT
"""Seeded faults in a copy of the flagship's templates: swept, blamed, and named exactly."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.kconfig import Configuration, Tree
from kvariant.kconfig.expression import Expression
from render_project import NO_RELATIONS

pytestmark = pytest.mark.usefixtures("forked_pytests")

ROOT = Path(__file__).parents[2]
CONFIG = "configs/v6.1-no-swap.config"
Capture = pytest.CaptureFixture[str]

C_FAULTS = {
    "is_swap_pte": "USERFAULTFD and not PTE_MARKER_UFFD_WP and not KERNEL_V6_12",
    "swp_entry": "ARM64 and not SWAP",
    "non_swap_entry": "MIGRATION and HUGETLB_PAGE and not KERNEL_V6_1",
    "pte_none_mostly": "HAVE_ARCH_USERFAULTFD_WP and not SHMEM",
    "pte_to_swp_entry": "KERNEL_V5_19_PRE and PTE_MARKER and X86_64",
    "swp_type": "MEMORY_FAILURE and not DEVICE_PRIVATE",
    "swp_offset": "not MIGRATION and SWAP and not KERNEL_V5_19_PRE",
    "pte_swp_clear_flags": "MEM_SOFT_DIRTY and not USERFAULTFD",
}
PYTHON_FAULTS = {
    "is_swap_pte": "HUGETLB_PAGE and not PTE_MARKER",
    "swp_type": "MEM_SOFT_DIRTY and not SHMEM",
}
TESTS = """\
import pytest

@pytest.mark.parametrize("name", ["is_swap_pte", "swp_type", "swp_offset", "non_swap_entry"])
def test_of_nothing(variant, name):
    assert not getattr(variant.import_module("pte_markers.swapops"), name)(0)
"""


def three_kernels() -> str:
    """Return the flagship's Kconfig with the three kernels that have all the helpers here."""
    text = (ROOT / "Kconfig").read_text(encoding="utf-8")
    for name in ("KERNEL_V6_2", "KERNEL_V6_18", "KERNEL_V7_2"):
        head = f"config {name}\n"
        assert head in text
        text = text.replace(head, f"{head}\tdepends on n\n")
    return text


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> list[Configuration]:
    """Configurations of the flagship, by resolving assignments at random."""
    file = tmp_path_factory.mktemp("tree") / "Kconfig"
    file.write_text(three_kernels(), encoding="utf-8")
    tree = Tree.load(file)
    dice = random.Random(0)
    prompts = [name for name, rules in tree.model.symbols.items() if rules.prompts]
    assignments = ({name: dice.choice("ny") for name in prompts} for _ in range(600))
    return [tree.resolve(assignment) for assignment in assignments]


Project = Callable[[str], Path]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A folder for each language: what one fault leaves unchanged is not built for the next."""
    return {language: tmp_path_factory.mktemp(language) for language in ("c", "python")}


@pytest.fixture
def project(folders: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> Project:
    """Lay out the flagship, sound, with one language alone: what the step at hand needs."""

    def lay_out(language: str) -> Path:
        folder = folders[language]
        shutil.rmtree(folder / "templates", ignore_errors=True)
        shutil.copytree(ROOT / "generator/templates", folder / "templates")
        (folder / "templates/relations.toml").write_text(NO_RELATIONS, encoding="utf-8")
        (folder / "Kconfig").write_text(three_kernels(), encoding="utf-8")
        (folder / "kvariant.toml").write_text(
            'tests = ["tests"]\n[generate]\ntemplates = "templates"\n'
            '[matrix]\ndefault = "triples"\n'  # three values meet in some variant, whichever
            '[matrix.triples]\nstrategy = "t-wise"\nstrength = 3\n',
            encoding="utf-8",
        )
        monkeypatch.chdir(folder)
        reduced(folder, language)
        return folder

    return lay_out


def reduced(project: Path, language: str) -> None:
    """Leave one language of the flagship."""
    other, suffix = {"c": ("python", "py"), "python": ("c", "h")}[language]
    shutil.rmtree(project / "templates" / ("python" if other == "python" else "include"))
    for path in (project / "templates/_arch").glob(f"*.{suffix}.j2"):
        path.unlink()
    interface = project / "templates/interface.toml"
    text = interface.read_text(encoding="utf-8")
    text = re.sub(
        rf'{other} = "{"python" if other == "python" else "include"}/[^"]*"(, )?', "", text
    )
    interface.write_text(text.replace(",  }", " }").replace(", }", " }"), encoding="utf-8")


def broken(project: Path, language: str, helper: str, condition: str, body: str = "") -> Expression:
    """Break a helper where a condition holds, and return the condition in Kconfig's words."""
    path = {
        "c": "include/linux/swapops.h.j2",
        "python": "python/pte_markers/swapops.py.j2",
    }[language]
    template = project / "templates" / path
    text = template.read_text(encoding="utf-8")
    body = body or {"c": "\treturn broken;", "python": "    return True"}[language]
    head = f"{{% helper {helper} %}}\n"
    assert head in text
    text = text.replace(head, f"{head}{{% if {condition} %}}\n{body}\n{{% endif %}}\n")
    template.write_text(text, encoding="utf-8")
    return Expression.parse(condition.replace("not ", "!").replace(" and ", " && "))


def told(capsys: Capture) -> Any:
    """What the last command printed as JSON."""
    return json.loads(capsys.readouterr().out)


def swept_and_blamed(capsys: Capture, step: str) -> Any:
    """What `kvariant sweep`, then `kvariant blame` say."""
    assert run(["sweep", "--json", "-q", "-j", "1", "--step", step]) == 1
    assert told(capsys)["failures"]
    return blamed(capsys, step)


def blamed(capsys: Capture, step: str) -> Any:
    """What `kvariant blame` says, which sweeps first."""
    assert run(["blame", "--json", "-q", "-j", "1", "--step", step]) == 1
    return told(capsys)


def verify_named(failure: Any, truth: Expression, everything: list[Configuration]) -> None:
    """The expression is the truth in every configuration, and the fragments are what they say."""
    found = Expression.parse(failure["fails_iff"])
    wrong = [c for c in everything if c.satisfies(found) != c.satisfies(truth)]
    assert not wrong, f"{truth} was taken for {found}"
    assert failure["against"] == 0


@pytest.mark.parametrize(("helper", "condition"), C_FAULTS.items(), ids=C_FAULTS)
def test_fault_in_c(
    project: Project, capsys: Capture, everything: list[Configuration], helper: str, condition: str
) -> None:
    """A helper that does not compile where two or three values meet: named, in under ten."""
    folder = project("c")
    truth = broken(folder, "c", helper, condition)
    result = blamed(capsys, "build")
    assert len(result["extra"]) < 10
    (failure,) = result["failures"]
    verify_named(failure, truth, everything)
    tree = Tree.load(folder / "Kconfig")
    for name, expected in (("1.config", True), ("1.pass.config", False)):
        path = folder / ".kvariant/failures" / name
        assert tree.resolve(read(path)).satisfies(truth) is expected


def read(path: Path) -> dict[str, str]:
    """The assignment of a fragment of bools, read without our reader."""
    text = path.read_text(encoding="utf-8")
    unset = re.findall(r"^# CONFIG_(\w+) is not set$", text, re.MULTILINE)
    return dict(re.findall(r"^CONFIG_(\w+)=(\w)$", text, re.MULTILINE)) | dict.fromkeys(unset, "n")


@pytest.mark.parametrize(("helper", "condition"), PYTHON_FAULTS.items(), ids=PYTHON_FAULTS)
def test_fault_in_python(
    project: Project, capsys: Capture, everything: list[Configuration], helper: str, condition: str
) -> None:
    """A helper that answers wrongly, seen by a test: the same."""
    folder = project("python")
    truth = broken(folder, "python", helper, condition)
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests/test_helpers.py").write_text(TESTS, encoding="utf-8")
    result = swept_and_blamed(capsys, "test")
    assert len(result["extra"]) < 10
    (failure,) = result["failures"]
    assert f"test_of_nothing[{helper}]" in failure["message"]
    verify_named(failure, truth, everything)


def test_fault_that_few_variants_see(
    project: Project, capsys: Capture, everything: list[Configuration]
) -> None:
    """Variants in which the failing test is skipped are no evidence, and none is run extra."""
    folder = project("python")
    truth = broken(folder, "python", "swp_type", PYTHON_FAULTS["swp_type"])
    (folder / "tests").mkdir(exist_ok=True)
    needs = '@pytest.mark.kconfig("HUGETLB_PAGE")\ndef test'
    (folder / "tests/test_helpers.py").write_text(TESTS.replace("def test", needs))
    result = blamed(capsys, "test")
    assert len(result["extra"]) < 10
    (failure,) = result["failures"]
    seeing = [c for c in everything if c["HUGETLB_PAGE"] == "y"]
    verify_named(failure, truth, seeing)
    tree = Tree.load(folder / "Kconfig")
    extra = [tree.resolve(variant["assignment"]) for variant in result["extra"]]
    assert [c["HUGETLB_PAGE"] for c in extra] == ["y"] * len(extra)
    assert len(failure["unrun"]) > 5
    assert failure["passing"] + len(failure["variants"]) + len(failure["unrun"]) == 35 + len(extra)


def test_fault_that_many_tests_see(
    project: Project, capsys: Capture, everything: list[Configuration]
) -> None:
    """Tests that run here and there, and fail for one fault, are one failure: under ten in all."""
    folder = project("python")
    truth = broken(folder, "python", "swp_type", PYTHON_FAULTS["swp_type"])
    (folder / "tests").mkdir(exist_ok=True)
    tests = [TESTS]
    for number, where in enumerate(("HUGETLB_PAGE", "!SWAP", "MIGRATION", "USERFAULTFD")):
        marked = f'@pytest.mark.kconfig("{where}")\ndef test_{number}'
        tests.append(TESTS.replace("import pytest\n", "").replace("def test", marked))
    (folder / "tests/test_helpers.py").write_text("\n".join(tests), encoding="utf-8")
    result = blamed(capsys, "test")
    assert len(result["extra"]) < 10
    (failure,) = result["failures"]
    assert len(failure["messages"]) == len(tests)
    verify_named(failure, truth, everything)


@pytest.mark.parametrize("code", [0, 1])
def test_fault_that_ends_pytest(project: Project, capsys: Capture, code: int) -> None:
    """A helper that ends the process is no pass, whatever the exit code: tests are missing."""
    folder = project("python")
    broken(folder, "python", "swp_offset", "not SWAP", f"    import os\n    os._exit({code})")
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests/test_helpers.py").write_text(TESTS, encoding="utf-8")
    arguments = ["sweep", "named", "--json", "-q", "-j", "1", "--config", str(ROOT / CONFIG)]
    assert run([*arguments, "--step", "test"]) == 1
    (failure,) = told(capsys)["failures"]
    assert f"it ended with exit code {code} after" in failure["message"]


def test_two_faults_at_once(
    project: Project, capsys: Capture, everything: list[Configuration]
) -> None:
    """Two faults with messages of their own are two failures, each named."""
    folder = project("c")
    truths = {
        helper: broken(folder, "c", helper, C_FAULTS[helper], f"\treturn {helper}_broken;")
        for helper in ("is_swap_pte", "swp_type")
    }
    failures = swept_and_blamed(capsys, "build")["failures"]
    assert len(failures) == 2
    for helper, truth in truths.items():
        (failure,) = (f for f in failures if f"{helper}_broken" in f["message"])
        verify_named(failure, truth, everything)


def test_two_faults_with_one_message(
    project: Project, capsys: Capture, everything: list[Configuration]
) -> None:
    """Two faults that look the same are one failure with two causes."""
    folder = project("c")
    truths = [broken(folder, "c", h, C_FAULTS[h]) for h in ("swp_entry", "pte_none_mostly")]
    (failure,) = swept_and_blamed(capsys, "build")["failures"]
    verify_named(failure, Expression.parse(" || ".join(map(str, truths))), everything)


def test_nothing_to_blame(project: Project, capsys: Capture) -> None:
    """Where nothing fails nothing extra is run."""
    project("c")
    assert run(["blame", "-q", "-j", "1", "--step", "generate"]) == 0
    assert re.match(r"nothing fails in \d+ variants;", capsys.readouterr().out)


def test_what_failed_in_another_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Where nothing fails in the default matrix, the one that did fail is named."""
    options = "".join(f'config {s}\n\tbool "{s}"\n' for s in "ABC")
    (tmp_path / "Kconfig").write_text(options, encoding="utf-8")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/base.config").write_text("CONFIG_C=y\n", encoding="utf-8")
    (tmp_path / "kvariant.toml").write_text(
        '[[step]]\nname = "build"\nrun = "! grep -q B=y {config}"\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    assert run(["sweep", "-q", "pairwise"]) == 1
    assert run(["blame", "-q"]) == 0
    said = capsys.readouterr().err
    assert "something failed: kvariant blame pairwise\n" in said
    assert run(["sweep", "-q"]) == 0
    assert run(["blame", "-q"]) == 0
    assert "hint" not in capsys.readouterr().err


def test_extra_variants_are_like_those_of_the_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What the matrix leaves to its base, blame does too, and its `where` holds.

    Over the tree's defaults DEFAULT would hide the fault; without TOP all is another one.
    """
    defaults = {"TOP": "n", "DEFAULT": "y", **dict.fromkeys("ABCDEF", "n")}
    (tmp_path / "Kconfig").write_text(
        "".join(f'config {n}\n\tbool "{n}"\n\tdefault {v}\n' for n, v in defaults.items()),
        encoding="utf-8",
    )
    (tmp_path / "kvariant.toml").write_text(
        '[matrix]\ndefault = "m"\n[matrix.m]\nstrategy = "t-wise"\n'
        'symbols = ["A", "B", "C", "D", "E", "F"]\nbase = "allnoconfig"\nwhere = "TOP"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    command = (
        "has() {{ grep -q CONFIG_$1=y {config}; }}; has TOP || exit 1;"
        " if has A && ! has B && ! has DEFAULT; then echo no; exit 1; fi"
    )
    assert run(["blame", "--json", "-j", "1", "--", command]) == 1
    (failure,) = (record := json.loads(capsys.readouterr().out))["failures"]
    assert (failure["fails_iff"], failure["certain"]) == ("A && !B", True)
    assert record["extra"]
    for fragment in Path(".kvariant/blame").glob("*.config"):
        text = fragment.read_text(encoding="utf-8")
        assert "CONFIG_TOP=y" in text
        assert "# CONFIG_DEFAULT is not set" in text


def small(folder: Path, run_: str, kconfig: str = "ABC") -> None:
    """A tree of independent bools, all pairs of them, and one step."""
    options = "".join(f'config {s}\n\tbool "{s}"\n' for s in kconfig)
    (folder / "Kconfig").write_text(options, encoding="utf-8")
    (folder / "kvariant.toml").write_text(
        f"[matrix]\ndefault = \"pairwise\"\n[[step]]\nname = \"t\"\nrun = '''{run_}'''\n",
        encoding="utf-8",
    )


def test_report_says_what_blame_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """In every form, as long as nothing is swept after it; before it nothing is proven."""
    small(tmp_path, "if grep -q A=y {config} && grep -q B=y {config}; then echo broken; exit 1; fi")
    monkeypatch.chdir(tmp_path)
    assert run(["sweep", "-q"]) == 1
    assert "fails where A && B: " in capsys.readouterr().out
    assert run(["blame", "-q"]) == 1
    line = next(one for one in capsys.readouterr().out.splitlines() if "fails iff A && B: " in one)
    for form in ([], ["--text"], ["--markdown"]):
        assert run(["report", *form]) == 1
        said = capsys.readouterr().out
        assert line.strip() in said
        assert "fails where" not in said
    assert run(["report", "--json"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["blame"] == {
        "told": line.strip(),
        "notes": [],
        "expression": "A && B",
        "proven": True,
    }
    assert run(["sweep", "-q"]) == 1
    assert run(["report"]) == 1
    assert "fails where A && B: " in capsys.readouterr().out


def test_a_flaky_failure_has_no_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Blame and report tell it as flaky; no variant beyond the matrix is run for it."""
    small(tmp_path, "if mkdir once; then echo broken; exit 1; fi")
    monkeypatch.chdir(tmp_path)
    assert run(["blame", "-q", "-j", "1"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("1 distinct failure, 0 extra variants run, 1 variant run again; ")
    assert " failed in 1 of 2 runs\n" in said
    assert "fails" not in said
    assert run(["report"]) == 1
    assert "    flaky: a-b-c failed in 1 of 2 runs\n" in capsys.readouterr().out
    (tmp_path / "once").rmdir()
    assert run(["blame", "-q", "-j", "1", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    (failure,) = record["failures"]
    assert (record["extra"], record["again"]) == ([], 1)
    assert failure["flaky"] in failure["variants"]
    assert "fails_iff" not in failure


def test_within_a_wider_failure_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What is met there only has no expression of its own: it would be one of chance."""
    small(
        tmp_path,
        "has() {{ grep -q CONFIG_$1=y {config}; }}; exec > {results}/t; echo 1..2;"
        " has A && echo not ok 1 - wide || echo ok 1 - wide; has A && (has B && ! has C ||"
        " has D && has E) && echo not ok 2 - narrow || echo ok 2 - narrow; ! has A",
        "ABCDEF",
    )
    path = tmp_path / "kvariant.toml"
    path.write_text(path.read_text() + 'results = "tap:{results}/t"\n')
    monkeypatch.chdir(tmp_path)
    assert run(["blame", "-q", "-j", "2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [one for one in lines if one.startswith("  narrow")] == [
        "  narrow: failed: only within failure 1 (A)"
    ]
    assert sum(one.startswith("    ") for one in lines if "narrow" in one) == 0
    assert any(one.startswith("    fails iff A: ") for one in lines)


def test_what_was_not_told_apart_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """With too few variants nothing is proven, and what is left is named."""
    small(
        tmp_path, "! (grep -q A=y {config} && grep -q D=n {config} || grep A=y {config})", "ABCDEF"
    )
    monkeypatch.chdir(tmp_path)
    for most in ("0", "1"):
        assert run(["blame", "-q", "--extra", most]) == 1
        said = capsys.readouterr().out
        assert "fails where A: " in said
        assert "(more with --extra N)" in said
    assert run(["blame", "-q"]) == 1
    said = capsys.readouterr().out
    assert "fails iff A: " in said
    assert "--extra" not in said
