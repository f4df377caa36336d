# SPDX-License-Identifier: MIT
"""The pytest plugin: fixture `variant`, marker `kconfig(...)`.

Every test that takes `variant` runs once per variant of the matrix, its id
beginning with the variant's name. Nothing heavy is imported until such a test
is collected. The matrix is chosen once: pytest-xdist's controller sends it to
its workers, which read neither Kconfig nor templates unless they must render.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kvariant.pytest_plugin.findings import Orphan, attributed, orphans, untested
from kvariant.pytest_plugin.generated_line import generated_line
from kvariant.pytest_plugin.reads import Reads
from kvariant.pytest_plugin.relation_collector import RELATIONS, collected
from kvariant.pytest_plugin.report import Report
from kvariant.pytest_plugin.session import SENT, Session
from kvariant.pytest_plugin.tally import PLACE, Tally, TestPlace

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from kvariant.pytest_plugin.variant_fixture import VariantView

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
        "--kvariant-plain-matrix",
        metavar="FILE",
        help="variants that somebody has chosen and written down: no tree is read",
    )
    group.addoption(
        "--kvariant-report",
        metavar="FILE",
        help="run only tests that take `variant`, and write a line of JSON for each result",
    )
    parser.addini("kvariant_matrix", _OPTIONS["matrix"], default="")
    parser.addini("kvariant_only", _OPTIONS["only"], type="args", default=[])
    parser.addini("kvariant_where", _OPTIONS["where"], default="")
    parser.addini(
        "kvariant_orphans", "what a test that runs in no variant is: error or warn", default="error"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and what this session needs."""
    config.addinivalue_line(
        "markers", "kconfig(expression): run only in variants that satisfy a Kconfig expression"
    )
    config.addinivalue_line(
        "markers", "chosen: the plugin's own mark on variants that a strategy chose, no fragment"
    )
    if (orphans := config.getini("kvariant_orphans")) not in ("error", "warn"):
        raise pytest.UsageError(f"kvariant_orphans is error or warn, not {orphans!r}")
    config.stash[_SESSION] = Session(config)
    config.stash[_LISTENER] = _Listener(config)
    config.pluginmanager.register(config.stash[_LISTENER], "kvariant-listener")


@pytest.hookimpl(tryfirst=True)  # ids list parameters in the order in which they were given
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that takes `variant` once per variant, the variant's name first in its id."""
    if _takes_ours(metafunc.definition):
        try:
            variants = metafunc.config.stash[_SESSION].matrix.variants
        except pytest.UsageError as error:  # as it stands it would come with our own code
            metafunc.config.stash[_SESSION].refusal = str(error)
            raise pytest.Collector.CollectError(str(error)) from None
        values = [
            pytest.param(name, id=name, marks=() if variant.fragment else pytest.mark.chosen)
            for name, variant in variants.items()
        ]
        metafunc.parametrize("variant", values, indirect=True, scope="session")
        if metafunc.definition.nodeid.startswith(f"{RELATIONS}::"):
            _relate(metafunc)


