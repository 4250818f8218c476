"""push: push an image to a registry."""

from __future__ import annotations

import os

from cli.output.progress import progress_for
from cli.specs.platform import check_platform
from cli.specs.registry import passphrase_of, registry_options
from pycman.images.transfer.push import PushOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Push the image; print its reference, digest and size in bytes, and write the digest to --digestfile."""
    check_platform(call, call.arguments[:1])
    options = PushOptions(
        all_tags=call.flag("all-tags"),
        compression_format=call.string("compression-format") or ("gzip" if call.flag("force-compression") else ""),
        compression_level=call.number("compression-level", -1),
        format=call.string("format"),
        sign_by=call.string("sign-by"),
        sign_by_sigstore=_absolute(call.string("sign-by-sigstore")),
        sign_by_sigstore_private_key=_absolute(call.string("sign-by-sigstore-private-key")),
        sign_passphrase=passphrase_of(call),
        **registry_options(call),
    )
    destination = call.arguments[1] if len(call.arguments) > 1 else ""
    progress = progress_for(quiet=call.flag("quiet"))
    report = call.engine.images.push(call.arguments[0], destination, options, progress=progress)
    if call.string("digestfile"):
        with open(call.string("digestfile"), "w", encoding="ascii") as file:
            file.write(report.digest)
    if not call.flag("quiet"):
        call.print(f"{report.reference}: digest: {report.digest} size: {report.size_bytes}")
    return 0


def _absolute(path: str) -> str:
    return os.path.abspath(path) if path else ""
