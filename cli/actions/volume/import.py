"""volume import: unpack a tar into a volume."""

from __future__ import annotations

from cli.output.files import input_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Unpack a file or standard input ("-") into the volume."""
    call.engine.volumes.get(call.arguments[0])  # raises NotFound before the input is opened
    with input_stream(call.arguments[1]) as stream:
        call.engine.volumes.import_tar(call.arguments[0], stream)
    return 0
