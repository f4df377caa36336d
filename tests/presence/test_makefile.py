# SPDX-License-Identifier: MIT
"""Makefiles read for all configurations at once, against GNU make in each of them."""

from __future__ import annotations

import itertools
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kvariant.kconfig import SymbolType
from kvariant.presence.condition import free_terms
from kvariant.presence.makefile import Makefile
from kvariant.presence.makefile_values import MakeValues

TYPES = {
    "A": SymbolType.BOOL,
    "B": SymbolType.BOOL,
    "T": SymbolType.TRISTATE,
    "U": SymbolType.TRISTATE,
    "I": SymbolType.INT,
    "S": SymbolType.STRING,
}
DOMAINS = {
    "A": ("n", "y"),
    "B": ("n", "y"),
    "T": ("n", "m", "y"),
    "U": ("n", "m", "y"),
    "I": ("1", "64"),
    "S": ("", "foo"),
}
LISTS = ("obj-y", "obj-m", "part-y", "lib-y")
FILES = Path(__file__).parent

TESTS = (
    "ifdef CONFIG_A", "ifndef CONFIG_T", "ifeq ($(CONFIG_A),y)", "ifneq ($(CONFIG_T),m)",
    "ifeq ($(CONFIG_A)$(CONFIG_B),yy)", "ifneq ($(CONFIG_T)$(CONFIG_U),)", "ifeq ($(CONFIG_I),64)",
    "ifneq ($(filter y m,$(CONFIG_T) $(CONFIG_U)),)", 'ifeq "$(CONFIG_B)" "y"', "ifdef BITS",
    "ifeq ($(BITS),64)", "ifneq ($(CONFIG_S),)", "ifeq ($(strip $(CONFIG_A) ),y)",
    "ifdef CONFIG_NONE",
    "ifeq ($(CONFIG_NONE),)", "ifneq ($(findstring m,$(CONFIG_U)),)",
    "ifeq ($(CONFIG_T),$(CONFIG_U))",
    "ifneq ($(or $(CONFIG_A),$(CONFIG_B)),)", "ifneq ($(and $(CONFIG_A),$(CONFIG_B)),)",
    "ifeq ($(CONFIG_S),foo)", "ifdef EMPTY",
)  # fmt: skip
VALUES = (
    "$N.o", "$N.o $N_b.o", "$(if $(CONFIG_A),$N.o)", "$(if $(CONFIG_T),$N.o,$N_else.o)",
    "$(addprefix d/,$N.o $N_c.o)", "$(part-y)", "$(patsubst %.o,%_x.o,$(part-y))", "$N_$(BITS).o",
    "$(part-y:.o=_y.o)", "$(filter-out $N.o,$N.o $N_d.o)", "$N/ # comment", "$(addsuffix .o,$N)",
    "$(sort $N_2.o $N_1.o)", "$N_$(CONFIG_T).o", "$(LATER)", "$(subst _e,_f,$N_e.o)",
    "$(notdir a/$N.o)",
    "$N.o \\\n\t$N_g.o", "$(part-$(CONFIG_A))", "$(filter %.o,$(part-y) $N/)", "$(word 2,a $N.o)",
)  # fmt: skip
TARGETS = (
    "obj-y", "obj-$(CONFIG_A)", "obj-$(CONFIG_T)", "obj-$(CONFIG_U)", "part-y", "part-$(CONFIG_T)",
    "part-$(CONFIG_B)", "lib-$(CONFIG_U)", "obj-$(subst m,y,$(CONFIG_T))", "obj-$(CONFIG_NONE)",
    "obj-$(if $(CONFIG_A),$(CONFIG_T))", "obj-$(CONFIG_A:y=m)",
)  # fmt: skip


