"""push: push an image to a registry."""

from __future__ import annotations

import os

from cli.output.files import output_stream
from cli.output.progress import progress_for
from cli.specs.platform import check_platform
from cli.specs.registry import passphrase_of, registry_options
from cli.specs.transport import refuse_flags
from pycman.images.transfer.push import PushOptions
from pycman.spec.image_file import FORMATS, parse_image_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.spec.image_file import ImageFile


_FOR_REGISTRIES = (
    "all-tags", "compression-format", "compression-level", "force-compression", "digestfile", "format", "sign-by",
    "sign-by-sigstore", "sign-by-sigstore-private-key",
)  # fmt: skip


def run(call: Call) -> int:
    """Push the image; print its reference, digest and size in bytes, and write the digest to --digestfile."""
    archive = parse_image_file(call.arguments[1]) if len(call.arguments) > 1 else None
    if archive is not None:
        return _save(call, archive)
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
    progress = progress_for(quiet=call.flag("quiet"), podman=call.habits.podman_progress)
    report = call.engine.images.push(call.arguments[0], destination, options, progress=progress)
    if progress is not None:
        progress.finish(call.engine.images.get(call.arguments[0]).id)
    if call.string("digestfile"):
        with open(call.string("digestfile"), "w", encoding="ascii") as file:
            file.write(report.digest)
    if not call.flag("quiet"):
        call.print(f"{report.reference}: digest: {report.digest} size: {report.size_bytes}")
    return 0


def _save(call: Call, archive: ImageFile) -> int:
    """Write the image to a file or directory, as `save` does; there it has the name that was given, else its own."""
    from pycman.images.archive.save import SaveOptions  # only imported for files

    name, destination = call.arguments[:2]
    refuse_flags(call, _FOR_REGISTRIES, destination)
    images = call.engine.images
    images.get(name)  # raises NotFound before a file is made
    path = os.path.abspath(archive.path)
    options = SaveOptions(
        format=FORMATS[archive.transport],
        compress=call.flag("compress"),
        name_there=archive.reference,
        event="push",
        destination=f"{archive.transport}:{path}{':' if archive.reference else ''}{archive.reference}",
    )
    if archive.transport in ("oci", "dir"):
        images.save([name], path, options)
    else:
        with output_stream(path) as stream:
            images.save([name], stream, options)
    return 0


def _absolute(path: str) -> str:
    return os.path.abspath(path) if path else ""
