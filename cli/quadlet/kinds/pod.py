"""`.pod`: a pod that runs while its service does; the containers of `.container` files with Pod= start with it."""

from __future__ import annotations

from cli.quadlet.kinds import shared
from cli.quadlet.names import pod_name
from cli.quadlet.task import Flags, Task

FLAGS = Flags(
    one={"IP": "--ip", "IP6": "--ip6", "ShmSize": "--shm-size"},
    each={
        "NetworkAlias": "--network-alias", "DNS": "--dns", "DNSOption": "--dns-option", "DNSSearch": "--dns-search",
        "AddHost": "--add-host", "HostName": "--hostname",
    },
    pairs={"Label": "--label"},
    others=("ExitPolicy", "Network", "PodName", "PublishPort", "StopTimeout", "Volume", *shared.USER_MAPPING_KEYS),
)  # fmt: skip


def write(task: Task) -> None:
    """Add the commands that make, start, stop and remove the pod. Raises TranslationError."""
    name = pod_name(task.unit)
    for member in task.own.members:
        task.service.add("Unit", "Wants", member)
        task.service.add("Unit", "Before", member)
    task.default("SyslogIdentifier", "%N")
    add = task.service.add_command
    add("Service", "ExecStart", task.command("pod", "start", name))
    seconds = task.unit.value("Pod", "StopTimeout") or "10"
    add("Service", "ExecStop", task.command("pod", "stop", "--ignore", f"--time={seconds}", name))
    add("Service", "ExecStopPost", task.command("pod", "rm", "--ignore", "--force", name))
    create = task.command("pod", "create", "--infra-conmon-pidfile=%t/%N.pid", "--replace")
    create += ["--exit-policy", task.unit.value("Pod", "ExitPolicy") or "stop", *shared.user_mappings(task)]
    create += [*shared.published_ports(task), *shared.networks(task), *task.plain_flags(FLAGS), *shared.volumes(task)]
    create += ["--infra-name", f"{name}-infra", "--name", name, *task.further_arguments()]
    add("Service", "ExecStartPre", create)
    task.name_the_unit()
    task.service.set("Service", "Type", "forking")
    task.service.set("Service", "PIDFile", "%t/%N.pid")
    task.default("Restart", "on-failure")
