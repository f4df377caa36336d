# SPDX-License-Identifier: MIT
"""The pytest plugin: fixture `variant`, marker `kconfig(...)`.

Every test that takes `variant` runs once per variant of the matrix, its id
beginning with the variant's name. Nothing heavy is imported until such a test
is collected; the matrix is resolved once a process, and an xdist worker takes
the order and names its controller found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kvariant.plan import Plan, Variant
    from kvariant.sweep.views import VariantView

_OPTIONS = {
    "matrix": "matrix whose variants tests run in (default: the project's)",
    "only": "run only variants whose name matches the glob (may be repeated)",
    "where": "run only variants that satisfy the Kconfig expression",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, and the ini keys of the same names."""
    group = parser.getgroup("kvariant", "variants of a Kconfig tree")
    group.addoption("--kvariant-matrix", metavar="NAME", help=_OPTIONS["matrix"])
    group.addoption("--kvariant-only", metavar="GLOB", action="append", help=_OPTIONS["only"])
    group.addoption("--kvariant-where", metavar="EXPR", help=_OPTIONS["where"])
    group.addoption(
        "--kvariant-config",
        metavar="FILE",
        action="append",
        help="fragments instead of the project's (may be repeated)",
    )
    group.addoption("--kvariant-output", metavar="DIR", help="folder of the generated variants")
    group.addoption(
        "--kvariant-report",
        metavar="FILE",
        help="run only tests that take `variant`, and write a line of JSON for each result",
    )
    parser.addini("kvariant_matrix", _OPTIONS["matrix"], default="")
    parser.addini("kvariant_only", _OPTIONS["only"], type="args", default=[])
    parser.addini("kvariant_where", _OPTIONS["where"], default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and this session's variants."""
    config.addinivalue_line(
        "markers", "kconfig(expression): run only in variants that satisfy a Kconfig expression"
    )
    config.stash[_SESSION] = _Session(config)


@pytest.hookimpl(tryfirst=True)  # ids list parameters in the order in which they were given
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that takes `variant` once per variant, the variant's name first in its id."""
    if "variant" in metafunc.fixturenames:
        try:
            names = metafunc.config.stash[_SESSION].names
        except pytest.UsageError as error:  # as it stands it would come with our own code
            raise pytest.Collector.CollectError(str(error)) from None
        metafunc.parametrize("variant", names, ids=names, indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that take `variant` alone, where a sweep asks for them."""
    if config.getoption("--kvariant-report"):
        kept = [item for item in items if _variant_name(item)]
        config.hook.pytest_deselected(items=[item for item in items if not _variant_name(item)])
        items[:] = kept


@pytest.fixture(scope="session")
def variant(request: pytest.FixtureRequest) -> VariantView:
    """Return one variant: its name, values, generated code and what was built from it."""
    return request.config.stash[_SESSION].view(request.param)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose `kconfig(...)` its variant does not satisfy, naming the failing term."""
    name = _variant_name(item)
    if name is None:
        return
    item.user_properties.append(("kvariant", name))
    markers = list(item.iter_markers("kconfig"))
    if markers:
        session = item.config.stash[_SESSION]
        for marker in markers:
            try:
                reason = session.because(name, marker, item)
            except pytest.UsageError as error:
                raise pytest.fail.Exception(str(error), pytrace=False) from None
            if reason:
                pytest.skip(f"{reason} in {name}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Hand each result to the controller's report, if one was asked for."""
    if _REPORT and (
        report.when == "call"
        or (report.when == "setup" and not report.passed)
        or (report.when == "teardown" and report.failed)
    ):
        _REPORT[-1].add(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report in one piece."""
    mine = session.config.stash.get(_SESSION, None)
    if mine and mine.report in _REPORT:
        _REPORT.remove(mine.report)
        mine.report.write()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Send an xdist worker the ordered names: it collects without resolving the matrix."""
    session = node.config.stash[_SESSION]
    node.workerinput["kvariant_names"] = session.names if session.has_project else []


class _Report:
    """Results of tests that took `variant`, as lines of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = []

    def add(self, report: pytest.TestReport) -> None:
        name = dict(report.user_properties).get("kvariant")
        if name is None:
            return
        outcome = "failed" if report.failed else "skipped" if report.skipped else "passed"
        record = {
            "variant": name,
            "test": report.nodeid,
            "outcome": outcome,
            "duration": report.duration,
            "message": _message(report),
        }
        self._lines.append(json.dumps(record) + "\n")

    def write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text("".join(self._lines), encoding="utf-8")
        part.replace(self._path)


class _Session:
    """The variants of one pytest session, resolved when first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._plan: Plan | None = None
        self._views: dict[str, VariantView] = {}
        path = config.getoption("--kvariant-report")
        is_worker = hasattr(config, "workerinput")
        self.report = _Report(Path(path)) if path and not is_worker else None
        if self.report:
            _REPORT.append(self.report)

    @property
    def has_project(self) -> bool:
        """Whether a Kconfig tree is there at all."""
        return bool(self._project().kconfig.is_file())

    @property
    def names(self) -> list[str]:
        """The names of the variants to run in, in the matrix's order."""
        sent = getattr(self._config, "workerinput", {}).get("kvariant_names")
        return sent or [v.name for v in self.plan.matrix]

    def view(self, name: str) -> VariantView:
        """Return a variant's view, made once a session."""
        if name not in self._views:
            from kvariant.sweep.views import VariantView

            plan, found = self.plan, self._variant(name)
            option = self._config.getoption("--kvariant-output")
            output = Path(option) if option else plan.project.output or plan.project.root
            shop = plan.project.state / ("build-other" if option else "build") / name
            self._views[name] = VariantView(plan, found, output / name, shop)
        return self._views[name]

    def because(self, name: str, marker: pytest.Mark, item: pytest.Item) -> str:
        """Return why a marker's expression is n in a variant, "" if it holds.

        Raises:
            pytest.UsageError: it is no expression over the tree's symbols.
        """
        from kvariant.errors import Diagnostic, InputError, Location, raise_errors
        from kvariant.kconfig import Expression

        path, line, _ = item.location
        where = Location(path, (line or 0) + 1)
        try:
            if len(marker.args) != 1 or not isinstance(marker.args[0], str):
                message = "kconfig(...) takes one expression as a string"
                raise InputError(Diagnostic(message=message, code="usage", location=where))
            expression = Expression.parse(marker.args[0], where)
            raise_errors(self.plan.tree.check_expression(expression, where))
        except InputError as error:
            raise pytest.UsageError(str(error)) from None
        return self._variant(name).configuration.because(expression)

    @property
    def plan(self) -> Plan:
        """The project's plan, its matrix that of this session.

        Raises:
            pytest.UsageError: the project or an option is not valid.
        """
        if self._plan is None:
            from kvariant.errors import KvariantError
            from kvariant.kconfig import Expression
            from kvariant.plan import Plan, Selection

            where = self._option("where")
            configs = self._config.getoption("--kvariant-config") or ()
            try:
                selection = Selection(
                    configs=tuple(map(Path, configs)),
                    globs=tuple(self._option("only")),
                    where=Expression.parse(where) if where else None,
                    matrix=self._option("matrix"),
                )
                self._plan = Plan.of(self._project(), selection)
            except KvariantError as error:
                raise pytest.UsageError(str(error)) from None
        return self._plan

    def _variant(self, name: str) -> Variant:
        return next(v for v in self.plan.matrix if v.name == name)

    def _project(self) -> Any:
        from kvariant.project import Project

        return Project.find(self._config.rootpath)

    def _option(self, key: str) -> Any:
        given = self._config.getoption(f"--kvariant-{key}")
        return given if given else self._config.getini(f"kvariant_{key}")


_SESSION = pytest.StashKey[_Session]()
_REPORT: list[_Report] = []


def _variant_name(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    name = callspec.params.get("variant") if callspec is not None else None
    return name if isinstance(name, str) else None


def _message(report: pytest.TestReport) -> str:
    """Return one line: the exception of a failure, the reason of a skip."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr or "")
    return next((line for line in text.splitlines() if line.strip()), "")
