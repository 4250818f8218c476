"""Flags of `manifest`: how to connect to registries, and what an entry says of its platform."""

from __future__ import annotations

import os

from cli.specs.pairs import parse_pairs
from cli.specs.registry import registry_options
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_DIGITS = frozenset("0123456789abcdef")


def connection_of(call: Call) -> dict[str, Any]:
    """Return the fields of RegistryOptions; --insecure is --tls-verify=false."""
    options = registry_options(call, retries=False)
    return options | ({"tls_verify": False} if call.flag("insecure") else {})


def changes_of(call: Call) -> dict[str, Any]:
    """Return the fields of a ListEntry that flags set."""
    fields: dict[str, Any] = {
        "os": call.string("os"),
        "architecture": call.string("arch"),
        "variant": call.string("variant"),
        "os_version": call.string("os-version"),
        "os_features": tuple(call.values("os-features")),
        "features": tuple(call.values("features")),
    }
    return {name: value for name, value in fields.items() if value}


def annotations_of(call: Call) -> dict[str, str]:
    """Return what --annotation says. Raises InvalidInput."""
    return parse_pairs(call.values("annotation"), "--annotation")


def source_options(call: Call) -> Any:
    """Return SourceOptions of create and add: --os and --arch also choose the image of a list in a registry."""
    from pycman.images.lists.sources import SourceOptions  # only imported to read images
    from pycman.images.platform import parse_platform  # the same

    platform = None
    if call.string("arch"):
        parts = filter(None, (call.string("os") or "linux", call.string("arch"), call.string("variant")))
        platform = parse_platform("/".join(parts), machine=os.uname().machine)
    return SourceOptions(all=call.flag("all"), platform=platform, **connection_of(call))


def digest_of(call: Call, name: str, text: str) -> str:
    """Return a digest as it is, else that of the image of a list that has this name. Raises NotFound."""
    if text.startswith("sha256:") or (len(text) >= 12 and _DIGITS.issuperset(text)):
        return text
    image = call.engine.images.find(text)
    for entry in call.engine.manifests.get(name).entries:
        if image is not None and entry.image_id == image.id:
            return entry.digest
    raise NotFound("the list has no image of this name", subject=text, hint="name it by its digest")