def _relate(metafunc: pytest.Metafunc) -> None:
    """Run a test of the relations once for each that it is of."""
    relations = metafunc.config.stash[_SESSION].relations
    if "relation" not in metafunc.fixturenames or relations is None:
        return
    is_pair = metafunc.function.__name__ == "test_unchanged"
    declared = {n: r for n, r in relations.declared.items() if (r.kind == "unchanged") == is_pair}
    values = [
        pytest.param(name, id=name, marks=pytest.mark.kconfig(str(relations.condition(relation))))
        for name, relation in declared.items()
    ]
    metafunc.parametrize("relation", values)


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def pytest_add_relations(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Collect what every variant must obey beside tests that run in variants.

    Not where single files or tests are asked for, but for a sweep, which asks for all.
    """
    is_swept = bool(config.getoption("--kvariant-report"))
    if not is_swept and any(
        "::" in argument or Path(argument).is_file() for argument in config.args
    ):
        return
    if any(map(_variant_name, items)) and config.stash[_SESSION].relations is not None:
        items += collected(session, config.stash[_SESSION])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that take `variant` alone, where a sweep asks for them.

    What `kconfig(...)` skips is told there at once: of a thousand variants' tests it is a
    third, and pytest takes as long for a skip as for a test that has little to do.
    """
    if config.getoption("--kvariant-report"):
        of_variants = [item for item in items if _variant_name(item)]
        listener = config.stash[_LISTENER]
        listener.expect(of_variants)
        kept = [item for item in of_variants if not _is_skipped(item, listener)]
        left = {*items} - {*kept}
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = kept


def _is_skipped(item: pytest.Item, listener: _Listener) -> bool:
    """Return whether a test's variant does not satisfy its `kconfig(...)`, and tell the report."""
    try:
        place = _placed(item, _variant_name(item) or "")
    except pytest.UsageError:  # it fails when it runs
        return False
    if place.because:
        listener.skipped(place, item.nodeid)
    return bool(place.because)


def _placed(item: pytest.Item, name: str) -> TestPlace:
    """Return what `kconfig(...)` says of a test in a variant.

    Raises:
        pytest.UsageError: a marker is not valid.
    """
    session = item.config.stash[_SESSION]
    texts = [session.expression(marker, item) for marker in item.iter_markers("kconfig")]
    reasons = [session.because(name, text, item) for text in texts]
    reason = next(filter(None, reasons), "")
    needs = " && ".join(f"({text})" if len(texts) > 1 else text for text in texts)
    return TestPlace(name, _without_variant(item.nodeid, name), needs, reason)


@pytest.fixture(scope="session")
def variant(request: pytest.FixtureRequest) -> VariantView:
    """Return one variant: its name, values, generated code and what was built from it."""
    from kvariant.errors import KvariantError

    if not hasattr(request, "param"):  # asked for by name, as a test runs, or by a TestCase
        return pytest.fail(_UNASKED, pytrace=False)
    try:
        return request.config.stash[_SESSION].view(request.param)
    except (KvariantError, pytest.UsageError) as error:
        return pytest.fail(str(error), pytrace=False)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose `kconfig(...)` its variant does not satisfy, naming the failing term."""
    name = _variant_name(item)
    if name is None:
        _warn_unasked(item)
        return
    item.user_properties.append(("kvariant", name))
    item.config.stash[_LISTENER].began(name)
    item.stash[_PLACE] = TestPlace(name, _without_variant(item.nodeid, name))
    try:
        place = _placed(item, name)
    except pytest.UsageError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    item.stash[_PLACE] = place
    if place.because:
        pytest.skip(f"{place.because} in {name}")


def _warn_unasked(item: pytest.Item) -> None:
    """Warn that a test's own `kconfig(...)` is not asked, as nothing says in which variant.

    Those of its class and module are for the other tests there. Said as the test is set up:
    once under pytest-xdist, and an error of this test where warnings are errors.
    """
    if any(marker.name == "kconfig" for marker in item.own_markers):
        message = "its kconfig(...) has no effect: the test does not take `variant`"
        try:
            item.warn(pytest.PytestWarning(f"{item.name}: {message}"))
        except pytest.PytestWarning as warning:
            raise pytest.fail.Exception(str(warning), pytrace=False) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, Any]:
    """Write on each report where it belongs: reports travel between processes, items do not."""
    report = yield
    if place := item.stash.get(_PLACE, None):
        view = getattr(item, "funcargs", {}).get("variant")
        if report.failed and call.excinfo is not None and isinstance(path := _path(view), Path):
            place = replace(place, at=generated_line(call.excinfo.value, path))
        setattr(report, PLACE, asdict(place))
    return report


def _path(view: object) -> object:
    """Return the folder of what a `variant` fixture gave a test, None where it gave none."""
    return getattr(view, "path", None)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Send an xdist worker the ordered matrix."""
    sent = node.config.stash[_SESSION].to_send()
    if sent is not None:
        node.workerinput[SENT] = sent


class _Listener:
    """Hears how each test ends; one for each session, as sessions can be nested."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tally = Tally()
        path = config.getoption("--kvariant-report")
        self._is_worker = hasattr(config, "workerinput")
        self._report = None
        if path and not self._is_worker:
            self._report = Report(Path(path), Reads(config.rootpath))
        self._orphans: list[Orphan] = []
        self._attributed: list[str] = []
        self._untested = ""

    def expect(self, items: Sequence[pytest.Item]) -> None:
        """Tell the report which tests there are."""
        if self._report:
            self._report.expect(_variant_name(item) or "" for item in items)

    def began(self, variant: str) -> None:
        """Tell the report that a test of a variant begins."""
        if self._report:
            self._report.began(variant)

    def skipped(self, place: TestPlace, test: str) -> None:
        """Tell the report of a test that `kconfig(...)` skips."""
        if self._report:
            self._report.skipped(place, test)

    @pytest.hookimpl(tryfirst=True)  # before anybody counts it
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """End the session with what is wrong with an option or the project, told once.

        Every file whose tests take `variant` would tell it again. A worker's files tell its
        controller, which is the one to end.
        """
        refusal = self._config.stash[_SESSION].refusal
        if not self._is_worker and refusal and refusal in str(report.longrepr):
            raise pytest.UsageError(refusal.removeprefix("error: "))  # pytest says ERROR itself

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self._tally.is_partial |= bool(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._tally.add(report)
        name = dict(report.user_properties).get("kvariant")
        if self._report and isinstance(name, str) and _tells_the_end(report):
            self._report.add(name, report)

    @pytest.hookimpl(tryfirst=True)  # before reports are written to files
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._report:
            self._report.close()
            _forget_hypothesis(self._config)
            return  # a part of a matrix: what ran in none of it may run in another
        own = self._config.stash[_SESSION]
        if self._is_worker:
            output = self._config.workeroutput  # type: ignore[attr-defined]  # xdist's own
            output[SENT] = {"ready": own.ready, "is_partial": self._tally.is_partial}
            return
        self._tally.add_ready(own.ready)
        if self._tally.endings and session.exitstatus in _COMPLETE:
            self._orphans = orphans(self._tally, own.matrix, own.plans)
            if not (session.shouldfail or session.shouldstop):
                self._attributed = attributed(self._tally, own.plans)
                if not self._is_partial:
                    self._untested = untested(self._tally, own.matrix, own.plans)
        if self._orphans and not self._is_soft:
            self._fail(session)

    @property
    def _is_soft(self) -> bool:
        return bool(self._config.getini("kvariant_orphans") == "warn")

    @property
    def _softening(self) -> str:
        """The line of the project's own pytest file: of those that are no TOML, quotes are text."""
        path = self._config.inipath
        is_toml = path is None or path.suffix == ".toml"
        return 'kvariant_orphans = "warn"' if is_toml else "kvariant_orphans = warn"

    @property
    def _is_partial(self) -> bool:
        """Whether an option left tests out, or the command line names files or tests."""
        named = (Path(argument.partition("::")[0]) for argument in self._config.args)
        return self._tally.is_partial or any(path.is_file() for path in named)

    def _fail(self, session: pytest.Session) -> None:
        """Make each orphan an error of the session, and of every report but the terminal's."""
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        manager = self._config.pluginmanager
        # Not to those that keep ids to run them again: there is no test of this id.
        deaf = [manager.get_plugin(name) for name in (*_DEAF, "kvariant-listener")]
        tell = manager.subset_hook_caller("pytest_runtest_logreport", [p for p in deaf if p])
        for report in map(_error_of, self._orphans):
            tell(report=report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", {}).get(SENT)  # a worker that crashed tells nothing
        if told is not None:
            self._tally.add_ready(told["ready"])
            self._tally.is_partial |= told["is_partial"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._tally.endings:
            return
        terminalreporter.write_sep("=", f"kvariant: {self._tally.headline()}")
        for warning in self._config.stash[_SESSION].warnings:
            terminalreporter.write_line(warning, yellow=True)
        for line in self._attributed:
            terminalreporter.write_line(line)
        for orphan in self._orphans:
            word, colour = ("warning:", "yellow") if self._is_soft else ("ERROR", "red")
            terminalreporter.write_line(f"{word} {orphan}", **{colour: True})
        if self._orphans and not self._is_soft:
            terminalreporter.write_line(f"hint: {self._softening} makes these warnings")
            errors = terminalreporter.stats.setdefault("error", [])
            errors += map(_error_of, self._orphans)  # counted and listed by pytest's own summary
        if self._untested:
            terminalreporter.write_line(self._untested)


_UNASKED = (
    "error: nobody chose a variant for this test [usage]\n"
    "hint: take `variant` as an argument of a function, of a fixture or of a method in a class"
    " that is no unittest.TestCase"
)
_COMPLETE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
_DEAF = ("terminalreporter", "lfplugin", "nfplugin", "stepwiseplugin", "session", "dsession")


def _error_of(orphan: Orphan) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=orphan.test,
        location=(orphan.test.partition("::")[0], None, orphan.test.rpartition("::")[2]),
        keywords={},
        outcome="failed",
        longrepr=f"ran in no variant; {orphan.says}",
        when="setup",
    )


_SESSION = pytest.StashKey[Session]()
_LISTENER = pytest.StashKey[_Listener]()
_PLACE = pytest.StashKey[TestPlace]()


def _forget_hypothesis(config: pytest.Config) -> None:
    """Spare a sweep two seconds: Hypothesis' summary imports all of it where no test did."""
    plugin = config.pluginmanager.get_plugin("hypothesispytest")
    if plugin is not None and "hypothesis" not in sys.modules:
        config.pluginmanager.unregister(plugin)


def _takes_ours(item: pytest.Item) -> bool:
    """Return whether a test takes the `variant` of this plugin.

    Other projects have a fixture or a parameter of that name too, and the plugin may be
    installed beside them. One that takes ours itself is between.
    """
    known = getattr(item, "_fixtureinfo", None)  # pytest has no public name for it
    definitions = known.name2fixturedefs.get("variant", ()) if known is not None else ()
    for definition in reversed(definitions):  # the nearest one first
        if definition.func.__module__ == __name__:
            return True
        if "variant" not in definition.argnames:
            return False
    return False


def _variant_name(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    name = callspec.params.get("variant") if callspec is not None else None
    return name if isinstance(name, str) and _takes_ours(item) else None


def _without_variant(test: str, name: str) -> str:
    from kvariant.results.masking import without_variant

    return without_variant(test, name)


def _tells_the_end(report: pytest.TestReport) -> bool:
    return (
        report.when == "call"
        or (report.when == "setup" and not report.passed)
        or (report.when == "teardown" and report.failed)
    )
