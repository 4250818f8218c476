"""Pods"""

from __future__ import annotations

from typing import Annotated

from cli.describe.common import Format, Latest, ShortFormat
from cli.describe.kinds import (
    CONTAINER,
    EXISTS,
    FILE,
    IMAGE,
    NETWORK,
    POD,
    SYSCTL,
    TEXT,
    VOLUME,
    argument,
    command,
    filters,
    flag,
    group,
    join,
    unsupported,
)

group("pod", "Manage pods")

OnePod = Annotated[str, argument("Name or ID of the pod", "POD", POD)]
Pods = Annotated[list[str], argument("Names or IDs of pods", "[POD…]", POD)]
All = Annotated[bool, flag("--all", "-a", help="Use all pods")]
Ignore = Annotated[bool, flag("--ignore", "-i", help="Ignore missing pods")]
IdFiles = Annotated[list[str], flag("--pod-id-file", help="Read the ID from a file", metavar="FILE")]
Seconds = Annotated[int, flag("--time", "-t", help="Seconds to wait before killing the containers", metavar="SECONDS")]


def changeable(
    hostname: Annotated[str, flag("--hostname", "-h", help="Host name of the pod's containers", metavar="NAME")] = "",
    label: Annotated[list[str], flag("--label", "-l", help="Set metadata", metavar="KEY=VALUE")] = [],
    label_file: Annotated[list[str], flag("--label-file", help="Read labels from a file", metavar="FILE")] = [],
    infra_command: Annotated[
        str, flag("--infra-command", help="Command of the infra container", metavar="COMMAND")
    ] = "",
    infra_name: Annotated[str, flag("--infra-name", help="Name of the infra container", metavar="NAME")] = "",
    volume: Annotated[
        list[str],
        flag(
            "--volume",
            "-v",
            help="Mount a volume or directory in every container",
            metavar="[SOURCE:]TARGET[:OPTIONS]",
            of=f"{VOLUME}|{FILE}",
        ),
    ] = [],
    volumes_from: Annotated[
        list[str],
        flag("--volumes-from", help="Mount all volumes of another container", metavar="NAME[:ro]", of=CONTAINER),
    ] = [],
    device: Annotated[
        list[str], flag("--device", help="Add a host device to every container", metavar="PATH[:PATH[:rwm]]")
    ] = [],
    shm_size: Annotated[str, flag("--shm-size", help="Size of /dev/shm (64m)", metavar="SIZE")] = "",
    memory: Annotated[str, flag("--memory", "-m", help="Memory limit of all containers together", metavar="SIZE")] = "",
    memory_swap: Annotated[
        str, flag("--memory-swap", help="Limit memory plus swap; -1 for unlimited swap", metavar="SIZE")
    ] = "",
    cpus: Annotated[str, flag("--cpus", help="Number of CPUs for all containers together", metavar="N")] = "",
    cpu_shares: Annotated[int, flag("--cpu-shares", "-c", help="CPU shares (relative weight)", metavar="N")] = 0,
    cpuset_cpus: Annotated[
        str, flag("--cpuset-cpus", help="CPUs on which the containers may run (0-3, 0,1)", metavar="LIST")
    ] = "",
    cpuset_mems: Annotated[
        str, flag("--cpuset-mems", help="Memory nodes (NUMA) that the containers may use", metavar="LIST")
    ] = "",
    blkio_weight: Annotated[int, flag("--blkio-weight", help="Block I/O weight, 10 to 1000", metavar="N")] = 0,
    blkio_weight_device: Annotated[
        list[str], flag("--blkio-weight-device", help="Block I/O weight of a device", metavar="PATH:N")
    ] = [],
    device_read_bps: Annotated[
        list[str],
        flag("--device-read-bps", help="Limit the read rate from a device (bytes per second)", metavar="PATH:RATE"),
    ] = [],
    device_write_bps: Annotated[
        list[str],
        flag("--device-write-bps", help="Limit the write rate to a device (bytes per second)", metavar="PATH:RATE"),
    ] = [],
    cgroup_parent: Annotated[str, flag("--cgroup-parent", help="Parent cgroup of the container", metavar="PATH")] = "",
    sysctl: Annotated[
        list[str], flag("--sysctl", help="Set a namespaced kernel parameter", metavar="KEY=VALUE", of=SYSCTL)
    ] = [],
    security_opt: Annotated[list[str], flag("--security-opt", help="Set a security option", metavar="OPTION")] = [],
    pid: Annotated[
        str,
        flag("--pid", help="PID namespace: host or private", metavar="MODE", of=f"host|private|container:{CONTAINER}"),
    ] = "",
    uts: Annotated[
        str,
        flag("--uts", help="UTS namespace: host or private", metavar="MODE", of=f"host|private|container:{CONTAINER}"),
    ] = "",
    userns: Annotated[
        str,
        flag(
            "--userns",
            help="User namespace: host, auto, keep-id or nomap",
            metavar="MODE",
            of=f"host|auto|keep-id|nomap|container:{CONTAINER}",
        ),
    ] = "",
    uidmap: Annotated[
        list[str],
        flag("--uidmap", help="Map user IDs into the user namespace", metavar="INSIDE:OUTSIDE:SIZE", splits=True),
    ] = [],
    gidmap: Annotated[
        list[str],
        flag("--gidmap", help="Map group IDs into the user namespace", metavar="INSIDE:OUTSIDE:SIZE", splits=True),
    ] = [],
    restart: Annotated[
        str,
        flag(
            "--restart",
            help="Restart policy of the pod's containers",
            metavar="POLICY",
            of="no|on-failure|always|unless-stopped",
        ),
    ] = "",
    subuidname: Annotated[str, unsupported("--subuidname", why="use --uidmap or --userns")] = "",
    subgidname: Annotated[str, unsupported("--subgidname", why="use --gidmap or --userns")] = "",
    shm_size_systemd: Annotated[
        str,
        flag(
            "--shm-size-systemd",
            help="Size of each tmpfs that systemd gets: /run, /run/lock, /tmp, /var/log/journal",
            metavar="SIZE",
        ),
    ] = "",
    gpus: Annotated[list[str], unsupported("--gpus", why="give --gpus to the containers", splits=True)] = [],
) -> None:
    """The options that `create` and `clone` share."""


