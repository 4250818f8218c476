"""Files of an OCI artifact in a container (podman-run(1), --mount type=artifact): copies, which belong to the container alone.

A container that is privileged could change what is mounted read-only, and blobs are every container's.
"""

from __future__ import annotations

import os
import stat

from pycman.errors import InvalidInput
from pycman.images.artifacts.extract import chosen_files, extract_files
from pycman.linux.attributes import dress
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.open_below import path_below
from pycman.spec.relative_path import relative_path_fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.mount import Mount
    from pycman.state.session import Session

_KEYS = ("title", "digest", "name")


def check_artifact(session: Session, mount: Mount) -> None:
    """Raise NotFound if there is no such artifact, or no file in it with the mount's title or digest, InvalidInput for its name."""
    wanted = _options(mount)
    chosen_files(session, mount.source, title=wanted["title"], digest=wanted["digest"])


def artifact_files(
    session: Session, mount: Mount, folder: str, root: str, owner: tuple[int, int]
) -> list[tuple[str, str]]:
    """Return (file on the host, target) of each file, copied to `folder` at the first start; `owner` is root of the container.

    One file takes the place of a file at the mount's target in `root`; all others are put below it. Raises NotFound,
    InvalidInput (several files at a file), Corrupt.
    """
    if not os.path.isdir(folder):
        _copy(session, mount, folder, owner)
    names = sorted(os.listdir(folder))
    if _is_file(root, mount.target):
        if len(names) > 1:
            hint = "name a directory as target, or one of them by title or digest"
            raise InvalidInput(
                "the artifact has several files, and the target is a file", subject=mount.target, hint=hint
            )
        return [(f"{folder}/{names[0]}", mount.target)]
    return [(f"{folder}/{name}", f"{mount.target.rstrip('/')}/{name}") for name in names]


def _copy(session: Session, mount: Mount, folder: str, owner: tuple[int, int]) -> None:
    wanted = _options(mount)
    unfinished = f"{folder}.unfinished"
    remove_tree(unfinished)
    make_directory(unfinished)
    paths = extract_files(session, mount.source, unfinished, title=wanted["title"], digest=wanted["digest"])
    for number, path in enumerate(paths):
        dress(path, owner=owner, mode=0o444)
        if wanted["name"]:
            name = wanted["name"] if len(paths) == 1 else f"{wanted['name']}-{number}"
            os.rename(path, f"{unfinished}/{name}")
    os.rename(unfinished, folder)


def _options(mount: Mount) -> dict[str, str]:
    found = dict(option.partition("=")[::2] for option in mount.options)
    name = found.get("name", "")
    if name and ("/" in name or name == "." or relative_path_fault(name)):
        raise InvalidInput("it is no name of a file", subject=name, hint="give the file another name")
    return {key: found.get(key, "") for key in _KEYS}


def _is_file(root: str, target: str) -> bool:
    descriptor = path_below(root, target)
    if descriptor is None:
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
