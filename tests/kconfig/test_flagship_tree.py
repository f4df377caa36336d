"""Our own Kconfig reaches exactly what the kernel of each baseline and architecture allows.

The oracle enumerates the kernel's dependencies by plain loops, written from the
facts (baseline, architecture, which option needs which) and not from our tree.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kvariant import Tree

ROOT = Path(__file__).parents[2]
FREE = ("SWAP", "SHMEM", "HUGETLBFS", "MEMORY_FAILURE")
CHAIN = ("MIGRATION", "MEMORY_HOTREMOVE", "ZONE_DEVICE", "DEVICE_PRIVATE")
COUNTS = {
    ("KERNEL_V5_19_PRE", "X86_64"): 800,
    ("KERNEL_V5_19_PRE", "ARM64"): 320,
    ("KERNEL_V6_1", "X86_64"): 480,
    ("KERNEL_V6_1", "ARM64"): 160,
    ("KERNEL_V6_2", "X86_64"): 480,
    ("KERNEL_V6_2", "ARM64"): 160,
    ("KERNEL_V6_12", "X86_64"): 480,
    ("KERNEL_V6_12", "ARM64"): 240,
    ("KERNEL_V6_18", "X86_64"): 480,
    ("KERNEL_V6_18", "ARM64"): 240,
    ("KERNEL_V7_2", "X86_64"): 480,
    ("KERNEL_V7_2", "ARM64"): 240,
    ("KERNEL_V7_2", "RISCV64"): 128,
}
BASELINES = list(dict.fromkeys(baseline for baseline, _ in COUNTS))

Values = dict[str, bool]


def allowed(baseline: str, architecture: str) -> Iterator[Values]:
    """Yield every combination that the kernel allows, over all symbols of our tree.

    riscv64 has neither memory errors nor hot-remove; its spare bits hang on the processor.
    """
    x86, riscv = architecture == "X86_64", architecture == "RISCV64"
    at = BASELINES.index(baseline)
    since = {f"SINCE_{name[7:]}": BASELINES.index(name) <= at for name in BASELINES[1:]}
    for free in itertools.product((False, True), repeat=len(FREE)):
        if riscv and free[FREE.index("MEMORY_FAILURE")]:
            continue
        for depth, soft, uffd, spare in itertools.product(
            range(2 if riscv else len(CHAIN) + 1), (False, True), (False, True), (False, True)
        ):
            if (soft and not (x86 or spare)) or (spare and not riscv):
                continue
            has_wp = uffd and (x86 or spare or (not riscv and since["SINCE_V6_12"]))
            for marker, wp in marker_states(baseline, has_wp):
                values = dict(zip(FREE, free, strict=True))
                values |= {name: i < depth for i, name in enumerate(CHAIN)}
                values |= {"HUGETLB_PAGE": values["HUGETLBFS"], "MEM_SOFT_DIRTY": soft}
                values |= {"USERFAULTFD": uffd, "HAVE_ARCH_USERFAULTFD_MINOR": uffd, "MMU": True}
                values |= {"HAVE_ARCH_USERFAULTFD_WP": has_wp, "HAVE_ARCH_SOFT_DIRTY": x86 or spare}
                values |= {"RISCV_ISA_SVRSW60T59B": spare, **since}
                values |= {"PTE_MARKER": marker, "PTE_MARKER_UFFD_WP": wp}
                values |= {k: k == baseline for k, _ in COUNTS}
                values |= {a: a == architecture for _, a in COUNTS}
                yield values


def marker_states(baseline: str, has_wp: bool) -> list[tuple[bool, bool]]:
    """Return the states of (PTE_MARKER, PTE_MARKER_UFFD_WP)."""
    match baseline:
        case "KERNEL_V5_19_PRE":  # two options: wp depends on marker and on the architecture
            return [(False, False), (True, False)] + [(True, True)] * has_wp
        case "KERNEL_V6_1":  # wp selects marker, which has no prompt
            return [(False, False)] + [(True, True)] * has_wp
        case _:  # the symbol PTE_MARKER is gone
            return [(False, False)] + [(False, True)] * has_wp


def frozen(values: Values) -> frozenset[str]:
    """Return the names that are y."""
    return frozenset(name for name, value in values.items() if value)


@pytest.fixture(scope="module")
def tree() -> Tree:
    """Return our tree."""
    return Tree.load(ROOT / "Kconfig")


@pytest.mark.parametrize(("baseline", "architecture"), COUNTS)
def test_everything_allowed_is_reachable(tree: Tree, baseline: str, architecture: str) -> None:
    """Asking for all values of an allowed combination gives just them, with nothing dropped."""
    combinations = list(allowed(baseline, architecture))
    assert COUNTS[baseline, architecture] == len(combinations)
    for values in combinations:
        asked = {name: "y" if value else "n" for name, value in values.items()}
        configuration = tree.resolve(asked)
        assert configuration.dropped == ()
        assert asked == dict(configuration)


def test_nothing_else_is_reachable(tree: Tree) -> None:
    """Whatever is asked for, what comes out is an allowed combination."""
    known = {frozen(v) for baseline, arch in COUNTS for v in allowed(baseline, arch)}
    assert sum(COUNTS.values()) == len(known)
    source = random.Random(2022)
    names = list(tree.symbols)
    for _ in range(2000):
        asked = {name: source.choice("ny") for name in source.sample(names, source.randint(0, 22))}
        configuration = tree.resolve(asked)
        assert frozen({name: value == "y" for name, value in configuration.items()}) in known


def test_what_the_templates_read_has_2848_projections() -> None:
    """The kernel's own rules give as many states of these symbols as `kvariant space` prints."""
    hidden = {"HAVE_ARCH_SOFT_DIRTY", "HUGETLBFS", "MEMORY_HOTREMOVE", "MMU", "ZONE_DEVICE"}
    hidden |= {"RISCV_ISA_SVRSW60T59B"}
    known: dict[str, set[frozenset[str]]] = {}
    for baseline, architecture in COUNTS:
        states = {frozen(values) - hidden for values in allowed(baseline, architecture)}
        known.setdefault(baseline, set()).update(states)
    assert 1488 == sum(len(known[f"KERNEL_V{name}"]) for name in ("5_19_PRE", "6_1", "6_12"))
    assert 2848 == sum(map(len, known.values()))


def test_pte_marker_does_not_exist_at_6_12(tree: Tree) -> None:
    """At 6.12 the symbol is n and has no line in `.config`, whatever is asked for."""
    configuration = tree.resolve({"KERNEL_V6_12": "y", "USERFAULTFD": "y", "PTE_MARKER": "y"})
    assert configuration["PTE_MARKER"] == "n"
    assert "CONFIG_PTE_MARKER " not in tree.config_text(configuration)
    assert "CONFIG_PTE_MARKER=" not in tree.config_text(configuration)
    assert "CONFIG_PTE_MARKER_UFFD_WP=y" in tree.config_text(configuration)


def test_kconfig_has_no_diagnostics(tree: Tree) -> None:
    """Our own tree gives no warning and no error."""
    assert [] == tree.diagnostics()
