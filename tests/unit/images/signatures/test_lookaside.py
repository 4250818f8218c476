"""Signatures below a URL: where they are, and how one is added."""

from __future__ import annotations

import os

import pytest

from pycman.errors import Corrupt, InvalidInput, PycmanError, WrongState
from pycman.images.signatures.blob import MAX_COUNT
from pycman.images.signatures.lookaside import (
    add_signature,
    check_writable,
    default_base,
    file_path,
    place_of,
    read_folder,
    read_signatures,
)
from pycman.registry.transport import ClientOptions

DIGEST = "sha256:" + "a" * 64


def test_the_place_is_made_of_repository_and_digest() -> None:
    expected = "https://a.test/x/team/app@sha256=" + "a" * 64
    assert place_of("https://a.test/x/", "team/app", DIGEST) == expected
    assert file_path(place_of("file:///a%20b", "app", DIGEST)) == "/a b/app@sha256=" + "a" * 64
    assert file_path(place_of(default_base("/home/a%b?", rootless=True), "app", DIGEST)).startswith(
        "/home/a%b?/.local/"
    )


@pytest.mark.parametrize(
    "base",
    ["https://", "https://user:secret@a.test", "https://a.test/?x=1", "https://a.test/#x", "https://[a", "http:///x"],
)
def test_a_url_of_no_directory_is_refused(base) -> None:
    with pytest.raises(InvalidInput):
        place_of(base, "app", DIGEST)


def test_signatures_are_added_at_the_end_and_none_is_replaced(tmp_path) -> None:
    folder = str(tmp_path / "a/b@sha256=c")
    assert read_folder(folder) == []
    for content in (b"one", b"two"):
        add_signature(folder, content)
    assert read_folder(folder) == [b"one", b"two"]
    os.unlink(f"{folder}/signature-1")
    assert read_folder(folder) == [], "they are counted from one"
    add_signature(folder, b"three")
    assert read_signatures(f"file://{folder}", ClientOptions()) == [b"three", b"two"]
    assert sorted(os.listdir(folder)) == ["signature-1", "signature-2"]
    assert os.stat(f"{folder}/signature-1").st_mode & 0o777 == 0o644


def test_no_more_are_added_than_are_read(tmp_path) -> None:
    for number in range(1, MAX_COUNT + 1):
        (tmp_path / f"signature-{number}").write_bytes(b"x")
    assert len(read_folder(str(tmp_path))) == MAX_COUNT
    with pytest.raises(WrongState):
        add_signature(str(tmp_path), b"x")
    assert len(os.listdir(tmp_path)) == MAX_COUNT
    (tmp_path / f"signature-{MAX_COUNT + 1}").write_bytes(b"x")
    with pytest.raises(Corrupt):
        read_folder(str(tmp_path))


def test_a_place_that_cannot_be_written_is_found_before(tmp_path) -> None:
    check_writable(f"{tmp_path}/new/new")
    (tmp_path / "file").touch()
    for place in (f"{tmp_path}/file", f"{tmp_path}/file/below", "/proc/self/below"):
        with pytest.raises(PycmanError):
            check_writable(place)
            add_signature(place, b"x")
    for url in ("https://a.test/x", "http://a.test/x"):
        with pytest.raises(InvalidInput, match="lookaside-staging"):
            file_path(url)
