"""May this image come in: policy.json (containers-policy.json(5)). Without a file everything may, as with docker."""

from __future__ import annotations

import os

from pycman.errors import Denied, InvalidInput, Unsupported
from pycman.jsontext import parse_json
from pycman.linux.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


def check_policy(session: Session, reference: ImageReference) -> None:
    """Raise Denied if the policy rejects images of this name, Unsupported if it asks for signatures."""
    path = f"{session.user.home}/.config/containers/policy.json"
    if not os.path.exists(path):
        path = "/etc/containers/policy.json"
    text = read_text(path)
    if not text:
        return
    document = parse_json(text, subject=path)
    for requirement in _requirements(document, reference):
        kind = requirement.get("type")
        if kind == "insecureAcceptAnything":
            continue
        if kind == "reject":
            raise Denied(f"{path} rejects it", subject=str(reference))
        if kind in ("signedBy", "sigstoreSigned"):
            raise Unsupported(f"{path} asks for signatures, which cannot be checked yet", subject=str(reference))
        raise InvalidInput(f"unknown requirement {kind!r}", subject=path)


def _requirements(document: Mapping[str, Any], reference: ImageReference) -> list[Mapping[str, Any]]:
    """Return the requirements of the most specific scope: name with tag, repository and its parents, "*.domain", ""."""
    scopes = (document.get("transports") or {}).get("docker") or {}
    names = [str(reference.replace(digest="")), reference.repository]
    parts = reference.repository.split("/")
    names += ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
    labels = reference.domain.partition(":")[0].split(".")
    names += ["*." + ".".join(labels[count:]) for count in range(1, len(labels))]
    for name in (*names, ""):
        if name in scopes:
            return list(scopes[name])
    return list(document.get("default") or ())
