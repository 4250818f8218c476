"""YAML of Kubernetes into the Play it is, without a store: checked as `kube play` checks it, then translated."""

from __future__ import annotations

from textwrap import dedent, indent

from kube_yaml.check.fields import check
from kube_yaml.play.prepare import with_documents
from kube_yaml.read.documents import read_documents
from kube_yaml.translate.plans import ContainerPlan, Play, PodPlan
from kube_yaml.translate.play_options import PlayOptions
from kube_yaml.translate.sources import Sources
from kube_yaml.translate.standing import Standing
from kube_yaml.translate.workloads import Translator
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode

BRIDGE = NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="podman"),))
NODE = Sources(node_name="node-1", host_ips=("192.0.2.1", "2001:db8::1"))


def play_of(text: str, *, network: NetworkMode = BRIDGE, standing: Standing | None = None, **options) -> Play:
    """Return the play of documents that must have no problems; `standing` is what exists already."""
    documents = read_documents(dedent(text), file="f.yaml")
    problems = check(documents, cron_jobs=True).problems
    assert not problems, [problem.describe() for problem in problems]
    sources = with_documents(NODE, documents)
    return Translator("f", sources, PlayOptions(**options), network, standing or Standing()).translate(documents)


def pod_of(spec: str, *, metadata: str = "", others: str = "", **options) -> PodPlan:
    """Return the plan of the Pod `p` with this spec; `metadata` are more lines of it, `others` documents before it."""
    head = f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n{indent(dedent(metadata), '  ')}\nspec:\n"
    before = f"{dedent(others)}\n---\n" if others else ""
    return play_of(before + head + indent(dedent(spec), "  "), **options).pods[0]


def container_of(fields: str, *, pod: str = "", metadata: str = "", others: str = "", **options) -> ContainerPlan:
    """Return the plan of a pod's container `c` of the image `i:1` with these fields; `pod` are more fields of the pod."""
    container = f"containers:\n- name: c\n  image: i:1\n{indent(dedent(fields), '  ')}\n"
    return pod_of(container + dedent(pod), metadata=metadata, others=others, **options).containers[0]
