"""What only images say about a pod's containers (Kubernetes, "Security context": runAsNonRoot, runAsGroup)."""

from __future__ import annotations

import json

import pytest

from kube_yaml.play.image_facts import apply_image_facts
from pycman.errors import InvalidInput
from pycman.images.image import Image
from pycman.spec.mount import Mount
from tests.support.plays import pod_of


def image(**config: object) -> Image:
    return Image(id="0" * 64, config_text=json.dumps({"config": config}))


def finished(context: str, *, user: str = "", pod: str = ""):
    plan = pod_of(f"containers:\n- name: c\n  image: i:1\n  securityContext: {context}\n{pod}")
    return apply_image_facts(plan, {"i:1": image(User=user)})[0].spec


@pytest.mark.parametrize(
    ("context", "user", "wanted"),
    [
        ("{}", "app", ""), ("{runAsGroup: 5}", "app", "app:5"), ("{runAsGroup: 5}", "app:staff", "app:5"), ("{runAsGroup: 5}", "", "0:5"),
        ("{runAsUser: 7, runAsGroup: 5}", "app", "7:5"), ("{runAsUser: 7}", "app", "7"),
    ],
)  # fmt: skip
def test_a_group_alone_goes_with_the_images_user(context: str, user: str, wanted: str) -> None:
    assert finished(context, user=user).user == wanted


@pytest.mark.parametrize(
    ("context", "user", "says"),
    [
        ("{runAsNonRoot: true}", "", "would run as root"), ("{runAsNonRoot: true}", "0", "would run as root"),
        ("{runAsNonRoot: true}", "0:5", "would run as root"), ("{runAsNonRoot: true, runAsUser: 0}", "app", "would run as root"),
        ("{runAsNonRoot: true}", "app", "'app' is not a number, so it cannot be verified"), ("{runAsNonRoot: true}", "²", "so it cannot be verified"),
    ],
)  # fmt: skip
def test_a_user_that_is_or_may_be_root_is_refused_where_the_field_says_so(context: str, user: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        finished(context, user=user)
    assert says in str(caught.value)
    assert "f.yaml:6: spec.containers[0].securityContext.runAsNonRoot" in caught.value.subject


@pytest.mark.parametrize(
    ("context", "user"), [("{runAsNonRoot: true}", "9"), ("{runAsNonRoot: true, runAsUser: 9}", ""), ("{}", "0")]
)
def test_any_other_user_is_fine(context: str, user: str) -> None:
    finished(context, user=user)


def test_volumes_of_other_images_are_seen_read_only_where_an_annotation_asks() -> None:
    plan = pod_of(
        "containers: [{name: c, image: 'i:1'}]", metadata="annotations: {io.podman.annotations.kube.image.volumes.mount/c: 'data:1'}"
    )  # fmt: skip
    images = {"i:1": image(), "data:1": image(Volumes={"/srv/data": {}})}
    assert apply_image_facts(plan, images)[0].spec.mounts[-1] == Mount(
        kind="image", source="data:1", target="/srv/data", subpath="srv/data", read_only=True
    )
