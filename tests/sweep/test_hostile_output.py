# SPDX-License-Identifier: MIT
"""What steps print and leave is never a reason for the sweep itself to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.steps import depfiles

_LONG = "x" * 256
_PRINTS = {
    "long": f"echo {_LONG}.c:3: error: broken; exit 1",
    "long-folder": f"echo {_LONG}/a.c:3: error: broken; exit 1",
    "long-path": f"echo {'d/' * 3000}a.c:3: error: broken; exit 1",
    "one-word": "head -c 200000 /dev/zero | tr '\\\\0' x; echo ' error: broken'; exit 1",
    "loop": "ln -sfn loop loop; echo loop/a.c:3: error: broken; exit 1",
    "pipe": "rm -f p.c; mkfifo p.c; echo p.c:3: error: broken; exit 1",
    "pipe-makefile": "rm -f Makefile; mkfifo Makefile; echo a.c: undefined reference to x; exit 1",
    "device": "echo /dev/zero:3: error: broken; exit 1",
    "unreadable": "mkdir -p no && chmod 0 no; echo no/a.c:3: error: broken; exit 1",
    "nul": "printf 'a\\\\000b.c:3: error: broken\\\\n'; exit 1",
    "not-utf8": "printf '\\\\351\\\\377.c:3: error: broken\\\\n'; exit 1",
    "dots": "echo ....//...//../.c.:3: error: broken; exit 1",
    "undefined": "echo 'undefined reference to `(((.*'; exit 1",
    "binary": "head -c 100000 /dev/urandom; exit 1",
    "deep": "cd {out}; mkdir -p $(printf 'd/%.0s' $(seq 1200)); echo a.c:1: error: x; exit 1",
}


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    """Let what hangs fail."""

    def fail(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _tree(folder: Path, step: str) -> None:
    (folder / "Kconfig").write_text('config A\n\tbool "a"\n')
    (folder / "a.c").write_text("#ifdef CONFIG_A\nint main(void) { return 0; }\n#endif\n")
    (folder / "configs").mkdir()
    (folder / "configs/v.config").write_text("CONFIG_A=y\n")
    (folder / "configs/w.config").write_text("# CONFIG_A is not set\n")
    (folder / "kvariant.toml").write_text(f'[[step]]\nname = "s"\n{step}\nreads = ["Kconfig"]\n')


@pytest.mark.parametrize("prints", _PRINTS.values(), ids=_PRINTS)
def test_what_a_step_prints(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prints: str,
) -> None:
    """Both variants end as failed, whatever their output names, and again."""
    _tree(tmp_path, f'run = """{prints}"""')
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run(["sweep", "--json"]) == 1
        out, err = capsys.readouterr()
        assert [cell["outcome"] for cell in json.loads(out)["cells"]] == ["failed"] * 2, err
    assert run(["report"]) in (0, 1)
    assert run(["blame", "--extra", "1"]) in (0, 1)
    if (tmp_path / "no").exists():
        (tmp_path / "no").chmod(0o755)
    # Deeper than pytest, which keeps the folder, can remove.
    subprocess.run(["rm", "-rf", tmp_path / ".kvariant"], check=True)


_DEPFILES = {
    "binary": b"\0\xff\xfe: \0\x80\n" + bytes(range(256)) * 40,
    "long": b"a.o: " + b"y" * 70_000 + b" Kconfig\n",
    "backslashes": b"\\" * 5_000 + b"\n" + b"a\\" * 3_000,
    "no-end": b"a.o: Kconfig \\",
    "nul-name": b"a.o: Kconfig x\0y\n",
    "long-name": b"a.o: Kconfig " + b"z" * 300 + b"\n",
    "colons": b"a: " * 3_000,
    "spaces": b"a " * 20_000 + b"\n",
}


@pytest.mark.parametrize("record", _DEPFILES.values(), ids=_DEPFILES)
def test_what_a_depfile_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    record: bytes,
) -> None:
    """A depfile of any bytes is read to its end; the step is ok."""
    (tmp_path / "record").write_bytes(record)
    _tree(tmp_path, 'run = "cp record {out}/a.d"\ndepfiles = "{out}/*.d"')
    monkeypatch.chdir(tmp_path)
    for outcome in ("ok", "reused"):
        assert run(["sweep", "--json"]) == 0
        cells = json.loads(capsys.readouterr().out)["cells"]
        assert cells[0]["outcome"] == outcome


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """A depfile names files by bytes: one that is not UTF-8 is an input like others."""
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9.c"))
    source.write_text("")
    (tmp_path / "a.d").write_bytes(b"a.o: \xe9.c\n")
    assert depfiles.inputs([tmp_path / "a.d"], [tmp_path]) == (source,)


def test_depfiles_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a depfile is too large to be one, what was read is not known: nothing is reused."""
    monkeypatch.setattr(depfiles, "LARGEST", 8)
    _tree(tmp_path, 'run = "echo a.o: Kconfig > {out}/a.d"\ndepfiles = "{out}/*.d"')
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run(["sweep", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["cells"][0]["outcome"] == "ok"


_TESTS = """
import os, pytest
def test_opens(variant):
    for path in ("a\\0b", "x" * 300, b"\\xe9", "loop/a", 10**9):
        with pytest.raises((OSError, ValueError)):
            open(path)
    os.mkfifo("pipe")
    os.close(os.open("pipe", os.O_RDONLY | os.O_NONBLOCK))
    os.unlink("pipe")
def test_without_a_folder(variant, tmp_path):
    old = os.getcwd()
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    os.rmdir(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        open("nowhere")
    os.chdir(old)
"""


def test_what_tests_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A test may open what is no path; its own error is what it gets, and the sweep goes on."""
    _tree(tmp_path, 'run = "true"')
    (tmp_path / "kvariant.toml").write_text('tests = ["tests"]\n[generate]\ntemplates = "t"\n')
    (tmp_path / "t").mkdir()
    (tmp_path / "t/x.py.j2").write_text("A = {{ A }}\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_x.py").write_text(_TESTS)
    monkeypatch.chdir(tmp_path)
    assert run(["sweep", "--json", "--step", "test"]) == 0, capsys.readouterr()
