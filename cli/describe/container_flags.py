"""The flags of `run` and `create`, by what they are about."""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import flag

Text = str
Lines = list[str]


def life(
    name: Annotated[str, flag("--name", help="Give the container a name", metavar="NAME")] = "",
    rm: Annotated[bool, flag("--rm", help="Remove the container, with its anonymous volumes, when it ends")] = False,
    replace: Annotated[bool, flag("--replace", help="Remove a container of the same name first")] = False,
    restart: Annotated[
        str,
        flag("--restart", help="Restart when it ends: no, on-failure[:N], always, unless-stopped", metavar="POLICY"),
    ] = "",
    label: Annotated[list[str], flag("--label", "-l", help="Set a label", metavar="KEY=VALUE")] = [],
    label_file: Annotated[list[str], flag("--label-file", help="Read labels from a file", metavar="FILE")] = [],
    annotation: Annotated[list[str], flag("--annotation", help="Add an OCI annotation", metavar="KEY=VALUE")] = [],
    cidfile: Annotated[str, flag("--cidfile", help="Write the container's id to a file", metavar="FILE")] = "",
    init: Annotated[bool, flag("--init", help="Run an init that reaps processes and passes signals on")] = False,
    init_path: Annotated[str, flag("--init-path", help="Use this init program", metavar="PATH")] = "",
    stop_signal: Annotated[str, flag("--stop-signal", help="Signal that stops it (SIGTERM)", metavar="SIGNAL")] = "",
    stop_timeout: Annotated[
        int, flag("--stop-timeout", help="Seconds from the stop signal to SIGKILL (10)", metavar="SECONDS")
    ] = -1,
    timeout: Annotated[int, flag("--timeout", help="Kill it after this many seconds", metavar="SECONDS")] = 0,
    rootfs: Annotated[bool, flag("--rootfs", help="Take the argument as a directory, not an image")] = False,
    pod: Annotated[str, flag("--pod", help="Run it in a pod, or in a new one", metavar="POD|new:NAME")] = "",
    conmon_pidfile: Annotated[
        str, flag("--conmon-pidfile", help="Write the monitor's pid to a file", metavar="FILE")
    ] = "",
    pidfile: Annotated[str, flag("--pidfile", help="Write the container's pid to a file", metavar="FILE")] = "",
    systemd: Annotated[str, flag("--systemd", help="Accepted: true, false or always", metavar="MODE")] = "",
    requires: Annotated[list[str], flag("--requires", help="Containers that must run first", metavar="NAME")] = [],
    sdnotify: Annotated[str, flag("--sdnotify", help="Accepted: container, conmon, ignore", hidden=True)] = "",
    init_ctr: Annotated[
        str, flag("--init-ctr", help="In a pod: run it before the others: always or once", metavar="KIND")
    ] = "",
    pod_id_file: Annotated[
        str, flag("--pod-id-file", help="Run it in the pod whose id is in this file", metavar="FILE")
    ] = "",
    personality: Annotated[str, flag("--personality", help="Refused", hidden=True)] = "",
    use_api_socket: Annotated[bool, flag("--use-api-socket", help="Refused: no daemon", hidden=True)] = False,
) -> None:
    """How long it lives and what it is called."""


