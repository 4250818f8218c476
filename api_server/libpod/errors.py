"""Kinds of errors as podman's statuses, and its body {"cause", "message", "response"}. Pure.

podman's clients look for the cause: the sentence of the innermost of its errors (libpod/define/errors.go).
"""

from __future__ import annotations

from api_server.errors import HttpError, message_of
from api_server.libpod.routes import TABLE
from pycman.errors import (
    AlreadyExists,
    CommandNotExecutable,
    CommandNotFound,
    InUse,
    InvalidInput,
    NotFound,
    PycmanError,
    Unsupported,
    WrongState,
)
from pycman.jsontext import format_json

_STATUSES: tuple[tuple[type[PycmanError], int], ...] = (
    (CommandNotFound, 404),
    (CommandNotExecutable, 500),
    (NotFound, 404),
    (AlreadyExists, 409),
    (InUse, 409),
    (WrongState, 409),
    (InvalidInput, 400),
    (Unsupported, 501),
)
"""The first that fits; a kind that is not here is 500."""
_ALWAYS_500: dict[str, tuple[type[PycmanError], ...]] = {
    "libpod.containers.list_containers": (InvalidInput,),
    "libpod.containers.create": (InvalidInput, AlreadyExists, WrongState, InUse),
    "libpod.containers.prune": (InvalidInput,),
    "libpod.containers.remove": (InvalidInput, WrongState, InUse),
    "libpod.containers.update": (InvalidInput, WrongState),
    "containers.rename": (InvalidInput,),
    "libpod.images.list_images": (InvalidInput,),
    "libpod.images.prune": (InvalidInput,),
    "libpod.images.commit": (InvalidInput,),
    "libpod.transfer.load": (InvalidInput, Unsupported),
    "libpod.transfer.import_image": (InvalidInput,),
    "libpod.networks.list_networks": (InvalidInput,),
    "libpod.networks.create": (InvalidInput, InUse),
    "libpod.networks.prune": (InvalidInput,),
    "libpod.networks.connect": (InvalidInput, WrongState, AlreadyExists),
    "libpod.networks.disconnect": (InvalidInput, WrongState),
    "libpod.volumes.list_volumes": (InvalidInput,),
    "libpod.volumes.create": (InvalidInput, AlreadyExists),
    "libpod.volumes.prune": (InvalidInput,),
    "libpod.secrets.list_secrets": (InvalidInput,),
    "libpod.secrets.create": (InvalidInput, AlreadyExists),
    "libpod.manifests.create": (AlreadyExists,),
    "libpod.pods.remove": (InUse, WrongState),
    "libpod.pods.create": (InvalidInput,),
    "libpod.kube.play": (NotFound, InvalidInput, AlreadyExists, InUse),
    "libpod.kube.down": (NotFound, InvalidInput),
    "libpod.kube.generate": (NotFound, InvalidInput),
}
"""Kinds that podman answers with 500 there, by handler."""
_MISSING = {
    "no such container": ('no container with name or ID "{}" found: no such container', "no such container"),
    "no such pod": ("no pod with name or ID {} found: no such pod", "no such pod"),
    "no such image": ("{}: image not known", "image not known"),
    "no such manifest list": ("{}: image not known", "image not known"),
    "no such network": ('unable to find network with name or ID "{}": network not found', "network not found"),
    "no such volume": ('no volume with name "{}" found: no such volume', "no such volume"),
    "no such secret": ('no secret with name or id "{}": no such secret', "no such secret"),
    "No such exec instance": ("no such exec session: {}", "no such exec session"),
}
"""Our sentence of a thing that is not there: podman's sentence for a name, and its cause."""
_CAUSES: tuple[tuple[type[PycmanError], str, str], ...] = (
    (AlreadyExists, "containers", "that name is already in use"),
    (AlreadyExists, "pods", "pod already exists"),
    (AlreadyExists, "volumes", "volume already exists"),
    (AlreadyExists, "networks", "network already exists"),
    (AlreadyExists, "secrets", "secret name in use"),
    (InUse, "volumes", "volume is being used"),
    (InUse, "networks", "network is being used"),
    (InUse, "images", "image is in use by a container"),
    (InUse, "pods", "removing pod containers"),
    (WrongState, "containers", "container state improper"),
    (WrongState, "exec", "exec session state improper"),
)
"""podman's cause, by our kind and the group of the endpoint."""


def problem(error: BaseException, method: str, path: str) -> tuple[int, bytes]:
    """Return status and body for an error of a request; `path` is without version and /libpod."""
    found = TABLE.find(method, path)
    status = _status(error, found.route.handler if found is not None else "")
    message, cause = _words(error, path.strip("/").partition("/")[0])
    text = format_json({"cause": cause, "message": message, "response": status})
    return status, text.encode("utf-8", "surrogateescape") + b"\n"


def _status(error: BaseException, handler: str) -> int:
    if isinstance(error, HttpError):
        return error.status
    if isinstance(error, _ALWAYS_500.get(handler, ())):
        return 500
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def _words(error: BaseException, group: str) -> tuple[str, str]:
    """Return message and cause."""
    if isinstance(error, NotFound) and error.problem in _MISSING:
        sentence, cause = _MISSING[error.problem]
        return sentence.format(error.subject), cause
    message = error.describe() if type(error) is NotFound else message_of(error)
    if isinstance(error, PycmanError):
        for kind, place, cause in _CAUSES:
            if isinstance(error, kind) and place == group:
                return (message if cause in message else f"{message}: {cause}"), cause
        return message, error.problem
    return message, message
