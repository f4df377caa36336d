# SPDX-License-Identifier: MIT
"""What CMakeLists.txt of Zephyr add, against CMake itself with functions that print what they get.

The functions are our own, made of what Zephyr's documentation says of them; what CMake makes of
conditions, variables and blocks is its own.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import ALWAYS
from kvariant.presence.cmake import CMakeTree
from kvariant.presence.cmake_text import CMakeSyntaxError, commands
from kvariant.presence.condition import certain, free_terms, possible
from kvariant.presence.sources import SourceFiles
from kvariant.presence.verdict import holds

needs_cmake = pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed")
WIDE = bool(os.environ.get("KVARIANT_WIDE"))

STUBS = """\
cmake_minimum_required(VERSION 3.13)
project(stubs NONE)
set(ZEPHYR_BASE ${CMAKE_CURRENT_SOURCE_DIR})
function(tell word)
  foreach(one ${ARGN})
    if(NOT one MATCHES "^(PRIVATE|PUBLIC|STATIC|OBJECT)$")
      get_filename_component(path ${one} ABSOLUTE)
      message(NOTICE "${word} ${path}")
    endif()
  endforeach()
endfunction()
macro(zephyr_sources)
  tell(source ${ARGN})
endmacro()
macro(zephyr_library_sources)
  tell(source ${ARGN})
endmacro()
macro(target_sources target)
  tell(source ${ARGN})
endmacro()
macro(add_library target)
  tell(source ${ARGN})
endmacro()
macro(zephyr_library)
endmacro()
macro(zephyr_library_amend)
endmacro()
macro(zephyr_include_directories)
endmacro()
macro(zephyr_linker_sources)
endmacro()
function(zephyr_sources_ifdef toggle)
  if(${${toggle}})
    zephyr_sources(${ARGN})
  endif()
endfunction()
function(zephyr_library_sources_ifdef toggle)
  if(${${toggle}})
    zephyr_library_sources(${ARGN})
  endif()
endfunction()
function(zephyr_library_sources_ifndef toggle)
  if(NOT ${toggle})
    zephyr_library_sources(${ARGN})
  endif()
endfunction()
function(target_sources_ifdef toggle target)
  if(${${toggle}})
    target_sources(${target} ${ARGN})
  endif()
endfunction()
function(add_subdirectory_ifdef toggle folder)
  if(${${toggle}})
    add_subdirectory(${folder})
  endif()