def network(
    network: Annotated[
        list[str],
        flag(
            "--network",
            "--net",
            help="Connect the pod to a network: NAME, none, host, …",
            metavar="MODE",
            of=f"none|host|pasta|slirp4netns|ns:|container:{CONTAINER}|{NETWORK}",
        ),
    ] = [],
    network_alias: Annotated[
        list[str],
        flag("--network-alias", "--net-alias", help="Add a network-scoped alias", metavar="NAME", splits=True),
    ] = [],
    publish: Annotated[
        list[str],
        flag(
            "--publish",
            "-p",
            help="Publish a container's port to the host",
            metavar="[[IP:]HOST:]PORT[/PROTOCOL]",
            splits=True,
        ),
    ] = [],
    ip: Annotated[str, flag("--ip", help="IPv4 address", metavar="ADDRESS")] = "",
    ip6: Annotated[str, flag("--ip6", help="IPv6 address", metavar="ADDRESS")] = "",
    mac_address: Annotated[str, flag("--mac-address", help="MAC address", metavar="ADDRESS")] = "",
    add_host: Annotated[
        list[str],
        flag("--add-host", help="Add a host-to-IP mapping to /etc/hosts", metavar="NAME:ADDRESS", splits=True),
    ] = [],
    dns: Annotated[list[str], flag("--dns", help="Set a DNS server", metavar="ADDRESS", splits=True)] = [],
    dns_search: Annotated[
        list[str], flag("--dns-search", help="Set a DNS search domain", metavar="DOMAIN", splits=True)
    ] = [],
    dns_option: Annotated[
        list[str], flag("--dns-option", "--dns-opt", help="Set a DNS resolver option", metavar="OPTION", splits=True)
    ] = [],
    no_hosts: Annotated[bool, flag("--no-hosts", help="Do not create /etc/hosts")] = False,
    no_hostname: Annotated[bool, flag("--no-hostname", help="Do not create /etc/hostname")] = False,
    hosts_file: Annotated[
        str,
        flag(
            "--hosts-file", help="What /etc/hosts begins with: a file, image (the image's own) or none", metavar="FILE"
        ),
    ] = "",
) -> None:
    """Networks and names."""


