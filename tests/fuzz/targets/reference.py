"""Names of images."""

from __future__ import annotations

from pycman.spec.image_reference import normalize_reference, parse_image_reference
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    reference = parse_image_reference(text)
    again = parse_image_reference(str(reference))
    assert again == reference, (text, reference, again)
    whole = normalize_reference(text)
    assert "\n" not in str(whole)
    assert " " not in str(whole)


_DIGEST = b"@sha256:" + b"0" * 64

TARGET = Target(
    run=run,
    seeds=(b"busybox", b"docker.io/library/busybox:1.36", b"localhost:5000/a/b_c.d-e:tag" + _DIGEST, b"[::1]:5000/a", b"a" + _DIGEST, b"x.y/z@sha512:" + b"f" * 128),
    words=(_DIGEST, b"localhost", b"docker.io/", b"library/", b":latest", b"@", b"__", b"--", b"..", b"://", b"[::1]", b"sha256:"),
    longest=2000,
)  # fmt: skip
