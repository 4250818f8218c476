"""The image for a new container: from the store, or pulled, depending on the pull policy."""

from __future__ import annotations

import os

from pycman.errors import Denied, InvalidInput, NotFound, PycmanError
from pycman.images.catalogue import find_image, get_image, image_of_id
from pycman.images.lookup import STORED, is_id
from pycman.images.platform import matches, parse_platform
from pycman.spec.image_file import parse_image_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.images.image import Image
    from pycman.state.session import Session

POLICIES = ("always", "missing", "never", "newer", "ifnotpresent")


def ensure_image(
    session: Session,
    text: str,
    *,
    policy: str,
    platform: str,
    progress: Any = None,
    access: Mapping[str, Any] | None = None,
) -> Image:
    """Return the image that `text` names, from the store or pulled; `access` are fields of RegistryOptions.

    `policy` missing pulls an image that the store lacks or has for another platform; newer pulls if a registry has
    another one and answers; always pulls or fails; never does not pull. A file ("oci-archive:FILE") is loaded whatever the policy.
    Raises NotFound and what `pull_image` and `load_file` raise.
    """
    if policy not in POLICIES:
        raise InvalidInput(
            "not a pull policy",
            subject=policy,
            hint="use always, missing, never or newer",
            code="not-a-pull-policy",
            facts={"policy": policy},
        )
    if text.startswith(STORED):
        policy = "never"
    file = parse_image_file(text)
    if file is not None:
        from pycman.images.archive.choose import load_file  # only where an image is named as a file

        policy_file = str((access or {}).get("signature_policy") or "")
        ids = load_file(session, file, progress=progress, signature_policy=policy_file, single=True)
        return image_of_id(session, ids[0])
    if access and access.get("signature_policy"):
        from pycman.images.transfer.policy import check_policy_file  # only where a command names a policy

        check_policy_file(access["signature_policy"])
    session.log_step(f"Pulling image {text} (policy: {policy})")
    wanted = parse_platform(platform, machine=os.uname().machine) if platform else None
    local = find_image(session, text, platform=wanted)
    if local is not None and wanted is not None and not matches(wanted, local.os, local.architecture, local.variant):
        if policy == "never":
            local_platform = f"{local.os}/{local.architecture}"
            raise NotFound(f"the local image is for {local_platform}, not {platform}", subject=text)
        local = None
    if policy == "never" or is_id(text):
        return local or get_image(session, text)
    if local is not None and policy in ("missing", "ifnotpresent"):
        return local
    try:
        return _pull(session, text, platform, policy, progress, access or {})
    except PycmanError as error:
        if policy == "newer" and local is not None:
            if isinstance(error, Denied):
                session.warnings.append(f"the local image is kept: {error}")
            return local
        raise


def _pull(session: Session, text: str, platform: str, policy: str, progress: Any, access: Mapping[str, Any]) -> Image:
    """Pull an image; with the policy newer nothing is pulled, nor told, where the registry has the one that is here."""
    from pycman.images.transfer.pull import PullOptions, pull_image  # 150 ms (urllib3): only imported to pull

    ids = pull_image(
        session,
        text,
        PullOptions(platform=platform, policy="newer" if policy == "newer" else "always", **access),
        progress=progress,
    )
    return image_of_id(session, ids[0])
