"""Every problem of documents is reported at once, with line and path."""

from __future__ import annotations

import pytest

from kube_yaml.check.fields import check
from kube_yaml.check.references import missing_references
from kube_yaml.read.documents import read_documents
from kube_yaml.schema import all_tables
from kube_yaml.schema.types import TYPES

POD = """apiVersion: v1
kind: Pod
metadata:
  name: p
spec:
  containers:
  - name: c
    image: i
"""


def problems(text: str, **options) -> list[str]:
    return [problem.describe() for problem in check(read_documents(text, file="f"), **options).problems]


def pod(more: str = "", container: str = "") -> str:
    return (
        POD
        + "".join(f"    {line}\n" for line in container.splitlines())
        + "".join(f"  {line}\n" for line in more.splitlines())
    )


def test_a_plain_pod_is_fine() -> None:
    assert problems(POD) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (pod(container="ports: [{containerPort: 99999}]"), "f:9: spec.containers[0].ports[0].containerPort: 99999 is not a port"),
        (pod(container="imagepullpolicy: Never"), "f:9: spec.containers[0].imagepullpolicy: no such field (did you mean imagePullPolicy?)"),
        (pod("restartPolicy: Sometimes"), "f:9: spec.restartPolicy: 'Sometimes' is none of Always, OnFailure, Never"),
        (pod("ephemeralContainers: [{}]"), "not supported: only an API can add them; use pycman exec"),
        (pod("resourceClaims: [{name: x}]"), "not supported yet"),
        (pod(container="resources: {limits: {memory: lots}}"), "'lots' is not a quantity"),
        (pod(container="resources: {limits: {cpu: 1}, requests: {cpu: 2}}"), "2 is more than the limit, 1"),
        (pod(container="resources: {limits: {nvidia.com/gpu: 1}}"), "no such resource (ask for a device by podman.io/device=PATH)"),
        (pod(container="restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]"), "needs a restartPolicy of its own"),
        (pod("hostnameOverride: a.b\nhostNetwork: true"), "cannot be combined with hostNetwork or setHostnameAsFQDN"),
        (pod(container="resources: {limits: {hugepages-2: 4Mi}}"), "not a huge page size"),
        (pod(container="resources: {limits: {hugepages-2Mi: 5Mi}}"), "5Mi is not a multiple of 2097152 bytes, the page size"),
        (pod(container="resources: {requests: {hugepages-2Mi: 4Mi}}"), "huge pages need a limit"),
        (pod(container="env: [{name: A, value: 5}]"), "5 is not a string; put it in quotes"),
        (pod(container="env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"), "valueFrom: it cannot be combined with value"),
        (pod(container="volumeMounts: [{name: v, mountPath: /v}]"), "the pod has no volume v"),
        (pod("volumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]"), "exactly one source, not emptyDir, hostPath"),
        (pod("volumes: [{name: v, csi: {driver: x}}]"), "use a persistentVolumeClaim or a hostPath"),
        (pod("volumes: [{name: V, emptyDir: {}}]"), "'V' is not a DNS label"),
        (pod("volumes: [{name: v, downwardAPI: {items: [{path: a}]}}]"), "items[0]: it needs either fieldRef or resourceFieldRef"),
        (pod("volumes: [{name: v, projected: {sources: [{downwardAPI: {items: [{path: a}]}}]}}]"), "it needs either fieldRef or"),
        (pod("terminationGracePeriodSeconds: 9223372036854775807"), "9223372036854775807 is more than 2147483647"),
        (pod("terminationGracePeriodSeconds: -1"), "-1 is not 0 or more"),
        (pod("runtimeClassName: ../../bin/sh"), "'../../bin/sh' is not a DNS name"),
        (pod('dnsConfig: {searches: ["a\\nnameserver 6.6.6.6"]}'), "dnsConfig.searches[0]: 'a\\nnameserver 6.6.6.6' is not one word"),
        (pod('dnsConfig: {options: [{name: ndots, value: "1 2"}]}'), "dnsConfig.options[0].value: '1 2' is not one word"),
        (pod(container="livenessProbe: {httpGet: {port: 80}, tcpSocket: {port: 80}}"), "exactly one of"),
        (pod(container="livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}"), "2 is not 1"),
        (pod(container="securityContext: {runAsUser: root}"), "'root' is not a whole number"),
        (pod(container="securityContext: {capabilities: {add: [net-admin]}}"), "is not a capability"),
        (pod("securityContext: {windowsOptions: {}}"), "there is no Windows"),
        (pod("securityContext: {sysctls: [{name: kernel.hostname, value: x}]}"), "kernel.hostname is not namespaced"),
        (pod("hostNetwork: true\nsecurityContext: {sysctls: [{name: net.core.somaxconn, value: '1'}]}"), "the host's own"),
        (pod("dnsPolicy: None"), "needs at least one name server"),
        (pod("hostNetwork: true", "ports: [{containerPort: 80, hostPort: 81}]"), "it must be 80, the containerPort"),
        (pod(container="ports: [{containerPort: 80, hostPort: 81}, {containerPort: 82, hostPort: 81}]"), "port 81 of the host is used twice"),
        (pod("initContainers: [{name: c, image: i}]"), "two containers have the name c"),
        (pod("initContainers: [{name: d, image: i, readinessProbe: {exec: {command: [x]}}}]"), "only sidecars among init containers can have it"),
        (POD.replace("name: p", "name: Not_A_Name"), "f:4: metadata.name: 'Not_A_Name' is not a DNS name"),
        (POD.replace("    image: i\n", ""), "f:7: spec.containers[0].image: this field is required"),
        (POD.replace("kind: Pod", "kind: Pot"), "no such kind: Pot (did you mean Pod?)"),
        (POD.replace("v1", "v2", 1), "v2 is not v1, the version of a Pod"),
        (POD + "---\n" + POD, "Pod p is defined twice (first in f:1)"),
        ("kind: Deployment\napiVersion: extensions/v1beta1\nmetadata: {name: d}\nspec: {template: {spec: {containers: []}}}",
         "was removed from Kubernetes; use apps/v1, the version of a Deployment"),
        ("kind: CronJob\napiVersion: batch/v1\nmetadata: {name: d}\nspec: {schedule: every day, jobTemplate: {spec: {}}}",
         "is not a schedule"),
        ("kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {a: '***'}", "not base64"),
        ("kind: ServiceAccount\napiVersion: v1\nmetadata: {name: s}", "no document in it can be played"),
    ],
)  # fmt: skip
def test_each_fault_is_reported_at_its_place(text: str, wanted: str) -> None:
    lines = problems(text)
    assert any(wanted in line for line in lines), lines


