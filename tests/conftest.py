"""Hypothesis profiles, and what every test of the toolkit itself needs."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import settings

import kvariant.kconfig.kept  # before pytester takes what is loaded later away again
import kvariant.kconfig.parse  # noqa: F401
import programs
from schemas.printed import disagreement, disagreement_of

gc.set_threshold(100_000, 20, 20)  # as `kvariant` itself: else each test pays for the others

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so, and what we start would inherit it: nothing that
    # Ctrl-C is to end would end. A handler is not inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)

WITHOUT_HYPOTHESIS = "-p no:hypothesispytest"

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=False)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("KVARIANT_HYPOTHESIS", "ci"))


@pytest.fixture(scope="session", autouse=True)
def bytecode_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the hundreds of programs that tests start share compiled modules.

    Where Python is not to write any beside sources, each would compile all of ours anew: that
    is most of what a short run takes.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = str(tmp_path_factory.mktemp("bytecode"))


@pytest.fixture(scope="session", autouse=True)
def cache_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep trees of tests out of the user's cache."""
    os.environ["KVARIANT_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session", autouse=True)
def programs_without_hypothesis() -> None:
    """Spare the hundreds of pytests that sweeps start a plugin that none of their tests needs."""
    os.environ["PYTEST_ADDOPTS"] = WITHOUT_HYPOTHESIS


@pytest.fixture(scope="session", autouse=True)
def commits_without_maintenance() -> None:
    """Spare hundreds of commits a git that looks whether there is something to be packed."""
    os.environ["GIT_CONFIG_COUNT"] = "1"
    os.environ["GIT_CONFIG_KEY_0"] = "maintenance.auto"
    os.environ["GIT_CONFIG_VALUE_0"] = "false"


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Spare it pytests of `pytester` too, which forgets the variable."""
    monkeypatch.setenv("PYTEST_ADDOPTS", WITHOUT_HYPOTHESIS)
    return pytester


class _Memory:
    """What this process has in memory, and had when it was last cleared of garbage."""

    STATUS = Path("/proc/self/statm")
    MANY = 25_000
    """Pages that may be added before garbage is looked for: 100 MB."""

    def __init__(self) -> None:
        self.cleared = self.pages()

    def pages(self) -> int:
        """Return how many pages are in memory, 0 where no system says so."""
        return int(self.STATUS.read_text().split()[1]) if self.STATUS.exists() else 0


_MEMORY = _Memory()


def pytest_runtest_logfinish() -> None:
    """Clear what a test has left in cycles: whoever forks later copies the table of all pages.

    With a few hundred thousand objects of imported modules, Python looks for garbage among what
    is old so seldom that half a gigabyte lay about.
    """
    if _MEMORY.pages() > _MEMORY.cleared + _MEMORY.MANY:
        gc.collect()
        _MEMORY.cleared = _MEMORY.pages()


@pytest.fixture
def forked_pytests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pytests that sweeps of this process run forked; see `programs`."""
    monkeypatch.setattr("kvariant.build.process.subprocess", programs.AS_SUBPROCESS)


@pytest.fixture
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look but briefly for fewer rows, where a test is not about how many there are."""
    monkeypatch.setattr("kvariant.matrix.covering.pairs.STEPS", 100_000)


@pytest.fixture(autouse=True)
def printed_as_the_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every JSON that a verb prints against the verb's schema, whichever process it has."""
    echo = click.echo

    def checked(message: Any = None, *arguments: Any, **options: Any) -> None:
        echo(message, *arguments, **options)
        context = click.get_current_context(silent=True)
        if isinstance(message, str) and message.startswith("{"):
            assert not (found := disagreement(context and context.info_name, message)), found

    monkeypatch.setattr("click.echo", checked)
    communicate = subprocess.Popen.communicate

    def heard(process: Any, *arguments: Any, **options: Any) -> Any:
        out, err = communicate(process, *arguments, **options)
        assert not (found := disagreement_of(process.args, out)), found
        return out, err

    monkeypatch.setattr("subprocess.Popen.communicate", heard)
