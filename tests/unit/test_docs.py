"""Documents tell of what is there."""

from __future__ import annotations

import re
from pathlib import Path

from pycman import errors

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:pycman|cli|tests|completions)/[\w./]+\.\w+)`", text))
    assert named
    assert not [name for name in sorted(named) if not (ROOT / name).exists()]


def test_the_page_of_settings_is_as_the_parsers_are() -> None:
    from tools.configuration_page import text

    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert page == text(), "run python -m tools.configuration_page"
    assert "docs/configuration.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_kind_of_error_is_documented_and_has_a_status() -> None:
    from cli.exit_status import status_of

    text = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.PycmanError)
    ]
    assert [
        kind.reference for kind in kinds if f"`{kind.reference}`" not in text and kind is not errors.PycmanError
    ] == []
    assert all(status_of(kind("x"), "run") in (0, 125, 126, 127) and status_of(kind("x"), "ps") == 1 for kind in kinds)


def test_every_dependency_is_explained() -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in re.findall(r'^    "([\w-]+)>=', project, re.MULTILINE):
        assert name.lower().removeprefix("types-") in text.lower(), name