def process(
    interactive: Annotated[bool, flag("--interactive", "-i", help="Keep standard input open")] = False,
    tty: Annotated[bool, flag("--tty", "-t", help="Give it a terminal")] = False,
    entrypoint: Annotated[str, flag("--entrypoint", help="Replace the image's entrypoint", metavar="COMMAND")] = "\0",
    workdir: Annotated[str, flag("--workdir", "-w", help="Start in this directory", metavar="PATH")] = "",
    user: Annotated[str, flag("--user", "-u", help="Run as this user", metavar="NAME|UID[:GROUP|GID]")] = "",
    group_add: Annotated[list[str], flag("--group-add", help="Add a group", metavar="GROUP")] = [],
    env: Annotated[list[str], flag("--env", "-e", help="Set an environment variable", metavar="KEY[=VALUE]")] = [],
    env_file: Annotated[list[str], flag("--env-file", help="Read variables from a file", metavar="FILE")] = [],
    env_host: Annotated[bool, flag("--env-host", help="Pass this process's environment on")] = False,
    unsetenv: Annotated[list[str], flag("--unsetenv", help="Leave out a variable of the image", metavar="KEY")] = [],
    unsetenv_all: Annotated[bool, flag("--unsetenv-all", help="Leave out all variables but those given")] = False,
    http_proxy: Annotated[bool, flag("--http-proxy", help="Pass the host's proxy variables on")] = True,
    hostname: Annotated[str, flag("--hostname", "-h", help="Set the host name", metavar="NAME")] = "",
    domainname: Annotated[str, flag("--domainname", help="Set the domain name", metavar="NAME")] = "",
    umask: Annotated[str, flag("--umask", help="Set the umask (0022)", metavar="OCTAL")] = "",
    tz: Annotated[str, flag("--tz", help="Set the time zone, or local", metavar="ZONE")] = "",
    detach_keys: Annotated[
        str, flag("--detach-keys", help="Keys that detach (ctrl-p,ctrl-q)", metavar="KEYS")
    ] = "ctrl-p,ctrl-q",
    attach: Annotated[list[str], flag("--attach", "-a", help="Attach stdin, stdout or stderr", metavar="STREAM")] = [],
    env_merge: Annotated[list[str], flag("--env-merge", help="Refused", hidden=True)] = [],
    passwd: Annotated[bool, flag("--passwd", help="Accepted", hidden=True)] = True,
    passwd_entry: Annotated[str, flag("--passwd-entry", help="Refused", hidden=True)] = "",
    group_entry: Annotated[str, flag("--group-entry", help="Refused", hidden=True)] = "",
    hostuser: Annotated[list[str], flag("--hostuser", help="Refused", hidden=True)] = [],
) -> None:
    """Its process and terminal."""


def image(
    pull: Annotated[str, flag("--pull", help="Pull the image: always, missing, never, newer", metavar="POLICY")] = "",
    platform: Annotated[str, flag("--platform", help="Use the image for this platform", metavar="OS/ARCH")] = "",
    arch: Annotated[str, flag("--arch", help="Use the image for this architecture", metavar="ARCH")] = "",
    os: Annotated[str, flag("--os", help="Use the image for this operating system", metavar="OS")] = "",
    variant: Annotated[str, flag("--variant", help="Use the image for this variant", metavar="VARIANT")] = "",
    quiet: Annotated[bool, flag("--quiet", "-q", help="Do not show progress of a pull")] = False,
    authfile: Annotated[str, flag("--authfile", help="Read credentials from this file", metavar="FILE")] = "",
    creds: Annotated[str, flag("--creds", help="Use these credentials", metavar="USER[:PASSWORD]")] = "",
    cert_dir: Annotated[str, flag("--cert-dir", help="Certificates for the registry", metavar="DIRECTORY")] = "",
    tls_verify: Annotated[bool, flag("--tls-verify", help="Check the registry's certificate")] = True,
    retry: Annotated[int, flag("--retry", help="How often to try a pull again (3)", metavar="N")] = 3,
    retry_delay: Annotated[str, flag("--retry-delay", help="Time between tries", metavar="TIME")] = "",
    decryption_key: Annotated[list[str], flag("--decryption-key", help="Refused", hidden=True)] = [],
    signature_policy: Annotated[str, flag("--signature-policy", help="Accepted", hidden=True)] = "",
    disable_content_trust: Annotated[bool, flag("--disable-content-trust", help="Accepted", hidden=True)] = True,
) -> None:
    """Which image it is made of."""


