"""Clients of a scripted registry that have little patience."""

from __future__ import annotations

import pytest

from pycman.errors import PycmanError
from pycman.registry.client import Client, ClientOptions
from pycman.registry.endpoints import Endpoint

REPOSITORY = "team/app"
SUBJECT = "registry.test/team/app:1"
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json",)
FAR_AWAY = {"retry_delay_s": 0.001, "timeout_s": 5.0}


def client_of(registry, credentials=None, *, actions="pull", insecure=False, host="", **options):
    """Return a client of REPOSITORY that waits a thousandth of a second where users wait half of one."""
    endpoint = Endpoint(host=host or registry.host, path=REPOSITORY, insecure=insecure)
    made = Client(endpoint, credentials, ClientOptions(**{**FAR_AWAY, **options}), SUBJECT, actions=actions)
    registry.on_exit(made.close)
    return made


def fails(kind, action, *arguments):
    """Call what must raise `kind` and return its one line, which names the subject."""
    with pytest.raises(PycmanError) as caught:
        action(*arguments)
    assert type(caught.value) is kind, repr(caught.value)
    line = str(caught.value)
    assert SUBJECT in line
    assert "\n" not in line
    return line


def read_all(reader):
    """Return what is left in a reader."""
    pieces = []
    while data := reader.read(1 << 16):
        pieces.append(data)
    return b"".join(pieces)
