"""The flags of `run` and `create`, by what they are about."""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import CONTAINER, FILE, NETWORK, POD, SECRET, SYSCTL, VOLUME, flag, no_effect, unsupported

Text = str
Lines = list[str]


def life(
    name: Annotated[str, flag("--name", help="Assign a name to the container", metavar="NAME")] = "",
    rm: Annotated[bool, flag("--rm", help="Remove the container and its anonymous volumes when it exits")] = False,
    replace: Annotated[bool, flag("--replace", help="If a container with the same name exists, replace it")] = False,
    restart: Annotated[
        str,
        flag(
            "--restart",
            help="Restart policy: no, on-failure[:N], always, unless-stopped",
            metavar="POLICY",
            of="no|on-failure|always|unless-stopped",
        ),
    ] = "",
    label: Annotated[list[str], flag("--label", "-l", help="Set metadata", metavar="KEY=VALUE")] = [],
    label_file: Annotated[list[str], flag("--label-file", help="Read labels from a file", metavar="FILE")] = [],
    annotation: Annotated[list[str], flag("--annotation", help="Add an OCI annotation", metavar="KEY=VALUE")] = [],
    cidfile: Annotated[str, flag("--cidfile", help="Write the container ID to a file", metavar="FILE")] = "",
    init: Annotated[
        bool, flag("--init", help="Run an init inside the container that forwards signals and reaps processes")
    ] = False,
    init_path: Annotated[str, flag("--init-path", help="Path of the init program on the host", metavar="PATH")] = "",
    stop_signal: Annotated[
        str,
        flag(
            "--stop-signal",
            help="Signal to stop the container (SIGTERM)",
            metavar="SIGNAL",
            of="TERM|KILL|HUP|INT|QUIT",
        ),
    ] = "",
    stop_timeout: Annotated[
        int, flag("--stop-timeout", help="Seconds to wait after the stop signal before SIGKILL (10)", metavar="SECONDS")
    ] = -1,
    timeout: Annotated[
        int, flag("--timeout", help="Kill the container after this many seconds", metavar="SECONDS")
    ] = 0,
    rootfs: Annotated[
        bool, flag("--rootfs", help="Use a directory as the root file system instead of an image")
    ] = False,
    pod: Annotated[
        str,
        flag(
            "--pod",
            help="Run the container in a pod; new:NAME creates the pod",
            metavar="POD|new:NAME",
            of=f"new:|{POD}",
        ),
    ] = "",
    systemd: Annotated[
        str,
        flag(
            "--systemd",
            help="Prepare for systemd as first process: always, true (if the command is systemd or init) or false",
            metavar="MODE",
            of="always|true|false",
        ),
    ] = "",
    sdnotify: Annotated[
        str,
        flag(
            "--sdnotify",
            help="Who tells systemd ($NOTIFY_SOCKET) that it runs: container (default), conmon, healthy or ignore",
            metavar="MODE",
            of="container|conmon|healthy|ignore",
        ),
    ] = "",
    init_ctr: Annotated[
        str,
        flag(
            "--init-ctr",
            help="Run it as an init container of its pod: always or once",
            metavar="KIND",
            of="always|once",
        ),
    ] = "",
    pod_id_file: Annotated[
        str, flag("--pod-id-file", help="Run the container in the pod whose ID is in this file", metavar="FILE")
    ] = "",
    personality: Annotated[
        str,
        flag(
            "--personality",
            help="Execution domain of the process: LINUX or LINUX32, in which uname says i686",
            metavar="DOMAIN",
            of="LINUX|LINUX32",
        ),
    ] = "",
    use_api_socket: Annotated[bool, unsupported("--use-api-socket", why="there is no daemon with a socket")] = False,
) -> None:
    """Name, lifetime and pod."""


