"""Kubernetes YAML"""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import (
    CONTAINER,
    FILE,
    NETWORK,
    POD,
    VOLUME,
    argument,
    command,
    flag,
    group,
    join,
    no_effect,
)

group("kube", "Play and generate Kubernetes YAML")

Files = Annotated[list[str], argument("Files, directories, URLs, or - for standard input", "[FILE…]", FILE)]
Filenames = Annotated[
    list[str], flag("--filename", "-f", help="YAML file, as with kubectl; may be repeated", metavar="FILE")
]


def play_flags(
    filename: Filenames = [],
    annotation: Annotated[
        list[str], flag("--annotation", help="Add an annotation to pods and claims", metavar="KEY=VALUE")
    ] = [],
    authfile: Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")] = "",
    build: Annotated[
        bool,
        flag(
            "--build",
            help="Build images of directories with their names, also those that are there (--build=false: none)",
        ),
    ] = False,
    cert_dir: Annotated[
        str, flag("--cert-dir", help="Use the TLS certificates in this directory for the registry", metavar="DIRECTORY")
    ] = "",
    configmap: Annotated[
        list[str], flag("--configmap", help="YAML file with ConfigMaps that the pods use", metavar="FILE")
    ] = [],
    context_dir: Annotated[
        str,
        flag("--context-dir", help="With --build: where these directories are", metavar="DIRECTORY", of=FILE),
    ] = "",
    creds: Annotated[
        str, flag("--creds", help="Use these credentials for the registry", metavar="USER[:PASSWORD]")
    ] = "",
    cronjob_now: Annotated[bool, flag("--cronjob-now", help="Run the job of each CronJob once, now")] = False,
    down: Annotated[bool, flag("--down", help="Remove the objects in the files instead of creating them")] = False,
    dry_run: Annotated[bool, flag("--dry-run", help="Print what would be done, and change nothing")] = False,
    force: Annotated[bool, flag("--force", help="With --down: remove volumes too")] = False,
    ip: Annotated[list[str], flag("--ip", help="IP address of a pod; the nth pod gets the nth", metavar="IP")] = [],
    log_driver: Annotated[
        str,
        flag(
            "--log-driver",
            help="Log driver of the containers",
            metavar="NAME",
            of="k8s-file|json-file|journald|none|passthrough",
        ),
    ] = "",
    log_opt: Annotated[
        list[str], flag("--log-opt", help="Log driver option: path, max-size, tag", metavar="KEY=VALUE")
    ] = [],
    mac_address: Annotated[
        list[str], flag("--mac-address", help="MAC address of a pod; the nth pod gets the nth", metavar="MAC")
    ] = [],
    name: Annotated[str, flag("--name", help="Name of the play, to be given to kube down", metavar="NAME")] = "",
    network: Annotated[
        list[str],
        flag(
            "--network",
            "--net",
            help="Connect the pods to a network",
            metavar="MODE",
            of=f"none|host|pasta|slirp4netns|ns:|container:{CONTAINER}|{NETWORK}",
        ),
    ] = [],
    no_hostname: Annotated[bool, flag("--no-hostname", help="Do not create /etc/hostname")] = False,
    no_hosts: Annotated[bool, flag("--no-hosts", help="Do not create /etc/hosts")] = False,
    no_pod_prefix: Annotated[
        bool, flag("--no-pod-prefix", help="Do not prefix container names with the pod name")
    ] = False,
    output: Annotated[
        str, flag("--output", "-o", help="Output format of --dry-run: text or json", metavar="FORM")
    ] = "text",
    publish: Annotated[
        list[str],
        flag(
            "--publish",
            help="Publish a port instead of the hostPorts in the file",
            metavar="[[IP:]HOST:]PORT[/PROTOCOL]",
            splits=True,
        ),
    ] = [],
    publish_all: Annotated[bool, flag("--publish-all", help="Publish every containerPort to the host")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Suppress the progress of pulls")] = False,
    replace: Annotated[bool, flag("--replace", help="Re-create pods that differ from the file")] = False,
    seccomp_profile_root: Annotated[
        str, flag("--seccomp-profile-root", help="Directory of Localhost seccomp profiles", metavar="DIRECTORY")
    ] = "",
    service_container: Annotated[
        bool,
        flag(
            "--service-container",
            help="Start a container before the pods that runs as long as they do, for programs that supervise them",
        ),
    ] = False,
    service_exit_code_propagation: Annotated[
        str,
        flag(
            "--service-exit-code-propagation",
            help="With --service-container: it fails if any, or all, containers of the pods failed",
            metavar="WHEN",
            of="none|any|all",
        ),
    ] = "",
    signature_policy: Annotated[
        str, flag("--signature-policy", help="Obey this signature policy in place of policy.json", metavar="FILE")
    ] = "",
    start: Annotated[bool, flag("--start", help="Start the pods after creating them")] = True,
    tls_verify: Annotated[
        bool, flag("--tls-verify", help="Require HTTPS and verify the registry's certificate")
    ] = True,
    userns: Annotated[
        str,
        flag(
            "--userns",
            help="User namespace of the pods",
            metavar="MODE",
            of=f"host|auto|keep-id|nomap|container:{CONTAINER}",
        ),
    ] = "",
    validate: Annotated[
        str,
        flag(
            "--validate",
            help="Unknown fields: strict (fail, also for kinds that mean nothing here), warn or ignore; without it they fail",
            metavar="HOW",
            of="strict|warn|ignore",
        ),
    ] = "",
    wait: Annotated[bool, flag("--wait", "-w", help="Wait until the pods have exited, then remove them")] = False,
) -> None:
    """The options of kube play."""


@command(
    "kube play",
    also=("play kube",),
    examples=(
        ("Show what would be done, then do it", "pycman kube play --dry-run web.yaml\npycman kube play web.yaml"),
    ),
    see=("kube down", "kube generate"),
)
@join(play_flags)
def kube_play(files: Files) -> None:
    """Create and start the pods, volumes and services of Kubernetes YAML.

    Pods, Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, ConfigMaps, Secrets, PersistentVolumeClaims and Services are
    understood; docs/kubernetes.md lists every field. Objects that exist and are unchanged are left alone.
    """


@command("kube down", see=("kube play",))
def kube_down(
    files: Annotated[list[str], argument("Files, - for standard input, or the name of a play", "[FILE|NAME…]", FILE)],
    filename: Filenames = [],
    force: Annotated[bool, flag("--force", help="Remove volumes too")] = False,
) -> None:
    """Remove what kube play created."""


@command(
    "kube generate",
    also=("generate kube",),
    examples=(("Write a container as a pod", "pycman kube generate web > web.yaml"),),
    see=("kube play",),
)
def kube_generate(
    names: Annotated[
        list[str],
        argument(
            "Names or IDs of containers, pods and volumes", "{CONTAINER…|POD…|VOLUME…}", f"{CONTAINER}|{POD}|{VOLUME}"
        ),
    ],
    filename: Annotated[
        str, flag("--filename", "-f", help="Write to a file instead of standard output", metavar="FILE")
    ] = "",
    service: Annotated[bool, flag("--service", "-s", help="Generate a Service for published ports too")] = False,
    type: Annotated[
        str,
        flag(
            "--type",
            "-t",
            help="Kind of object to generate: pod, deployment, daemonset or job",
            metavar="KIND",
            of="pod|deployment|daemonset|job",
        ),
    ] = "pod",
    replicas: Annotated[int, flag("--replicas", "-r", help="Number of replicas of a Deployment", metavar="N")] = 1,
    podman_only: Annotated[
        bool, flag("--podman-only", help="Add annotations that only podman and pycman understand")
    ] = False,
    no_trunc: Annotated[bool, no_effect("--no-trunc", "--notruncate")] = False,
) -> None:
    """Generate Kubernetes YAML from containers, pods and volumes."""