endfunction()
"""
KCONFIG = (
    "".join(f'config {name}\n\tbool "{name}"\n' for name in "ABCDE")
    + 'config N\n\tint "N"\n\tdefault 3\nconfig S\n\tstring "S"\n\tdefault "one"\n'
)


def tree_of(folder: Path, files: Mapping[str, str]) -> Tree:
    """Write a tree and read it."""
    for name, text in {"Kconfig": KCONFIG, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Tree.load(folder / "Kconfig", preset="plain")


def added(root: Path, values: Mapping[str, str], build: Path) -> set[str]:
    """Return the sources that CMake says are added, with options set as Zephyr sets them."""
    top = root / "CMakeLists.txt"
    text = top.read_text(encoding="utf-8")
    sets = "".join(f"set({name} {value})\n" for name, value in values.items())
    copy = build / "tree"
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(root, copy)
    (copy / "CMakeLists.txt").write_text(STUBS + sets + text, encoding="utf-8")
    done = subprocess.run(
        ["cmake", "-S", str(copy), "-B", str(build / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = (done.stdout + done.stderr).splitlines()
    found = {line.removeprefix("source ") for line in lines if line.startswith("source ")}
    return {os.path.relpath(path, copy) for path in found}


class Maker:
    """Makes random CMakeLists.txt of what Zephyr's have."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0
        self.files: dict[str, str] = {}
        self.sources: set[str] = set()

    def option(self) -> str:
        return f"CONFIG_{self.chance.choice('ABCDE')}"

    def source(self, folder: str) -> str:
        self.count += 1
        name = f"s{self.count}.c"
        self.sources.add(f"{folder}{name}")
        return name

    def condition(self, depth: int = 0) -> str:
        draw = self.chance.random()
        if depth > 2 or draw < 0.35:
            return self.option()
        if draw < 0.45:
            operator = self.chance.choice(["EQUAL", "LESS", "GREATER", "GREATER_EQUAL"])
            return f"CONFIG_N {operator} {self.chance.randint(0, 4)}"
        if draw < 0.5:
            return f'CONFIG_S STREQUAL "{self.chance.choice(["one", "two"])}"'
        if draw < 0.53:
            return self.chance.choice(["CONFIG_N", "1", "FALSE"])
        if draw < 0.65:
            return f"NOT {self.condition(3)}"
        if draw < 0.75:
            return f"({self.condition(depth + 1)})"
        word = self.chance.choice(["AND", "OR"])
        return f"{self.condition(depth + 1)} {word} {self.condition(depth + 1)}"

    def block(self, folder: str, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.chance.randint(1, 4)):
            draw = self.chance.random()
            if draw < 0.3:
                name = self.chance.choice(["zephyr_sources", "zephyr_library_sources"])
                lines.append(f"{name}({self.source(folder)} {self.source(folder)})")
            elif draw < 0.5:
                name = self.chance.choice(
                    ["zephyr_sources_ifdef", "zephyr_library_sources_ifdef",
                     "zephyr_library_sources_ifndef"]
                )  # fmt: skip
                lines.append(f"{name}({self.option()}\n  {self.source(folder)})  # a comment")
            elif draw < 0.56:
                text = f"target_sources_ifdef({self.option()} app PRIVATE {self.source(folder)})"
                lines.append(text)
            elif draw < 0.62:
                variable = f"LIST_{self.count}"
                lines += [
                    f"set({variable} {self.source(folder)})",
                    f"if({self.condition()})",
                    f"  list(APPEND {variable} {self.source(folder)})",
                    "endif()",
                    f"zephyr_library_sources(${{{variable}}})",
                ]
            elif draw < 0.67:
                one, two = self.source(folder), self.source(folder)
                lines += [
                    f"foreach(name {one[:-2]} {two[:-2]})",
                    "  zephyr_library_sources(${CMAKE_CURRENT_SOURCE_DIR}/${name}.c)",
                    "endforeach()",
                ]
            elif draw < 0.8 and depth < 3:
                inner = f"{folder}d{self.count}/"
                self.count += 1
                self.make(inner, depth + 1)
                name = inner.removesuffix("/").rpartition("/")[2]
                lines.append(
                    f"add_subdirectory({name})" if self.chance.random() < 0.4
                    else f"add_subdirectory_ifdef({self.option()} {name})"
                )  # fmt: skip
            elif depth < 4:
                lines.append(f"if({self.condition()})")
                lines += [f"  {line}" for line in self.block(folder, depth + 1)]
                if self.chance.random() < 0.4:
                    lines.append(f"elseif({self.condition()})")
                    lines += [f"  {line}" for line in self.block(folder, depth + 1)]
                if self.chance.random() < 0.5:
                    lines.append("else()")
                    lines += [f"  {line}" for line in self.block(folder, depth + 1)]
                if self.chance.random() < 0.1:
                    lines.append("  return()")
                lines.append("endif()")
        return lines

    def make(self, folder: str = "", depth: int = 0) -> None:
        lines = ["zephyr_library()", *self.block(folder, depth)]
        self.files[f"{folder}CMakeLists.txt"] = "\n".join(lines) + "\n"


