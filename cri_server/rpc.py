"""The wrapper of every RPC: it turns errors into gRPC statuses, and reports duration and status to the metrics."""

from __future__ import annotations

import contextlib
import time

import grpc

from cri_server.metrics.operations import OK, unobserved
from pycman.errors import (
    AlreadyExists,
    Cancelled,
    Denied,
    InUse,
    InvalidInput,
    NotFound,
    PolicyRefused,
    PycmanError,
    TimedOut,
    Unauthenticated,
    Unsupported,
    WrongState,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cri_server.metrics.operations import Observe

_CODES: tuple[tuple[type[PycmanError], grpc.StatusCode], ...] = (
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (AlreadyExists, grpc.StatusCode.ALREADY_EXISTS),
    (InvalidInput, grpc.StatusCode.INVALID_ARGUMENT),
    (TimedOut, grpc.StatusCode.DEADLINE_EXCEEDED),
    (Cancelled, grpc.StatusCode.CANCELLED),
    (Unsupported, grpc.StatusCode.UNIMPLEMENTED),
    (WrongState, grpc.StatusCode.FAILED_PRECONDITION),
    (InUse, grpc.StatusCode.FAILED_PRECONDITION),
    (Unauthenticated, grpc.StatusCode.UNAUTHENTICATED),
    (PolicyRefused, grpc.StatusCode.UNKNOWN),  # the kubelet reads the words of such errors only
    (Denied, grpc.StatusCode.PERMISSION_DENIED),
)
_SIGNATURE = "SignatureValidationFailed: "
"""How an error begins for which the kubelet says that signatures are the reason (k8s.io/cri-api/pkg/errors)."""


def code_of(error: PycmanError) -> grpc.StatusCode:
    """Return the status code of a kind of error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), grpc.StatusCode.UNKNOWN)


def guarded(method: Callable[[Any, Any], Any], observe: Observe = unobserved) -> Callable[[Any, Any], Any]:
    """Wrap a unary RPC: an error ends it with the status of its kind and one line; `observe` is called at its end."""

    def call(request: Any, context: Any) -> Any:
        with _watched(method.__name__, context, observe):
            return method(request, context)

    return call


def guarded_stream(
    method: Callable[[Any, Any], Iterator[Any]], observe: Observe = unobserved
) -> Callable[[Any, Any], Iterator[Any]]:
    """Wrap an RPC that answers with a stream in the same way."""

    def call(request: Any, context: Any) -> Iterator[Any]:
        with _watched(method.__name__, context, observe):
            yield from method(request, context)

    return call


def guarded_feed(
    method: Callable[[Any, Any, Any], None], observe: Observe = unobserved
) -> Callable[[Any, Any, Any], None]:
    """Wrap an RPC that returns at once and sends later; its duration and status are known when its client has gone."""

    def call(request: Any, context: Any, send: Any) -> None:
        began = time.monotonic()
        context.add_callback(lambda: observe(method.__name__, time.monotonic() - began, OK))
        with _watched(method.__name__, context, unobserved):
            method(request, context, send)

    return call


@contextlib.contextmanager
def _watched(name: str, context: Any, observe: Observe) -> Iterator[None]:
    began = time.monotonic()
    code = grpc.StatusCode.UNKNOWN.name
    try:
        yield
        code = OK
    except PycmanError as error:
        code = code_of(error).name
        context.abort(code_of(error), f"{_SIGNATURE if isinstance(error, PolicyRefused) else ''}{error}")
    except GeneratorExit:  # the client closed the stream
        code = grpc.StatusCode.CANCELLED.name
        raise
    finally:
        observe(name, time.monotonic() - began, code)
