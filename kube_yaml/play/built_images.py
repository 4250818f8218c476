"""Images that a play builds: a directory with an image's name and a Containerfile or Dockerfile in it, as podman has it."""

from __future__ import annotations

import os

from pycman.build.options import BuildOptions
from pycman.images.catalogue import find_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kube_yaml.translate.play_options import PlayOptions
    from pycman.state.session import Session

_DOCKERFILES = ("Containerfile", "Dockerfile")


def build_if_wanted(session: Session, name: str, options: PlayOptions, progress: Any) -> bool:
    """Build the image of a container and return True, if there is a directory for it and its build is wanted.

    `options.build` True builds it anyway, None only if the store lacks it, False never. Raises what `build_image` raises.
    """
    if options.build is False:
        return False
    context = _context(name, options.context_dir)
    if not context or (options.build is None and find_image(session, name) is not None):
        return False
    from pycman.build.execute.build import build_image  # 60 ms: only for images that are built

    if progress is not None:
        progress.message(f"Building {name} of {context}...")
    build_image(session, BuildOptions(context=context, tags=(name,), registry=options.registry))
    return True


def _context(name: str, directory: str) -> str:
    """Return the directory to build an image of, "" if there is none: its name without tag, below `directory`.

    The directory of quay.io/team/app may be the last word alone, app, as in podman.
    """
    bare = name.partition("@")[0]
    path, colon, tag = bare.rpartition(":")
    path = path if colon and "/" not in tag else bare
    for name_part in dict.fromkeys((path, path.rpartition("/")[2])):
        folder = os.path.join(directory or os.getcwd(), name_part)
        if any(os.path.isfile(os.path.join(folder, file)) for file in _DOCKERFILES):
            return folder
    return ""
