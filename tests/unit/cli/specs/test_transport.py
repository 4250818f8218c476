"""Which words of `pull` and `push` are files."""

from __future__ import annotations

import pytest

from cli.specs.transport import refuse_flags
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.image_file import parse_image_file
from tests.support.calls import call_of


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("oci-archive:/x.tar", ("oci-archive", "/x.tar", "")),
        ("docker-archive:x.tar:a/b:1", ("docker-archive", "x.tar", "a/b:1")),
        ("oci:/x:tag", ("oci", "/x", "tag")),
        ("dir:/x:y", ("dir", "/x:y", "")),
    ],
    ids=["oci-archive", "docker-archive", "oci", "dir"],
)
def test_a_transport_names_a_file_and_maybe_one_image_in_it(name: str, file: tuple[str, str, str]) -> None:
    parsed = parse_image_file(name)
    assert parsed is not None
    assert (parsed.transport, parsed.path, parsed.reference) == file


@pytest.mark.parametrize("name", ["busybox:1", "registry:5000/dir:1", "docker://busybox", "dir", "oci-image:1"])
def test_names_of_images_are_no_files(name: str) -> None:
    assert parse_image_file(name) is None


def test_a_transport_without_a_path_is_refused() -> None:
    with pytest.raises(InvalidInput, match="it names no file"):
        parse_image_file("dir:")


def test_flags_for_registries_are_refused() -> None:
    call = call_of("--all-tags", "dir:/x", command="pull")
    with pytest.raises(Unsupported, match="for registries only"):
        refuse_flags(call, ("platform", "all-tags"), "dir:/x")
    refuse_flags(call, ("platform",), "dir:/x")
