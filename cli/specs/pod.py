"""The flags of `pod create` and `pod clone` into a PodSpec."""

from __future__ import annotations

from cli.specs.container import parse_restart, said
from cli.specs.mounts import parse_device, parse_volume
from cli.specs.namespaces import parse_id_map, parse_namespace, parse_security
from cli.specs.networks import check_add_host, check_address, parse_networks, parse_port
from cli.specs.pairs import parse_labels, parse_sysctls, split_command
from cli.specs.refused import refuse
from cli.specs.resources import parse_resources
from cli.specs.sizes import optional_size
from pycman.errors import InvalidInput
from pycman.spec.container import Security
from pycman.spec.pod import PodSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def pod_spec(call: Call, name: str) -> PodSpec:
    """Return the spec that a command line of `pod create` asks for. Raises InvalidInput naming the flag."""
    changes = changed_fields(call)
    return PodSpec(
        name=name,
        create_command=("pycman", *call.line),
        exit_policy=call.text("exit-policy"),
        share=_share(call.text("share", "ipc,net,uts"), infra=call.switch("infra", True)),
        share_parent=call.switch("share-parent", True),
        infra=call.switch("infra", True),
        infra_image=call.text("infra-image"),
        network=parse_networks(
            call.words("network"),
            call.words("network-alias"),
            ipv4=call.text("ip"),
            ipv6=call.text("ip6"),
            mac=call.text("mac-address"),
            alias_all=True,
        ),
        ports=tuple(port for word in call.words("publish") for port in parse_port(word)),
        extra_hosts=tuple(check_add_host(word) for word in call.words("add-host")),
        dns=tuple(check_address(word, "--dns") for word in call.words("dns") if word != "none"),
        dns_search=tuple(call.words("dns-search")),
        dns_options=tuple(call.words("dns-option")),
        no_hosts=said(call, "no-hosts"),
        no_hostname=call.switch("no-hostname"),
        **changes,
    )


def changed_fields(call: Call) -> dict[str, Any]:
    """Return the fields that flags of both commands give, each only if its flag was given."""
    refuse(call)
    found: dict[str, Any] = {
        "hostname": call.text("hostname"),
        "labels": parse_labels(call.words("label"), call.words("label-file")),
        "infra_command": tuple(split_command(call.text("infra-command"))) if call.text("infra-command") else (),
        "infra_name": call.text("infra-name"),
        "mounts": tuple(parse_volume(word) for word in call.words("volume")),
        "volumes_from": tuple(call.words("volumes-from")),
        "devices": tuple(parse_device(word) for word in call.words("device")),
        "shm_size_bytes": optional_size(call.text("shm-size"), "--shm-size"),
        "resources": parse_resources(call),
        "cgroup_parent": call.text("cgroup-parent"),
        "sysctls": parse_sysctls(call.words("sysctl")),
        "security": parse_security(call.words("security-opt"), Security()),
        "pid_mode": parse_namespace("pid", call.text("pid")),
        "uts_mode": parse_namespace("uts", call.text("uts")),
        "user_mode": parse_namespace("userns", call.text("userns")),
        "id_map": parse_id_map(call.words("uidmap"), call.words("gidmap")),
        "restart": parse_restart(call.text("restart")) if call.text("restart") else None,
    }
    return {name: value for name, value in found.items() if value != getattr(PodSpec, name)}


def _share(text: str, *, infra: bool) -> tuple[str, ...]:
    """Return --share as names; "+pid" adds to the default, "none" and "" are none (podman)."""
    if not infra or text in ("", "none"):
        return ()
    words = [word.strip() for word in text.split(",")]
    added = [word[1:] for word in words if word.startswith("+")]
    if added and len(added) != len(words):
        raise InvalidInput("names with and without + do not go together", subject=f"--share {text}")
    names = ["ipc", "net", "uts", *added] if added else words
    return tuple(sorted({"network": "net"}.get(name, name) for name in names))
