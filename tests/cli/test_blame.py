# SPDX-License-Identifier: MIT
"""Seeded faults in a copy of the flagship's templates: swept, blamed, and named exactly."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from kvariant.cli import run
from kvariant.kconfig import Configuration, Tree
from kvariant.kconfig.expression import Expression

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def everything() -> list[Configuration]:
    """Configurations of the flagship, by resolving assignments at random."""
    tree = Tree.load(ROOT / "Kconfig")
    dice = random.Random(0)
    prompts = [name for name, rules in tree.model.symbols.items() if rules.prompts]
    assignments = ({name: dice.choice("ny") for name in prompts} for _ in range(600))
    return [tree.resolve(assignment) for assignment in assignments]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out the flagship without what the step at hand does not need."""
    shutil.copytree(ROOT / "generator/templates", tmp_path / "templates")
    shutil.copy(ROOT / "Kconfig", tmp_path)
    (tmp_path / "kvariant.toml").write_text(
        'tests = ["tests"]\n[generate]\ntemplates = "templates"\n'
        '[matrix]\ndefault = "triples"\n'  # three values meet in some variant, whichever they are
        '[matrix.triples]\nstrategy = "t-wise"\nstrength = 3\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


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


def blamed(capsys: Capture, step: str) -> Any:
    """What `kvariant sweep`, then `kvariant blame` say."""
    assert run(["sweep", "--json", "-q", "-j", "1", "--step", step]) == 1
    assert told(capsys)["failures"]
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
    project: Path, capsys: Capture, everything: list[Configuration], helper: str, condition: str
) -> None:
    """A helper that does not compile where two or three values meet: named, in under ten."""
    reduced(project, "c")
    truth = broken(project, "c", helper, condition)
    result = blamed(capsys, "build")
    assert len(result["extra"]) < 10
    (failure,) = result["failures"]
    verify_named(failure, truth, everything)
    tree = Tree.load(project / "Kconfig")
    for name, expected in (("1.config", True), ("1.pass.config", False)):
        path = project / ".kvariant/failures" / name
        assert tree.resolve(read(path)).satisfies(truth) is expected


def read(path: Path) -> dict[str, str]:
    """The assignment of a fragment of bools, read without our reader."""
    text = path.read_text(encoding="utf-8")
    unset = re.findall(r"^# CONFIG_(\w+) is not set$", text, re.MULTILINE)
    return dict(re.findall(r"^CONFIG_(\w+)=(\w)$", text, re.MULTILINE)) | dict.fromkeys(unset, "n")


@pytest.mark.parametrize(("helper", "condition"), PYTHON_FAULTS.items(), ids=PYTHON_FAULTS)
def test_fault_in_python(
    project: Path, capsys: Capture, everything: list[Configuration], helper: str, condition: str
) -> None:
    """A helper that answers wrongly, seen by a test: the same."""
    reduced(project, "python")
    truth = broken(project, "python", helper, condition)
    (project / "tests").mkdir()
    (project / "tests/test_helpers.py").write_text(TESTS, encoding="utf-8")
    result = blamed(capsys, "test")
    assert len(result["extra"]) < 10
    (failure,) = result["failures"]
    assert f"test_of_nothing[{helper}]" in failure["message"]
    verify_named(failure, truth, everything)


def test_two_faults_at_once(
    project: Path, capsys: Capture, everything: list[Configuration]
) -> None:
    """Two faults with messages of their own are two failures, each named."""
    reduced(project, "c")
    truths = {
        helper: broken(project, "c", helper, C_FAULTS[helper], f"\treturn {helper}_broken;")
        for helper in ("is_swap_pte", "swp_type")
    }
    failures = blamed(capsys, "build")["failures"]
    assert len(failures) == 2
    for helper, truth in truths.items():
        (failure,) = (f for f in failures if f"{helper}_broken" in f["message"])
        verify_named(failure, truth, everything)


def test_two_faults_with_one_message(
    project: Path, capsys: Capture, everything: list[Configuration]
) -> None:
    """Two faults that look the same are one failure with two causes."""
    reduced(project, "c")
    truths = [broken(project, "c", h, C_FAULTS[h]) for h in ("swp_entry", "pte_none_mostly")]
    (failure,) = blamed(capsys, "build")["failures"]
    verify_named(failure, Expression.parse(" || ".join(map(str, truths))), everything)


def test_nothing_to_blame(project: Path, capsys: Capture) -> None:
    """Where nothing fails nothing extra is run."""
    reduced(project, "c")
    assert run(["blame", "-q", "-j", "1", "--step", "generate"]) == 0
    assert re.match(r"nothing fails in \d+ variants;", capsys.readouterr().out)