def storage(
    volume: Annotated[
        list[str], flag("--volume", "-v", help="Mount a volume or directory", metavar="[SOURCE:]TARGET[:OPTIONS]")
    ] = [],
    mount: Annotated[list[str], flag("--mount", help="Mount something, in long form", metavar="type=TYPE,…")] = [],
    tmpfs: Annotated[list[str], flag("--tmpfs", help="Mount a tmpfs", metavar="PATH[:OPTIONS]")] = [],
    volumes_from: Annotated[
        list[str], flag("--volumes-from", help="Use the volumes of another container", metavar="NAME[:ro]")
    ] = [],
    read_only: Annotated[bool, flag("--read-only", help="Make the root file system read-only")] = False,
    read_only_tmpfs: Annotated[
        bool, flag("--read-only-tmpfs", help="With --read-only, keep /run, /tmp and /var/tmp writable")
    ] = True,
    shm_size: Annotated[str, flag("--shm-size", help="Size of /dev/shm (64m)", metavar="SIZE")] = "",
    image_volume: Annotated[
        str,
        flag("--image-volume", help="What becomes of the image's volumes: anonymous, tmpfs, ignore", metavar="MODE"),
    ] = "",
    secret: Annotated[list[str], flag("--secret", help="Give it a secret", metavar="NAME[,OPTION=VALUE…]")] = [],
    device: Annotated[
        list[str],
        flag("--device", help="Give it a device, also by CDI: VENDOR/CLASS=NAME", metavar="PATH[:PATH[:rwm]]"),
    ] = [],
    gpus: Annotated[
        list[str], flag("--gpus", help="Give it GPUs by CDI: all, a number, device=ID", metavar="GPUS")
    ] = [],
    volume_driver: Annotated[str, flag("--volume-driver", help="Driver of new volumes (local)", metavar="NAME")] = "",
    storage_opt: Annotated[list[str], flag("--storage-opt", help="Accepted: size=…", metavar="KEY=VALUE")] = [],
    shm_size_systemd: Annotated[str, flag("--shm-size-systemd", help="Refused", hidden=True)] = "",
    chrootdirs: Annotated[list[str], flag("--chrootdirs", help="Refused", hidden=True)] = [],
) -> None:
    """What it sees mounted."""


def network(
    network: Annotated[
        list[str], flag("--network", help="Network: none, host, container:NAME, ns:PATH", metavar="MODE")
    ] = [],
    net: Annotated[list[str], flag("--net", help="The same as --network", metavar="MODE", hidden=True)] = [],
    network_alias: Annotated[
        list[str], flag("--network-alias", help="Another name on the network", metavar="NAME")
    ] = [],
    net_alias: Annotated[list[str], flag("--net-alias", help="The same", metavar="NAME", hidden=True)] = [],
    publish: Annotated[
        list[str], flag("--publish", "-p", help="Publish a port", metavar="[[IP:]HOST:]PORT[/PROTOCOL]")
    ] = [],
    publish_all: Annotated[bool, flag("--publish-all", "-P", help="Publish all exposed ports")] = False,
    expose: Annotated[list[str], flag("--expose", help="Expose a port", metavar="PORT[/PROTOCOL]")] = [],
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
    hosts_file: Annotated[str, flag("--hosts-file", help="Accepted: image, none", hidden=True)] = "",
    link: Annotated[list[str], flag("--link", help="Refused: legacy links", hidden=True)] = [],
    link_local_ip: Annotated[list[str], flag("--link-local-ip", help="Refused", hidden=True)] = [],
) -> None:
    """How it is on the network."""


