"""Take the values of secret variables out of a container's config.json once its process has them.

The runtime's own process, which waits to become the container's, has read them by then.
"""

from __future__ import annotations

import os

from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


def remove_values(session: Session, container_id: str, names: Sequence[str]) -> None:
    """Remove the variables `names` from the process in the bundle's config.json, and in copies that the runtime keeps."""
    folders = [session.paths.bundle(container_id)]
    with os.scandir(os.path.dirname(session.paths.runtime_root("any"))) as found:
        folders += [f"{entry.path}/{container_id}" for entry in found if entry.is_dir(follow_symlinks=False)]
    for folder in folders:
        path = f"{folder}/config.json"
        text = read_text(path)
        if not text:
            continue
        document = parse_json(text.encode("utf-8", "surrogateescape"), subject=path)
        process = document["process"]
        process["env"] = [entry for entry in process["env"] if entry.partition("=")[0] not in names]
        write_atomic(path, format_json(document), mode=0o600, sync=False)
