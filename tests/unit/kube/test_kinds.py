"""What a cluster or a folder of an application has beside what can be played: left out and named, or an error."""

from __future__ import annotations

import pytest

from kube_yaml.check.fields import check
from kube_yaml.check.references import missing_references
from kube_yaml.read.documents import read_documents

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n---\n"


def report(text: str, **options):
    return check(read_documents(POD + text, file="f"), **options)


def document(kind: str, version: str) -> str:
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{anything: [1]}}"


FOREIGN = [
    ("Ingress", "networking.k8s.io/v1"), ("IngressRoute", "traefik.io/v1alpha1"), ("ServiceMonitor", "monitoring.coreos.com/v1"),
    ("Certificate", "cert-manager.io/v1"), ("CustomResourceDefinition", "apiextensions.k8s.io/v1"), ("Endpoints", "v1"),
    ("EndpointSlice", "discovery.k8s.io/v1"), ("Service", "serving.knative.dev/v1"), ("Gateway", "gateway.networking.k8s.io/v1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "version"), FOREIGN)
def test_a_kind_that_means_nothing_here_is_named_once_and_left_out(kind: str, version: str) -> None:
    for validate in ("", "warn", "ignore"):
        found = report(document(kind, version), validate=validate)
        assert not found.problems
        assert [note for note in found.notes if note.startswith(f"{kind} x is left out (")] == list(found.notes)


@pytest.mark.parametrize(("kind", "version"), FOREIGN)
def test_a_kind_that_means_nothing_here_is_an_error_if_strictness_is_asked_for(kind: str, version: str) -> None:
    problems = report(document(kind, version), validate="strict").problems
    assert [problem.text for problem in problems if f"{kind} is not supported" in problem.text]


def test_a_policy_that_forbids_access_is_left_out_with_a_word_about_what_is_open_then() -> None:
    text = document("NetworkPolicy", "networking.k8s.io/v1")
    assert "ignoring it would open access it forbids" in report(text, validate="strict").problems[0].text
    for validate in ("", "warn", "ignore"):
        found = report(text, validate=validate)
        assert not found.problems
        assert "nothing here forbids the access that it forbids" in found.notes[0]


def test_an_unknown_field_of_a_security_context_is_an_error_whatever_is_asked_for() -> None:
    pod = POD.replace("image: i", "image: i, securityContext: {runAsRoot: false}")
    for validate in ("", "strict", "warn", "ignore"):
        assert check(read_documents(pod, file="f"), validate=validate).problems


@pytest.mark.parametrize(("kind", "version"), [("Pot", "v1"), ("Deploymnt", "apps/v1"), ("Jobb", "batch/v1")])
def test_a_misspelt_kind_of_kubernetes_own_is_an_error(kind: str, version: str) -> None:
    assert "no such kind" in report(document(kind, version)).problems[0].text


PRINTED = """
apiVersion: v1
kind: Pod
metadata:
  name: web-6d4cf-abcde
  generateName: web-6d4cf-
  uid: 8c1f
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: [{manager: kubelet}]
  annotations: {io.kubernetes.cri-o.TTY/a: "false", Example.COM/Key: x}
spec:
  nodeName: node-1
  priority: 0
  preemptionPolicy: PreemptLowerPriority
  schedulerName: default-scheduler
  serviceAccount: default
  serviceAccountName: default
  containers:
  - name: a
    image: i
    volumeMounts: [{name: kube-api-access-x, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}]
  volumes:
  - name: kube-api-access-x
    projected:
      defaultMode: 420
      sources:
      - serviceAccountToken: {expirationSeconds: 3607, path: token}
      - configMap: {items: [{key: ca.crt, path: ca.crt}], name: kube-root-ca.crt}
      - downwardAPI: {items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]}
status: {phase: Running}
"""


def test_a_pod_that_a_cluster_printed_has_no_problem_and_no_note_of_what_the_cluster_set() -> None:
    found = check(read_documents(PRINTED, file="f"))
    assert not found.problems
    assert [note.partition(" has ")[0] for note in found.notes] == [
        "spec.nodeName",
        "spec.volumes[0].projected.sources[0].serviceAccountToken",
    ]


def test_what_an_older_cluster_printed_needs_no_token_and_a_list_of_nothing_is_nothing() -> None:
    known = {"ConfigMap": frozenset[str](), "Secret": frozenset[str]()}
    for name, missing in (("default-token-7hn5p", 0), ("my-token-secret", 1)):
        volume = f"{{containers: [{{name: c, image: i}}], volumes: [{{name: t, secret: {{secretName: {name}}}}}]}}"
        documents = read_documents(POD.replace("{containers: [{name: c, image: i}]}", volume), file="f")
        assert len(missing_references(documents, known)) == missing
    assert read_documents("apiVersion: v1\nkind: ConfigMapList\nitems: null", file="f") == []


def test_a_service_without_a_selector_leads_nowhere_and_says_so() -> None:
    found = report("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}")
    assert not found.problems
    assert list(found.notes) == ["Service s has no selector: it leads to no pods (other end points are not supported)"]


def test_a_name_that_would_have_to_be_generated_is_missing() -> None:
    text = POD.replace("name: p", "generateName: p-")
    assert "names are never generated" in check(read_documents(text, file="f")).problems[0].text


OWNED = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, controller: true, uid: u}]}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
"""


def test_what_a_controller_made_is_left_out_beside_what_it_was_made_of() -> None:
    deployment = OWNED.replace("ReplicaSet", "Deployment").replace("web-1", "web").partition(", ownerReferences")
    text = deployment[0] + "}" + deployment[2].partition("u}]}")[2]
    assert list(report(text + "---" + OWNED).notes) == ["ReplicaSet web-1 is left out (it belongs to Deployment web)"]
    assert list(report(OWNED).notes) == []  # alone it is played


def test_nothing_but_kinds_that_mean_nothing_cannot_be_played() -> None:
    documents = read_documents(document("Ingress", "networking.k8s.io/v1"), file="f")
    assert [problem.text for problem in check(documents).problems] == ["no document in it can be played"]


def test_names_that_only_podman_takes_are_warnings_for_podman_and_errors_otherwise() -> None:
    text = POD.replace("name: p", "name: My_Pod").replace("name: c", "name: The_Container")
    assert len(check(read_documents(text, file="f")).problems) == 2
    found = check(read_documents(text, file="f"), podman_names=True)
    assert not found.problems
    assert all("only podman takes it" in note for note in found.notes)
    assert len(found.notes) == 2
    assert check(read_documents(POD.replace("name: p", "name: a/b"), file="f"), podman_names=True).problems


def test_labels_and_names_of_ports_are_as_free_for_podman() -> None:
    text = POD.replace("name: p", "name: p, labels: {a b: x, maintainer: The People <p@example.com>}")
    text = text.replace("image: i", "image: i, ports: [{name: a_port_with_a_long_name, containerPort: 80}]")
    assert len(check(read_documents(text, file="f")).problems) == 3
    assert not check(read_documents(text, file="f"), podman_names=True).problems


@pytest.mark.parametrize("field", ["hostPID", "hostIPC"])
def test_a_namespace_of_the_host_is_shared_with_a_word_about_what_it_means(field: str) -> None:
    found = check(read_documents(POD.replace("spec: {", f"spec: {{{field}: true, "), file="f"))
    assert not found.problems
    assert "of the host" in found.notes[0]
    assert field in found.notes[0]
