# SPDX-License-Identifier: MIT
"""Bad days of a sweep: an outcome or one error, and never a hang, a traceback or a lost file."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import programs
from killed_sweeps import left_over
from kvariant.cli import run as kvariant
from kvariant.results import Store
from project_trees import lay_out, outcomes, sweep

LIMIT = 60
"""Seconds after which a command hangs."""


def command(*arguments: str) -> list[str]:
    """Return kvariant's command line."""
    return programs.kvariant(*arguments)


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run kvariant in a process of its own, which must not hang or show a traceback."""
    done = programs.run(
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@contextlib.contextmanager
def time_limit() -> Iterator[None]:
    """Let what hangs in this process fail."""

    def fail(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def twins(folder: Path, run: str) -> Path:
    """Lay out a tree of whose variants three are equal, so that two wait for the third."""
    text = f'[[step]]\nname = "build"\nrun = "{run}"\nreads = ["Kconfig"]\n'
    lay_out(folder, text, ("none", "a"))
    for name in ("a2", "a3"):
        (folder / f"configs/{name}.config").write_text("CONFIG_A=y\n")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, where one can be made: that takes root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mount: a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_while_others_wait(small_disk: Path) -> None:
    """A full disk ends the sweep although cells wait for the one that met it."""
    tree = twins(small_disk, "sleep 0.5; LC_ALL=C dd if=/dev/zero of={out}/big bs=1M count=9")
    done = ran(tree, "sweep", "-j", "4")
    assert done.returncode == 3
    assert "[disk]" in done.stderr


def test_interrupted_while_others_wait(tmp_path: Path) -> None:
    """Ctrl-C ends the sweep although cells wait for the one that is interrupted."""
    tree = twins(tmp_path, "touch {out}/began; exec sleep 7171")
    with programs.Popen(
        command("sweep", "-j", "4"), cwd=tree, stderr=subprocess.PIPE, text=True
    ) as process:
        out = tree / ".kvariant/out"
        while not all((out / name / "began").exists() for name in ("none", "a")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT)
    assert (process.returncode, said.splitlines()[-1]) == (130, "interrupted")
    assert left_over("sleep 7171") == []


def test_interrupted_names_what_it_has(tmp_path: Path) -> None:
    """Ctrl-C says how much has ended, and that it is kept."""
    text = '[[step]]\nname = "build"\nrun = "grep -q A=y {config} && exec sleep 7272; true"\n'
    tree = lay_out(tmp_path, text, ("none", "a"))
    (tree / "configs/a.config").rename(tree / "configs/z.config")  # in order, one at a time
    with programs.Popen(
        command("sweep", "-j", "1"), cwd=tree, stderr=subprocess.PIPE, text=True
    ) as process:
        while not (tree / ".kvariant/out/z/.config").exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert "1 of 2 cells has ended and is kept" in said
    assert ran(tree, "report").returncode == 1
    assert left_over("sleep 7272") == []


def test_what_a_killed_sweep_has_left_is_removed(tmp_path: Path) -> None:
    """Files between a sweep and its pytest outlive a kill -9, not the next sweep."""
    assert ran(tmp_path, "init").returncode == 0
    (tmp_path / ".kvariant").mkdir()
    for name in ("tests-1-2.json", "tests-1-2.jsonl"):
        (tmp_path / ".kvariant" / name).write_text("{}")
    assert ran(tmp_path, "sweep", "-j", "1").returncode == 0
    assert list(tmp_path.glob(".kvariant/tests-*")) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_fail_fast_before_our_tests(tmp_path: Path, jobs: str) -> None:
    """The first failing build ends the sweep: tests of variants that were not built are missing."""
    assert ran(tmp_path, "init", "--language", "c").returncode == 0
    template = tmp_path / "templates/invoice.h.j2"
    template.write_text(template.read_text() + "#error no\n")
    done = ran(tmp_path, "sweep", "--fail-fast", "-j", jobs)
    assert done.returncode == 1
    assert "skipped: after build failed" in done.stdout
    assert "missing" in done.stdout or jobs == "2", done.stdout


def one_step(folder: Path, run: str, more: str = "") -> Path:
    """Lay out a tree whose one step runs a command in two variants."""
    text = f"[[step]]\nname = \"build\"\nrun = '''{run}'''\n{more}\n"
    return lay_out(folder, text, ("none", "a"))


@pytest.mark.parametrize(
    ("run", "more", "outcome", "reason"),
    [
        ("rm -rf {out}", "", "ok", ""),
        ("rm -rf {out}", 'artifacts = ["*"]', "ok", ""),
        ("chmod 000 {out}", "", "ok", ""),
        ("rm -rf {out} {results}; touch {out} {results}", "", "ok", ""),
        ("rm {config}; mkdir {config}", "", "ok", ""),
        ("rm {config}; mkfifo {config}", "", "ok", ""),
        ("rm {config}; ln -s /dev/zero {config}", "", "ok", ""),
        ("ln -s {out} {out}/loop; mkdir {out}/d; chmod 000 {out}/d", "", "ok", ""),
        ("mkfifo {out}/r", 'results = "tap:{out}/r"', "error", "no results: Not a regular file"),
        ("mkfifo {out}/r; false", 'results = "tap:{out}/r"', "error", "no results: Not a regul"),
        ("ln -s /dev/zero {out}/r", 'results = "tap:{out}/r"', "error", "no results: Not a regu"),
        ("mkdir {out}/r", 'results = "junit:{out}/r"', "error", "no results: Not a regular file"),
        ("mkfifo {out}/x.d", 'depfiles = "{out}/*.d"', "ok", ""),
        ("exec >&- 2>&-", "", "ok", ""),
        ("cat; read x; test -z $x", "", "ok", ""),
        ("kill -9 $$", "", "error", "was ended by signal 9 (Killed)"),
        ("sh -c 'kill -9 $$'; exit $?", "", "error", "exit code 137: signal 9 (Killed)"),
        (
            "echo gcc: fatal error: Killed signal terminated program cc1; exit 2",
            "",
            "error",
            "cc1 was killed",
        ),
        ("exit 255", "", "failed", "exit code 255"),
        ("false\n\tfalse", "", "failed", "exit code 1"),
    ],
)
def test_what_a_step_does_to_its_folder(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    run: str,
    more: str,
    outcome: str,
    reason: str,
) -> None:
    """A step may leave anything: the cell ends in an outcome, and the next sweep begins anew."""
    tree = one_step(tmp_path, run, more)
    with contextlib.chdir(tree), time_limit():
        for _ in range(2):
            _, cells = sweep(capsys)
            found = {(cell["outcome"], cell["reason"][: len(reason)]) for cell in cells.values()}
            assert found == {(outcome, reason)}
        _, cells = sweep(capsys, "--", "grep -q 'A is not set' {config} || grep -q A=y {config}")
        assert set(outcomes(cells).values()) == {"ok"}


def test_links_are_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a step links into its folder is neither emptied nor written over."""
    precious = tmp_path / "precious"
    (precious / "sub").mkdir(parents=True)
    (precious / "sub/file").write_text("keep me")
    run = (
        f"rm -rf {{out}} && ln -s {precious} {{out}} || true",
        f"rm -f {{config}} && ln -s {precious}/sub/file {{config}}",
        f"ln -s {precious} {{out}}/link; ln -s {precious}/sub/file {{out}}/file",
        f"ln -s {precious}/sub/file {{out}}/.kvariant-made",
        f"mkdir -p .kvariant/logs/{{name}} && "
        f"ln -sf {precious}/sub/file .kvariant/logs/{{name}}/build.log",
    )
    for number, text in enumerate(run):
        tree = one_step(tmp_path / str(number), text, 'artifacts = ["*.bin"]')
        with contextlib.chdir(tree):
            for _ in range(2):
                assert sweep(capsys)[0] in (0, 1)  # a link to another .config drops its values
            sweep(capsys, "--", "true")
        assert (precious / "sub/file").read_text() == "keep me"
        assert [p.name for p in precious.iterdir() if p.name == "sub"] == ["sub"]


