# SPDX-License-Identifier: MIT
"""Our own build of a rendered variant: every header alone, all together, the library.

Everything is built in `<state>/build/<variant>/`, whose file `key` holds the
digest of all that went in (rendered C, generated sources, flags, compilers) and those
of what came out, beside `inputs.json` with headers from elsewhere: a second build of the
same content compiles nothing, as long as what the first one made is whole. `build_once`
does so across variants too: `<state>/build/.shared/KEY` names a workshop that has the
content.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kvariant.build.compiler import FLAGS, Compiler, compilers
from kvariant.build.exports import exports_source
from kvariant.build.message_language import english
from kvariant.build.process import Processes, Run
from kvariant.digest import digest, file_digest
from kvariant.errors import os_error
from kvariant.regular_file import record_of

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.render import Interface

_KEY = "key"
_INPUTS = "inputs.json"
"""Files outside the variant that the compiler read: path -> digest."""
_DEPENDENCIES = "dependencies"
"""Where gcc notes all that it reads, system headers included (SUNPRO_DEPENDENCIES)."""
_SHARED = ".shared"
_AUTOCONF = "include/generated/autoconf.h"
COMMANDS = "compile_commands.json"
"""The file of a build's compiler calls, one for each source."""
_LIBRARY_FLAGS = ("-O1", "-fPIC", "-shared")
_VARIABLES = ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX")
"""What compilers go by beside their arguments."""
TIMEOUT = 120.0
"""Seconds that one compiler call may take."""


@dataclass(frozen=True, slots=True)
class Built:
    """The result of building one variant."""

    failures: tuple[Run, ...]
    reused: bool
    """Nothing was compiled: the same content was built before."""
    compiled: int
    """Compiler calls made."""
    library: Path | None


@dataclass(frozen=True)
class Recipe:
    """What is compiled for a variant: sources by path, and the library's name."""

    folder: Path
    """The variant's own folder, where its headers are."""
    sources: Mapping[str, str]
    """Generated translation units, path in the build folder -> text."""
    syntax_only: tuple[str, ...]
    """Those that are checked, not linked."""
    library: str
    """File name of the shared library, "" for none."""
    content: str
    """Digest of the rendered files that the sources read."""

    @property
    def digest(self) -> str:
        """The digest of everything that is compiled."""
        texts = (f"{path}\0{text}" for path, text in sorted(self.sources.items()))
        return digest([self.library, self.content, *texts])


def recipe(
    folder: Path,
    files: Mapping[str, str],
    interface: Interface | None,
    configuration: Configuration,
) -> Recipe | None:
    """Return how to build a rendered variant, None where it has no C.

    Args:
        folder: where the variant was written.
        files: its rendered files, path -> text.
        interface: for the type assertions and the exports; None: headers only.
        configuration: the variant's values.
    """
    units = sorted(p for p in files if p.endswith((".h", ".c")) and p != _AUTOCONF)
    if not units:
        return None
    headers = [p.removeprefix("include/") for p in units if p.endswith(".h")]
    sources = {f"alone/{name.replace('/', '_')}.c": f"#include <{name}>\n" for name in headers}
    sources["together.c"] = "".join(f"#include <{name}>\n" for name in headers)
    sources |= {
        f"unit/{PurePosixPath(p).name}": f'#include "{p}"\n' for p in units if p.endswith(".c")
    }
    checked = tuple(sources)
    library = ""
    if interface and interface.library:
        sources["exports.c"] = exports_source(interface, configuration, headers)
        library = f"lib{interface.library}.so"
    # It lists every value, so that content is shared only where nothing includes it.
    read = [*units, *(p for p in (_AUTOCONF,) if any("autoconf.h" in files[u] for u in units))]
    content = digest(part for path in read for part in (path, files[path]))
    return Recipe(folder, sources, checked, library, content)


def is_built(workshop: Path, recipe_digest: str) -> bool:
    """Return whether the last build in a workshop was of a recipe of this digest, and good."""
    return _is_current(workshop, build_key(recipe_digest))


def is_damaged(workshop: Path) -> bool:
    """Return whether what a good build has left in a workshop is not as it was."""
    return bool(_read(workshop / _KEY)) and not _is_whole(workshop)


