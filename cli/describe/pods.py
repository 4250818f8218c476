"""Commands of pods."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.describe.containers import Filters, Format, Latest, ShortFormat
from cli.describe.kinds import argument, flag, join

pod = typer.Typer()

OnePod = Annotated[str, argument("Pod", "POD")]
Pods = Annotated[list[str], argument("Pods", "[POD…]")]
All = Annotated[bool, flag("--all", "-a", help="Take all pods")]
Ignore = Annotated[bool, flag("--ignore", "-i", help="Do not mind pods that are not there")]
IdFiles = Annotated[list[str], flag("--pod-id-file", help="Read the id from a file", metavar="FILE")]
Seconds = Annotated[int, flag("--time", "-t", help="Seconds to wait before containers are killed", metavar="SECONDS")]


def changeable(
    hostname: Annotated[str, flag("--hostname", "-h", help="Host name of its containers", metavar="NAME")] = "",
    label: Annotated[list[str], flag("--label", "-l", help="Set a label", metavar="KEY=VALUE")] = [],
    label_file: Annotated[list[str], flag("--label-file", help="Read labels from a file", metavar="FILE")] = [],
    infra_command: Annotated[
        str, flag("--infra-command", help="What the infra container runs", metavar="COMMAND")
    ] = "",
    infra_name: Annotated[str, flag("--infra-name", help="Name of the infra container", metavar="NAME")] = "",
    infra_conmon_pidfile: Annotated[
        str, flag("--infra-conmon-pidfile", help="Write the pid of its monitor to a file", metavar="FILE")
    ] = "",
    volume: Annotated[
        list[str], flag("--volume", "-v", help="Mount it in every container", metavar="[SOURCE:]TARGET[:OPTIONS]")
    ] = [],
    volumes_from: Annotated[
        list[str], flag("--volumes-from", help="Use the volumes of a container", metavar="NAME[:ro]")
    ] = [],
    device: Annotated[
        list[str], flag("--device", help="Give every container a device", metavar="PATH[:PATH[:rwm]]")
    ] = [],
    shm_size: Annotated[str, flag("--shm-size", help="Size of /dev/shm (64m)", metavar="SIZE")] = "",
    memory: Annotated[str, flag("--memory", "-m", help="Limit memory of all together", metavar="SIZE")] = "",
    memory_swap: Annotated[str, flag("--memory-swap", help="Limit memory and swap together", metavar="SIZE")] = "",
    cpus: Annotated[str, flag("--cpus", help="How many processors all may use", metavar="N")] = "",
    cpu_shares: Annotated[int, flag("--cpu-shares", "-c", help="Relative weight", metavar="N")] = 0,
    cpuset_cpus: Annotated[str, flag("--cpuset-cpus", help="Processors they may run on", metavar="LIST")] = "",
    cpuset_mems: Annotated[str, flag("--cpuset-mems", help="Memory nodes they may use", metavar="LIST")] = "",
    blkio_weight: Annotated[int, flag("--blkio-weight", help="10 to 1000", metavar="N")] = 0,
    blkio_weight_device: Annotated[
        list[str], flag("--blkio-weight-device", help="Weight of a device", metavar="PATH:N")
    ] = [],
    device_read_bps: Annotated[list[str], flag("--device-read-bps", help="Limit reading", metavar="PATH:RATE")] = [],
    device_write_bps: Annotated[list[str], flag("--device-write-bps", help="Limit writing", metavar="PATH:RATE")] = [],
    cgroup_parent: Annotated[str, flag("--cgroup-parent", help="Parent of its cgroup", metavar="PATH")] = "",
    sysctl: Annotated[list[str], flag("--sysctl", help="Set a kernel parameter", metavar="KEY=VALUE")] = [],
    security_opt: Annotated[list[str], flag("--security-opt", help="Set a security option", metavar="OPTION")] = [],
    pid: Annotated[str, flag("--pid", help="PID namespace: host or private", metavar="MODE")] = "",
    uts: Annotated[str, flag("--uts", help="UTS namespace: host or private", metavar="MODE")] = "",
    userns: Annotated[str, flag("--userns", help="host, auto, keep-id, nomap", metavar="MODE")] = "",
    uidmap: Annotated[list[str], flag("--uidmap", help="Map uids", metavar="INSIDE:OUTSIDE:SIZE")] = [],
    gidmap: Annotated[list[str], flag("--gidmap", help="Map gids", metavar="INSIDE:OUTSIDE:SIZE")] = [],
    restart: Annotated[str, flag("--restart", help="Restart policy of its containers", metavar="POLICY")] = "",
    subuidname: Annotated[str, flag("--subuidname", help="Refused", hidden=True)] = "",
    subgidname: Annotated[str, flag("--subgidname", help="Refused", hidden=True)] = "",
    shm_size_systemd: Annotated[str, flag("--shm-size-systemd", help="Refused", hidden=True)] = "",
    gpus: Annotated[list[str], flag("--gpus", help="Refused", hidden=True)] = [],
) -> None:
    """What `create` and `clone` both take."""


def network(
    network: Annotated[list[str], flag("--network", help="Network: bridge, NAME, none, host, …", metavar="MODE")] = [],
    net: Annotated[list[str], flag("--net", help="The same as --network", metavar="MODE", hidden=True)] = [],
    network_alias: Annotated[
        list[str], flag("--network-alias", help="Another name on the network", metavar="NAME")
    ] = [],
    publish: Annotated[
        list[str], flag("--publish", "-p", help="Publish a port", metavar="[[IP:]HOST:]PORT[/PROTOCOL]")
    ] = [],
    ip: Annotated[str, flag("--ip", help="IPv4 address", metavar="ADDRESS")] = "",
    ip6: Annotated[str, flag("--ip6", help="IPv6 address", metavar="ADDRESS")] = "",
    mac_address: Annotated[str, flag("--mac-address", help="MAC address", metavar="ADDRESS")] = "",
    add_host: Annotated[list[str], flag("--add-host", help="Add a line to /etc/hosts", metavar="NAME:ADDRESS")] = [],
    dns: Annotated[list[str], flag("--dns", help="Use this name server", metavar="ADDRESS")] = [],
    dns_search: Annotated[list[str], flag("--dns-search", help="Search this domain", metavar="DOMAIN")] = [],
    dns_option: Annotated[list[str], flag("--dns-option", help="Set a resolver option", metavar="OPTION")] = [],
    dns_opt: Annotated[list[str], flag("--dns-opt", help="The same", metavar="OPTION", hidden=True)] = [],
    no_hosts: Annotated[bool, flag("--no-hosts", help="Do not make /etc/hosts")] = False,
    no_hostname: Annotated[bool, flag("--no-hostname", help="Do not make /etc/hostname")] = False,
    hosts_file: Annotated[str, flag("--hosts-file", help="Refused", hidden=True)] = "",
) -> None:
    """How it is on the network."""


@pod.command("create")
@join(changeable, network)
def pod_create(
    arguments: Annotated[list[str], argument("Name", "[NAME]")],
    name: Annotated[str, flag("--name", "-n", help="Name it", metavar="NAME")] = "",
    infra: Annotated[bool, flag("--infra", help="Give it a container that holds what is shared")] = True,
    infra_image: Annotated[str, flag("--infra-image", help="Image of that container", metavar="IMAGE")] = "",
    share: Annotated[
        str, flag("--share", help="Namespaces to share: cgroup, ipc, net, pid, user, uts, none", metavar="LIST")
    ] = "ipc,net,uts",
    share_parent: Annotated[bool, flag("--share-parent", help="Put containers below the pod's cgroup")] = True,
    exit_policy: Annotated[
        str, flag("--exit-policy", help="When the last container ends: continue or stop", metavar="POLICY")
    ] = "continue",
    pod_id_file: Annotated[str, flag("--pod-id-file", help="Write the id to a file", metavar="FILE")] = "",
    replace: Annotated[bool, flag("--replace", help="Remove a pod of this name first")] = False,
) -> None:
    """Make a pod."""


@pod.command("clone")
@join(changeable)
def pod_clone(
    pod: OnePod,
    new_name: Annotated[list[str], argument("Name of the new one", "[NAME]")],
    name: Annotated[str, flag("--name", "-n", help="Name of the new one", metavar="NAME")] = "",
    destroy: Annotated[bool, flag("--destroy", help="Remove the old one")] = False,
    start: Annotated[bool, flag("--start", help="Start the new one")] = False,
) -> None:
    """Make a pod like another one."""


@pod.command("start")
def pod_start(names: Pods, all: All = False, latest: Latest = False, pod_id_file: IdFiles = []) -> None:
    """Start pods."""


@pod.command("stop")
def pod_stop(
    names: Pods,
    all: All = False,
    latest: Latest = False,
    ignore: Ignore = False,
    time: Seconds = -1,
    pod_id_file: IdFiles = [],
) -> None:
    """Stop pods."""


@pod.command("restart")
def pod_restart(names: Pods, all: All = False, latest: Latest = False) -> None:
    """Stop pods and start them."""


@pod.command("kill")
def pod_kill(
    names: Pods,
    all: All = False,
    latest: Latest = False,
    signal: Annotated[str, flag("--signal", "-s", help="Signal to send (KILL)", metavar="SIGNAL")] = "KILL",
) -> None:
    """Send a signal to the containers of pods."""


@pod.command("pause")
def pod_pause(names: Pods, all: All = False, latest: Latest = False) -> None:
    """Freeze the containers of pods."""


@pod.command("unpause")
def pod_unpause(names: Pods, all: All = False, latest: Latest = False) -> None:
    """Thaw the containers of pods."""


@pod.command("rm")
def pod_rm(
    names: Pods,
    all: All = False,
    latest: Latest = False,
    force: Annotated[bool, flag("--force", "-f", help="Stop containers that run; do not mind missing pods")] = False,
    ignore: Ignore = False,
    time: Seconds = -1,
    pod_id_file: IdFiles = [],
) -> None:
    """Remove pods with their containers."""


@pod.command("prune")
def pod_prune(force: Annotated[bool, flag("--force", "-f", help="Do not ask")] = False) -> None:
    """Remove pods that do not run."""


@pod.command("exists")
def pod_exists(name: OnePod) -> None:
    """End with status 0 if there is such a pod, else with 1."""


@pod.command("inspect")
def pod_inspect(names: Pods, format: ShortFormat = "", latest: Latest = False) -> None:
    """Show all there is to know of pods."""


@pod.command("ps")
def pod_ps(
    filter: Filters = [],
    format: Format = "",
    ctr_ids: Annotated[bool, flag("--ctr-ids", help="Show the ids of containers")] = False,
    ctr_names: Annotated[bool, flag("--ctr-names", help="Show the names of containers")] = False,
    ctr_status: Annotated[bool, flag("--ctr-status", help="Show the states of containers")] = False,
    latest: Latest = False,
    no_trunc: Annotated[bool, flag("--no-trunc", help="Print whole ids")] = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print headings")] = False,
    ns: Annotated[bool, flag("--ns", help="Show what is shared")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print ids only")] = False,
    sort: Annotated[str, flag("--sort", help="Sort by created, id, name, number or status", metavar="KEY")] = "",
) -> None:
    """List pods."""


@pod.command("logs")
def pod_logs(
    names: Pods,
    container: Annotated[str, flag("--container", "-c", help="Only this container's", metavar="NAME")] = "",
    follow: Annotated[bool, flag("--follow", "-f", help="Go on until all have ended")] = False,
    with_names: Annotated[bool, flag("--names", "-n", help="Print names in place of ids")] = False,
    since: Annotated[str, flag("--since", help="From this time on", metavar="TIME")] = "",
    until: Annotated[str, flag("--until", help="Up to this time", metavar="TIME")] = "",
    tail: Annotated[str, flag("--tail", help="The last lines of each", metavar="N")] = "all",
    timestamps: Annotated[bool, flag("--timestamps", "-t", help="Print times")] = False,
    color: Annotated[bool, flag("--color", help="Accepted", hidden=True)] = False,
    latest: Latest = False,
) -> None:
    """Show what the containers of a pod wrote."""


@pod.command("top")
def pod_top(
    names: Annotated[list[str], argument("Pod and columns", "[POD] [COLUMN…]")], latest: Latest = False
) -> None:
    """Show the processes of a pod."""


@pod.command("stats")
def pod_stats(
    names: Pods,
    all: Annotated[bool, flag("--all", "-a", help="Show all pods")] = False,
    format: Format = "",
    latest: Latest = False,
    no_reset: Annotated[bool, flag("--no-reset", help="Do not clear the screen")] = False,
    no_stream: Annotated[bool, flag("--no-stream", help="Print once")] = False,
) -> None:
    """Show what the containers of pods use."""
