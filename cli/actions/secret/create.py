"""secret create: store a secret."""

from __future__ import annotations

import os

from cli.output.files import input_stream
from cli.specs.pairs import parse_labels, parse_pairs
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_READ_LIMIT_BYTES = 512_001
"""One byte more than a secret may have, so that the engine refuses a longer one."""


def run(call: Call) -> int:
    """Store the content of a file, standard input or (--env) an environment variable, and print the secret's id."""
    name, source = call.arguments
    if call.flag("env"):
        if source not in os.environ:
            raise NotFound("no such environment variable", subject=source)
        data = os.environ[source].encode()
    else:
        with input_stream(source) as stream:
            data = stream.read(_READ_LIMIT_BYTES)
    call.print(
        call.engine.secrets.create(
            name,
            data,
            labels=parse_labels(call.values("label")),
            driver=call.string("driver"),
            options=parse_pairs(call.values("driver-opts"), "--driver-opts"),
            replace=call.flag("replace"),
            ignore=call.flag("ignore"),
        )
    )
    return 0