class MakefileText:
    """A random makefile."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._count = 0
        self.text = "part-y :=\nobj-y :=\nobj-m =\n"
        self._body(3)
        self.text += "LATER = $(if $(CONFIG_B),later.o)\n"

    def _body(self, depth: int) -> None:
        draw = self._draw
        for _ in range(draw.randint(1, 3)):
            if depth and draw.random() < 0.5:
                self.text += f"{'  ' * draw.randint(0, 1)}{draw.choice(TESTS)}\n"
                self._body(depth - 1)
                for _ in range(draw.choice([0, 0, 1])):
                    self.text += f"else {draw.choice(TESTS)}\n"
                    self._body(depth - 1)
                if draw.random() < 0.5:
                    self.text += "else\n"
                    self._body(depth - 1)
                self.text += "endif # x\n"
            elif draw.random() < 0.15:
                self.text += (
                    f"BITS {draw.choice([':=', '=', '?='])} {draw.choice(['32', '64', ''])}\n"
                )
            elif draw.random() < 0.1:
                self.text += "some: other\n\tobj-y += recipe.o # no assignment\n\n"
            else:
                self._count += 1
                value = draw.choice(VALUES).replace("$N", f"w{self._count}")
                operator = draw.choice(["+="] * 8 + [":=", "=", "?="])
                target = draw.choice(TARGETS)
                if target.startswith("part") and "part" in value:
                    target = "obj-y"  # a variable that names itself is an error
                self.text += f"{target} {operator} {value}\n"


def assignments() -> Iterator[Mapping[str, str]]:
    """Yield every assignment of the options."""
    for values in itertools.product(*DOMAINS.values()):
        yield dict(zip(DOMAINS, values, strict=True))


def made(folder: Path, values: Mapping[str, str]) -> list[set[str]]:
    """Return the lists of each makefile of a folder as GNU make has them."""
    config = [f"CONFIG_{n}={t}" for n, t in values.items() if t not in ("", "n")]
    (folder / "auto.conf").write_text("\n".join(config) + "\n")
    done = subprocess.run(["sh", "all.sh"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [set(line.split()) for line in done.stdout.split("\n")[:-1]]


def test_lists_have_the_words_that_make_gives_them(tmp_path: Path) -> None:
    """Of random makefiles: a word is in a list exactly where its condition holds."""
    if shutil.which("make") is None:
        pytest.skip("make is not on PATH")
    texts = [MakefileText(seed).text for seed in range(30)]
    shown = "".join(f"$(info $({name}))" for name in LISTS)
    script = ""
    for number, text in enumerate(texts):
        (tmp_path / f"m{number}.mk").write_text(text)
        top = f"include auto.conf\ninclude m{number}.mk\n{shown}\nnothing:;@:\n"
        (tmp_path / f"top{number}.mk").write_text(top)
        script += f"make -rs -f top{number}.mk nothing || exit 1\n"
    (tmp_path / "all.sh").write_text(script)
    read = []
    for number in range(len(texts)):
        values = MakeValues(tmp_path, TYPES)
        makefile = Makefile(tmp_path, values)
        makefile.read(f"m{number}.mk")
        assert not makefile.not_read
        read += [values.words_of(name) for name in LISTS]
    assert not [w.opaque for words in read for w in words if w.opaque]
    found = 0
    for values_of in random.Random(2).sample(list(assignments()), 8):
        lists = made(tmp_path, values_of)
        for index, (words, expected) in enumerate(zip(read, lists, strict=True)):
            own = {w.text for w in words if w.condition.holds(values_of, TYPES)}
            assert expected == own, f"{values_of} {LISTS[index % 4]}\n{texts[index // 4]}"
            found += len(own)
    assert found > 100


OPAQUE = [
    ("obj-y += $(shell echo a.o)", "$(shell echo a.o)"),
    ("obj-y += $(call cc-option,a)", "$(call cc-option,a)"),
    ("obj-y += $(foreach x,a b,$(x).o)", "$(foreach x,a b,$(x).o)"),
    ("obj-y += a_$(CONFIG_S).o", "a_$(CONFIG_S).o"),
]


@pytest.mark.parametrize(("line", "text"), OPAQUE)
def test_what_make_would_run_is_not_guessed(tmp_path: Path, line: str, text: str) -> None:
    """A word that a program or an unread function gives is not known, and named as written."""
    values = MakeValues(tmp_path, TYPES)
    Makefile(tmp_path, values).read("Makefile", line + "\n")
    (word,) = values.words_of("obj-y")
    assert ("", text) == (word.text, word.opaque)


def test_a_conditional_that_is_not_understood_is_a_free_term(tmp_path: Path) -> None:
    """What stands below it is there if it holds, by its own words."""
    text = "ifeq ($(shell uname),Linux)\nobj-y += a.o\nelse\nobj-y += b.o\nendif\n"
    values = MakeValues(tmp_path, TYPES)
    Makefile(tmp_path, values).read("Makefile", text)
    one, other = values.words_of("obj-y")
    assert ("ifeq ($(shell uname),Linux)",) == free_terms(one.condition)
    assert f"!{one.condition}" == str(other.condition)


def test_words_know_the_line_that_gave_them(tmp_path: Path) -> None:
    """A word's place is that of its assignment, in included makefiles as well."""
    (tmp_path / "more.mk").write_text("\nobj-$(CONFIG_A) += b.o\n")
    values = MakeValues(tmp_path, TYPES)
    Makefile(tmp_path, values).read("Makefile", "# c\nobj-y := a.o\ninclude more.mk\n")
    assert [("Makefile", 2), ("more.mk", 2)] == [w.line for w in values.words_of("obj-y")]


def test_the_generator_reaches_every_form() -> None:
    """Each test, value and target of the random makefiles is in one of them."""
    text = "".join(MakefileText(seed).text for seed in range(40))
    for test in TESTS:
        assert test in text, test
    for value in VALUES:
        pattern = re.escape(value).replace(r"\$N", r"w\d+")
        assert re.search(pattern, text), value


@pytest.mark.parametrize(
    "stray", ["endif", "endif\nendif", "else", "else ifdef CONFIG_B", "ifdef X"]
)
def test_a_conditional_ends_in_its_own_file(tmp_path: Path, stray: str) -> None:
    """What a file includes ends, turns or leaves open none of its conditionals.

    GNU make refuses such a file: "extraneous 'endif'", "missing 'endif'".
    """
    (tmp_path / "Makefile").write_text(
        "ifdef CONFIG_A\ninclude more.mk\nobj-y += a.o\nendif\nobj-y += b.o\n"
    )
    (tmp_path / "more.mk").write_text(f"{stray}\n")
    values = MakeValues(tmp_path, TYPES)
    makefile = Makefile(tmp_path, values)
    makefile.read("Makefile")
    found = {word.text: str(word.condition) for word in values.words("$(obj-y)", ("", 0))}
    assert found["a.o"] != found["b.o"] == "y"
    assert "A" in found["a.o"]
    if make := shutil.which("make"):
        done = subprocess.run(
            [make, "-f", "Makefile", "CONFIG_A=y"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 2
        assert "more.mk" in done.stderr
