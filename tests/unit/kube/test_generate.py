"""kube generate: objects of containers, pods and volumes that are in the database (podman-kube-generate(1))."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kube_yaml.check.fields import check
from kube_yaml.generate import podman_shape
from kube_yaml.generate.objects import generate, kubernetes_name
from kube_yaml.generate.write import write_yaml
from kube_yaml.read.documents import read_documents
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import format_json
from pycman.spec.container import ContainerSpec
from pycman.spec.health import RestartPolicy
from pycman.spec.pod import PodSpec
from pycman.spec.port import PortMapping
from tests.support.sessions import insert_container, open_session

ONE, TWO, MEMBER, POD = ("1" * 64), ("2" * 64), ("3" * 64), ("4" * 64)
PORT = PortMapping(container_port=80, host_port=8080, host_ip="127.0.0.1")


def insert(session, container_id: str, spec: ContainerSpec, **columns) -> None:
    insert_container(
        session, container_id, name=spec.name, spec=format_json(spec.to_dict()), image_name=spec.image,
        ports=format_json([port.to_dict() for port in spec.ports]), **columns,
    )  # fmt: skip


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        insert(
            opened,
            ONE,
            ContainerSpec(
                name="Web_1", image="i:1", command=("x",), ports=(PORT,), labels={"tier": "front", "bad key": "x"}
            ),
        )
        insert(opened, TWO, ContainerSpec(name="web-1", image="i:2", restart=RestartPolicy(name="on-failure")))
        spec = PodSpec(
            name="p", hostname="h", dns=("192.0.2.53",), extra_hosts=("a:192.0.2.1", "b:192.0.2.1", "g:host-gateway")
        )
        opened.db.change(
            "INSERT INTO pods (id, name, row_state, spec, exit_policy, created_at_ns) VALUES (?, 'p', 'ready', ?, 'continue', 1)",
            (POD, format_json(spec.to_dict())),
        )
        insert(opened, MEMBER, ContainerSpec(name="m", image="i:3"), pod_id=POD)
        yield opened


def objects(session, *names: str, **options) -> list[dict]:
    """Return the objects; their text must be YAML that `kube play` takes."""
    made = generate(session, names, **options)
    report = check(read_documents(write_yaml(made), file="f"))
    assert not report.problems, [problem.describe() for problem in report.problems]
    return list(made.objects)


def test_a_container_is_a_pod_of_its_name(session) -> None:
    (pod,) = objects(session, "Web_1")
    assert (pod["kind"], pod["metadata"]["name"]) == ("Pod", "web-1-pod")
    assert pod["metadata"]["labels"] == {"app": "web-1-pod", "tier": "front"}
    (container,) = pod["spec"]["containers"]
    assert container["ports"] == [{"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1"}]
    assert (container["name"], container["image"], container["args"]) == ("web-1", "i:1", ["x"])
    assert pod["spec"]["restartPolicy"] == "Never"


def test_containers_whose_names_would_be_one_are_refused(session) -> None:
    with pytest.raises(InvalidInput) as caught:
        generate(session, ["Web_1", "web-1"])
    assert caught.value.subject == "web-1"
    assert "Web_1" in str(caught.value)


def test_a_pod_has_its_members_names_and_hosts(session) -> None:
    (pod,) = objects(session, "p")
    assert pod["spec"]["hostname"] == "h"
    assert pod["spec"]["dnsConfig"] == {"nameservers": ["192.0.2.53"]}
    assert pod["spec"]["hostAliases"] == [{"ip": "192.0.2.1", "hostnames": ["a", "b"]}]
    assert [each["name"] for each in pod["spec"]["containers"]] == ["m"]


def test_a_member_is_written_with_its_pod_only(session) -> None:
    with pytest.raises(InvalidInput) as caught:
        generate(session, ["m"])
    assert "pod p" in str(caught.value)


def test_a_service_leads_to_the_pods_ports(session) -> None:
    service, _ = objects(session, "Web_1", service=True)
    assert service["spec"]["selector"] == {"app": "web-1-pod"}
    assert service["spec"]["type"] == "NodePort"
    (port,) = service["spec"]["ports"]
    assert (port["port"], port["targetPort"], port["protocol"]) == (80, 80, "TCP")
    assert 30000 <= port["nodePort"] <= 32767
    with pytest.raises(InvalidInput, match="no ports"):
        generate(session, ["web-1"], service=True)


def test_a_job_is_written_with_the_pods_restart_policy(session) -> None:
    (job,) = objects(session, "web-1", kind="job")
    assert (job["apiVersion"], job["kind"], job["metadata"]["name"]) == ("batch/v1", "Job", "web-1")
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert "selector" not in job["spec"]


def test_a_deployment_needs_containers_that_are_always_started_again(session) -> None:
    with pytest.raises(InvalidInput, match="OnFailure"):
        generate(session, ["web-1"], kind="deployment")
    insert(session, "5" * 64, ContainerSpec(name="on", image="i:1", restart=RestartPolicy(name="always")))
    (deployment,) = objects(session, "on", kind="deployment", replicas=3)
    assert (deployment["kind"], deployment["spec"]["replicas"], deployment["metadata"]["name"]) == (
        "Deployment",
        3,
        "on",
    )
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "on-pod"}
    (daemons,) = objects(session, "on", kind="daemonset")
    assert "replicas" not in daemons["spec"]


@pytest.mark.parametrize(
    ("names", "options", "kind", "subject"),
    [
        (["nosuch"], {}, NotFound, "nosuch"),
        (["web-1"], {"kind": "statefulset"}, InvalidInput, "--type statefulset"),
        (["web-1"], {"replicas": 2}, InvalidInput, "--replicas 2"),
    ],
)
def test_what_cannot_be_written_is_named(session, names: list[str], options: dict, kind: type, subject: str) -> None:
    with pytest.raises(kind) as caught:
        generate(session, names, **options)
    assert caught.value.subject == subject


@pytest.mark.parametrize(
    ("name", "wanted"), [("Web_1", "web-1"), ("-a-", "a"), ("é", "x"), ("a" * 70, "a" * 63), ("a.b", "a-b")]
)
def test_names_have_letters_that_kubernetes_allows(name: str, wanted: str) -> None:
    assert kubernetes_name(name) == wanted


def test_a_pod_of_a_play_is_written_in_its_namespace(session) -> None:
    manifest = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "m", "image": "i:3"}]}}
    session.db.change("UPDATE pods SET name = 'prod-p' WHERE id = ?", (POD,))
    session.db.change(
        "INSERT INTO kube_objects (kind, namespace, name, play, hash, manifest, reference, state, owner, created_at_ns)"
        " VALUES ('Pod', 'prod', 'p', 'f', '', ?, '', 'ready', '', 1)",
        (format_json(manifest),),
    )
    session.db.change(
        "INSERT INTO kube_pods (pod_id, kind, namespace, name, number, hash, maker) VALUES (?, 'Pod', 'prod', 'p', 0, '', '')",
        (POD,),
    )
    (pod,) = objects(session, "prod-p")
    assert pod["metadata"] == {"name": "p", "namespace": "prod", "labels": {"a": "b"}}
    (deployment,) = objects(session, "prod-p", kind="deployment")
    assert deployment["metadata"]["namespace"] == "prod"
    assert "namespace" not in deployment["spec"]["template"]["metadata"]


def test_what_is_left_out_is_told(session) -> None:
    assert generate(session, ["Web_1"]).not_expressible == ("the label bad key of web-1-pod",)
    assert generate(session, ["p"]).not_expressible == ("the host g of p",)


def test_podmans_shape_has_the_time_and_the_words_of_an_image_without_entry_point_in_command(
    session, monkeypatch
) -> None:
    images = {
        "plain": SimpleNamespace(config={"config": {}}),
        "entry": SimpleNamespace(config={"config": {"Entrypoint": ["e"]}}),
    }
    pods = [
        {"metadata": {"name": "p", "labels": {"app": "p"}},
         "spec": {"containers": [{"name": name, "image": name, "args": ["top"], "tty": True} for name in ("plain", "entry")]}}
    ]  # fmt: skip
    monkeypatch.setattr(podman_shape, "find_image", lambda _session, name: images[name])
    podman_shape.as_podman(session, pods, now_ns=1)
    assert pods[0]["metadata"] == {"name": "p", "creationTimestamp": "0001-01-01T00:00:00Z", "labels": {"app": "p"}}
    plain, entry = pods[0]["spec"]["containers"]
    assert list(plain.items()) == [("name", "plain"), ("image", "plain"), ("command", ["top"]), ("tty", True)]
    assert entry["args"] == ["top"] and "command" not in entry


def test_a_pod_without_containers_is_refused(session) -> None:
    session.db.change(
        "INSERT INTO pods (id, name, row_state, spec, exit_policy, created_at_ns) VALUES (?, 'empty', 'ready', ?, 'stop', 1)",
        ("5" * 64, format_json(PodSpec(name="empty").to_dict())),
    )
    with pytest.raises(InvalidInput, match="only has an infra container"):
        generate(session, ["empty"])


def test_workloads_have_podmans_names_and_leave_out_a_policy_that_they_do_not_allow(session) -> None:
    for kind, policy in (("deployment", None), ("job", "Never")):
        made = generate(session, ["p"], kind=kind, as_podman=True)
        (workload,) = made.objects
        assert workload["metadata"]["name"] == f"p-{kind}"
        assert workload["spec"]["template"]["spec"].get("restartPolicy") == policy
    assert (
        "the restart policy Never of p" in generate(session, ["p"], kind="deployment", as_podman=True).not_expressible
    )


def test_podmans_capabilities_have_their_full_names(session) -> None:
    container = {"name": "c", "image": "i", "securityContext": {"capabilities": {"drop": ["CHOWN"], "add": ["ALL"]}}}
    value = {"metadata": {"name": "p"}, "spec": {"containers": [container]}}
    podman_shape.as_podman(session, [value], now_ns=0)
    assert container["securityContext"]["capabilities"] == {"drop": ["CAP_CHOWN"], "add": ["ALL"]}