def process(
    interactive: Annotated[
        bool, flag("--interactive", "-i", help="Keep standard input open even if not attached")
    ] = False,
    tty: Annotated[bool, flag("--tty", "-t", help="Allocate a pseudo-terminal")] = False,
    entrypoint: Annotated[
        str, flag("--entrypoint", help="Override the entrypoint of the image", metavar="COMMAND")
    ] = "\0",
    workdir: Annotated[
        str, flag("--workdir", "-w", help="Working directory inside the container", metavar="PATH")
    ] = "",
    user: Annotated[
        str, flag("--user", "-u", help="User name or uid, optionally with a group", metavar="NAME|UID[:GROUP|GID]")
    ] = "",
    group_add: Annotated[
        list[str], flag("--group-add", help="Add a supplementary group", metavar="GROUP", splits=True)
    ] = [],
    env: Annotated[list[str], flag("--env", "-e", help="Set an environment variable", metavar="KEY[=VALUE]")] = [],
    env_file: Annotated[
        list[str], flag("--env-file", help="Read environment variables from a file", metavar="FILE")
    ] = [],
    env_host: Annotated[bool, flag("--env-host", help="Use all environment variables of the host")] = False,
    unsetenv: Annotated[
        list[str], flag("--unsetenv", help="Unset an environment variable of the image", metavar="KEY")
    ] = [],
    unsetenv_all: Annotated[
        bool, flag("--unsetenv-all", help="Unset all environment variables except those given")
    ] = False,
    http_proxy: Annotated[bool, flag("--http-proxy", help="Set the host's proxy variables in the container")] = True,
    hostname: Annotated[str, flag("--hostname", "-h", help="Host name of the container", metavar="NAME")] = "",
    domainname: Annotated[str, flag("--domainname", help="NIS domain name of the container", metavar="NAME")] = "",
    umask: Annotated[str, flag("--umask", help="Set the umask of the process (0022)", metavar="OCTAL")] = "",
    tz: Annotated[
        str, flag("--tz", help="Set the time zone of the container; local for the host's", metavar="ZONE")
    ] = "",
    env_merge: Annotated[
        list[str],
        flag("--env-merge", help="Make a variable of those of the image: PATH='${PATH}:/more'", metavar="KEY=VALUE"),
    ] = [],
    passwd: Annotated[
        bool,
        flag(
            "--passwd",
            help="Add a user without a name, as with --userns=keep-id, to the container's /etc/passwd and /etc/group",
        ),
    ] = True,
    passwd_entry: Annotated[
        str,
        flag(
            "--passwd-entry",
            help="The line that /etc/passwd gets for a user without a name: $USERNAME, $UID, $GID, $NAME, $HOME",
            metavar="ENTRY",
        ),
    ] = "",
    group_entry: Annotated[
        str,
        flag(
            "--group-entry",
            help="The line that /etc/group gets for a group without a name: $GROUPNAME, $GID, $USERLIST",
            metavar="ENTRY",
        ),
    ] = "",
    hostuser: Annotated[
        list[str],
        flag(
            "--hostuser", help="Add this user of the host to the container's /etc/passwd", metavar="USER", splits=True
        ),
    ] = [],
) -> None:
    """The process and its terminal."""


