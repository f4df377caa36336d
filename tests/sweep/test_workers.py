# SPDX-License-Identifier: MIT
"""Workers end at once when they must, whenever that is."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kvariant.build import run
from kvariant.sweep.workers import work_off


def test_interrupted_while_work_is_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C that comes when a thread has begun its piece, and we do not know of it yet."""
    submit = ThreadPoolExecutor.submit

    def interrupted(pool: Any, *arguments: Any) -> None:
        submit(pool, *arguments)
        while not (tmp_path / "began").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    cuts: list[bool] = []
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work_off(
            [lambda: run(["sh", "-c", "touch began; exec sleep 20"], tmp_path, 60) and None],
            1,
            lambda: cuts.append(True),
        )
    assert cuts == [True]
    assert time.monotonic() - started < 15


def test_a_signal_to_another_thread(tmp_path: Path) -> None:
    """Ctrl-C is heard at once, whichever thread the system gives it to."""

    def piece() -> None:
        time.sleep(0.5)  # by now the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        run(["sleep", "20"], tmp_path, 60)

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work_off([piece], 1, lambda: None)
    assert time.monotonic() - started < 15
