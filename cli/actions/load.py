"""load: load images from an archive."""

from __future__ import annotations

import os

from cli.output.files import input_stream
from cli.output.words import familiar_name
from cli.specs.registry import signature_policy
from pycman.images.make.import_source import open_download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Load the images of --input (a file, a directory, a URL) or standard input and print their names or ids."""
    path = call.string("input")
    policy = signature_policy(call)
    if path.startswith(("http://", "https://")):
        report = call.engine.images.load(open_download(path), signature_policy=policy)  # type: ignore[arg-type]
    elif path and path != "-":
        report = call.engine.images.load(os.path.abspath(path), signature_policy=policy)
    else:
        with input_stream("") as stream:
            report = call.engine.images.load(stream, signature_policy=policy)
    for name in report.names:
        call.print(f"Loaded image: {familiar_name(name) if call.habits.familiar_names else name}")
    for image_id in report.ids:
        call.print(f"Loaded image ID: sha256:{image_id}")
    return 0
