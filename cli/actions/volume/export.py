"""volume export: write a volume's content as a tar."""

from __future__ import annotations

from cli.output.files import output_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Write the tar to --output or standard output."""
    call.engine.volumes.get(call.arguments[0])  # raises NotFound before a file is made
    with output_stream(call.string("output")) as stream:
        call.engine.volumes.export(call.arguments[0], stream)
    return 0
