"""Which words of `pull` and `push` are files."""

from __future__ import annotations

import pytest

from cli.specs.transport import file_of, refuse_flags
from pycman.errors import Unsupported
from tests.support.calls import call_of


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("oci-archive:/x.tar", ("oci-archive", "/x.tar")),
        ("docker-archive:/x.tar", ("docker-archive", "/x.tar")),
        ("oci:/x", ("oci", "/x")),
        ("dir:/x", ("dir", "/x")),
        ("busybox:1", None),
        ("registry:5000/dir:1", None),
        ("docker://busybox", None),
        ("dir", None),
    ],
    ids=["oci-archive", "docker-archive", "oci", "dir", "tag", "port", "docker", "bare"],
)
def test_a_transport_names_a_file(name: str, file: tuple[str, str] | None) -> None:
    assert file_of(name) == file


@pytest.mark.parametrize("name", ["oci:/x:tag", "dir:"])
def test_one_image_of_a_file_cannot_be_named(name: str) -> None:
    with pytest.raises(Unsupported, match="cannot be named"):
        file_of(name)


def test_flags_for_registries_are_refused() -> None:
    call = call_of("--all-tags", "dir:/x", command="pull")
    with pytest.raises(Unsupported, match="for registries only"):
        refuse_flags(call, ("platform", "all-tags"), "dir:/x")
    refuse_flags(call, ("platform",), "dir:/x")
