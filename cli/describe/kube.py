"""Commands of Kubernetes YAML."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe.kinds import argument, flag, join

kube = typer.Typer()

Files = Annotated[list[str], argument("Files, directories, URLs, or - for standard input", "[FILE…]")]
Filenames = Annotated[list[str], flag("--filename", "-f", help="The same, as kubectl has it", metavar="FILE")]


def play_flags(
    filename: Filenames = [],
    annotation: Annotated[list[str], flag("--annotation", help="Annotate pods and claims", metavar="KEY=VALUE")] = [],
    authfile: Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")] = "",
    build: Annotated[bool, flag("--build", help="Build images from directories of their names")] = False,
    cert_dir: Annotated[str, flag("--cert-dir", help="Certificates for the registry", metavar="DIRECTORY")] = "",
    configmap: Annotated[list[str], flag("--configmap", help="File with config maps", metavar="FILE")] = [],
    context_dir: Annotated[str, flag("--context-dir", help="Where --build looks", metavar="DIRECTORY")] = "",
    creds: Annotated[str, flag("--creds", help="Use these credentials", metavar="USER[:PASSWORD]")] = "",
    cronjob_now: Annotated[bool, flag("--cronjob-now", help="Run the jobs of CronJobs once, now")] = False,
    down: Annotated[bool, flag("--down", help="Take down what the files say")] = False,
    dry_run: Annotated[bool, flag("--dry-run", help="Print what would be done")] = False,
    force: Annotated[bool, flag("--force", help="With --down: remove volumes too")] = False,
    ip: Annotated[list[str], flag("--ip", help="Address of a pod; the nth pod takes the nth", metavar="IP")] = [],
    log_driver: Annotated[str, flag("--log-driver", help="Log driver of containers", metavar="NAME")] = "",
    log_opt: Annotated[list[str], flag("--log-opt", help="Log option: path, max-size, tag", metavar="KEY=VALUE")] = [],
    mac_address: Annotated[list[str], flag("--mac-address", help="MAC address of a pod", metavar="MAC")] = [],
    name: Annotated[str, flag("--name", help="Call the play this, for kube down", metavar="NAME")] = "",
    network: Annotated[list[str], flag("--network", "--net", help="Network of the pods", metavar="MODE")] = [],
    no_hostname: Annotated[bool, flag("--no-hostname", help="Do not make /etc/hostname")] = False,
    no_hosts: Annotated[bool, flag("--no-hosts", help="Do not make /etc/hosts")] = False,
    no_pod_prefix: Annotated[
        bool, flag("--no-pod-prefix", help="Do not put the pod's name before a container's")
    ] = False,
    output: Annotated[str, flag("--output", "-o", help="With --dry-run: text or json", metavar="FORM")] = "text",
    publish: Annotated[
        list[str],
        flag("--publish", help="Publish a port, in place of what the file says", metavar="[[IP:]HOST:]PORT[/PROTOCOL]"),
    ] = [],
    publish_all: Annotated[bool, flag("--publish-all", help="Publish every containerPort")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Do not show progress of pulls")] = False,
    replace: Annotated[bool, flag("--replace", help="Make pods anew that differ from the file")] = False,
    seccomp_profile_root: Annotated[
        str, flag("--seccomp-profile-root", help="Where localhost profiles are", metavar="DIRECTORY")
    ] = "",
    service_container: Annotated[bool, flag("--service-container", help="Accepted", hidden=True)] = False,
    service_exit_code_propagation: Annotated[
        str, flag("--service-exit-code-propagation", help="Accepted", metavar="POLICY", hidden=True)
    ] = "",
    start: Annotated[bool, flag("--start", help="Start the pods")] = True,
    tls_verify: Annotated[bool, flag("--tls-verify", help="Check the registry's certificate")] = True,
    userns: Annotated[str, flag("--userns", help="User namespace of the pods", metavar="MODE")] = "",
    validate: Annotated[
        str, flag("--validate", help="What unknown fields are: strict (errors), warn, ignore", metavar="HOW")
    ] = "strict",
    wait: Annotated[bool, flag("--wait", "-w", help="Stay until the pods have ended, then take them down")] = False,
) -> None:
    """What a play can be told."""


@kube.command("play")
@join(play_flags)
def kube_play(files: Files) -> None:
    """Make and start what Kubernetes YAML says: pods, deployments, jobs, volumes, services."""


@kube.command("down")
def kube_down(
    files: Annotated[list[str], argument("Files, - or the name of a play", "[FILE|NAME…]")],
    filename: Filenames = [],
    force: Annotated[bool, flag("--force", help="Remove volumes too")] = False,
) -> None:
    """Take down what was played."""


@kube.command("generate")
def kube_generate(
    names: Annotated[list[str], argument("Containers, pods and volumes", "NAME…")],
    filename: Annotated[str, flag("--filename", "-f", help="Write to this file", metavar="FILE")] = "",
    service: Annotated[bool, flag("--service", "-s", help="Write a Service for published ports too")] = False,
    type: Annotated[str, flag("--type", "-t", help="pod, deployment, daemonset or job", metavar="KIND")] = "pod",
    replicas: Annotated[int, flag("--replicas", "-r", help="Replicas of a deployment", metavar="N")] = 1,
    podman_only: Annotated[bool, flag("--podman-only", help="Write annotations only podman and pycman read")] = False,
    no_trunc: Annotated[bool, flag("--no-trunc", help="Accepted", hidden=True)] = False,
) -> None:
    """Write Kubernetes YAML of containers, pods and volumes."""