def limits(
    memory: Annotated[str, flag("--memory", "-m", help="Limit memory", metavar="SIZE")] = "",
    memory_swap: Annotated[str, flag("--memory-swap", help="Limit memory and swap together", metavar="SIZE")] = "",
    memory_reservation: Annotated[
        str, flag("--memory-reservation", help="Memory it should stay below", metavar="SIZE")
    ] = "",
    memory_swappiness: Annotated[int, flag("--memory-swappiness", help="0 to 100", metavar="N")] = -1,
    kernel_memory: Annotated[str, flag("--kernel-memory", help="Accepted", metavar="SIZE", hidden=True)] = "",
    cpus: Annotated[str, flag("--cpus", help="How many processors it may use", metavar="N")] = "",
    cpu_shares: Annotated[int, flag("--cpu-shares", "-c", help="Relative weight", metavar="N")] = 0,
    cpu_period: Annotated[int, flag("--cpu-period", help="Period in microseconds", metavar="US")] = 0,
    cpu_quota: Annotated[int, flag("--cpu-quota", help="Quota in microseconds", metavar="US")] = 0,
    cpu_rt_period: Annotated[int, flag("--cpu-rt-period", help="Real-time period", metavar="US")] = 0,
    cpu_rt_runtime: Annotated[int, flag("--cpu-rt-runtime", help="Real-time runtime", metavar="US")] = 0,
    cpuset_cpus: Annotated[str, flag("--cpuset-cpus", help="Processors it may run on", metavar="LIST")] = "",
    cpuset_mems: Annotated[str, flag("--cpuset-mems", help="Memory nodes it may use", metavar="LIST")] = "",
    pids_limit: Annotated[str, flag("--pids-limit", help="Limit processes; -1 is no limit", metavar="N")] = "",
    ulimit: Annotated[list[str], flag("--ulimit", help="Set an rlimit", metavar="NAME=SOFT[:HARD]")] = [],
    oom_kill_disable: Annotated[bool, flag("--oom-kill-disable", help="Do not kill it when memory is short")] = False,
    oom_score_adj: Annotated[str, flag("--oom-score-adj", help="-1000 to 1000", metavar="N")] = "",
    blkio_weight: Annotated[int, flag("--blkio-weight", help="10 to 1000", metavar="N")] = 0,
    blkio_weight_device: Annotated[
        list[str], flag("--blkio-weight-device", help="Weight of a device", metavar="PATH:N")
    ] = [],
    device_read_bps: Annotated[list[str], flag("--device-read-bps", help="Limit reading", metavar="PATH:RATE")] = [],
    device_write_bps: Annotated[list[str], flag("--device-write-bps", help="Limit writing", metavar="PATH:RATE")] = [],
    device_read_iops: Annotated[
        list[str], flag("--device-read-iops", help="Limit reads a second", metavar="PATH:N")
    ] = [],
    device_write_iops: Annotated[
        list[str], flag("--device-write-iops", help="Limit writes a second", metavar="PATH:N")
    ] = [],
    device_cgroup_rule: Annotated[
        list[str], flag("--device-cgroup-rule", help="Add a device rule", metavar="RULE")
    ] = [],
    cgroup_parent: Annotated[str, flag("--cgroup-parent", help="Parent of its cgroup", metavar="PATH")] = "",
    cgroups: Annotated[str, flag("--cgroups", help="enabled, disabled or no-conmon", metavar="MODE")] = "",
    cgroup_conf: Annotated[list[str], flag("--cgroup-conf", help="Set a cgroup v2 file", metavar="KEY=VALUE")] = [],
    rdt_class: Annotated[str, flag("--rdt-class", help="Refused", hidden=True)] = "",
    cpu_count: Annotated[int, flag("--cpu-count", help="Refused: Windows", hidden=True)] = 0,
    cpu_percent: Annotated[int, flag("--cpu-percent", help="Refused: Windows", hidden=True)] = 0,
    io_maxbandwidth: Annotated[str, flag("--io-maxbandwidth", help="Refused: Windows", hidden=True)] = "",
    io_maxiops: Annotated[int, flag("--io-maxiops", help="Refused: Windows", hidden=True)] = 0,
) -> None:
    """What it may use of the machine."""


