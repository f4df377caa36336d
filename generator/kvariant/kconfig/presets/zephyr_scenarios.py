# SPDX-License-Identifier: MIT
"""The configurations that Zephyr's tests and samples list: their scenarios.

testcase.yaml and sample.yaml have them; `common` holds for all of a file:

    common:
      extra_configs: [CONFIG_A=y]
    tests:
      net.fax:
        extra_args: CONF_FILE=prj_fax.conf EXTRA_CONF_FILE="overlay.conf"
        extra_configs:
          - CONFIG_FAX=y
          - arch:arm:CONFIG_FPU=y        for one architecture only; platform:BOARD:... alike

A scenario is named by a path below its file, `tests/fax/testcase.yaml/net.fax`. What it asks
for, the last one counts: the board's defconfigs, where a board is named; its configuration
files, prj.conf and boards/BOARD.conf if it names none; its overlays; `extra_configs`; and
`CONFIG_X=y` among the `extra_args`
[Zephyr: scripts/pylib/twister/twisterlib/config_parser.py `get_scenario`, testinstance.py
`create_overlay`, runner.py `cmake_assemble_args`; cmake/modules/kconfig.cmake].
Whether twister would build it for a board (`filter`, `platform_allow`, ...) is not asked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    did_you_mean,
    displayed,
    source_line,
)
from kvariant.kconfig.presets.yaml_file import Placed, placed_yaml, read_yaml

FILES = ("testcase.yaml", "sample.yaml")
"""What files that list scenarios are called."""

_ALL_BOARDS = "boards"
"""What BOARD is in a tree that is read for all of them."""
_NAMED = 5
"""Scenarios that an error names."""
_CONFIGURATIONS, _OVERLAYS = "extra_conf_files", "extra_overlay_confs"
_VARIABLES = {
    "CONF_FILE": _CONFIGURATIONS, "OVERLAY_CONFIG": _OVERLAYS, "EXTRA_CONF_FILE": _OVERLAYS,
}  # fmt: skip
"""CMake's variables that name files, and the key that does so since Zephyr 3.3."""
_OPTION = re.compile(r"(?:-D)?(CONFIG_\w+)=(.*)", re.DOTALL)
_FOR = re.compile(r"(arch|platform):([^:]*):([^:]*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The board that scenarios are read for."""

    name: str = ""
    """As twister calls it, `nrf52840dk/nrf52840`; "": none, and lines for one are left out."""
    architecture: str = ""
    defconfigs: tuple[Path, ...] = ()
    """What the board asks for, before everything else."""

    @property
    def stem(self) -> str:
        """The name as files have it: `nrf52840dk_nrf52840`."""
        return self.name.replace("/", "_")


NO_PLATFORM = Platform()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One configuration of a test or sample."""

    path: Path
    """The YAML file that lists it."""
    files: tuple[tuple[Path, Location | None], ...]
    """Fragments in the order in which they are merged, and where each is named."""
    lines: tuple[Placed, ...]
    """Lines of `.config` syntax that come last."""


def is_scenario(path: Path) -> bool:
    """Return whether a path is that of a scenario, below the file that lists it."""
    return path.parent.name in FILES and path.parent.is_file()


def scenario_paths(paths: Iterable[Path]) -> list[Path]:
    """Return paths, each file of scenarios replaced by those that it lists, in its order.

    Raises:
        InputError: such a file is no YAML, or of another shape [yaml].
    """
    found = []
    for path in paths:
        if path.name in FILES and path.is_file():
            found += [path / name for name in _listed(path)]
        else:
            found.append(path)
    return found


def only_scenario(path: Path) -> Path:
    """Return a path; of a file of scenarios the one that it lists.

    Raises:
        InputError: it lists several or none [no-fragment], or cannot be read [yaml].
    """
    found = scenario_paths([path])
    if len(found) != 1:
        names = ", ".join(one.name for one in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        count = f"{len(found)} scenarios: {names}{more}" if found else "none"
        raise InputError(
            Diagnostic(
                message=f"one configuration is asked for, and this file lists {count}",
                code="no-fragment",
                location=Location(str(path)),
                hint=f"name one: {displayed(found[0])}" if found else "",
            )
        )
    return found[0]


def scenario_of(path: Path, platform: Platform = NO_PLATFORM) -> Scenario:
    """Return the scenario of a path.

    Raises:
        InputError: its file lists none of that name [no-fragment], is no YAML, or of another
            shape [yaml].
    """
    file = path.parent
    known = _listed(file)
    if path.name not in known:
        every = list(known)
        raise InputError(
            Diagnostic(
                message=f"no scenario is called {path.name!r} here",
                code="no-fragment",
                location=Location(str(file)),
                hint=did_you_mean(path.name, every, f"it lists {', '.join(every) or 'none'}"),
            )
        )
    tables = [_common(file), known[path.name]]
    configurations = _fragments(tables, _CONFIGURATIONS, file)
    if not configurations:
        usual = [file.parent / "prj.conf"]
        usual += [file.parent / "boards" / f"{platform.stem}.conf"] if platform.name else []
        configurations = [(path, None) for path in usual if path.is_file()]
    overlays = _fragments(tables, _OVERLAYS, file)
    return Scenario(
        path=file,
        files=(*((p, None) for p in platform.defconfigs), *configurations, *overlays),
        lines=(
            *(line for t in tables for line in _lines(t, file, platform)),
            *(option for t in tables for option in _options(t, file)),
        ),
    )


def platform_of(root: Path, environment: Mapping[str, str]) -> Platform:
    """Return the board that a tree's BOARD names, `NO_PLATFORM` where it is read for all."""
    name = environment.get("BOARD", "")
    if not name or name == _ALL_BOARDS:
        return NO_PLATFORM
    stem, board = name.replace("/", "_"), re.split(r"[/@]", name)[0]
    architecture = environment.get("ARCH", "*")
    if architecture == "*":  # since 3.7 no folder says it, but twister's own file of the board
        described = next(root.glob(f"boards/**/{stem}.yaml"), None)
        architecture = str(read_yaml(described).get("arch", "")) if described else ""
    names = dict.fromkeys((f"{board}_defconfig", f"{stem}_defconfig"))
    found = [path for text in names for path in sorted(root.glob(f"boards/**/{text}"))]
    return Platform(name=name, architecture=architecture, defconfigs=tuple(found))


def _listed(file: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a file's scenarios by name; {} where it lists none."""
    tests = _top(file).get("tests") or {}
    # Until Zephyr 2.0 a list of tables of one scenario each.
    items = tests if isinstance(tests, list) else [tests]
    found: dict[str, Mapping[str, Any]] = {}
    for item in items:
        if not isinstance(item, dict):
            raise _shape("tests", item, "a table of scenarios by name", _key(file, "tests"))
        for name, table in item.items():
            if not isinstance(table or {}, dict):
                raise _shape(str(name), table, "a table", _place(file, name))
            found[str(name)] = table or {}
    return found


def _common(file: Path) -> Mapping[str, Any]:
    common = _top(file).get("common") or {}
    if not isinstance(common, dict):
        raise _shape("common", common, "a table", _key(file, "common"))
    return common


def _fragments(
    tables: Iterable[Mapping[str, Any]], key: str, file: Path
) -> list[tuple[Path, Location | None]]:
    """Return the files that tables name, and where."""
    names = (name for table in tables for name in _files(table, key, file))
    return [(file.parent / name, _place(file, name)) for name in names]


def _files(table: Mapping[str, Any], key: str, file: Path) -> Iterator[Placed]:
    """Yield names of files that a table gives, in `extra_args` and in a key of its own."""
    for argument in _arguments(table, file):
        name, equals, value = argument.partition("=")
        if equals and _VARIABLES.get(name.removeprefix("-D")) == key:
            yield from _split(Placed.at(value.strip("'\""), argument.line))
    for text in _texts(table, key, file):
        yield from _split(text)


def _lines(table: Mapping[str, Any], file: Path, platform: Platform) -> Iterator[Placed]:
    """Yield the lines of `extra_configs` that hold for a platform."""
    for text in _texts(table, "extra_configs", file):
        match = _FOR.fullmatch(text)
        here = {"arch": platform.architecture, "platform": platform.name}
        if match is None:
            yield text
        elif platform.name and here[match[1]] == match[2]:
            yield Placed.at(match[3], text.line)


def _options(table: Mapping[str, Any], file: Path) -> Iterator[Placed]:
    """Yield the values of options that `extra_args` hand to CMake, as lines."""
    for argument in _arguments(table, file):
        if match := _OPTION.fullmatch(argument):
            yield Placed.at(f"{match[1]}={match[2]}", argument.line)


def _arguments(table: Mapping[str, Any], file: Path) -> Iterator[Placed]:
    """Yield CMake's arguments; a text has several, and quotes do not keep blanks together."""
    said = table.get("extra_args")
    for text in _texts(table, "extra_args", file):
        for word in [text] if isinstance(said, list) else text.split():
            yield Placed.at(word, text.line)


def _texts(table: Mapping[str, Any], key: str, file: Path) -> list[Placed]:
    """Return a key's texts: of a list, or the one text that it is."""
    said = table.get(key)
    if said is None:
        return []
    place = next(name for name in table if name == key)
    found = said if isinstance(said, list) else [said]
    for item in found:
        if not isinstance(item, Placed):
            what = f"an item of {key}" if isinstance(said, list) else key
            raise _shape(what, item, "a text", _place(file, place))
    return list(found)


def _split(text: Placed) -> Iterator[Placed]:
    for name in re.split(r"[;\s]+", text):
        if name:
            yield Placed.at(name, text.line)


def _top(file: Path) -> Mapping[str, Any]:
    try:
        content = file.read_bytes()
    except OSError:
        return {}
    return _parsed(content, file)


@functools.lru_cache(maxsize=16)
def _parsed(content: bytes, file: Path) -> Mapping[str, Any]:
    """Return a file's top table: kept while its scenarios are read one after the other."""
    return placed_yaml(content.decode(errors="replace"), file)


def _key(file: Path, key: str) -> Location:
    return _place(file, next(name for name in _top(file) if name == key))


def _place(file: Path, text: object) -> Location:
    return Location(str(file), text.line) if isinstance(text, Placed) else Location(str(file))


def _shape(what: str, value: object, wanted: str, place: Location) -> InputError:
    return InputError(
        Diagnostic(
            message=f"{what} is {value!r}, not {wanted}",
            code="yaml",
            location=place,
            excerpt=source_line(place.path, place.line),
            hint="a file of scenarios looks like: tests: {NAME: {extra_configs: [CONFIG_X=y]}}",
        )
    )
