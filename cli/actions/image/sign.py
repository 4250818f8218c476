"""image sign: sign images that are in registries."""

from __future__ import annotations

import os

from cli.specs.registry import passphrase_of, registry_options
from pycman.errors import InvalidInput
from pycman.images.transfer.sign import SignOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Sign each image with the key of --sign-by."""
    if not call.string("sign-by"):
        raise InvalidInput("please provide an identity", subject="--sign-by", hint="name a key of your GPG keyring")
    directory = call.string("directory")
    options = SignOptions(
        sign_by=call.string("sign-by"),
        directory=os.path.abspath(directory) if directory else "",
        sign_passphrase=passphrase_of(call),
        all=call.flag("all"),
        **registry_options(call, retries=False),
    )
    for name in call.arguments:
        call.engine.images.sign(name, options)
    return 0
