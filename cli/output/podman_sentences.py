"""Podman's sentences for errors of pods, networks, volumes, registries and terminals, found by pycman's own sentence. Pure.

Only imported when the program is called podman and reports an error. Each row is (pycman's sentence without its hint, as a
regular expression for all of it; podman's sentence, with the groups).
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.errors import PycmanError

_NAMESPACES = "cgroup, ipc, net, pid, uts or none"
_TAKEN = "You have to remove that container to be able to reuse that name: that name is already in use"
_SENTENCES = (
    # registries
    (
        r"(?P<registry>.+): the login at (?P=registry) was refused.*",
        r'logging into "\g<registry>": invalid username/password',
    ),
    (r"(.+): (the login at \S+ was refused|\S+ requires a login).*", r"\1: \2: unauthorized: authentication required"),
    (r"(.+): (the name \S+ cannot be resolved)", r"initializing source docker://\1: pinging container registry: \2"),
    (
        r"(.+): (\S+) refuses connections",
        r"initializing source docker://\1: pinging container registry \2: connection refused",
    ),
    (
        r"not found in the registry: (?P<whole>(?P<repository>\S+?)(?::(?P<tag>[^:/\s]+))?)",
        r"initializing source docker://\g<whole>: reading manifest \g<tag> in \g<repository>: manifest unknown",
    ),
    # users and groups
    (
        r"--group-add: keep-groups cannot be used with other groups",
        "the '--group-add keep-groups' option is not allowed with any other --group-add options",
    ),
    (
        r"--ipc=container:(\S+): the container keeps its ipc namespace to itself.*",
        r"joining IPC of container \1 is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
    ),
    (r"--userns=(\S+): it is for rootless containers only", r"\1 is only supported in rootless mode"),
    # flags
    (
        r"--authfile: it cannot be used with --compat-auth-file",
        "options for paths to the credential file and to the Docker-compatible credential file can not be set simultaneously",
    ),
    (r"--retry-delay (.+): not a duration", r'time: invalid duration "\1"'),
    (
        r"--hostname: members have the host name of pod \S+",
        "invalid config provided: cannot set hostname when joining the pod UTS namespace: invalid configuration",
    ),
    (r"--health-on-failure (\S+): .*no health check", r"cannot set on-failure action to \1 without a health check"),
    (r"--annotation (.+): not KEY=VALUE", "annotation \"\\1\" must include an '=' sign"),
    # pods
    (
        r"--share (.+): not a namespace that can be shared",
        rf"invalid kernel namespace to share: \1. Options are: {_NAMESPACES}",
    ),
    (r"(.+): not an exit policy", r'running pod create option: invalid pod exit policy: "\1"'),
    (
        r"(\S+): the name is already in use by container (\S+)",
        rf'creating container storage: the container name "\1" is already in use by \2. {_TAKEN}',
    ),
    (
        r"(\S+): it is the infra container of pod (\S+) and is removed with it",
        r"container \1 is the infra container of pod \2 and cannot be removed without removing the pod",
    ),
    (
        r"(\S+): (?:the pod already exists|another pod has this name).*",
        r'adding pod to state: name "\1" is in use: pod already exists',
    ),
    (
        r"(\S+): it is the service container of pods (.+) and is removed with them",
        r"container \1 is the service container of pod(s) \2 and cannot be removed without removing the pod(s)",
    ),
    # networks
    (r"no such network: (\S+)", r"unable to find network with name or ID \1: network not found"),
    (r"the port is not published: \S+ (\S+)", r'failed to find published port "\1"'),
    (r"(\S+): the name is taken by another network", r"network name \1 already used: network already exists"),
    (r"(\S+): the default network cannot be removed", r"default network \1 cannot be removed"),
    # volumes
    (
        r"the device of the volume is not there: (\S+)",
        r"invalid volume option device for driver 'local': faccessat \1: no such file or directory",
    ),
    # files and terminals
    (
        r"refusing to read an archive from a terminal",
        "cannot read from terminal, use command-line redirection or the --input flag",
    ),
    (
        r"refusing to write an archive to a terminal",
        "refusing to save to terminal. Use -o flag or redirect",
    ),
)


_RUNNING_MEMBERS = "containers of the pod are running: "


def podman_sentence(error: PycmanError) -> str:
    """Return podman's sentence for an error (for a pod that runs one line more for each container), "" if there is none."""
    if error.problem == "invalid signal":
        text = error.subject.removeprefix("--stop-signal ")
        too_large = text.isdecimal() and text.strip("0")
        return "valid signals are 1 through 64" if too_large else f"invalid signal: {text}"
    if error.problem.startswith(_RUNNING_MEMBERS):
        names = error.problem.removeprefix(_RUNNING_MEMBERS).split(", ")
        reasons = [cannot_be_removed(name, "running") for name in names]
        head = f"not all containers could be removed from pod {error.subject}: removing pod containers"
        return "\n".join([head, *reasons])
    told = error.describe()
    for own, podmans in _SENTENCES:
        match = re.fullmatch(own, told, re.DOTALL)
        if match is not None:
            return match.expand(podmans)
    return ""


def cannot_be_removed(name: str, state: str) -> str:
    """Return podman's sentence for a container that `rm` leaves because it runs or is paused."""
    return (
        f"cannot remove container {name} as it is {state} - running or paused containers cannot be removed without force:"
        " container state improper"
    )
