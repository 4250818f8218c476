"""import: make an image of a root file system tar."""

from __future__ import annotations

from cli.output.files import input_stream
from cli.specs.registry import signature_policy
from pycman.images.make.commit import ImportOptions
from pycman.images.make.import_source import open_download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Import the tar from a file, URL or standard input and print the image's id."""
    source = call.arguments[0]
    options = ImportOptions(
        reference=call.arguments[1] if len(call.arguments) > 1 else "",
        message=call.string("message"),
        changes=tuple(call.values("change")),
        source_name=source,
        signature_policy=signature_policy(call),
        platform=call.string("platform")
        or "/".join(filter(None, (call.string("os"), call.string("arch"), call.string("variant")))),
    )
    if source.startswith(("http://", "https://")):
        image_id = call.engine.images.import_tar(open_download(source), options)  # type: ignore[arg-type]
    else:
        with input_stream(source) as stream:
            image_id = call.engine.images.import_tar(stream, options)
    call.print(f"sha256:{image_id}")
    return 0
