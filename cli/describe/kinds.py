"""What Typer cannot say of flags and commands."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

COMMA_LISTS = frozenset(
    ("add-host", "alias", "attach", "cap-add", "cap-drop", "device-cgroup-rule", "dns", "dns-add", "dns-drop", "dns-option",
     "dns-opt", "dns-search", "driver-opt", "expose", "gateway", "gidmap", "gpus", "group-add", "ip-range", "link-local-ip",
     "network-alias", "publish", "requires", "subnet", "uidmap", "ulimit", "hostuser")
)  # fmt: skip
"""Lists that also split at commas, as podman's stringSlice does; others only repeat."""

ALIASES = {"dns-opt": "dns-option", "net": "network", "net-alias": "network-alias", "time": "timeout"}
"""Flags that are described but known by another name."""

OTHER_SPELLINGS = {
    "healthcheck-command": "health-cmd", "healthcheck-interval": "health-interval", "healthcheck-retries": "health-retries",
    "healthcheck-start-period": "health-start-period", "healthcheck-timeout": "health-timeout", "override-arch": "arch",
    "override-os": "os", "override-variant": "variant", "namespace": "ns", "storage": "external", "notruncate": "no-trunc",
}  # fmt: skip
"""Podman's old names of flags: taken wherever the flag is, shown nowhere."""

PODMAN_SHORTS = {"logs": "names,n:b", "rm": "latest,l:b"}
"""Where docker and podman give one letter to different flags, podman's; used when the program is called podman."""

STOP_AT_FIRST_ARGUMENT = frozenset(
    ("run", "create", "exec", "top", "commit", "tag", "unshare", "container run", "container create", "container exec",
     "container top", "container commit", "image tag", "pod top")
)  # fmt: skip
"""Commands whose options end at the first argument (Go's pflag without interspersed arguments)."""

HIDDEN = frozenset(("__complete", "__supervise", "__restart", "__kube_job"))


def flag(*names: str, help: str, metavar: str = "", hidden: bool = False) -> Any:
    """Return a Typer option."""
    return typer.Option(*names, help=help, metavar=metavar or None, hidden=hidden)


def argument(help: str, metavar: str = "") -> Any:
    """Return a Typer argument."""
    return typer.Argument(help=help, metavar=metavar or None)


def join(*parts: Callable[..., None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of other functions too: `run` and `create` share theirs."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())
        shared = [
            parameter for part in parts for parameter in inspect.signature(part, eval_str=True).parameters.values()
        ]
        keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *shared)]

        def command(**_values: Any) -> None:
            """Stand for the joined command."""

        command.__doc__ = function.__doc__
        command.__name__ = function.__name__
        command.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in keyword}
        return command

    return decorate