def workload(kind: str, spec: str, policy: str = "") -> str:
    group = "batch/v1" if kind == "Job" else "apps/v1"
    return (
        f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: w}}\nspec:\n  {spec}\n  template:\n    metadata: {{labels: {{a: b}}}}\n"
        f"    spec: {{{policy}containers: [{{name: c, image: i, ports: [{{containerPort: 80, hostPort: 80}}]}}]}}\n"
    )


def test_workloads_have_rules_of_their_own() -> None:
    assert "cannot all have port 80 of the host" in problems(workload("Deployment", "replicas: 2"))[0]
    assert (
        "the pod template has no such label" in problems(workload("Deployment", "selector: {matchLabels: {x: y}}"))[0]
    )
    assert "the pods of a Job need Never or OnFailure" in problems(workload("Job", "completions: 1"))[0]
    assert problems(workload("Job", "completions: 1", "restartPolicy: Never, ")) == []
    assert (
        "the pods of a Deployment need Always"
        in problems(workload("Deployment", "replicas: 1", "restartPolicy: Never, "))[0]
    )


def test_all_problems_are_reported_at_once_by_line() -> None:
    numbers = [
        int(line.split(":")[1])
        for line in problems(pod("restartPolicy: X\nfoo: 1", "ports: [{containerPort: 0}]\nenv: [{}]"))
    ]
    assert numbers == sorted(numbers)
    assert len(numbers) == 4