@needs_cmake
@pytest.mark.parametrize("seed", range(60 if WIDE else 6))
def test_sources_are_added_where_cmake_adds_them(seed: int, tmp_path: Path) -> None:
    """Random trees of all the functions: in each of some configurations what CMake adds is said."""
    chance = random.Random(seed)
    maker = Maker(chance)
    maker.make()
    tree = tree_of(tmp_path / "tree", maker.files)
    routes = CMakeTree(tree.root, tree.types)
    assert maker.sources
    for _ in range(6):
        asked = {name: chance.choice("yn") for name in "ABCDE"}
        asked |= {"N": str(chance.randint(0, 4)), "S": chance.choice(["one", "two"])}
        configuration = tree.resolve(asked)
        values = {
            f"CONFIG_{name}": text for name, text in configuration.items() if text not in ("n", "")
        }
        by_cmake = added(tree.root, values, tmp_path / "build")
        for source in sorted(maker.sources):
            verdicts = {holds(configuration, r.condition) for r in routes.routes(source)}
            assert None not in verdicts, "all of it is understood"
            assert (True in verdicts) == (source in by_cmake), (source, asked)


UNKNOWN = {
    "a loop over files": (
        "file(GLOB SRCS *.c)\nforeach(one ${SRCS})\n  zephyr_sources(${one})\nendforeach()"
    ),
    "a list of files": "file(GLOB SRCS *.c)\nzephyr_sources(${SRCS})",
    "a variable in a name": "zephyr_sources(${PART}.c)",
    "a generator": "zephyr_sources($<$<BOOL:${CONFIG_A}>:x.c>)",
    "a function of its own": "function(mine)\n  zephyr_sources(x.c)\nendfunction()\nmine()",
    "another condition": "if(DEFINED SOMETHING)\n  zephyr_sources(x.c)\nendif()",
    "a variable in a condition": 'if(${WHAT} STREQUAL "y")\n  zephyr_sources(x.c)\nendif()',
    "an option that is set": "set(CONFIG_A y)\nzephyr_sources_ifdef(CONFIG_A x.c)",
    "no option": "zephyr_sources_ifdef(CONFIG_NOBODY x.c)",
    "text behind": "zephyr_sources(x.c\n",
    "what is built on demand": "add_library(some STATIC EXCLUDE_FROM_ALL x.c)",
}


@pytest.mark.parametrize("how", UNKNOWN)
def test_what_is_not_understood_is_unknown(how: str, tmp_path: Path) -> None:
    """Neither said to be compiled nor not to be, also where another command adds the file."""
    for beside in ("", "zephyr_sources_ifdef(CONFIG_B x.c)\n"):
        tree = tree_of(
            tmp_path / f"tree{len(beside)}", {"CMakeLists.txt": f"{beside}{UNKNOWN[how]}\n"}
        )
        off = tree.resolve({"A": "n", "B": "n"})
        verdicts = [holds(off, r.condition) for r in CMakeTree(tree.root, tree.types).routes("x.c")]
        assert True not in verdicts
        if beside or how not in ("a loop over files", "a list of files", "a variable in a name"):
            assert not verdicts or None in verdicts


def test_a_folder_that_nobody_adds_is_unknown(tmp_path: Path) -> None:
    """What is in a sample, or in a folder named by a variable, depends on what nobody says."""
    files = {
        "CMakeLists.txt": "add_subdirectory(arch/${ARCH})\nadd_subdirectory(lib)\n",
        "arch/arm/CMakeLists.txt": "zephyr_sources(core.c)\n",
        "lib/CMakeLists.txt": "zephyr_sources_ifdef(CONFIG_A a.c)\n",
        "samples/one/CMakeLists.txt": "target_sources(app PRIVATE main.c)\n",
    }
    tree = tree_of(tmp_path, files)
    cmake = CMakeTree(tree.root, tree.types)
    for source in ("arch/arm/core.c", "samples/one/main.c"):
        (route,) = cmake.routes(source)
        assert free_terms(route.condition)
        assert holds(tree.resolve({}), route.condition) is None
    (route,) = cmake.routes("lib/a.c")
    assert str(route.condition) == "A"
    assert [(t.location.path, t.location.line, t.text) for t in route.terms] == [
        ("lib/CMakeLists.txt", 1, "zephyr_sources_ifdef(CONFIG_A a.c)")
    ]
    assert cmake.routes("lib/b.c") == ()


