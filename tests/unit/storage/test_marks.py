"""Where overlayfs's whiteouts cannot be made, fuse-overlayfs's marks hide names, and a copy of the layers is the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pycman.storage.copy_tree import copy_tree
from pycman.storage.merged_view import list_names, look_up
from pycman.storage.unpack import OverlayStyle


def test_marks_hide_what_is_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lower, upper, copy = tmp_path / "lower", tmp_path / "upper", tmp_path / "copy"
    for path in ("gone", "-odd", "kept"):
        (lower / path).mkdir(parents=True)
        (lower / path / "old").touch()
    (lower / "opaque").mkdir()
    (lower / "opaque/old").touch()
    (upper / "opaque").mkdir(parents=True)

    def refuse(*_arguments: object, **_keywords: object) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "mknod", refuse)
    monkeypatch.setattr("pycman.storage.unpack.set_attribute", refuse)
    top, opaque = (os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in (upper, upper / "opaque"))
    style = OverlayStyle(rootless=False)
    style.hide(top, "gone")
    style.hide(top, "-odd")
    style.make_opaque(opaque)
    os.close(top)
    os.close(opaque)
    (upper / "-odd").mkdir()
    (upper / "-odd/new").touch()
    stack = [str(upper), str(lower)]
    assert list_names(stack) == ["-odd", "kept", "opaque"]
    assert look_up(stack, "gone")[1] is None
    assert list_names(look_up(stack, "-odd")[2]) == ["new"]
    assert list_names(look_up(stack, "opaque")[2]) == []
    for layer in (lower, upper):
        copy_tree(str(layer), str(copy), whiteouts=True)
    found = sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if not path.name.startswith(".wh."))
    assert found == ["-odd", "-odd/new", "kept", "kept/old", "opaque"]
    assert not list(copy.rglob(".wh.*"))