def test_unknown_fields_can_be_warnings_or_let_be_but_never_in_security() -> None:
    text = pod("colour: red")
    report = check(read_documents(text, file="f"), validate="warn")
    assert not report.problems
    assert "spec.colour: no such field" in report.warnings[0].describe()
    assert problems(text, validate="ignore") == []
    assert problems(pod("securityContext: {runAsNonRot: true}"), validate="ignore")
    assert problems(pod("ephemeralContainers: [{}]"), validate="ignore")


def test_what_means_nothing_on_one_host_is_named_once() -> None:
    report = check(
        read_documents(
            pod("nodeSelector: {a: b}") + "---\n" + pod("nodeSelector: {a: b}").replace("name: p", "name: q"), file="f"
        )
    )
    assert report.notes == ("spec.nodeSelector has no effect (there is one node)",)


def test_a_size_that_is_not_kept_to_is_named() -> None:
    volumes = "volumes: [{name: d, emptyDir: {sizeLimit: 1Mi}}, {name: m, emptyDir: {medium: Memory, sizeLimit: 1Mi}}]"
    report = check(read_documents(pod(volumes, "resources: {limits: {ephemeral-storage: 1Gi}}"), file="f"))
    assert report.notes == (
        "spec.volumes[0].emptyDir.sizeLimit is not enforced: only volumes in memory have a size limit",
        "spec.containers[0].resources.limits.ephemeral-storage is not enforced: directories have no size limit",
    )


def test_references_must_lead_somewhere() -> None:
    text = pod(
        "volumes: [{name: v, secret: {secretName: s}}]",
        "envFrom: [{configMapRef: {name: m}}, {configMapRef: {name: o, optional: true}}]",
    )
    documents = read_documents(text, file="f")
    lines = [problem.describe() for problem in missing_references(documents, {})]
    assert len(lines) == 2
    assert "spec.containers[0].envFrom[0].configMapRef.name: there is no ConfigMap m" in lines[0]
    assert (
        missing_references(documents, {"ConfigMap": frozenset(("default/m",)), "Secret": frozenset(("default/s",))})
        == []
    )


def test_every_type_of_the_tables_is_known() -> None:
    tables = all_tables()
    for table in tables.values():
        for field in table.values():
            key, _, kind = field.type.strip("[]{}").rpartition(":")
            assert not key or key in TYPES, field
            assert (
                kind in tables
                or kind in TYPES
                or "|" in kind
                or field.support == "A"
                or kind in ("Always", "linux", "1", "Filesystem", "Restart")
            ), field
            assert field.support in "YLRAS"