TEXTS = {
    "a(b c)": [("a", ["b", "c"])],
    "A ( b\n# comment )\n c )": [("a", ["b", "c"])],
    "a(#[[ many\nlines ]] b)": [("a", ["b"])],
    'a("b \\"c\\" ;" d)': [("a", ['b "c" ;', "d"])],
    "a([==[ b ]] c ]==])": [("a", [" b ]] c "])],
    "if(NOT (A AND B))": [("if", ["NOT", "(", "A", "AND", "B", ")"])],
    'a("b\\\nc")': [("a", ["bc"])],
    'a(-DX="y z")': [("a", ['-DX="y z"'])],
    "": [],
    "# only a comment": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_commands_are_read(text: str) -> None:
    """Quotes, brackets, comments and parentheses are as the language has them."""
    assert TEXTS[text] == [(c.name, [w.text for w in c.words]) for c in commands(text)]


@pytest.mark.parametrize("text", ["a(", "a", "a b", 'a("', "a([[", ")", "a(b))", "1(a)"])
def test_what_is_no_cmake_is_refused(text: str) -> None:
    """A text that is not closed, or has anything beside commands, is not read in part."""
    with pytest.raises(CMakeSyntaxError):
        commands(text)


@pytest.mark.parametrize("seed", range(30))
def test_any_text_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    """Whatever stands in a CMakeLists.txt, nothing else is raised."""
    chance = random.Random(seed)
    parts = ["if(", "endif()", "else()", "elseif(A", ")", "foreach(a", "endforeach()", "${", "}",
             "set(X ${X})", "list(APPEND X y)", "zephyr_sources(", "x.c", "[[", "]]", '"', "#",
             "\n",
             "return()", "function(f)", "endfunction()", "f()", "(", "NOT", "AND"]  # fmt: skip
    text = " ".join(chance.choice(parts) for _ in range(40))
    tree = tree_of(tmp_path, {"CMakeLists.txt": text})
    for route in CMakeTree(tree.root, tree.types).routes("x.c"):
        assert holds(tree.resolve({}), route.condition) in (True, False, None)


ZEPHYR = Path(os.environ.get("KVARIANT_TREES", "/nowhere")) / "zephyr"


@needs_cmake
@pytest.mark.skipif(not ZEPHYR.is_dir(), reason="KVARIANT_TREES has no zephyr")
def test_zephyr_adds_what_is_said(tmp_path: Path) -> None:
    """Drivers of the real tree in random configurations: what is sure is what CMake does."""
    tree = Tree.load(ZEPHYR)
    cmake = CMakeTree(tree.root, tree.types)
    chance = random.Random(16)
    folders = sorted(
        path.parent
        for room in ("drivers", "subsys", "lib", "kernel", "arch")
        for path in (ZEPHYR / room).rglob("CMakeLists.txt")
    )
    counts = {True: 0, False: 0, None: 0}
    for folder in folders if WIDE else chance.sample(folders, 20):
        text = (folder / "CMakeLists.txt").read_text(encoding="utf-8")
        name = folder.relative_to(ZEPHYR).as_posix()
        sources = sorted(set(re.findall(r"\b[\w./-]+\.c\b", text)))
        options = sorted({n for n in re.findall(r"CONFIG_(\w+)", text) if n in tree.types})
        own = cmake.file(f"{name}/CMakeLists.txt")
        names = set(re.findall(r"^\s*(\w+)\s*\(", text, re.MULTILINE))
        for _ in range(3):
            on = {n: "y" for n in options
                  if tree.types[n] is SymbolType.BOOL and chance.random() < 0.5}  # fmt: skip
            values = dict.fromkeys(tree.types, "n") | on
            values |= {n: "" for n, kind in tree.types.items() if not kind.is_logical}
            by_cmake = _added_alone(folder, names, on, tmp_path / "build")
            for source in sources:
                path = os.path.normpath(f"{name}/{source}")
                found = [one for one in own.sources if one.may_be(path)]
                told = {_told(values, tree, one.condition) for one in found}
                verdict = True if True in told else None if None in told or not found else False
                counts[verdict] += 1
                if verdict is not None:
                    assert verdict == (source in by_cmake), (path, on)
    assert counts[None] < 0.1 * sum(counts.values())


def _told(values: Mapping[str, str], tree: Tree, condition: Expression) -> bool | None:
    if certain(condition).holds(values, tree.types):
        return True
    return None if possible(condition).holds(values, tree.types) else False


def _added_alone(folder: Path, names: set[str], on: Mapping[str, str], build: Path) -> set[str]:
    """Return what CMake says one folder adds, its own folders left out."""
    shutil.rmtree(build, ignore_errors=True)
    copy = build / "tree"
    copy.mkdir(parents=True)
    known = set(re.findall(r"^(?:macro|function)\((\w+)", STUBS, re.MULTILINE))
    own = {"if", "elseif", "else", "endif", "set", "foreach", "endforeach", "list", "string",
           "math", "return", "file", "function", "endfunction", "macro", "endmacro", "message",
           "include", "get_property", "set_property", "get_filename_component"}  # fmt: skip
    others = "".join(f"macro({n})\nendmacro()\n" for n in sorted(names - known - own))
    others += "macro(add_subdirectory)\nendmacro()\nmacro(add_subdirectory_ifdef)\nendmacro()\n"
    sets = "".join(f"set(CONFIG_{n} {value})\n" for n, value in on.items())
    text = (folder / "CMakeLists.txt").read_text(encoding="utf-8")
    (copy / "CMakeLists.txt").write_text(STUBS + others + sets + text, encoding="utf-8")
    done = subprocess.run(
        ["cmake", "-S", str(copy), "-B", str(build / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = (done.stdout + done.stderr).splitlines()
    found = {line.removeprefix("source ") for line in lines if line.startswith("source ")}
    return {os.path.relpath(path, copy) for path in found}


def test_a_line_of_zephyr_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's commands and its `#if`s together, of a tree that is Zephyr by its preset."""
    files = {
        "CMakeLists.txt": "add_subdirectory_ifdef(CONFIG_A drivers)\n",
        "drivers/CMakeLists.txt": (
            "if(CONFIG_B OR CONFIG_C)\n  zephyr_library_sources(a.c)\nendif()\n"
        ),
        "drivers/a.c": "int always;\n#ifdef CONFIG_D\nint d;\n#endif\n",
        "Kconfig.zephyr": "",
    }
    tree_of(tmp_path, files)
    (tmp_path / "kvariant.toml").write_text('preset = "zephyr"\n')
    monkeypatch.chdir(tmp_path)
    sources = SourceFiles(Tree.load(tmp_path / "Kconfig", preset="zephyr"))
    presence = sources.presence("drivers/a.c", 3)
    assert str(presence.condition) == "A && (B || C) && D"
    assert [term.text for term in presence.terms] == [
        "add_subdirectory_ifdef(CONFIG_A drivers)", "zephyr_library_sources(a.c)", "#ifdef CONFIG_D"
    ]  # fmt: skip


def test_always_is_said_plainly(tmp_path: Path) -> None:
    """What is added without a condition is compiled in every configuration."""
    tree = tree_of(
        tmp_path, {"CMakeLists.txt": "zephyr_library_amend()\nzephyr_library_sources(x.c)\n"}
    )
    (route,) = CMakeTree(tree.root, tree.types).routes("x.c")
    assert route.condition == ALWAYS
