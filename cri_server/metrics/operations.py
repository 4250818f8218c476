"""The server's own metrics, in Prometheus' text format: number, duration and errors of RPCs by name; the process itself."""

from __future__ import annotations

from pycman.errors import InvalidInput, Unsupported, from_os_error
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Observe = Callable[[str, float, str], None]
    """Called at the end of each RPC with its name, the seconds it took and its status code's name."""

OK = "OK"
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""From the duration of a list out of the database to that of a pull."""
_LOOPBACK = "127.0.0.1"


def unobserved(_name: str, _seconds: float, _code: str) -> None:
    """Count nothing: the metrics are disabled."""


def parse_address(text: str) -> tuple[str, int]:
    """Parse HOST:PORT, [IPv6]:PORT, or PORT (on loopback) into host and port. Raises InvalidInput."""
    host, _, port = str(text).rpartition(":")  # a bare port may be a number in TOML
    host = host.removeprefix("[").removesuffix("]") or _LOOPBACK
    if not port.isdecimal() or int(port) > 65535:
        raise InvalidInput("not an address", subject=f"metrics {text}", hint=f"write HOST:PORT, as {_LOOPBACK}:9095")
    return host, int(port)


def serve_metrics(address: str) -> tuple[Observe, str]:
    """Serve metrics at an address from a thread of its own; return the function that counts RPCs, and the URL.

    Raises InvalidInput, Unsupported (the library is missing), Unavailable or Denied (the address cannot be had).
    """
    try:
        import prometheus_client  # 60 ms, only with --metrics
    except ImportError:
        from pycman.linux.distribution import how_to_install_library  # only where it is missing

        raise Unsupported(
            "prometheus_client is not installed",
            subject="metrics",
            hint=how_to_install_library("prometheus_client", "cri"),
        ) from None
    host, port = parse_address(address)
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.ProcessCollector(registry=registry)
    prometheus_client.Info("pycman", "The version of the server", registry=registry).info({"version": __version__})
    total = prometheus_client.Counter(
        "pycman_cri_operations", "RPCs that have ended, by name", ("operation",), registry=registry
    )
    errors = prometheus_client.Counter(
        "pycman_cri_operations_errors", "RPCs that failed, by name and status code", ("operation", "code"),
        registry=registry,
    )  # fmt: skip
    seconds = prometheus_client.Histogram(
        "pycman_cri_operations_duration_seconds", "How long RPCs took", ("operation",), registry=registry,
        buckets=_BUCKETS_S,
    )  # fmt: skip
    try:
        server, _thread = prometheus_client.start_http_server(port, host, registry)
    except OSError as error:
        raise from_os_error(error, subject=f"metrics {address}") from error

    def observe(name: str, took_s: float, code: str) -> None:
        total.labels(name).inc()
        seconds.labels(name).observe(took_s)
        if code != OK:
            errors.labels(name, code).inc()

    shown = f"[{host}]" if ":" in host else host
    return observe, f"http://{shown}:{server.server_port}/metrics"
