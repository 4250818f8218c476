"""manifest push: push a manifest list and its images."""

from __future__ import annotations

from cli.specs.manifest import connection_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Push the list; print its reference, digest and size in bytes, and write the digest to --digestfile."""
    from pycman.images.lists.push import ListPushOptions  # only imported to push

    name, *destination = call.arguments
    options = ListPushOptions(
        compression=call.string("compression-format") or ("gzip" if call.flag("force-compression") else ""),
        compression_level=call.number("compression-level", -1),
        add_compression=tuple(call.values("add-compression")),
        format=call.string("format"),
        images=call.flag("all", default=True),
        **connection_of(call),
    )
    report = call.engine.manifests.push(name, destination[0] if destination else "", options)
    if call.string("digestfile"):
        with open(call.string("digestfile"), "w", encoding="ascii") as file:
            file.write(report.digest)
    if call.flag("purge"):
        call.engine.manifests.remove(name)
    if not call.flag("quiet"):
        call.print(f"{report.reference}: digest: {report.digest} size: {report.size_bytes}")
    return 0
