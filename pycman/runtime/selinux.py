"""Which SELinux labels confine a container, and the files it may use, by the contexts of the host's policy. Pure.

A context is USER:ROLE:TYPE[:LEVEL]; what keeps containers of one type apart is the level, of two categories each ("s0:c1,c2").
The policy of container-selinux names its contexts in lxc_contexts(5), and they mean here what they mean to podman.
"""

from __future__ import annotations

from pycman.errors import Corrupt, Unsupported
from pycman.linux.processes import how_to_install
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.spec.container import Security

DISABLE = "disable"
NESTED = "nested"
"""The container may set labels itself, as far as the policy lets it."""
SHARED_LEVEL = "s0"
"""The level of files that every container may use."""
_CATEGORIES = 1024
_PRIVILEGED_LEVEL = f"s0:c{_CATEGORIES - 2},c{_CATEGORIES - 1}"
"""The level of the files of containers without a label: no other container's."""
_PARTS = ("user", "role", "type", "level")


class Contexts(Record):
    """The contexts that a policy has for containers; "" where it names none."""

    process: str = ""
    file: str = ""
    init_process: str = ""
    """For containers with systemd as first process."""
    kvm_process: str = ""
    """For runtimes that are virtual machines."""


class Labels(Record):
    """The labels of a container: `process` "" leaves its processes in the domain of the runtime, `mount` "" leaves files alone."""

    process: str = ""
    mount: str = ""


def parse_contexts(text: str) -> Contexts:
    """Return the contexts in the text of a file lxc_contexts: lines of NAME = "CONTEXT"."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith("#"):
            found[name.strip()] = value.strip().strip('"')
    return Contexts(
        **{name: found[name] for name in ("process", "file", "init_process", "kvm_process") if name in found}
    )


def parse_context(context: str) -> dict[str, str]:
    """Return user, role, type and, where it has one, level of a context. Raises Corrupt."""
    parts = context.split(":", 3)
    if len(parts) < 3 or not all(parts):
        raise Corrupt("not a context of SELinux", subject=context or "(empty)")
    return dict(zip(_PARTS, parts, strict=False))


def format_context(parts: dict[str, str]) -> str:
    """Return the context of these parts."""
    return ":".join(parts[name] for name in _PARTS if parts.get(name))


def random_level(number: Callable[[int], int]) -> str:
    """Return a level of two different categories, none of those that mean something else; `number(n)` is one of 0 to n-1."""
    first = number(_CATEGORIES - 2)
    second = number(_CATEGORIES - 3)
    second += second >= first
    return f"s0:c{min(first, second)},c{max(first, second)}"


def choose_labels(
    contexts: Contexts,
    options: Sequence[str],
    *,
    level: Callable[[], str],
    like: str = "",
    first_process: str = "",
) -> Labels:
    """Return the labels of a container with these --security-opt label=… (without "label=").

    `like` is the process label of a container whose ipc or pid namespace it joins: it gets the same one. Else `level()` is its level,
    unless the options have one. `first_process` is "systemd", "kvm" or "".

    Raises Unsupported for options, where the policy of this host has no contexts for containers.
    """
    if not (contexts.process and contexts.file):
        if set(options) - {DISABLE, NESTED}:
            raise Unsupported(
                "the SELinux policy of this host has no contexts for containers",
                subject=f"label={options[0]}",
                hint=how_to_install("container-selinux"),
            )
        return Labels()
    file = parse_context(contexts.file)
    if DISABLE in options:
        return Labels(mount=format_context({**file, "level": _PRIVILEGED_LEVEL}))
    process = parse_context(contexts.process)
    asked = dict(option.partition(":")[::2] for option in options if option != NESTED)
    if like:
        process = parse_context(like)
    elif "level" not in asked and process.get("level"):
        process["level"] = level()
    swapped = {"systemd": contexts.init_process, "kvm": contexts.kvm_process}.get(first_process, "")
    if swapped:
        process["type"] = parse_context(swapped)["type"]
    process |= {name: asked[name] for name in _PARTS if name in asked}
    if process.get("level"):
        file["level"] = process["level"]
    file |= {name: value for name, value in (("user", asked.get("user")), ("type", asked.get("filetype"))) if value}
    return Labels(process=format_context(process), mount=format_context(file))


def shared_label(label: str) -> str:
    """Return the label of files for all containers: that of one container's files without its categories."""
    return format_context({**parse_context(label), "level": SHARED_LEVEL})


def mount_option(security: Security) -> str:
    """Return the option by which everything on a new mount has the container's label (mount(8), context=); "" without one."""
    if not security.mount_label:
        return ""
    return f'{context_type(security)}="{security.mount_label}"'


def context_type(security: Security) -> str:
    """Return what kind of context mounts get: below "rootcontext" the container can change the labels of files."""
    return "rootcontext" if NESTED in security.label_options else "context"
