# SPDX-License-Identifier: MIT
"""The project file: `[tool.kvariant]` of a pyproject.toml, or kvariant.toml."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import pydantic

from kvariant.document import Document, Key, TomlTable, toml_text
from kvariant.errors import Diagnostic, InputError, Location, quote_from
from kvariant.project import state_folder
from kvariant.project.glob_matches import readable_files, undoubled
from kvariant.project.key_use import require_use
from kvariant.project.matrix import NAMED, Matrices, matrices_of
from kvariant.project.steps import (
    KnownFailureTable,
    StepTable,
    ToolchainTable,
    environment_variables,
)

_TABLE = ("tool", "kvariant")
_ENTRIES = (
    "Kconfig",
    "Config.in",
    "src/Kconfig",
    "Config.uk",
    "xen/Kconfig",
    "config/config.in",
    "extra/Configs/Config.in",
)
"""Entry files that are looked for where none is named: most trees', BusyBox's, coreboot's ..."""

Value = str | tuple[str, ...]
"""What `env` gives a variable: a text, or a list that makes one tree for each."""


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return value
    # A union would be told twice, by the names of its branches.
    raise ValueError(f"must be a string or a list of strings, not {toml_text(value)}")


_Value = Annotated[
    Value,
    pydantic.PlainValidator(_value),
    pydantic.WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    ),
]


ClusterValue = str | int | float | bool | tuple[str, ...]
"""What `cluster` gives a name of dask-jobqueue."""


def _cluster_value(value: Any) -> ClusterValue:
    is_list = isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if is_list or isinstance(value, str | int | float):
        return cast(ClusterValue, value)
    allowed = "a string, a number, true, false or a list of strings"
    raise ValueError(f"must be {allowed}, not {toml_text(value)}")


_ClusterValue = Annotated[
    ClusterValue,
    pydantic.PlainValidator(_cluster_value),
    pydantic.WithJsonSchema(
        {
            "anyOf": [
                *({"type": kind} for kind in ("string", "integer", "number", "boolean")),
                {"items": {"type": "string"}, "type": "array"},
            ]
        }
    ),
]


def _prefix(text: str | None) -> str | None:
    if text and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError(f"must be of letters, digits and _, or empty, not {text!r}")
    return text