def inputs(workshop: Path) -> Mapping[str, str]:
    """Return the files outside the variant that its build read: path -> digest."""
    found = record_of(workshop / _INPUTS) or {}
    return found if all(isinstance(digest, str) for digest in found.values()) else {}


def _is_current(workshop: Path, key: str) -> bool:
    """Return whether a workshop holds a build of a key, and nothing that it read has changed."""
    if (_read(workshop / _KEY) or "").partition("\n")[0] != key or not _is_whole(workshop):
        return False
    return all(digest_of(Path(path)) == digest for path, digest in inputs(workshop).items())


def _is_whole(workshop: Path) -> bool:
    """Return whether the files that a build has made are as they were: the power may have failed.

    The key's file has them behind the key: a line each, digest and name.
    """
    _, *lines = (_read(workshop / _KEY) or "").splitlines()
    made = (line.partition(" ") for line in lines)
    return bool(lines) and all(
        digest_of(workshop / name) == digest != "" for digest, _, name in made
    )


def _finish(recipe: Recipe, workshop: Path, key: str) -> None:
    """Note that a build is good."""
    names = (*filter(None, [recipe.library]), _INPUTS, COMMANDS)
    lines = [f"{digest_of(workshop / name)} {name}" for name in names]
    (workshop / _KEY).write_text("\n".join([key, *lines]) + "\n", encoding="utf-8")


def digest_of(path: Path) -> str:
    """Return the digest of a regular file, "" where it cannot be read, or is no path at all."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return ""  # a pipe would keep us waiting
        return _digest_of(path, status.st_size, status.st_mtime_ns)
    except (OSError, ValueError):
        return ""


@functools.cache
def _digest_of(path: Path, _size: int, _changed: int) -> str:
    return file_digest(path)


def forget(workshop: Path) -> None:
    """Let the next build in a workshop compile, whatever was built before.

    Raises:
        InputError: the folder may not be written.
    """
    try:
        (workshop / _KEY).unlink(missing_ok=True)
    except OSError as error:
        raise os_error(error, "cannot forget a build") from None


def build_key(recipe_digest: str) -> str:
    """Return the key of a build of a recipe of some digest, with the tools of this machine."""
    return _key(recipe_digest, compilers())


def _key(recipe_digest: str, tools: tuple[Compiler, ...]) -> str:
    variables = (f"{name}={os.environ.get(name)}" for name in _VARIABLES)
    versions = (tool.version for tool in tools)
    return digest([*FLAGS, *_LIBRARY_FLAGS, *versions, *variables, recipe_digest])


def build(recipe: Recipe, workshop: Path, processes: Processes | None = None) -> Built:
    """Compile a variant in the folder `workshop`, unless its content was built there before.

    Args:
        recipe: what is compiled.
        workshop: the folder, made if it is not there.
        processes: run the compilers; None: some that nobody else ends.

    Raises:
        MissingError: there is no compiler, or the disk is full.
    """
    tools = compilers()
    key = _key(recipe.digest, tools)
    try:
        workshop.mkdir(parents=True, exist_ok=True)
        with _locked(workshop):
            library = workshop / recipe.library if recipe.library else None
            if _is_current(workshop, key):
                return Built((), True, 0, library)
            (workshop / _KEY).unlink(missing_ok=True)
            _lay_out(recipe, workshop)
            _put(workshop / COMMANDS, _commands(recipe, workshop, tools[0]))
            runs = list(_compile(recipe, workshop, tools, processes or Processes()))
            failures = tuple(r for r in runs if not r.is_ok)
            if not failures:
                _put(workshop / _INPUTS, json.dumps(_outside(recipe, workshop), indent=0))
                _finish(recipe, workshop, key)
            return Built(failures, False, len(runs), library)
    except OSError as error:
        raise os_error(error, "cannot build") from None


def build_once(recipe: Recipe, workshop: Path, processes: Processes | None = None) -> Built:
    """Build as `build` does, unless a workshop beside this one has the same content.

    Then its library is linked, and nothing is compiled. Of several processes that
    want one content at once, one compiles and the others wait for it.

    Raises:
        MissingError: there is no compiler, or the disk is full.
    """
    key = build_key(recipe.digest)
    shared = workshop.parent / _SHARED / key
    try:
        shared.parent.mkdir(parents=True, exist_ok=True)
        with _locked_file(shared):
            owner = workshop.parent / (_read(shared) or workshop.name)
            if owner != workshop and _is_current(owner, key):
                _take_over(recipe, owner, workshop, key)
            built = build(recipe, workshop, processes)
            if not built.failures:
                shared.write_text(workshop.name, encoding="utf-8")
            return built
    except OSError as error:
        raise os_error(error, "cannot build") from None


def _take_over(recipe: Recipe, owner: Path, workshop: Path, key: str) -> None:
    """Link another workshop's library here, so that this one holds the content too."""
    workshop.mkdir(parents=True, exist_ok=True)
    with _locked(workshop):
        if _is_current(workshop, key):
            return
        _lay_out(recipe, workshop)
        _put(workshop / COMMANDS, _commands(recipe, workshop, compilers()[0]))
        if recipe.library:
            part = workshop / f"{recipe.library}.part"
            part.unlink(missing_ok=True)
            try:
                os.link(owner / recipe.library, part)
            except FileNotFoundError:  # somebody removed it: it is built here
                return
            except OSError:  # a file system without hard links
                shutil.copy2(owner / recipe.library, part)
            part.replace(workshop / recipe.library)
        _put(workshop / _INPUTS, _read(owner / _INPUTS) or "{}")
        _finish(recipe, workshop, key)


