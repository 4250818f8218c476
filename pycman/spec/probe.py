"""Probes and hooks of a container (Kubernetes v1 Probe and LifecycleHandler). Times are seconds."""

from __future__ import annotations

from pycman.record import Record


class Handler(Record):
    """What is done to probe a container, or as its hook.

    `kind` is exec (in the container; status 0 is good), http (200 to 399 is good), tcp (a connection is), grpc
    (grpc.health.v1 says SERVING) or sleep. All but exec are done from outside, through the container's network namespace;
    `host` "" is the container's own address.
    """

    kind: str
    command: tuple[str, ...] = ()
    scheme: str = "http"
    host: str = ""
    port: int = 0
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    service: str = ""
    seconds: int = 0


class Probe(Record):
    """When a handler is run, and how many outcomes in a row count. `termination_grace_s` None takes the container's own."""

    handler: Handler
    initial_delay_s: int = 0
    period_s: int = 10
    timeout_s: int = 1
    failure_threshold: int = 3
    success_threshold: int = 1
    termination_grace_s: int | None = None
