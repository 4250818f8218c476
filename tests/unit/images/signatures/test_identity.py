"""Which identity in a signature is accepted for an image."""

from __future__ import annotations

import pytest

from pycman.config.policy_requirements import SignedIdentity
from pycman.images.signatures.identity import accepts
from pycman.spec.image_reference import parse_image_reference

D1, D2 = "sha256:" + "1" * 64, "sha256:" + "2" * 64
EXACT, REPOSITORY = SignedIdentity(kind="matchExact"), SignedIdentity(kind="matchRepository")
DEFAULT = SignedIdentity()
REFERENCE = SignedIdentity(kind="exactReference", reference="public.test/x:1")
REPOSITORY_NAMED = SignedIdentity(kind="exactRepository", reference="public.test/x")
REMAP = SignedIdentity(kind="remapIdentity", prefix="mirror.test/p", signed_prefix="public.test/q")


@pytest.mark.parametrize(
    ("identity", "image", "signed", "good"),
    [
        (DEFAULT, "a.test/x:1", "a.test/x:1", True),
        (DEFAULT, "a.test/x:1", "A.TEST/x:1", True),
        (DEFAULT, "a.test/x:1", "a.test/x:2", False),
        (DEFAULT, "a.test/x:1", "a.test/x", False),
        (DEFAULT, "a.test/x:latest", "a.test/x", False),
        (DEFAULT, "a.test/x:1", "a.test/y:1", False),
        (DEFAULT, "a.test/x:1", "a.test:443/x:1", False),
        (DEFAULT, "a.test/x:1", f"a.test/x:1@{D1}", False),
        (DEFAULT, "a.test/x:1", f"a.test/x@{D1}", False),
        (DEFAULT, "a.test/x:1", "docker://a.test/x:1", False),
        (DEFAULT, "a.test/x:1", "a.test/x:1\n", False),
        (DEFAULT, "a.test/x:1", "", False),
        (DEFAULT, "docker.io/library/x:1", "x:1", True),
        (DEFAULT, "docker.io/library/x:1", "index.docker.io/library/x:1", True),
        (DEFAULT, f"a.test/x@{D1}", "a.test/x:whatever", True),
        (DEFAULT, f"a.test/x@{D1}", f"a.test/x@{D2}", True),
        (DEFAULT, f"a.test/x@{D1}", "a.test/x", False),
        (DEFAULT, f"a.test/x@{D1}", "a.test/y:1", False),
        (DEFAULT, f"a.test/x:1@{D1}", "a.test/x:2", True),
        (EXACT, "a.test/x:1", "a.test/x:1", True),
        (EXACT, "a.test/x:1", "a.test/x:2", False),
        (EXACT, f"a.test/x@{D1}", "a.test/x:1", False),
        (EXACT, f"a.test/x@{D1}", f"a.test/x@{D1}", True),
        (REPOSITORY, "a.test/x:1", "a.test/x:2", True),
        (REPOSITORY, "a.test/x:1", "a.test/x", True),
        (REPOSITORY, "a.test/x:1", "a.test/x/y:1", False),
        (REFERENCE, "a.test/any:5", "public.test/x:1", True),
        (REFERENCE, "public.test/x:2", "public.test/x:2", False),
        (REFERENCE, "a.test/any:5", "public.test/x", False),
        (REPOSITORY_NAMED, "a.test/any:5", "public.test/x", True),
        (REPOSITORY_NAMED, "a.test/any:5", "public.test/y:1", False),
        (REMAP, "mirror.test/p/x:1", "public.test/q/x:1", True),
        (REMAP, "MIRROR.test/p/x:1", "public.test/q/x:1", True),
        (REMAP, "mirror.test/p/x:1", "mirror.test/p/x:1", False),
        (REMAP, "mirror.test/p:1", "public.test/q:1", True),
        (REMAP, "mirror.test/px:1", "public.test/qx:1", False),
        (REMAP, "mirror.test/px:1", "mirror.test/px:1", True),
        (REMAP, f"mirror.test/p/x@{D1}", "public.test/q/x:7", True),
        (REMAP, "other.test/x:1", "other.test/x:1", True),
        (SignedIdentity(kind="matchNothing"), "a.test/x:1", "a.test/x:1", False),
    ],
)
def test_a_claimed_identity(identity, image, signed, good) -> None:
    assert accepts(identity, parse_image_reference(image), signed) is good


@pytest.mark.parametrize("identity", [DEFAULT, EXACT, REPOSITORY, REMAP])
def test_an_image_without_a_name_needs_one_that_the_policy_says(identity) -> None:
    assert not accepts(identity, None, "a.test/x:1")
    assert accepts(REFERENCE, None, "public.test/x:1")
    assert accepts(REPOSITORY_NAMED, None, "public.test/x:5")
