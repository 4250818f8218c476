"""RPCs are counted, and Prometheus gets them in its text format."""

from __future__ import annotations

import re
from urllib.request import Request, urlopen

import grpc
import pytest

from cri_server.metrics.operations import serve_metrics
from cri_server.rpc import guarded
from pycman.errors import NotFound, Unavailable


class Aborted(Exception):
    pass


class Context:
    def abort(self, code: grpc.StatusCode, text: str) -> None:
        raise Aborted(code, text)


def Version(request: object, _context: object) -> object:  # an RPC, by its name
    if isinstance(request, BaseException):
        raise request
    return "answer"


def fetch(url: str, accept: str = "") -> tuple[str, str]:
    with urlopen(Request(url, headers={"Accept": accept} if accept else {}), timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-zA-Z_:][\w:]*(\{[^}]*\})? \S+", line) for line in lines)
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_ended_rpcs_are_counted_with_their_time_and_code() -> None:
    observe, url = serve_metrics("127.0.0.1:0")
    call = guarded(Version, observe)
    assert call("request", Context()) == "answer"
    with pytest.raises(Aborted):
        call(NotFound("no such container", subject="x"), Context())
    with pytest.raises(ZeroDivisionError):
        call(ZeroDivisionError(), Context())
    kind, text = fetch(url)
    assert kind.startswith("text/plain; version=0.0.4")
    found = samples(text)
    assert found['pycman_cri_operations_total{operation="Version"}'] == 3
    assert found['pycman_cri_operations_errors_total{code="NOT_FOUND",operation="Version"}'] == 1
    assert found['pycman_cri_operations_errors_total{code="UNKNOWN",operation="Version"}'] == 1
    assert found['pycman_cri_operations_duration_seconds_count{operation="Version"}'] == 3
    assert found['pycman_cri_operations_duration_seconds_bucket{le="+Inf",operation="Version"}'] == 3
    assert 0 <= found['pycman_cri_operations_duration_seconds_sum{operation="Version"}'] < 10
    assert found["process_resident_memory_bytes"] > 1 << 20
    assert not [name for name in found if "_created" in name]
    assert "# TYPE pycman_cri_operations_duration_seconds histogram" in text


def test_an_address_that_is_taken_says_so() -> None:
    _, url = serve_metrics("127.0.0.1:0")
    with pytest.raises(Unavailable, match="in use"):
        serve_metrics(url.removeprefix("http://").removesuffix("/metrics"))
