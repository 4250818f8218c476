"""save: write images to an archive."""

from __future__ import annotations

import os

from cli.output.files import output_stream
from cli.specs.platform import check_platform
from cli.specs.registry import signature_policy
from pycman.errors import InvalidInput
from pycman.images.archive.save import SaveOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Write the images to --output (a directory for the -dir formats) or standard output."""
    if call.flag("compress") and call.flag("uncompressed"):
        raise InvalidInput("--compress and --uncompressed cannot be used together", hint="leave one out")
    options = SaveOptions(
        format=call.string("format", "docker-archive"),
        compress=call.flag("compress"),
        uncompressed=call.flag("uncompressed"),
        signature_policy=signature_policy(call),
    )
    path = call.string("output")
    options = options.replace(destination=path and os.path.abspath(path))
    for name in call.arguments:
        if not call.engine.images.exists(name):
            call.engine.images.get(name)  # raises NotFound before a file is made
    check_platform(call, call.arguments)
    if options.format.endswith("-dir"):
        if not path:
            raise InvalidInput(
                "a directory format needs a path", subject=f"--format {options.format}", hint="name it with -o"
            )
        call.engine.images.save(call.arguments, path, options)
        return 0
    with output_stream(path) as stream:
        call.engine.images.save(call.arguments, stream, options)
    return 0