def image(
    pull: Annotated[
        str,
        flag(
            "--pull",
            help="When to pull the image: always, missing, never, newer",
            metavar="POLICY",
            of="always|missing|never|newer",
        ),
    ] = "",
    platform: Annotated[
        str,
        flag(
            "--platform",
            help="Pull the image for this platform",
            metavar="OS/ARCH",
            of="linux/amd64|linux/arm64|linux/arm/v7",
        ),
    ] = "",
    arch: Annotated[
        str,
        flag(
            "--arch",
            "--override-arch",
            help="Pull the image for this architecture",
            metavar="ARCH",
            of="amd64|arm64|arm",
        ),
    ] = "",
    os: Annotated[
        str, flag("--os", "--override-os", help="Pull the image for this operating system", metavar="OS")
    ] = "",
    variant: Annotated[
        str, flag("--variant", "--override-variant", help="Pull the image for this CPU variant", metavar="VARIANT")
    ] = "",
    quiet: Annotated[bool, flag("--quiet", "-q", help="Suppress the progress of a pull")] = False,
    authfile: Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")] = "",
    creds: Annotated[
        str, flag("--creds", help="Use these credentials for the registry", metavar="USER[:PASSWORD]")
    ] = "",
    cert_dir: Annotated[
        str, flag("--cert-dir", help="Use the TLS certificates in this directory for the registry", metavar="DIRECTORY")
    ] = "",
    tls_verify: Annotated[
        bool, flag("--tls-verify", help="Require HTTPS and verify the registry's certificate")
    ] = True,
    retry: Annotated[int, flag("--retry", help="Number of retries when a pull fails (3)", metavar="N")] = 3,
    retry_delay: Annotated[str, flag("--retry-delay", help="Delay between retries", metavar="TIME")] = "",
    decryption_key: Annotated[
        list[str], unsupported("--decryption-key", why="encrypted images are not supported")
    ] = [],
    signature_policy: Annotated[
        str, flag("--signature-policy", help="Obey this signature policy in place of policy.json", metavar="FILE")
    ] = "",
    disable_content_trust: Annotated[bool, no_effect("--disable-content-trust")] = True,
) -> None:
    """The image and how it is pulled."""


def storage(
    volume: Annotated[
        list[str],
        flag(
            "--volume",
            "-v",
            help="Bind mount a directory or mount a volume",
            metavar="[SOURCE:]TARGET[:OPTIONS]",
            of=f"{VOLUME}|{FILE}",
        ),
    ] = [],
    mount: Annotated[
        list[str], flag("--mount", help="Attach a file system mount to the container", metavar="type=TYPE,…")
    ] = [],
    tmpfs: Annotated[list[str], flag("--tmpfs", help="Mount a tmpfs directory", metavar="PATH[:OPTIONS]")] = [],
    volumes_from: Annotated[
        list[str],
        flag("--volumes-from", help="Mount all volumes of another container", metavar="NAME[:ro]", of=CONTAINER),
    ] = [],
    read_only: Annotated[bool, flag("--read-only", help="Mount the root file system read-only")] = False,
    read_only_tmpfs: Annotated[
        bool, flag("--read-only-tmpfs", help="With --read-only, mount a tmpfs on /run, /tmp and /var/tmp")
    ] = True,
    shm_size: Annotated[str, flag("--shm-size", help="Size of /dev/shm (64m)", metavar="SIZE")] = "",
    image_volume: Annotated[
        str,
        flag(
            "--image-volume",
            help="How to mount the image's volumes: anonymous, tmpfs or ignore",
            metavar="MODE",
            of="anonymous|tmpfs|ignore",
        ),
    ] = "",
    secret: Annotated[
        list[str],
        flag("--secret", help="Give the container access to a secret", metavar="NAME[,OPTION=VALUE…]", of=SECRET),
    ] = [],
    device: Annotated[
        list[str],
        flag("--device", help="Add a host device or a CDI device (VENDOR/CLASS=NAME)", metavar="PATH[:PATH[:rwm]]"),
    ] = [],
    gpus: Annotated[
        list[str], flag("--gpus", help="Add GPUs by CDI: all, a number or device=ID", metavar="GPUS", splits=True)
    ] = [],
    volume_driver: Annotated[
        str, flag("--volume-driver", help="Driver of the container's new volumes (local)", metavar="NAME")
    ] = "",
    storage_opt: Annotated[list[str], unsupported("--storage-opt", why="layers have no quota")] = [],
    shm_size_systemd: Annotated[
        str,
        flag(
            "--shm-size-systemd",
            help="Size of each tmpfs that systemd gets: /run, /run/lock, /tmp, /var/log/journal",
            metavar="SIZE",
        ),
    ] = "",
    chrootdirs: Annotated[list[str], unsupported("--chrootdirs", why="it is not supported")] = [],
) -> None:
    """Mounts and devices."""


