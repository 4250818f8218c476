"""systemd units"""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import CONTAINER, POD, argument, command, flag, group

group("generate", "Generate Kubernetes YAML and systemd units")


@command(
    "generate systemd",
    examples=(("Write a unit that makes the container anew at each start", "pycman generate systemd --new --files --name web"),),
    see=("quadlet install", "boot enable"),
)  # fmt: skip
def generate_systemd(
    name: Annotated[str, argument("Name or ID of a container or pod", "NAME", f"{CONTAINER}|{POD}")],
    by_name: Annotated[bool, flag("--name", "-n", help="Name the units after names, not after IDs")] = False,
    files: Annotated[bool, flag("--files", "-f", help="Write .service files here instead of printing")] = False,
    format: Annotated[str, flag("--format", help="Print the units in this format: json", metavar="FORMAT")] = "",
    new: Annotated[bool, flag("--new", help="Make the container or pod anew at each start")] = False,
    template: Annotated[bool, flag("--template", help="Write a template unit with %i and %I; implies --new")] = False,
    no_header: Annotated[bool, flag("--no-header", help="Leave out the version and the time")] = False,
    container_prefix: Annotated[
        str, flag("--container-prefix", help="What names of containers' units begin with", metavar="TEXT")
    ] = "container",
    pod_prefix: Annotated[
        str, flag("--pod-prefix", help="What names of pods' units begin with", metavar="TEXT")
    ] = "pod",
    separator: Annotated[str, flag("--separator", help="What stands behind the prefix", metavar="TEXT")] = "-",
    restart_policy: Annotated[
        str,
        flag(
            "--restart-policy",
            help="When systemd starts it again (on-failure)",
            metavar="POLICY",
            of="no|on-success|on-failure|on-abnormal|on-watchdog|on-abort|always",
        ),
    ] = "",
    restart_sec: Annotated[
        int, flag("--restart-sec", help="Seconds before systemd starts it again", metavar="SECONDS")
    ] = 0,
    start_timeout: Annotated[int, flag("--start-timeout", help="Seconds that a start may take", metavar="SECONDS")] = 0,
    stop_timeout: Annotated[int, flag("--stop-timeout", help="Seconds to wait before SIGKILL", metavar="SECONDS")] = 10,
    time: Annotated[int, flag("--time", "-t", help="The same as --stop-timeout", metavar="SECONDS", hidden=True)] = 10,
    wants: Annotated[list[str], flag("--wants", help="Unit that is wanted; may be repeated", metavar="UNIT")] = [],
    after: Annotated[list[str], flag("--after", help="Unit that starts before it", metavar="UNIT")] = [],
    requires: Annotated[list[str], flag("--requires", help="Unit that it requires", metavar="UNIT")] = [],
    env: Annotated[list[str], flag("--env", "-e", help="Environment variable of the unit", metavar="KEY[=VALUE]")] = [],
) -> None:
    """[DEPRECATED] Generate systemd units for a container, or for a pod and its containers.

    They are what podman writes. DEPRECATED command: Quadlet files are the simpler way, see quadlet install.
    """
