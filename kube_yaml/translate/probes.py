"""Probes and hooks of a container (v1 Probe, LifecycleHandler). Pure."""

from __future__ import annotations

from pycman.errors import NotFound
from pycman.spec.probe import Handler, Probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def probe_of(container: Mapping[str, Any], field: str) -> Probe | None:
    """Return a container's startupProbe, readinessProbe or livenessProbe (`field`); None if it has none."""
    value = container.get(field)
    handler = handler_of(value, container)
    if value is None or handler is None:
        return None
    grace = value.get("terminationGracePeriodSeconds")
    return Probe(
        handler=handler,
        initial_delay_s=int(value.get("initialDelaySeconds") or 0),
        period_s=int(value.get("periodSeconds") or 10),
        timeout_s=int(value.get("timeoutSeconds") or 1),
        failure_threshold=int(value.get("failureThreshold") or 3),
        success_threshold=int(value.get("successThreshold") or 1),
        termination_grace_s=None if grace is None else int(grace),
    )


def handler_of(value: Mapping[str, Any] | None, container: Mapping[str, Any]) -> Handler | None:
    """Return the handler of a probe or hook; None if it has none. Raises NotFound (it names a port that the container does not have)."""
    if not value:
        return None
    if "exec" in value:
        return Handler(kind="exec", command=tuple(str(argument) for argument in value["exec"].get("command") or ()))
    if "httpGet" in value:
        http_get = value["httpGet"]
        return Handler(
            kind="http",
            scheme=str(http_get.get("scheme") or "HTTP").lower(),
            host=str(http_get.get("host") or ""),
            port=_port(http_get["port"], container),
            path=str(http_get.get("path") or "/"),
            headers=tuple(
                (str(http_header["name"]), str(http_header["value"]))
                for http_header in http_get.get("httpHeaders") or ()
            ),
        )
    if "tcpSocket" in value:
        socket = value["tcpSocket"]
        return Handler(kind="tcp", host=str(socket.get("host") or ""), port=_port(socket["port"], container))
    if "grpc" in value:
        return Handler(kind="grpc", port=int(value["grpc"]["port"]), service=str(value["grpc"].get("service") or ""))
    if "sleep" in value:
        return Handler(kind="sleep", seconds=int(value["sleep"]["seconds"]))
    return None


def _port(value: Any, container: Mapping[str, Any]) -> int:
    if isinstance(value, int) or str(value).isdecimal():
        return int(value)
    for port in container.get("ports") or ():
        if port.get("name") == value:
            return int(port["containerPort"])
    raise NotFound(f"the container has no port named {value}", subject=str(container.get("name", "")))
