"""Trees and expressions deeper than Python's stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.cli import run

LINKS = 5000


@pytest.mark.parametrize("link", ["depends on S{}", "default y if S{}"])
def test_chained_dependencies(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    link: str,
) -> None:
    """A Kconfig of 5,000 chained symbols loads and resolves; a break in the chain is told."""
    entries = ['config S0\n\tbool "Zero"\n']
    entries += [
        f'config S{n}\n\tbool "Number {n}"\n\t{link.format(n - 1)}\n' for n in range(1, LINKS)
    ]
    (tmp_path / "Kconfig").write_text("\n".join(entries))
    (tmp_path / "all.config").write_text("".join(f"CONFIG_S{n}=y\n" for n in range(LINKS)))
    monkeypatch.chdir(tmp_path)
    assert run(["generate", "-o", "out", "--config", "all.config"]) == 0
    lines = (tmp_path / "out/all/.config").read_text().splitlines()
    assert sum(line.endswith("=y") for line in lines) == LINKS
    capsys.readouterr()
    (tmp_path / "last.config").write_text(f"CONFIG_S{LINKS - 1}=y\n")
    if "depends" not in link:
        return
    assert run(["matrix", "--config", "last.config"]) == 2
    assert capsys.readouterr().err == (
        "last.config:1:1: error: S4999=y was dropped, it is n [dropped]\n"
        "    CONFIG_S4999=y\n"
        "    ^~~~~~~~~~~~\n"
        "Kconfig:19998:13: note: depends on S4998; S4998 is n (not visible)\n"
        "Kconfig:19992:1: note: S4998 is not visible: S4997 is n\n"
        "hint: the nearest fix changes 4,999 values;"
        " kvariant explain S4999=y --fix lists them\n"
    )


@pytest.mark.parametrize("expression", ["!" * 5000 + "A", "(" * 5000 + "A" + ")" * 5000])
def test_nested_expression(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    expression: str,
) -> None:
    """An expression nested too deeply is bad input, not a crash."""
    (tmp_path / "Kconfig").write_text('config A\n\tbool "A"\n')
    (tmp_path / "all.config").write_text("CONFIG_A=y\n")
    monkeypatch.chdir(tmp_path)
    assert run(["matrix", "--config", "all.config", "--where", expression]) == 2
    assert capsys.readouterr().err == (
        "error: something in the input is nested too deeply [too-deep]\n"
    )


def test_nested_kconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Menus and conditions in Kconfig files may be nested 1,000 deep."""
    nested = 'menu "M"\nif A\n' * 500 + 'config B\n\tbool "B"\n' + "endif\nendmenu\n" * 500
    (tmp_path / "Kconfig").write_text(f'config A\n\tbool "A"\n{nested}')
    (tmp_path / "all.config").write_text("CONFIG_A=y\nCONFIG_B=y\n")
    monkeypatch.chdir(tmp_path)
    assert run(["matrix", "--config", "all.config"]) == 0
    assert capsys.readouterr().out == "  all    2 user values\n1 variant (named)\n"
