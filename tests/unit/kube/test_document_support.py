"""docs/kubernetes.md is up to date with the tables, and the tables have every field of the official API."""

from __future__ import annotations

from pathlib import Path

import pytest
from kubernetes import client

from kube_yaml.document_support import page
from kube_yaml.schema import all_tables

MODELS = {
    "V1PodSpec": "PodSpec", "V1Container": "Container", "V1Probe": "KillingProbe", "V1SecurityContext": "SecurityContext",
    "V1PodSecurityContext": "PodSecurityContext", "V1ContainerPort": "ContainerPort", "V1VolumeMount": "VolumeMount",
    "V1EnvVar": "EnvVar", "V1EnvVarSource": "EnvSource", "V1EnvFromSource": "EnvFrom", "V1Volume": "Volume",
    "V1EmptyDirVolumeSource": "EmptyDir", "V1HostPathVolumeSource": "HostPath", "V1SecretVolumeSource": "SecretSource",
    "V1ConfigMapVolumeSource": "ConfigMapSource", "V1ProjectedVolumeSource": "Projected", "V1KeyToPath": "KeyToPath",
    "V1VolumeProjection": "ProjectedSource", "V1ServiceSpec": "ServiceSpec", "V1ServicePort": "ServicePort",
    "V1DeploymentSpec": "DeploymentSpec", "V1StatefulSetSpec": "StatefulSetSpec", "V1DaemonSetSpec": "DaemonSetSpec",
    "V1ReplicaSetSpec": "ReplicaSetSpec", "V1JobSpec": "JobSpec", "V1CronJobSpec": "CronJobSpec", "V1ObjectMeta": "ObjectMeta",
    "V1ConfigMap": "ConfigMap", "V1Secret": "Secret", "V1PersistentVolumeClaimSpec": "ClaimSpec", "V1HostAlias": "HostAlias",
    "V1PodDNSConfig": "DNSConfig", "V1LifecycleHandler": "Hook", "V1Lifecycle": "Lifecycle", "V1HTTPGetAction": "HTTPGet",
    "V1TCPSocketAction": "TCPSocket", "V1Capabilities": "Capabilities", "V1SeccompProfile": "SeccompProfile",
    "V1ResourceRequirements": "Resources", "V1LabelSelector": "LabelSelector",
}  # fmt: skip
OF_OTHER_VERSIONS = {"clusterName", "hostnameOverride", "workloadRef", "schedulingGroup", "evictionResponders", "restartPolicyRules",
              "stopSignal", "protocol", "podCertificate", "trafficDistribution"}  # fmt: skip
"""Fields of newer or older versions of the API than the client library has."""


def test_the_page_is_up_to_date() -> None:
    stored = Path(__file__).resolve().parents[3] / "docs/kubernetes.md"
    assert stored.read_text() == page(), "run python -m kube_yaml.document_support"


@pytest.mark.parametrize(("model", "table"), MODELS.items(), ids=str)
def test_tables_have_the_fields_of_the_api_and_no_others(model: str, table: str) -> None:
    wanted = set(getattr(client, model).attribute_map.values())
    have = set(all_tables()[table])
    assert wanted - have == set()
    assert have - wanted <= OF_OTHER_VERSIONS
