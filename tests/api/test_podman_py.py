"""podman's own API as podman-py sees it; one server for each test, as each costs a second."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import podman
import pytest
from podman.errors import APIError, ImageNotFound, NotFound

from tests.support.engine_api import EngineApi

BUSYBOX = "localhost/busybox:1"
KUBE = """
apiVersion: v1
kind: Pod
metadata: {name: played}
spec: {containers: [{name: c, image: localhost/busybox:1, command: [sleep, "100"]}]}
"""


def client_of(api: EngineApi) -> podman.PodmanClient:
    return podman.PodmanClient(base_url=api.uri, timeout=60)


def archive_of(name: str, data: bytes) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        member.uid = 1234
        tar.addfile(member, io.BytesIO(data))
    return written.getvalue()


def test_the_life_of_a_container_as_podman_py_sees_it(api: EngineApi) -> None:
    client = client_of(api)
    assert client.ping()
    assert client.version()["Components"][0]["Name"] == "Podman Engine"
    assert client.info()["host"]["serviceIsRemote"]
    assert client.images.get(BUSYBOX).tags == [BUSYBOX]
    with pytest.raises(ImageNotFound):
        client.images.get("nosuch")
    with pytest.raises(NotFound, match="no such container"):
        client.containers.get("nosuch")
    assert client.containers.run(BUSYBOX, ["sh", "-c", "echo out"], remove=True) == b"out\n"

    web = client.containers.create(
        BUSYBOX, ["sh", "-c", "echo line; trap 'exit 9' TERM; while :; do sleep 0.05; done"], name="web", environment={"A": "b"},
        labels={"l": "v"}, volumes={"data": {"bind": "/data", "mode": "rw"}}, mem_limit="64m", read_only=False, dns=["1.2.3.4"],
    )  # fmt: skip
    assert web.status == "created"
    status, problem = api("POST", "/v5.0.0/libpod/containers/create", {"image": BUSYBOX, "name": "web"})
    assert (status, problem["response"], problem["cause"]) == (500, 500, "that name is already in use")
    web.start()
    web.reload()
    assert (web.status, web.name, web.attrs["HostConfig"]["Memory"]) == ("running", "web", 64 << 20)
    assert web.attrs["HostConfig"]["Binds"] == ["data:/data:rw,rprivate,nosuid,nodev,rbind"]
    assert [each.name for each in client.containers.list(filters={"label": "l=v"})] == ["web"]

    assert web.exec_run(["sh", "-c", "echo $A; exit 4"], demux=True) == (4, (b"b\n", None))
    assert web.exec_run(["sh", "-c", "echo o; echo e >&2"], demux=True)[1] == (b"o\n", b"e\n")
    assert web.exec_run("tty", tty=True)[1].startswith(b"/dev/pts/")
    assert web.exec_run("nosuch")[0] == 127
    assert web.get_archive("/data")[1]["isDir"]
    assert web.put_archive("/data", archive_of("file", b"hello"))
    pieces, found = web.get_archive("/data/file")
    assert (found["name"], found["size"], found["linkTarget"]) == ("file", 5, "/data/file")
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        member = tar.getmember("file")
        assert (member.uid, tar.extractfile(member).read()) == (0, b"hello")  # type: ignore[union-attr]
    renamed = "/v5.0.0/libpod/containers/web/archive?path=/data&rename=%7B%22file%22%3A%22other%22%7D&copyUIDGID=false"
    assert api("PUT", renamed, archive_of("file", b"again"), {"Content-Type": "application/x-tar"})[0] == 200
    assert web.exec_run(["stat", "-c", "%u", "/data/other"], demux=True)[1][0] == b"1234\n"
    assert b"".join(web.logs()) == b"line\n"
    assert web.top()["Titles"][:2] == ["USER", "PID"]
    statistics = web.stats(stream=False, decode=True)
    assert statistics["Stats"][0]["MemUsage"] > 0
    web.exec_run(["touch", "/touched"])
    assert {"Path": "/touched", "Kind": 1} in web.diff()

    web.rename("other")
    if api.pycman.user == "root":  # cgroups of this machine's ordinary users have no freezer
        web.pause()
        assert client.containers.get("other").status == "paused"
        web.unpause()
    for call in ({"signal": "0"}, {"signal": "CONT"}):
        assert api("POST", f"/v5.0.0/libpod/containers/{web.id}/kill?signal={call['signal']}")[0] in (204, 400)
    status, answer = api("DELETE", f"/v5.0.0/libpod/containers/{web.id}")
    assert (status, answer["cause"]) == (500, "container state improper")
    web.stop(timeout=20)
    assert web.wait() == 9
    assert api("POST", f"/v5.0.0/libpod/containers/{web.id}/stop")[0] == 304
    assert api("POST", f"/v5.0.0/libpod/containers/{web.id}/wait?condition=exited")[1] == 9
    assert api("DELETE", f"/v5.0.0/libpod/containers/{web.id}?v=true") == (200, [{"Id": web.id, "Err": None}])
    assert api("POST", f"/v5.0.0/libpod/containers/{web.id}/wait")[1] == 9  # by its id also after it is gone
    with api.open("GET", "/v5.0.0/libpod/events?since=1&stream=false") as told:
        actions = [json.loads(line)["Action"] for line in told.read().splitlines()]
    assert {"create", "start", "died", "remove"} <= set(actions)


def test_pods_images_networks_volumes_secrets_and_yaml(api: EngineApi) -> None:
    client = client_of(api)
    pod = client.pods.create("pod")
    client.containers.create(BUSYBOX, ["sleep", "100"], pod=pod, name="member")
    pod.start()
    pod.reload()
    assert pod.attrs["State"] == "Running"
    assert {each["Name"] for each in pod.attrs["Containers"]} >= {"member"}
    assert any("sleep" in " ".join(row) for row in pod.top()["Processes"])
    assert client.pods.stats(name="pod", decode=True)
    with pytest.raises(APIError) as taken:
        client.pods.create("pod")
    assert taken.value.status_code == 409
    pod.stop(timeout=1)
    pod.remove(force=True)
    assert not client.pods.exists("pod")

    image, lines = client.images.build(
        fileobj=io.StringIO(f"FROM {BUSYBOX}\nRUN echo said; echo ran > /r\nCMD cat /r\n"), tag="made:1"
    )
    text = b"".join(json.loads(line)["stream"].encode() for line in lines).decode()
    assert text.index("STEP 2/3: RUN") < text.index("said\n") < text.index("STEP 3/3: CMD")
    assert image.tags == ["localhost/made:1"]
    assert client.containers.run("made:1", remove=True) == b"ran\n"
    broken = archive_of("Containerfile", f"FROM {BUSYBOX}\nRUN exit 5\n".encode())
    with api.open("POST", "/v5.0.0/libpod/build", broken) as failed:
        assert "exit status 5" in json.loads(failed.read().splitlines()[-1])["error"]
    image.tag("other/name", "2")
    saved = b"".join(client.images.get("made:1").save(named=True))
    with tarfile.open(fileobj=io.BytesIO(saved)) as tar:
        assert "manifest.json" in tar.getnames()
    results = client.images.remove("localhost/made:1") + client.images.remove("other/name:2")
    assert any("Deleted" in result for result in results)
    assert [each.tags for each in client.images.load(saved)] == [["localhost/made:1"]]
    with pytest.raises(APIError, match="payload does not match"):
        list(client.images.load(b"no archive"))
    made = client.manifests.create("localhost/list:1", [BUSYBOX])
    assert len(made.attrs["manifests"]) == 1
    assert client.manifests.exists("localhost/list:1")
    made.remove(made.attrs["manifests"][0]["digest"])
    client.images.remove("localhost/made:1", force=True)

    network = client.networks.create("net", dns_enabled=True, labels={"a": "b"})
    served = client.containers.run(
        BUSYBOX, ["sleep", "100"], networks={"net": {"aliases": ["nick"]}}, detach=True, name="served"
    )
    address = served.attrs["NetworkSettings"]["Networks"]["net"]["IPAddress"]
    found = client.containers.run(BUSYBOX, ["nslookup", "nick"], networks={"net": {}}, remove=True)
    assert address.encode() in found
    assert api("DELETE", "/v5.0.0/libpod/networks/net")[0] == 409
    served.remove(force=True)
    network.remove()
    volume = client.volumes.create("vol", labels={"x": "y"})
    assert volume.attrs["Labels"] == {"x": "y"}
    assert api("POST", "/v5.0.0/libpod/volumes/vol/import", archive_of("f", b"in"))[0] == 204
    assert b"in" in api("GET", "/v5.0.0/libpod/volumes/vol/export")[1]
    volume.remove()
    secret = client.secrets.create("key", b"\0secret")
    spec = {"image": BUSYBOX, "command": ["cat", "/run/secrets/key"], "secrets": [{"Source": "key"}], "name": "reads"}
    assert api("POST", "/v5.0.0/libpod/containers/create", spec)[0] == 201
    reads = client.containers.get("reads")
    reads.start()
    assert reads.wait() == 0
    assert b"".join(reads.logs()) == b"\0secret"
    reads.remove()
    secret.remove()

    assert api("POST", "/v5.0.0/libpod/play/kube", KUBE.encode())[1]["Pods"][0]["Containers"]
    assert client.pods.exists("played")
    assert b"kind: Pod" in api("GET", "/v5.0.0/libpod/generate/kube?names=played")[1]
    assert api("DELETE", "/v5.0.0/libpod/play/kube", KUBE.encode())[1]["RmReport"]
    assert not client.pods.exists("played")
    assert [row["ImageID"] for row in client.df()["Images"]]


def test_broken_requests_have_podman_s_errors(root_api: EngineApi) -> None:
    api = root_api
    huge: Any = b'{"a": "' + b"x" * (9 << 20) + b'"}'
    for method, path, body, status in (
        ("GET", "nosuch", None, 404),
        ("PUT", "info", None, 405),
        ("POST", "containers/create", b"{", 400),
        ("POST", "containers/create", b"[]", 500),
        ("POST", "containers/create", b"[" * 100_000, 400),
        ("POST", "containers/create", huge, 413),
        ("POST", "containers/create", {"image": "nosuch:1"}, 404),
        ("POST", "containers/create", {"image": BUSYBOX, "name": "../x"}, 500),
        ("POST", "containers/create", {"image": BUSYBOX, "intelRdt": {"closID": "x"}}, 501),
        ("POST", "pods/create", {"name": "a/b"}, 500),
        ("GET", "containers/..%2f..%2fetc/json", None, 404),
        ("GET", "exec/..%2Fx/json", None, 404),
        ("POST", "exec/../remove", None, 404),
        ("POST", "volumes/create", {"Name": "../../x"}, 500),
        ("POST", "networks/create", {"name": "a/b"}, 500),
        ("POST", "secrets/create?name=..%2Fx", b"x", 500),
        ("GET", "containers/json?all=garb1age", None, 500),
        ("GET", "pods/json?filters=%7B", None, 400),
        ("GET", "images/nosuch/get", None, 404),
        ("GET", f"images/{BUSYBOX}/get?format=foo", None, 500),
        ("POST", "images/load", b"not a tar at all", 500),
        ("POST", "kube/play", b"kind: [", 500),
        ("POST", "manifests/nosuch/add", {"images": ["x"]}, 404),
        ("POST", "containers/x/checkpoint", None, 404),
        ("GET", "containers/stats?containers=nosuch&stream=false", None, 404),
    ):
        found, answer = api(method, f"/v5.0.0/libpod/{path}", body)
        assert (found, list(answer)) == (status, ["cause", "message", "response"]), (method, path, found, answer)
        assert answer["response"] == status
    head = api.open("HEAD", "/libpod/_ping")
    assert (head.status, head.headers["Libpod-API-Version"], head.read()) == (200, "5.4.2", b"")
