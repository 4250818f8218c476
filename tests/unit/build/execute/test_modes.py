"""--chmod: octal digits and symbolic changes, as chmod(1) carries them out."""

from __future__ import annotations

import pytest

from pycman.build.execute.modes import parse_mode
from pycman.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "mode", "is_directory", "result"),
    [
        ("755", 0o644, False, 0o755),
        ("0640", 0o777, True, 0o640),
        ("4755", 0o644, False, 0o4755),
        ("u=rwX,go=rX", 0o600, False, 0o644),
        ("u=rwX,go=rX", 0o600, True, 0o755),
        ("u=rwX,go=rX", 0o700, False, 0o755),
        ("+x", 0o644, False, 0o755),
        ("go-rwx", 0o755, False, 0o700),
        ("a=r", 0o777, False, 0o444),
        ("u+s", 0o755, False, 0o4755),
        ("+t", 0o777, True, 0o1777),
    ],
)
def test_modes_change_as_chmod_says(text: str, mode: int, is_directory: bool, result: int) -> None:
    assert parse_mode(text)(mode, is_directory) == result


@pytest.mark.parametrize("text", ["9", "77777", "rwx", "u~x", "z+x", "10000", "", "u=r,"])
def test_other_texts_are_no_modes(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_mode(text)