@command(
    "pod create",
    examples=(
        (
            "Create a pod that publishes a port, and run a container in it",
            "pycman pod create --name site -p 8080:80\npycman run -d --pod site nginx",
        ),
    ),
    see=("pod start", "run"),
)
@join(changeable, network)
def pod_create(
    arguments: Annotated[list[str], argument("Name of the pod (generated if left out)", "[NAME]", TEXT)],
    name: Annotated[str, flag("--name", "-n", help="Name of the pod", metavar="NAME")] = "",
    infra: Annotated[bool, flag("--infra", help="Create an infra container that holds the shared namespaces")] = True,
    infra_image: Annotated[
        str, flag("--infra-image", help="Image of the infra container", metavar="IMAGE", of=IMAGE)
    ] = "",
    share: Annotated[
        str,
        flag(
            "--share",
            help="Namespaces to share (ipc,net,uts): cgroup, ipc, net, pid, user, uts or none",
            metavar="LIST",
        ),
    ] = "ipc,net,uts",
    share_parent: Annotated[bool, flag("--share-parent", help="Put the containers below the pod's cgroup")] = True,
    exit_policy: Annotated[
        str,
        flag(
            "--exit-policy",
            help="What the pod does when its last container exits: continue or stop",
            metavar="POLICY",
            of="continue|stop",
        ),
    ] = "continue",
    pod_id_file: Annotated[str, flag("--pod-id-file", help="Write the pod ID to a file", metavar="FILE")] = "",
    replace: Annotated[bool, flag("--replace", help="If a pod with the same name exists, replace it")] = False,
    infra_conmon_pidfile: Annotated[
        str,
        flag("--infra-conmon-pidfile", help="Write the PID of the infra container's monitor to a file", metavar="FILE"),
    ] = "",
) -> None:
    """Create a pod."""


@command("pod clone")
@join(changeable)
def pod_clone(
    pod: OnePod,
    new_name: Annotated[list[str], argument("Name of the new pod", "[NAME]", TEXT)],
    name: Annotated[str, flag("--name", "-n", help="Name of the new pod", metavar="NAME")] = "",
    destroy: Annotated[bool, flag("--destroy", help="Remove the original pod")] = False,
    start: Annotated[bool, flag("--start", help="Start the new pod")] = False,
    infra_conmon_pidfile: Annotated[
        str, unsupported("--infra-conmon-pidfile", why="it is not supported by clone")
    ] = "",
) -> None:
    """Create a copy of a pod."""


@command("pod start")
def pod_start(names: Pods, all: All = False, latest: Latest = False, pod_id_file: IdFiles = []) -> None:
    """Start pods."""


@command("pod stop")
def pod_stop(
    names: Pods,
    all: All = False,
    latest: Latest = False,
    ignore: Ignore = False,
    time: Seconds = -1,
    pod_id_file: IdFiles = [],
) -> None:
    """Stop pods."""


@command("pod restart")
def pod_restart(names: Pods, all: All = False, latest: Latest = False) -> None:
    """Restart pods."""


@command("pod kill")
def pod_kill(
    names: Pods,
    all: All = False,
    latest: Latest = False,
    signal: Annotated[
        str,
        flag("--signal", "-s", help="Signal to send (KILL)", metavar="SIGNAL", of="TERM|KILL|HUP|INT|QUIT|USR1|USR2"),
    ] = "KILL",
) -> None:
    """Send a signal to the containers of pods."""


@command("pod pause")
def pod_pause(names: Pods, all: All = False, latest: Latest = False) -> None:
    """Pause the containers of pods."""


@command("pod unpause")
def pod_unpause(names: Pods, all: All = False, latest: Latest = False) -> None:
    """Unpause the containers of pods."""


