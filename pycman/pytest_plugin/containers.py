"""The containers, networks and volumes of one test, or of a whole run."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.pytest_plugin.container import RunningContainer
from pycman.pytest_plugin.ownership import LABEL, owner
from pycman.pytest_plugin.waiting import Readiness
from pycman.spec.container import ContainerSpec
from pycman.spec.network import NetworkSpec
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.port import PortMapping
from pycman.volumes.volume import VolumeSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pycman.engine import Engine
    from pycman.pytest_plugin.run import Run


class Containers:
    """Runs containers, and removes them with their anonymous volumes, its networks and its volumes at the end."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ids: list[str] = []
        self._networks: list[str] = []
        self._volumes: list[str] = []

    def run(
        self,
        image: str | ContainerSpec,
        *command: str,
        ports: Sequence[int] = (),
        network: str = "",
        alias: str = "",
        wait_for_log: str = "",
        wait_for_port: int = 0,
        wait_until_healthy: bool = True,
        timeout_s: float = 60,
        **fields: Any,
    ) -> RunningContainer:
        """Run a container in the background and return it when it is ready.

        `image` is a name, pulled when it is missing, or a whole ContainerSpec; `fields` are more fields of one (env, mounts, user …).
        `ports` (tcp, of the container) are published on free ones of 127.0.0.1. On `network`, others find it as `alias`.

        It is ready when its health check says so, if it has one and `wait_until_healthy`; when its output matches the regular
        expression `wait_for_log`; when its port `wait_for_port` (one of `ports`) takes a connection: all that are given. Raises
        TimedOut after `timeout_s`, NotRunning if it ends before that (the report has its output), and what the engine raises.
        """
        spec = self._spec(image, command, ports, network, alias, fields)
        readiness = Readiness(log=wait_for_log, port=wait_for_port, healthy=wait_until_healthy, timeout_s=timeout_s)
        if wait_for_port and wait_for_port not in ports:
            raise InvalidInput("it is not published", subject=f"wait_for_port={wait_for_port}", hint="name it in ports")
        engine = self._run.engine
        container_id = engine.containers.create(spec, starts=True)
        self._ids.append(container_id)  # before its start: an interrupt from here on leaves nothing
        container = self._run.live[container_id] = RunningContainer(engine, container_id)
        engine.containers.start(container_id)
        readiness.wait(container)
        return container

    def network(self, **fields: Any) -> str:
        """Make a network and return its name; `fields` are those of NetworkSpec."""
        labels = {**fields.pop("labels", {}), LABEL: owner()}
        spec = NetworkSpec(**{"name": f"pytest-{os.urandom(4).hex()}", **fields, "labels": labels})
        name = self._run.engine.networks.create(spec).name
        self._networks.append(name)
        return name

    def volume(self, **fields: Any) -> str:
        """Make a volume and return its name; `fields` are those of VolumeSpec."""
        labels = {**fields.pop("labels", {}), LABEL: owner()}
        name = self._run.engine.volumes.create(VolumeSpec(**{**fields, "labels": labels}))
        self._volumes.append(name)
        return name

    def remove_all(self) -> None:
        """Remove everything that was made here, the newest first. The first error is raised when all has been tried."""
        for container_id in self._ids:
            self._run.live.pop(container_id, None)
        if self._run.keep:
            return
        engine = self._run.engine if self._ids or self._networks or self._volumes else None
        if engine is None:
            return
        errors: list[PycmanError] = []
        steps: list[tuple[Callable[[Engine, str], None], str]]
        steps = [(_remove_container, each) for each in reversed(self._ids)]
        steps += [(_remove_network, each) for each in reversed(self._networks)]
        steps += [(_remove_volume, each) for each in reversed(self._volumes)]
        for remove, name in steps:
            try:
                with suppress(NotFound):
                    remove(engine, name)
            except PycmanError as error:
                errors.append(error)
        self._ids, self._networks, self._volumes = [], [], []
        if errors:
            raise errors[0]

    def _spec(
        self,
        image: str | ContainerSpec,
        command: tuple[str, ...],
        ports: Sequence[int],
        network: str,
        alias: str,
        fields: dict[str, Any],
    ) -> ContainerSpec:

        spec = ContainerSpec(image=image) if isinstance(image, str) else image
        changes: dict[str, Any] = dict(fields)
        if command:
            changes["command"] = command
        if ports:
            published = [PortMapping(container_port=port, host_ip="127.0.0.1") for port in ports]
            changes["ports"] = (*changes.get("ports", spec.ports), *published)
        if network:
            attachment = NetworkAttachment(name=network, aliases=(alias,) if alias else ())
            changes["network"] = NetworkMode(kind="bridge", attachments=(attachment,))
        elif alias:
            raise InvalidInput("a name on which network?", subject=f"alias={alias}", hint="give network=… too")
        changes["labels"] = {**spec.labels, **changes.get("labels", {}), LABEL: owner()}
        return spec.replace(**changes)


def _remove_container(engine: Engine, container_id: str) -> None:
    engine.containers.remove(container_id, force=True, volumes=True, timeout_s=0)


def _remove_network(engine: Engine, name: str) -> None:
    engine.networks.remove(name)


def _remove_volume(engine: Engine, name: str) -> None:
    engine.volumes.remove(name)