def _compile(
    recipe: Recipe, workshop: Path, tools: tuple[Compiler, ...], processes: Processes
) -> Iterator[Run]:
    places = _places(recipe)
    (workshop / _DEPENDENCIES).unlink(missing_ok=True)
    for tool in tools:
        first = {"SUNPRO_DEPENDENCIES": _DEPENDENCIES} if tool is tools[0] else {}
        env = {**english(os.environ), **first}
        yield processes.run(
            [tool.path, *FLAGS, *places, "-fsyntax-only", *recipe.syntax_only],
            workshop,
            TIMEOUT,
            env,
        )
        if recipe.library:
            # Every compiler checks the assertions; the first one's library stays.
            target = recipe.library if tool is tools[0] else f"{tool.name}-{recipe.library}"
            part = f"{target}.part"
            done = processes.run(
                [tool.path, *FLAGS, *_LIBRARY_FLAGS, *places, "exports.c", "-o", part],
                workshop,
                TIMEOUT,
                env,
            )
            if done.is_ok:
                (workshop / part).replace(workshop / target)
            else:
                (workshop / part).unlink(missing_ok=True)
            yield done


def _outside(recipe: Recipe, workshop: Path) -> Mapping[str, str]:
    """Return what gcc noted that it read, but for the variant's own files, with digests."""
    text = (_read(workshop / _DEPENDENCIES) or "").replace("\\\n", " ")
    names = {word.replace("\\ ", " ") for word in re.findall(r"(?:\\ |\S)+", text)}
    named = {Path(os.path.normpath(workshop / n)) for n in names if not n.endswith(":")}
    ours = (recipe.folder, workshop)
    outside = (p for p in sorted(named) if not any(p.is_relative_to(folder) for folder in ours))
    return {str(path): digest_of(path) for path in outside if os.path.isfile(path)}  # noqa: PTH113


def _lay_out(recipe: Recipe, workshop: Path) -> None:
    for path, text in recipe.sources.items():
        _put(workshop / path, text)


def _commands(recipe: Recipe, workshop: Path, tool: Compiler) -> str:
    """Return the compilation database of a variant, for editors and analysers.

    https://clang.llvm.org/docs/JSONCompilationDatabase.html
    """
    places = _places(recipe)
    entries = [
        {
            "directory": str(workshop),
            "file": path,
            "arguments": [tool.path, *FLAGS, *places, "-c", path],
        }
        for path in recipe.sources
    ]
    return json.dumps(entries, indent=1) + "\n"


def _places(recipe: Recipe) -> tuple[str, ...]:
    return ("-I", str(recipe.folder / "include"), "-I", str(recipe.folder))


def _put(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if _read(target) != text:
        target.write_text(text, encoding="utf-8")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ValueError):  # or it is damaged, or no name of a file
        return None


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    """Hold a file, made if it is not there."""
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process build in a folder at a time."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