def network(
    network: Annotated[
        list[str],
        flag(
            "--network",
            "--net",
            help="Connect to a network: NAME, none, host, container:NAME, ns:PATH, pasta, slirp4netns",
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
    publish_all: Annotated[
        bool, flag("--publish-all", "-P", help="Publish all exposed ports to random ports of the host")
    ] = False,
    expose: Annotated[
        list[str], flag("--expose", help="Expose a port or a range of ports", metavar="PORT[/PROTOCOL]", splits=True)
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
    link: Annotated[list[str], unsupported("--link", why="links are legacy: share a network instead")] = [],
    link_local_ip: Annotated[list[str], unsupported("--link-local-ip", why="it is not supported", splits=True)] = [],
) -> None:
    """Networks and names."""


def limits(
    memory: Annotated[str, flag("--memory", "-m", help="Memory limit", metavar="SIZE")] = "",
    memory_swap: Annotated[
        str, flag("--memory-swap", help="Limit memory plus swap; -1 for unlimited swap", metavar="SIZE")
    ] = "",
    memory_reservation: Annotated[str, flag("--memory-reservation", help="Memory soft limit", metavar="SIZE")] = "",
    memory_swappiness: Annotated[
        int, flag("--memory-swappiness", help="Tune memory swappiness, 0 to 100", metavar="N")
    ] = -1,
    kernel_memory: Annotated[
        str, flag("--kernel-memory", help="No effect but a warning: kernels have no such limit any more", hidden=True)
    ] = "",
    cpus: Annotated[str, flag("--cpus", help="Number of CPUs", metavar="N")] = "",
    cpu_shares: Annotated[int, flag("--cpu-shares", "-c", help="CPU shares (relative weight)", metavar="N")] = 0,
    cpu_period: Annotated[int, flag("--cpu-period", help="Limit the CPU CFS period (microseconds)", metavar="US")] = 0,
    cpu_quota: Annotated[int, flag("--cpu-quota", help="Limit the CPU CFS quota (microseconds)", metavar="US")] = 0,
    cpu_rt_period: Annotated[
        int, flag("--cpu-rt-period", help="Limit the CPU real-time period (microseconds)", metavar="US")
    ] = 0,
    cpu_rt_runtime: Annotated[
        int, flag("--cpu-rt-runtime", help="Limit the CPU real-time runtime (microseconds)", metavar="US")
    ] = 0,
    cpuset_cpus: Annotated[
        str, flag("--cpuset-cpus", help="CPUs on which the container may run (0-3, 0,1)", metavar="LIST")
    ] = "",
    cpuset_mems: Annotated[
        str, flag("--cpuset-mems", help="Memory nodes (NUMA) that the container may use", metavar="LIST")
    ] = "",
    pids_limit: Annotated[
        str, flag("--pids-limit", help="Limit the number of processes (-1 for unlimited)", metavar="N")
    ] = "",
    ulimit: Annotated[
        list[str], flag("--ulimit", help="Set a resource limit (ulimit)", metavar="NAME=SOFT[:HARD]", splits=True)
    ] = [],
    oom_kill_disable: Annotated[
        bool, flag("--oom-kill-disable", help="Disable the OOM killer for the container")
    ] = False,
    oom_score_adj: Annotated[
        str, flag("--oom-score-adj", help="Tune the host's OOM preference, -1000 to 1000", metavar="N")
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
    device_read_iops: Annotated[
        list[str],
        flag("--device-read-iops", help="Limit the read rate from a device (operations per second)", metavar="PATH:N"),
    ] = [],
    device_write_iops: Annotated[
        list[str],
        flag("--device-write-iops", help="Limit the write rate to a device (operations per second)", metavar="PATH:N"),
    ] = [],
    device_cgroup_rule: Annotated[
        list[str],
        flag("--device-cgroup-rule", help="Add a rule to the cgroup device list", metavar="RULE", splits=True),
    ] = [],
    cgroup_parent: Annotated[str, flag("--cgroup-parent", help="Parent cgroup of the container", metavar="PATH")] = "",
    cgroups: Annotated[
        str,
        flag(
            "--cgroups",
            help="cgroups of the container: enabled, disabled, no-conmon or split",
            metavar="MODE",
            of="enabled|disabled|no-conmon|split",
        ),
    ] = "",
    cgroup_conf: Annotated[
        list[str], flag("--cgroup-conf", help="Write a value to a cgroup v2 file", metavar="KEY=VALUE")
    ] = [],
    rdt_class: Annotated[str, unsupported("--rdt-class", why="resource director classes are not supported")] = "",
    cpu_count: Annotated[int, unsupported("--cpu-count", why="it only exists for Windows containers")] = 0,
    cpu_percent: Annotated[int, unsupported("--cpu-percent", why="it only exists for Windows containers")] = 0,
    io_maxbandwidth: Annotated[str, unsupported("--io-maxbandwidth", why="it only exists for Windows containers")] = "",
    io_maxiops: Annotated[int, unsupported("--io-maxiops", why="it only exists for Windows containers")] = 0,
) -> None:
    """Resource limits."""


def security(
    privileged: Annotated[bool, flag("--privileged", help="Give extended privileges to the process")] = False,
    cap_add: Annotated[list[str], flag("--cap-add", help="Add a Linux capability", metavar="NAME", splits=True)] = [],
    cap_drop: Annotated[
        list[str], flag("--cap-drop", help="Drop a Linux capability", metavar="NAME", splits=True)
    ] = [],
    security_opt: Annotated[list[str], flag("--security-opt", help="Set a security option", metavar="OPTION")] = [],
    userns: Annotated[
        str,
        flag(
            "--userns",
            help="User namespace: host, auto, keep-id, nomap or container:NAME",
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
    pid: Annotated[
        str,
        flag(
            "--pid",
            help="PID namespace: host, private or container:NAME",
            metavar="MODE",
            of=f"host|private|container:{CONTAINER}",
        ),
    ] = "",
    ipc: Annotated[
        str,
        flag(
            "--ipc",
            help="IPC namespace: host, private, shareable, none or container:NAME",
            metavar="MODE",
            of=f"host|private|shareable|none|container:{CONTAINER}",
        ),
    ] = "",
    uts: Annotated[
        str,
        flag(
            "--uts",
            help="UTS namespace: host, private or container:NAME",
            metavar="MODE",
            of=f"host|private|container:{CONTAINER}",
        ),
    ] = "",
    cgroupns: Annotated[
        str,
        flag(
            "--cgroupns",
            help="cgroup namespace: host, private or container:NAME",
            metavar="MODE",
            of=f"host|private|container:{CONTAINER}",
        ),
    ] = "",
    sysctl: Annotated[
        list[str], flag("--sysctl", help="Set a namespaced kernel parameter", metavar="KEY=VALUE", of=SYSCTL)
    ] = [],
    runtime: Annotated[str, flag("--runtime", help="OCI runtime for this container", metavar="NAME")] = "",
    isolation: Annotated[str, no_effect("--isolation", metavar="KIND")] = "",
    seccomp_policy: Annotated[
        str, flag("--seccomp-policy", help="No effect, accepted for compatibility: default", hidden=True)
    ] = "",
    subuidname: Annotated[str, unsupported("--subuidname", why="use --uidmap or --userns")] = "",
    subgidname: Annotated[str, unsupported("--subgidname", why="use --gidmap or --userns")] = "",
) -> None:
    """Privileges and namespaces."""


def health(
    health_cmd: Annotated[
        str, flag("--health-cmd", "--healthcheck-command", help="Command to run to check health", metavar="COMMAND")
    ] = "",
    health_interval: Annotated[
        str, flag("--health-interval", "--healthcheck-interval", help="Time between checks (30s)", metavar="TIME")
    ] = "",
    health_retries: Annotated[
        int,
        flag(
            "--health-retries",
            "--healthcheck-retries",
            help="Consecutive failures before the container is unhealthy (3)",
            metavar="N",
        ),
    ] = 0,
    health_timeout: Annotated[
        str, flag("--health-timeout", "--healthcheck-timeout", help="Timeout of one check (30s)", metavar="TIME")
    ] = "",
    health_start_period: Annotated[
        str,
        flag(
            "--health-start-period",
            "--healthcheck-start-period",
            help="Grace period in which failures do not count",
            metavar="TIME",
        ),
    ] = "",
    health_start_interval: Annotated[
        str, flag("--health-start-interval", help="Time between checks during the start period", metavar="TIME")
    ] = "",
    health_on_failure: Annotated[
        str,
        flag(
            "--health-on-failure",
            help="What to do when the container turns unhealthy: none, kill, restart or stop",
            metavar="ACTION",
            of="none|kill|restart|stop",
        ),
    ] = "",
    health_startup_cmd: Annotated[
        str,
        flag("--health-startup-cmd", help="Command to run to check whether startup has finished", metavar="COMMAND"),
    ] = "",
    health_startup_interval: Annotated[
        str, flag("--health-startup-interval", help="Time between startup checks", metavar="TIME")
    ] = "",
    health_startup_retries: Annotated[
        int, flag("--health-startup-retries", help="Failures after which the container is restarted", metavar="N")
    ] = 0,
    health_startup_success: Annotated[
        int, flag("--health-startup-success", help="Successes after which the startup check has passed", metavar="N")
    ] = 0,
    health_startup_timeout: Annotated[
        str, flag("--health-startup-timeout", help="Timeout of one startup check", metavar="TIME")
    ] = "",
    health_log_destination: Annotated[
        str,
        flag(
            "--health-log-destination",
            help="Where outcomes of checks are kept: local, events_logger or a directory (local)",
            metavar="PLACE",
            of=f"local|events_logger|{FILE}",
        ),
    ] = "",
    health_max_log_count: Annotated[
        int, flag("--health-max-log-count", help="Number of outcomes to keep (5); 0 is no limit", metavar="N")
    ] = 5,
    health_max_log_size: Annotated[
        int,
        flag("--health-max-log-size", help="Characters of each check's output to keep; 0 is no limit", metavar="N"),
    ] = 500,
    no_healthcheck: Annotated[bool, flag("--no-healthcheck", help="Disable any health check of the image")] = False,
) -> None:
    """Health checks."""


def logging(
    log_driver: Annotated[
        str,
        flag(
            "--log-driver",
            help="Log driver: k8s-file, json-file, journald, none or passthrough",
            metavar="NAME",
            of="k8s-file|json-file|journald|none|passthrough",
        ),
    ] = "",
    log_opt: Annotated[
        list[str], flag("--log-opt", help="Log driver option: path, max-size, tag, labels, env", metavar="KEY=VALUE")
    ] = [],
) -> None:
    """Health checks and logs."""


def attached(
    attach: Annotated[
        list[str],
        flag(
            "--attach",
            "-a",
            help="Attach to stdin, stdout or stderr",
            metavar="STREAM",
            of="stdin|stdout|stderr",
            splits=True,
        ),
    ] = [],
    detach_keys: Annotated[
        str, flag("--detach-keys", help="Key sequence for detaching (ctrl-p,ctrl-q)", metavar="KEYS")
    ] = "ctrl-p,ctrl-q",
) -> None:
    """What `run` does around the start of the container; `create` starts nothing."""


def not_attached(
    attach: Annotated[list[str], no_effect("--attach", "-a")] = [],
    detach_keys: Annotated[str, no_effect("--detach-keys")] = "",
) -> None:
    """The same flags for `create`."""


def starting(
    requires: Annotated[
        list[str],
        flag(
            "--requires",
            help="Containers that must be started before this one",
            metavar="NAME",
            of=CONTAINER,
            splits=True,
        ),
    ] = [],
    pidfile: Annotated[
        str, flag("--pidfile", help="Write the PID of the container's process to a file", metavar="FILE")
    ] = "",
    conmon_pidfile: Annotated[
        str,
        flag("--conmon-pidfile", help="Write the PID of the container's monitor (conmon) to a file", metavar="FILE"),
    ] = "",
) -> None:
    """What a start needs first and writes: for `run` and `create`."""


ALL = (starting, life, process, image, storage, network, limits, security, health, logging)