def noted(key: str, value: str = "x", more: str = "restartPolicy: Never", kind: str = "Pod") -> str:
    text = pod(more + "\ninitContainers: [{name: i, image: i}]").replace("  name: p\n", f"  name: p\n  annotations: {{{key}: '{value}'}}\n")  # fmt: skip
    if kind == "Pod":
        return text
    body = text.partition("spec:\n")[2].replace("\n", "\n    ")
    return f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: p, annotations: {{{key}: '{value}'}}}}\nspec:\n  template:\n    spec:\n    {body}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (noted("io.podman.annotations.userns", "mine"), "f:5: metadata.annotations.io.podman.annotations.userns: 'mine' is none of host"),
        (noted("io.podman.annotations.init.container.type", "twice"), "'twice' is none of once, always"),
        (noted("io.podman.annotations.ulimit", "nofile"), "invalid ulimit"),
        (noted("io.pycman.annotations.pids-limit/c", "many"), "'many' is not a number"),
        (noted("io.podman.annotations.cpuset/c", "all"), "'all' is not a list of numbers"),
        (noted("io.podman.annotations.init/c", "maybe"), "'maybe' is neither true nor false"),
        (noted("io.podman.annotations.seccomp/d", "unconfined"), "the pod has no container d"),
        (noted("io.podman.annotations.volumes-from", "i"), "it needs a container"),
        (noted("io.podman.annotations.volumes-from/i", "c"), "c does not come before i"),
        (noted("io.podman.annotations.volumes-from/c", "c"), "c does not come before c"),
        (noted("io.podman.annotations.autoremove/i", "TRUE"), "not possible for an init container: use init.container.type: once"),
        (noted("io.podman.annotations.autoremove", "TRUE", "hostname: h"), "c is restarted when it exits"),
        (noted("io.podman.annotations.autoremove", "TRUE", kind="Job"), "f:3: metadata.annotations.io.podman.annotations.autoremove: not possible in a Job"),
        (noted("bind-mount-options", "/x:ro"), "is not a path with z or Z"),
        ("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c, annotations: {volume.podman.io/driver: nfs}}\n", "the only driver is local"),
    ],
)  # fmt: skip
def test_annotations_that_cannot_be_done_are_reported(text: str, wanted: str) -> None:
    (line,) = problems(text)
    assert wanted in line


def test_annotations_as_podman_writes_them_are_fine_and_those_only_kept_are_named() -> None:
    off = ("autoremove", "init", "privileged", "publish-all")
    for key in (
        *(f"io.podman.annotations.{name}" for name in off),
        *(f"io.podman.annotations.{name}/c" for name in off),
    ):
        report = check(read_documents(noted(key, "FALSE"), file="f"))
        assert (report.problems, report.notes) == ((), ())
    for key in ("io.podman.annotations.privileged/c", "io.podman.annotations.colour"):
        report = check(read_documents(noted(key, "local"), file="f"))
        assert report.problems == ()
        assert key in report.notes[0]


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
@pytest.mark.parametrize("key", ["../x", "../../etc/x", "..", ".", "a/b", "..x", "", "ä", "x" * 254])
def test_keys_of_maps_and_secrets_are_names_of_files(kind: str, key: str) -> None:
    field = "data" if kind == "ConfigMap" else "stringData"
    (problem,) = problems(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: m}}\n{field}: {{'{key}': x}}\n")
    assert problem.startswith(f"f:4: {field}.")
    assert "is not a valid key" in problem


@pytest.mark.parametrize("key", ["a", ".a", "a..b", "A_b-c.d", "x" * 253])
def test_keys_may_have_letters_digits_and_some_signs(key: str) -> None:
    assert problems(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{'{key}': x}}\n") == []


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "..x", "..data/x", ""])
@pytest.mark.parametrize(
    "source",
    ["configMap: {name: m, optional: true, items: [{key: a, path: 'PATH'}]}",
     "secret: {secretName: m, optional: true, items: [{key: a, path: 'PATH'}]}",
     "downwardAPI: {items: [{path: 'PATH', fieldRef: {fieldPath: metadata.name}}]}"],
)  # fmt: skip
def test_files_of_a_volume_lie_in_it(source: str, path: str) -> None:
    plain = pod(f"volumes: [{{name: v, {source.replace('PATH', path)}}}]")
    projected = pod(
        f"volumes: [{{name: v, projected: {{sources: [{{{source.replace('PATH', path).replace('secretName', 'name')}}}]}}}}]"
    )
    for text in (plain, projected):
        (problem,) = problems(text)
        assert ".path: " in problem
        assert "volume" in problem


@pytest.mark.parametrize("name", ["a b", "a\\n192.0.2.9 bank.example", "A", "", "-a"])
def test_names_in_host_aliases_are_names(name: str) -> None:
    (problem,) = problems(pod(f'hostAliases: [{{ip: 192.0.2.1, hostnames: ["{name}"]}}]'))
    assert "hostAliases[0].hostnames[0]" in problem
