"""Images by CRI from a real registry: with a password, by digest, many at once, and their names."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from cri_server.proto import api_pb2 as api
from tests.support.cri import CriServer
from tests.support.registry import Registry


@pytest.fixture
def server(root_pycman):
    made = CriServer(root_pycman, "")
    made.start()
    yield made
    made.stop()


def spec(name: str) -> api.ImageSpec:
    return api.ImageSpec(image=name)


def test_pulls_with_a_password(server, root_pycman, tmp_path) -> None:
    with Registry(tmp_path, user="u", password="p") as private:
        name = f"{private.host}/x:1"
        root_pycman("push", "-q", "--creds", "u:p", "busybox:1", name)
        root_pycman("rmi", "-f", "busybox:1")
        for auth, code in (
            (None, grpc.StatusCode.UNAUTHENTICATED),
            (api.AuthConfig(username="u", password="wrong"), grpc.StatusCode.UNAUTHENTICATED),
            (api.AuthConfig(auth="%%%"), grpc.StatusCode.INVALID_ARGUMENT),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                server.images("PullImage", image=spec(name), auth=auth)
            assert caught.value.code() == code
        made = server.images("PullImage", image=spec(name), auth=api.AuthConfig(username="u", password="p")).image_ref
        (image,) = server.images("ListImages").images
        assert (image.id, list(image.repo_tags)) == (made, [name])
        assert image.repo_digests[0].startswith(f"{private.host}/x@sha256:")
        server.images("RemoveImage", image=spec(made))
        whole = api.AuthConfig(auth=base64.b64encode(b"u:p").decode())
        assert server.images("PullImage", image=spec(name), auth=whole).image_ref == made


def test_by_digest_there_are_no_tags_and_removal_takes_all_names(server, root_pycman, registry) -> None:
    name = f"{registry.host}/cri/y:1"
    root_pycman("push", "-q", "--digestfile", str(root_pycman.folder / "digest"), "busybox:1", name)
    digest = (root_pycman.folder / "digest").read_text()
    root_pycman("rmi", "-f", "busybox:1")
    by_digest = f"{registry.host}/cri/y@{digest}"
    made = server.images("PullImage", image=spec(by_digest)).image_ref
    (image,) = server.images("ListImages").images
    assert (list(image.repo_tags), list(image.repo_digests)) == ([], [by_digest])
    assert server.images("ImageStatus", image=spec(by_digest)).image.id == made
    assert server.images("PullImage", image=spec(name)).image_ref == made
    (image,) = server.images("ListImages", filter=api.ImageFilter(image=spec(name))).images
    assert list(image.repo_tags) == [name]
    root_pycman("tag", name, "localhost/second:1")
    assert not server.images("ListImages", filter=api.ImageFilter(image=spec("nosuch:1"))).images
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: server.images("RemoveImage", image=spec(made)), range(5)))
    assert not server.images("ListImages").images


def test_the_same_image_pulled_by_many_at_once_is_there_once(server, root_pycman, registry) -> None:
    name = f"{registry.host}/cri/z:1"
    root_pycman("push", "-q", "busybox:1", name)
    root_pycman("rmi", "-f", "busybox:1")
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: server.images("PullImage", image=spec(name)).image_ref, range(6)))
    assert len(found) == 1
    assert [image.id for image in server.images("ListImages").images] == list(found)


def test_what_is_not_there_or_not_allowed_is_said(server, root_pycman, registry) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        server.images("PullImage", image=spec(f"{registry.host}/cri/nosuch:1"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as caught:
        server.images("PullImage", image=spec(""))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    server.images("RemoveImage", image=spec("nosuch:1"))
    policy = root_pycman.folder / ".config/containers/policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"default": [{"type": "reject"}]}')
    with pytest.raises(grpc.RpcError) as caught:
        server.images("PullImage", image=spec(f"{registry.host}/cri/nosuch:1"))
    assert caught.value.code() == grpc.StatusCode.UNKNOWN, "of no other code does the kubelet read the words"
    assert caught.value.details().startswith("SignatureValidationFailed: ")