@pytest.mark.parametrize(
    "table",
    [
        'run = ["true", "\\u0000"]',
        'run = "true \\u0000"',
        'run = [""]',
        'run = "true"\nenv = { "A=B" = "x" }',
        'run = "true"\nenv = { "" = "x" }',
        'run = "true"\nenv = { A = "\\u0000" }',
        'run = "true"\nartifacts = [""]',
        'run = "true"\nartifacts = ["a**b"]',
        'run = "true"\ndepfiles = "a**b"',
    ],
)
def test_tables_that_cannot_be_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    """What no process can be given is an error at its place, before anything runs."""
    lay_out(tmp_path, f'[[step]]\nname = "build"\n{table}\n', ("none",))
    with contextlib.chdir(tmp_path):
        assert kvariant(["sweep"]) == 2
    assert re.match(r"kvariant.toml:\d:1: error: .*\[bad-value\]", capsys.readouterr().err)
    assert not (tmp_path / ".kvariant").exists()


def test_terminals_obey_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Colours of a message are taken out, so that it folds; controls are shown as such."""
    said = r"printf 'x\033[1m:1: \033[31merror:\033[m \033]0;title\007no\000 \377\n'; exit 1"
    tree = one_step(tmp_path, said)
    with contextlib.chdir(tree):
        assert kvariant(["sweep"]) == 1
        with Store.read(tree / ".kvariant/results.sqlite") as store:
            failures = [failure for cell in store.past(1).cells for failure in cell.failures]
        assert [failure.message for failure in failures] == 2 * ["x:1: error: no\ufffd \ufffd"]
        capsys.readouterr()
        names = r"printf 'TAP version 14\n1..1\nnot ok 1 a\033[31mb\n# \033[2Jwhy\n' > {out}/r"
        (tree / "kvariant.toml").write_text(
            f"[[step]]\nname = \"build\"\nrun = '''{names}'''\nresults = \"tap:{{out}}/r\"\n"
        )
        _, cells = sweep(capsys)
        assert cells["a", "build", "ab"]["reason"] == "why"


def test_reports_into_devices(tmp_path: Path) -> None:
    """A report goes into a device or a pipe; neither is read, nor replaced by a file."""
    tree = one_step(tmp_path, "true")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        assert ran(tree, "sweep", "-q", "--junit", str(pipe)).returncode == 0
        assert reader.communicate(timeout=LIMIT)[0].startswith("<testsuites")
    assert pipe.is_fifo()
    done = ran(tree, "sweep", "-q", "--junit", "/dev/full")
    assert (done.returncode, Path("/dev/full").is_char_device()) == (3, True)
    said = "/dev/full: error: cannot write the file: No space left on device [disk]\n"
    assert done.stderr.endswith(said)
    assert "<testsuites" in ran(tree, "sweep", "-q", "--junit", "/dev/stdout").stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end(tmp_path: Path, number: signal.Signals) -> None:
    """A sweep that is asked to end does so as on Ctrl-C, and leaves nothing running."""
    sleep = f"sleep {7200 + number}"  # one of its own: tests run side by side
    tree = one_step(tmp_path, f"trap '' TERM HUP; touch {{out}}/began; {sleep} & setsid {sleep}")
    with programs.Popen(
        command("sweep"),
        cwd=tree,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # nohup has children ignore one
    ) as process:
        try:
            while not list(tree.glob(".kvariant/out/*/began")):
                time.sleep(0.02)
            process.send_signal(number)
            _, said = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    assert (process.returncode, said.splitlines()[-1]) == (130, "interrupted")
    assert left_over(sleep) == []