@command("pod rm")
def pod_rm(
    names: Pods,
    all: All = False,
    latest: Latest = False,
    force: Annotated[
        bool, flag("--force", "-f", help="Stop and remove running containers; ignore missing pods")
    ] = False,
    ignore: Ignore = False,
    time: Seconds = -1,
    pod_id_file: IdFiles = [],
) -> None:
    """Remove pods and their containers."""


@command("pod prune")
def pod_prune(force: Annotated[bool, flag("--force", "-f", help="Do not ask for confirmation")] = False) -> None:
    """Remove all stopped pods."""


@command("pod exists", statuses=EXISTS)
def pod_exists(name: OnePod) -> None:
    """Check whether a pod exists."""


@command("pod inspect")
def pod_inspect(names: Pods, format: ShortFormat = "", latest: Latest = False) -> None:
    """Show detailed information about pods."""


@command(
    "pod ps",
    also=("pod ls", "pod list"),
)
def pod_ps(
    filter: Annotated[
        list[str],
        filters(
            "--filter",
            "-f",
            keys="ctr-ids ctr-names ctr-number ctr-status id label label! name network status until",
            values="status=running|status=exited|status=created|status=paused|status=degraded",
        ),
    ] = [],
    format: Format = "",
    ctr_ids: Annotated[bool, flag("--ctr-ids", help="Show the ID of each container")] = False,
    ctr_names: Annotated[bool, flag("--ctr-names", help="Show the name of each container")] = False,
    ctr_status: Annotated[bool, flag("--ctr-status", help="Show the status of each container")] = False,
    latest: Latest = False,
    no_trunc: Annotated[bool, flag("--no-trunc", "--notruncate", help="Do not truncate IDs")] = False,
    noheading: Annotated[bool, flag("--noheading", "-n", help="Do not print column headings")] = False,
    ns: Annotated[bool, flag("--ns", "--namespace", help="Show the namespaces that the pod shares")] = False,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print only IDs")] = False,
    sort: Annotated[
        str,
        flag(
            "--sort",
            help="Sort by created, id, name, number or status",
            metavar="KEY",
            of="created|id|name|number|status",
        ),
    ] = "",
) -> None:
    """List pods."""


@command("pod logs")
def pod_logs(
    names: Pods,
    container: Annotated[
        str, flag("--container", "-c", help="Show only the log of this container", metavar="NAME", of=CONTAINER)
    ] = "",
    follow: Annotated[bool, flag("--follow", "-f", help="Follow the output until all containers have exited")] = False,
    with_names: Annotated[bool, flag("--names", "-n", help="Print container names instead of IDs")] = False,
    since: Annotated[str, flag("--since", help="Show only what happened since this time", metavar="TIME")] = "",
    until: Annotated[str, flag("--until", help="Show only what happened until this time", metavar="TIME")] = "",
    tail: Annotated[str, flag("--tail", help="Number of lines to show from the end of each log", metavar="N")] = "all",
    timestamps: Annotated[bool, flag("--timestamps", "-t", help="Show timestamps")] = False,
    color: Annotated[bool, flag("--color", help="Show the lines of each container in a color of its own")] = False,
    latest: Latest = False,
) -> None:
    """Fetch the logs of a pod's containers."""


@command("pod top", options_first=True)
def pod_top(
    names: Annotated[
        list[str], argument("Name or ID of the pod, and columns as for top", "[POD] [COLUMN…]", f"{POD} {TEXT}")
    ],
    latest: Latest = False,
) -> None:
    """Show the processes of a pod."""


@command("pod stats")
def pod_stats(
    names: Pods,
    all: Annotated[bool, flag("--all", "-a", help="Show all pods")] = False,
    format: Format = "",
    latest: Latest = False,
    no_reset: Annotated[bool, flag("--no-reset", help="Do not clear the screen between samples")] = False,
    no_stream: Annotated[bool, flag("--no-stream", help="Print one sample and exit")] = False,
) -> None:
    """Show live resource usage of pods."""
