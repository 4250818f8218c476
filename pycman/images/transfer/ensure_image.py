"""The image a container is to be made of: here already, or pulled, as the pull policy says."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput, NotFound, PycmanError
from pycman.images.catalogue import find_image, get_image, image_of_id
from pycman.images.lookup import is_id
from pycman.images.platform import matches, parse_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.images.catalogue import Image
    from pycman.state.session import Session

POLICIES = ("always", "missing", "never", "newer", "ifnotpresent")


def obtain_image(
    session: Session,
    text: str,
    *,
    policy: str,
    platform: str,
    progress: Any = None,
    access: Mapping[str, Any] | None = None,
) -> Image:
    """Return the image that `text` names, from here or pulled; `access` are fields of RegistryOptions.

    `policy` missing pulls what is not here (or is for another platform), newer pulls if it can, always pulls or fails,
    never takes it from here or fails. Raises NotFound and what pulling raises.
    """
    if policy not in POLICIES:
        raise InvalidInput("not a pull policy", subject=policy, hint="use always, missing, never or newer")
    found = find_image(session, text)
    if found is not None and platform and not _is_for(found, platform):
        if policy == "never":
            have = f"{found.os}/{found.architecture}"
            raise NotFound(f"the image here is for {have}, not {platform}", subject=text)
        found = None
    if policy == "never" or is_id(text):
        return found or get_image(session, text)
    if found is not None and policy in ("missing", "ifnotpresent"):
        return found
    try:
        return _pull(session, text, platform, progress, access or {})
    except PycmanError:
        if policy == "newer" and found is not None:
            return found
        raise


def _is_for(image: Image, platform: str) -> bool:
    wanted = parse_platform(platform, machine=os.uname().machine)
    return matches(wanted, image.os, image.architecture, image.variant)


def _pull(session: Session, text: str, platform: str, progress: Any, access: Mapping[str, Any]) -> Image:
    from pycman.images.transfer.pull import PullOptions, pull_image  # urllib3 and threads: 150 ms, only to pull

    ids = pull_image(session, text, PullOptions(platform=platform, **access), progress=progress)
    return image_of_id(session, ids[0])
