"""Hidden commands, which pycman runs itself; help and manuals do not list them."""

from __future__ import annotations

from typing import Annotated

from cli.describe.kinds import CONTAINER, POD, TEXT, argument, command


@command("__complete", hidden=True)
def complete(words: Annotated[list[str], argument("The words so far", "[WORD…]", TEXT)]) -> None:
    """Answer a shell's TAB."""


@command("__completeNoDesc", hidden=True)
def complete_by_cobra(words: Annotated[list[str], argument("The words so far", "[WORD…]", TEXT)]) -> None:
    """Answer a TAB as podman's own completion scripts want it."""


@command("__supervise", hidden=True)
def supervise() -> None:
    """Run the supervisor of this user."""


@command("__restart", hidden=True)
def restart(name: Annotated[str, argument("Name or ID of the container", "CONTAINER", CONTAINER)]) -> None:
    """Restart a container by its restart policy."""


@command("__notify_healthy", hidden=True)
def notify_healthy(
    name: Annotated[str, argument("ID of the container", "CONTAINER", CONTAINER)],
    socket: Annotated[str, argument("The service manager's socket", "SOCKET", TEXT)],
) -> None:
    """Tell the service manager when a container is healthy."""


@command("__kube_job", hidden=True)
def kube_job(pod: Annotated[str, argument("Name or ID of the pod", "POD", POD)]) -> None:
    """Continue the Job of a pod that has ended."""


@command("__pod_start", hidden=True)
def pod_start(pod: Annotated[str, argument("Name or ID of the pod", "POD", POD)]) -> None:
    """Go on with the start of a pod whose init container has ended."""