def security(
    privileged: Annotated[bool, flag("--privileged", help="Give it all there is")] = False,
    cap_add: Annotated[list[str], flag("--cap-add", help="Add a capability", metavar="NAME")] = [],
    cap_drop: Annotated[list[str], flag("--cap-drop", help="Drop a capability", metavar="NAME")] = [],
    security_opt: Annotated[list[str], flag("--security-opt", help="Set a security option", metavar="OPTION")] = [],
    userns: Annotated[str, flag("--userns", help="host, auto, keep-id, nomap, container:NAME", metavar="MODE")] = "",
    uidmap: Annotated[list[str], flag("--uidmap", help="Map uids", metavar="INSIDE:OUTSIDE:SIZE")] = [],
    gidmap: Annotated[list[str], flag("--gidmap", help="Map gids", metavar="INSIDE:OUTSIDE:SIZE")] = [],
    pid: Annotated[str, flag("--pid", help="host, private or container:NAME", metavar="MODE")] = "",
    ipc: Annotated[str, flag("--ipc", help="host, private, shareable, none or container:NAME", metavar="MODE")] = "",
    uts: Annotated[str, flag("--uts", help="host, private or container:NAME", metavar="MODE")] = "",
    cgroupns: Annotated[str, flag("--cgroupns", help="host, private or container:NAME", metavar="MODE")] = "",
    sysctl: Annotated[list[str], flag("--sysctl", help="Set a kernel parameter", metavar="KEY=VALUE")] = [],
    runtime: Annotated[str, flag("--runtime", help="Use this OCI runtime", metavar="NAME")] = "",
    isolation: Annotated[str, flag("--isolation", help="Accepted", metavar="KIND", hidden=True)] = "",
    seccomp_policy: Annotated[str, flag("--seccomp-policy", help="Accepted: default", hidden=True)] = "",
    subuidname: Annotated[str, flag("--subuidname", help="Refused", hidden=True)] = "",
    subgidname: Annotated[str, flag("--subgidname", help="Refused", hidden=True)] = "",
) -> None:
    """Privileges and namespaces."""


def health(
    health_cmd: Annotated[str, flag("--health-cmd", help="Check with this command", metavar="COMMAND")] = "",
    health_interval: Annotated[str, flag("--health-interval", help="Time between checks (30s)", metavar="TIME")] = "",
    health_retries: Annotated[
        int, flag("--health-retries", help="Failures that make it unhealthy (3)", metavar="N")
    ] = 0,
    health_timeout: Annotated[str, flag("--health-timeout", help="Longest time of a check (30s)", metavar="TIME")] = "",
    health_start_period: Annotated[
        str, flag("--health-start-period", help="Time in which failures do not count", metavar="TIME")
    ] = "",
    health_start_interval: Annotated[
        str, flag("--health-start-interval", help="Time between checks in the start period", metavar="TIME")
    ] = "",
    health_on_failure: Annotated[
        str, flag("--health-on-failure", help="none, kill, restart or stop", metavar="ACTION")
    ] = "",
    health_startup_cmd: Annotated[
        str, flag("--health-startup-cmd", help="Check the start with this", metavar="COMMAND")
    ] = "",
    health_startup_interval: Annotated[
        str, flag("--health-startup-interval", help="Time between them", metavar="TIME")
    ] = "",
    health_startup_retries: Annotated[
        int, flag("--health-startup-retries", help="Failures that restart it", metavar="N")
    ] = 0,
    health_startup_success: Annotated[
        int, flag("--health-startup-success", help="Successes that end it", metavar="N")
    ] = 0,
    health_startup_timeout: Annotated[
        str, flag("--health-startup-timeout", help="Longest time of one", metavar="TIME")
    ] = "",
    health_log_destination: Annotated[str, flag("--health-log-destination", help="Accepted", hidden=True)] = "",
    health_max_log_count: Annotated[int, flag("--health-max-log-count", help="Accepted", hidden=True)] = 5,
    health_max_log_size: Annotated[int, flag("--health-max-log-size", help="Accepted", hidden=True)] = 500,
    no_healthcheck: Annotated[bool, flag("--no-healthcheck", help="Switch the image's check off")] = False,
    log_driver: Annotated[
        str, flag("--log-driver", help="k8s-file, json-file, none or passthrough", metavar="NAME")
    ] = "",
    log_opt: Annotated[list[str], flag("--log-opt", help="Log option: path, max-size, tag", metavar="KEY=VALUE")] = [],
) -> None:
    """Health checks and logs."""


ALL = (life, process, image, storage, network, limits, security, health)
