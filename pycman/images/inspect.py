"""The entry of `image inspect`, with the field names of docker and podman together."""

from __future__ import annotations

from pycman.images.catalogue import find_image, get_named, read_documents
from pycman.images.former_names import names_lost
from pycman.jsontext import parse_json
from pycman.state.times import format_rfc3339
from pycman.storage.driver import choose_driver
from pycman.storage.layers import layer_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.images.image import Image
    from pycman.state.session import Session


def inspect_image(session: Session, name: str) -> dict[str, Any]:
    """Return the entry of `image inspect`; `Id` is 64 hex digits, as in podman. Raises NotFound.

    Of a manifest list it is the image for this machine; where it has none, the list's own names, digest and annotations.
    """
    named = get_named(session, name)
    image = (find_image(session, name) or named) if named.is_list else named
    document = image.config
    inner = document.get("config") or {}
    history = [entry for entry in document.get("history") or () if isinstance(entry, dict)]
    manifest = parse_json(read_documents(session, image.id)[0])
    return {
        "Id": image.id,
        "Digest": image.manifest_digest,
        "RepoTags": list(image.names),
        "RepoDigests": list(image.digests),
        "Parent": image.parent_id,
        "Comment": document.get("comment") or (history[-1].get("comment") if history else "") or "",
        "Created": document.get("created") or format_rfc3339(image.created_at_ns),
        "Config": config_object(inner),
        "Version": (inner.get("Labels") or {}).get("org.opencontainers.image.version", ""),
        "DockerVersion": document.get("docker_version", ""),
        "Author": document.get("author", ""),
        "Architecture": image.architecture,
        "Variant": image.variant,
        "Os": image.os,
        "OsVersion": document.get("os.version", ""),
        "Size": image.size_bytes,
        "VirtualSize": image.size_bytes,
        "GraphDriver": _graph_driver(session, image),
        "RootFS": {"Type": "layers", "Layers": list((document.get("rootfs") or {}).get("diff_ids") or ())},
        "Metadata": {"LastTagTime": format_rfc3339(_last_tagged_ns(session, image.id))},
        "Labels": inner.get("Labels") or {},
        "Annotations": manifest.get("annotations") or {},
        "ManifestType": image.media_type,
        "User": inner.get("User", ""),
        "History": history,
        "NamesHistory": [*image.names, *names_lost(session, image.id, image.names)],
        "Healthcheck": inner.get("Healthcheck"),
    }


def config_object(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return "Config" of an image with every field that docker's and podman's have, at its zero value if it is not set.

    Pure. Fields beside these are kept as they are.
    """
    given = {name: value for name, value in config.items() if value is not None}
    return {**_UNSET, **given}


_UNSET: Mapping[str, Any] = {
    "Hostname": "", "Domainname": "", "User": "", "AttachStdin": False, "AttachStdout": False, "AttachStderr": False,
    "ExposedPorts": None, "Tty": False, "OpenStdin": False, "StdinOnce": False, "Env": None, "Cmd": None,
    "Healthcheck": None, "ArgsEscaped": False, "Image": "", "Volumes": None, "WorkingDir": "", "Entrypoint": None,
    "OnBuild": None, "Labels": None, "StopSignal": "", "StopTimeout": None, "Shell": None,
}  # fmt: skip
"""The zero values of docker's container.Config, which `Config` of an image has been in all versions of its API."""


def _graph_driver(session: Session, image: Image) -> Mapping[str, Any]:
    rows = session.db.rows(
        "SELECT l.name FROM image_layers i JOIN layers l ON l.chain_id = i.chain_id AND l.id_map = ''"
        " WHERE i.image_id = ? AND l.state = 'ready' ORDER BY i.position DESC",
        (image.id,),
    )
    paths = layer_paths(session, [row["name"] for row in rows])
    data = {"UpperDir": paths[0]} if paths else {}
    if paths[1:]:
        data["LowerDir"] = ":".join(paths[1:])
    return {"Name": choose_driver(session).name, "Data": data}


def _last_tagged_ns(session: Session, image_id: str) -> int:
    return int(session.db.value("SELECT MAX(created_at_ns) FROM image_names WHERE image_id = ?", (image_id,)) or 0)
