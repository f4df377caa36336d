# SPDX-License-Identifier: MIT
"""Commands speak English, and nothing else of the locale changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.build.message_language import english
from kvariant.cli import run


def test_all_else_is_as_it_was() -> None:
    """LC_ALL goes to every category but that of messages; without it they stay."""
    assert english({"LC_ALL": "de_DE.UTF-8", "LANG": "C", "A": "b"}) == {
        "LANG": "C",
        "A": "b",
        "LC_MESSAGES": "C",
        "LC_COLLATE": "de_DE.UTF-8",
        **dict.fromkeys(["LC_CTYPE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME"], "de_DE.UTF-8"),
    }
    assert english({"LANG": "de_DE.UTF-8", "LC_TIME": "C", "LC_MESSAGES": "de"}) == {
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "LC_MESSAGES": "C",
    }


@pytest.mark.parametrize(
    ("env", "expected"),
    [("", "-C"), ('env = { LC_ALL = "de" }\n', "de-fr"), ('env = { LANG = "it" }\n', "sv-fr")],
    ids=["ours", "LC_ALL of the step", "LANG of the step"],
)
def test_a_steps_own_language_wins(
    env: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step whose env names a language has the environment that it would have without us."""
    (tmp_path / "Kconfig").write_text('config NET\n\tbool "Net"\n', encoding="utf-8")
    (tmp_path / "kvariant.toml").write_text(
        '[[step]]\nname = "t"\nrun = \'echo "$LC_ALL-$LC_MESSAGES" > said\'\n' + env,
        encoding="utf-8",
    )
    (tmp_path / "a.config").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "sv")
    monkeypatch.setenv("LC_MESSAGES", "fr")
    assert run(["sweep", "-q", "--config", "a.config"]) == 0
    assert expected == (tmp_path / "said").read_text().strip()