def _path(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError(f"must name a file or folder, not {text!r}")
    return text


_Path = Annotated[str, pydantic.AfterValidator(_path)]


def _no_nul(text: str) -> str:
    return _path(text) if text else text


class Generate(TomlTable):
    """What is rendered, and where to."""

    templates: _Path
    """The folder of the templates; `interface.toml` in it, if there is one, lists the helpers."""
    output: _Path = "generated"
    """The folder that gets a folder for each variant."""


_PRESETS = Literal[
    "auto", "plain", "at91bootstrap", "barebox", "buildroot", "busybox", "coreboot", "crazyflie",
    "crosstool-ng", "esp-idf", "gem5", "kdevops", "linux", "nuttx", "opensbi", "openwrt", "riot",
    "rt-thread", "rt-thread-system", "seabios", "sof", "swupdate", "toybox", "u-boot",
    "uclibc-ng", "unikraft", "xen", "zephyr",
]  # fmt: skip


class ProjectTable(TomlTable):
    """The project file: `kvariant.toml`, or `[tool.kvariant]` of a pyproject.toml."""

    kconfig: _Path | None = None
    """The entry file; without it the first of those that trees usually have, such as Kconfig."""
    preset: _PRESETS = "auto"
    """What kind of tree it is; `auto` looks at its files."""
    dialect: Literal[
        "auto", "kconfiglib", "linux-4.20", "linux-5.7", "linux-6.11", "linux-6.18", "linux"
    ] = "auto"
    """By whose rules symbols get their values; `auto` reads them from the tree's own tool."""
    env: Annotated[dict[str, _Value], pydantic.AfterValidator(environment_variables)] = (
        pydantic.Field(default_factory=dict)
    )
    """Variables that the Kconfig files see; a list makes one tree for each of its values."""
    shell: bool = True
    """Whether `$(shell ...)` in Kconfig files is run; false refuses it."""
    config_prefix: Annotated[str | None, pydantic.AfterValidator(_prefix)] = None
    """What stands before a symbol's name in a `.config`; without it what the tree's tool writes,
    mostly `CONFIG_`."""
    configs: tuple[str, ...] = ("configs/*.config",)
    """Globs of the fragments; each is a named configuration."""
    base: str = ""
    """Where the matrices take all other symbols from, as the key `base` of a matrix; "": the
    tree's defaults."""
    matrix: Any = None
    """The matrix that is meant where none is named; or `matrix.default`, which is the same, and
    tables `[matrix.NAME]`."""
    # Checked by `matrices_of`: it is a name, or a table of tables.
    lock: _Path = "variants.lock"
    """Where matrices are kept as they were chosen."""
    state: _Path = state_folder.NAME
    """Results, logs and build folders; never in version control, worth a cache in CI."""
    tests: tuple[str, ...] = ()
    """Paths that the built-in test step gives pytest; none: pytest's own `testpaths`."""
    generate: Generate | None = None
    """What is rendered, and where to; without it nothing is."""
    step: tuple[StepTable, ...] = ()
    """What runs in each variant, in order."""
    toolchain: tuple[ToolchainTable, ...] = ()
    """Environments of steps: the first whose `where` holds."""
    known_failure: tuple[KnownFailureTable, ...] = ()
    """Failures that are expected, and so do not fail a sweep."""
    baseline: Annotated[str, pydantic.AfterValidator(_no_nul)] = ""
    """The file of compiler warnings that are known, of steps that name none of their own; a sweep
    with more of them fails. `kvariant sweep --update-baseline` writes it."""
    cluster: dict[str, _ClusterValue] = pydantic.Field(default_factory=dict)
    """What other machines are started with, by the names of dask-jobqueue."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of one of a project's trees."""

    name: str
    """What tells it from the others: `x86`, `x86-gcc` for two lists, "" where `env` has no list."""
    values: Mapping[str, str]
    """Every variable of `env`, with one value each."""
    listed: tuple[str, ...] = ()
    """Those of them that `env` gives a list."""

    def __str__(self) -> str:
        return " ".join(f"{name}={self.values[name]}" for name in self.listed)


class Project:
    """A validated project; every path absolute.

    Without a project file everything has its default, so that commands work in
    any folder with a Kconfig.
    """

    def __init__(
        self,
        root: Path,
        file: ProjectTable,
        path: Path | None,
        place: Callable[[Key], Location] | None = None,
    ) -> None:
        self.root = root
        self.path = path
        """The project file, None where there is none."""
        self.kconfig = root / (file.kconfig or _entry(root))
        self.preset: str = file.preset
        """What kind of tree it is; `auto` looks at its files."""
        self.dialect: str = file.dialect
        """Whose rules hold; `auto` takes those of the tree's own tools."""
        self.env: Mapping[str, Value] = file.env
        self.shell = file.shell
        self.keeps_trees = False
        """Whether trees are kept in the user's cache, and taken from there."""
        self.config_prefix: str | None = file.config_prefix
        """What stands before a symbol's name; None: what the tree's own tool writes."""
        self.config_globs = file.configs
        self.base = file.base
        """Where matrices take other symbols from; "": the tree's defaults."""
        self.matrices = Matrices({})
        self.matrix = NAMED
        """The matrix that is meant where none is named."""
        self.lock = root / file.lock
        """Where matrices are kept as they were chosen."""
        self.state = root / file.state
        self.tests = file.tests
        """Paths that the built-in test step gives pytest; none: pytest's own `testpaths`."""
        self.templates = root / file.generate.templates if file.generate else None
        self.templates_label = Path(file.generate.templates).as_posix() if file.generate else ""
        self.output = root / file.generate.output if file.generate else None
        self.steps = file.step
        self.toolchains = file.toolchain
        self.known_failures = file.known_failure
        self.baseline = root / file.baseline if file.baseline else None
        """The file of known warnings of steps that name none of their own."""
        self.cluster: Mapping[str, object] = file.cluster
        """`python` of other machines, `jobs` of a batch system, and what is for its class."""
        self.is_whole = True
        """Whether its trees are all that the file names: the command line may choose some."""
        self._place = place

    def place(self, *key: str | int) -> Location | None:
        """Return where the project file has a key, such as `("step", 0, "run")`."""
        return self._place(key) if self._place else None

    @classmethod
    def find(cls, start: Path) -> Project:
        """Return the project of the nearest folder upward that has one.

        Raises:
            InputError: the project file is not valid.
        """
        for folder in (start, *start.parents):
            for name in ("kvariant.toml", "pyproject.toml"):
                if (path := folder / name).is_file() and (project := cls._read(path)):
                    return project
        quote_from(start)
        return cls(start, ProjectTable(), None)

    @classmethod
    def read(cls, path: Path) -> Project:
        """Return the project of a named file.

        Raises:
            InputError: the file is missing, not valid, or has no table of ours.
        """
        project = cls._read(path)
        if project is None:
            raise InputError(
                Diagnostic(
                    message="no [tool.kvariant] table here",
                    code="no-project",
                    location=Location(str(path)),
                )
            )
        return project

    @classmethod
    def _read(cls, path: Path) -> Project | None:
        if path.name == "pyproject.toml":
            if path.is_file() and b"kvariant" not in path.read_bytes():
                return None
            quote_from(path.parent)
            document = Document(path)
            tool = document.data.get("tool")
            table = tool.get("kvariant") if isinstance(tool, dict) else None
            prefix: tuple[str, ...] = _TABLE
        else:
            quote_from(path.parent)
            document = Document(path)
            table, prefix = document.data, ()
        if table is None:
            return None
        file = document.validated(ProjectTable, table, prefix)
        project = cls(
            path.resolve().parent, file, path, lambda key: document.location(prefix + key)
        )
        project.matrices, project.matrix = matrices_of(file.matrix, document, prefix)
        require_use(project.matrices)
        return project

    def overridden(
        self,
        *,
        kconfig: Path | None = None,
        preset: str | None = None,
        dialect: str | None = None,
        env: Mapping[str, Value] | None = None,
        shell: bool | None = None,
        keeps_trees: bool = False,
    ) -> Project:
        """Return the project with what the command line says instead.

        A value that is in a list of `env` chooses that tree, which keeps its name.
        """
        project = copy.copy(self)
        if kconfig is not None:
            project.kconfig = kconfig
        if preset is not None:
            project.preset = preset
        if dialect is not None:
            project.dialect = dialect
        if env:
            lists = {name: text for name, text in self.env.items() if not isinstance(text, str)}
            chosen = {n: (v,) if v in lists.get(n, ()) else v for n, v in env.items()}
            project.env = {**self.env, **chosen}
            project.is_whole = not lists.keys() & env.keys()
        if shell is not None:
            project.shell = shell
        project.keeps_trees = keeps_trees
        return project

    @property
    def database(self) -> Path:
        """The results database, in the state folder."""
        return state_folder.database_in(self.state)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """One environment for each tree: the product of the lists in `env`, in their order.

        Raises:
            InputError: a list is empty, or two environments would have the same name.
        """
        axes = [
            [(name, text) for text in ([value] if isinstance(value, str) else value)]
            for name, value in self.env.items()
        ]
        lists = tuple(name for name, value in self.env.items() if not isinstance(value, str))
        found = [
            Environment(
                _environment_name([text for n, text in pairs if n in lists]), dict(pairs), lists
            )
            for pairs in itertools.product(*axes)
        ]
        names = [environment.name for environment in found]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None or not found:
            empty = next((name for name, value in self.env.items() if not value), "")
            raise InputError(
                Diagnostic(
                    message=f"env: the list of {empty} is empty"
                    if not found
                    else f"env: two trees would be named {twice!r}",
                    code="environments",
                    location=Location(str(self.path)) if self.path else None,
                    hint="a list holds the values of one variable, a tree for each: "
                    'ARCH = ["x86", "arm64"]',
                )
            )
        return tuple(found)

    def configs(self) -> tuple[Path, ...]:
        """Return the project's fragments: what its `configs` globs match, sorted.

        Folders that a glob matches are left out.

        Raises:
            InputError: a glob is empty, absolute or malformed, or what one matches is no
                file that can be read: its variant would be missing, and nobody told.
        """
        found = sorted({path for glob in self.config_globs for path in self._matches(glob)})
        return readable_files(found, "configs")

    def _matches(self, glob: str) -> list[Path]:
        try:
            found = list(self.root.glob(undoubled(glob)))
            literal = self.root / glob
            # A link to nothing is matched by `*` and not by its own name.
            return found or ([literal] if literal.is_symlink() else [])
        except (ValueError, NotImplementedError) as error:
            text = str(error)
            raise InputError(
                Diagnostic(
                    message=f"configs: {glob!r} is no glob: {text[:1].lower()}{text[1:]}",
                    code="bad-value",
                    location=Location(str(self.path)) if self.path else None,
                    hint="globs are relative to the project file, like configs/*.config",
                )
            ) from None


def _entry(root: Path) -> str:
    """Return the first entry file that a folder has; the usual name where it has none."""
    return next((name for name in _ENTRIES if (root / name).is_file()), _ENTRIES[0])


def _environment_name(texts: list[str]) -> str:
    """Return a name that folders and test ids can have: `/usr/bin/gcc-12` is `usr-bin-gcc-12`."""
    words = (re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.") for text in texts)
    return "-".join(filter(None, words)) or ("empty" if texts else "")
