"""Probes and hooks of a container (Kubernetes v1 Probe and LifecycleHandler). Times are seconds."""

from __future__ import annotations

from pycman.record import Record


class Handler(Record):
    """The action of a probe or of a lifecycle hook.

    `kind` is exec (succeeds with status 0), http (with 200 to 399), tcp (if it connects), grpc (if grpc.health.v1
    answers SERVING) or sleep (`seconds`). exec runs in the container; http, tcp and grpc connect from a process of
    pycman's in the container's network namespace. `host` "" is the container's own address.
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
    """When a handler runs, and how many results in a row change the outcome.

    `termination_grace_s` None takes the container's own.
    """

    handler: Handler
    initial_delay_s: int = 0
    period_s: int = 10
    timeout_s: int = 1
    failure_threshold: int = 3
    success_threshold: int = 1
    termination_grace_s: int | None = None
