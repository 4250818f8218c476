"""`.network`: a network that is made before whoever uses it starts."""

from __future__ import annotations

from cli.quadlet.names import KINDS, resource_name
from cli.quadlet.task import Flags, Task, TranslationError

FLAGS = Flags(
    switches={"DisableDNS": "--disable-dns", "Internal": "--internal", "IPv6": "--ipv6"},
    one={"Driver": "--driver", "IPAMDriver": "--ipam-driver", "InterfaceName": "--interface-name"},
    each={"DNS": "--dns"},
    pairs={"Options": "--opt", "Label": "--label"},
    others=("Gateway", "IPRange", "NetworkDeleteOnStop", "NetworkName", "Subnet"),
)


def write(task: Task) -> None:
    """Add the command that makes the network. Raises TranslationError."""
    name = resource_name(task.unit, KINDS[".network"])
    if task.unit.switch("Network", "NetworkDeleteOnStop"):
        task.service.add_command("Service", "ExecStopPost", task.command("network", "rm", name))
    words = [*task.command("network", "create", "--ignore"), *task.plain_flags(FLAGS), *_subnets(task)]
    task.service.add_command("Service", "ExecStart", [*words, *task.further_arguments(), name])
    task.runs_once(stays=True)
    task.own.resource = name


def _subnets(task: Task) -> list[str]:
    subnets, gateways, ranges = (task.unit.values("Network", key) for key in ("Subnet", "Gateway", "IPRange"))
    if not subnets and (gateways or ranges):
        raise TranslationError("cannot set gateway or range without subnet")
    for what, given in (("gateways", gateways), ("ranges", ranges)):
        if len(given) > len(subnets):
            raise TranslationError(f"cannot set more {what} than subnets")
    words = []
    for index, subnet in enumerate(subnets):
        words += ["--subnet", subnet]
        words += ["--gateway", gateways[index]] if index < len(gateways) else []
        words += ["--ip-range", ranges[index]] if index < len(ranges) else []
    return words
