"""Build a PodSpec from the flags of `pod create`, and the changes of `pod clone`."""

from __future__ import annotations

from cli.specs.container import hosts_file, parse_restart, path_of, said
from cli.specs.mounts import parse_device, parse_volume
from cli.specs.namespaces import parse_id_map, parse_namespace, parse_security
from cli.specs.networks import check_add_host, check_address, parse_networks, parse_port
from cli.specs.pairs import parse_labels, parse_sysctls, split_command
from cli.specs.refused import refuse
from cli.specs.resources import parse_resources
from cli.specs.sizes import optional_size
from cli.specs.together import OF_HOSTS, check_pairs
from pycman.errors import InvalidInput
from pycman.spec.container import Security
from pycman.spec.pod import PodSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def pod_spec(call: Call, name: str) -> PodSpec:
    """Return the spec that a command line of `pod create` asks for. Raises InvalidInput naming the flag."""
    check_pairs(call, OF_HOSTS)
    changes = changed_fields(call)
    return PodSpec(
        name=name,
        create_command=call.recorded(),
        exit_policy=call.string("exit-policy"),
        share=_share(call.string("share", "ipc,net,uts"), infra=call.flag("infra", True)),
        share_parent=call.flag("share-parent", True),
        infra=call.flag("infra", True),
        infra_image=call.string("infra-image"),
        infra_conmon_pid_file=path_of(call, "infra-conmon-pidfile"),
        network=parse_networks(
            call.values("network"),
            call.values("network-alias"),
            ipv4=call.string("ip"),
            ipv6=call.string("ip6"),
            mac=call.string("mac-address"),
            alias_all=True,
        ),
        ports=tuple(port for value in call.values("publish") for port in parse_port(value)),
        extra_hosts=tuple(check_add_host(value) for value in call.values("add-host")),
        dns=tuple(check_address(value, "--dns") for value in call.values("dns") if value != "none"),
        dns_search=tuple(call.values("dns-search")),
        dns_options=tuple(call.values("dns-option")),
        no_hosts=said(call, "no-hosts"),
        base_hosts=hosts_file(call),
        no_hostname=call.flag("no-hostname"),
        **changes,
    )


def changed_fields(call: Call) -> dict[str, Any]:
    """Return the PodSpec fields of the flags that both commands have, without those that keep the default."""
    refuse(call)
    fields: dict[str, Any] = {
        "hostname": call.string("hostname"),
        "labels": parse_labels(call.values("label"), call.values("label-file")),
        "infra_command": tuple(split_command(call.string("infra-command"))) if call.string("infra-command") else (),
        "infra_name": call.string("infra-name"),
        "mounts": tuple(parse_volume(value) for value in call.values("volume")),
        "volumes_from": tuple(call.values("volumes-from")),
        "devices": tuple(parse_device(value) for value in call.values("device")),
        "shm_size_bytes": optional_size(call.string("shm-size"), "--shm-size"),
        "systemd_size_bytes": optional_size(call.string("shm-size-systemd"), "--shm-size-systemd"),
        "resources": parse_resources(call),
        "cgroup_parent": call.string("cgroup-parent"),
        "sysctls": parse_sysctls(call.values("sysctl")),
        "security": parse_security(call.values("security-opt"), Security()),
        "pid_mode": parse_namespace("pid", call.string("pid")),
        "uts_mode": parse_namespace("uts", call.string("uts")),
        "user_mode": parse_namespace("userns", call.string("userns")),
        "id_map": parse_id_map(call.values("uidmap"), call.values("gidmap")),
        "restart": parse_restart(call.string("restart")) if call.string("restart") else None,
    }
    return {name: value for name, value in fields.items() if value != getattr(PodSpec, name)}


def _share(text: str, *, infra: bool) -> tuple[str, ...]:
    """Parse --share into names of namespaces; "+pid" adds to the default, "none" and "" share none (podman)."""
    if not infra or text in ("", "none"):
        return ()
    parts = [part.strip() for part in text.split(",")]
    added = [part[1:] for part in parts if part.startswith("+")]
    if added and len(added) != len(parts):
        raise InvalidInput(
            "names with and without + cannot be used together", subject=f"--share {text}", hint="use one form"
        )
    names = ["ipc", "net", "uts", *added] if added else parts
    return tuple(sorted({"network": "net"}.get(name, name) for name in names))
