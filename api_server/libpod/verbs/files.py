"""/libpod/containers/NAME/archive: docker's, with podman's renaming of what is unpacked, and the whole path of what is there."""

from __future__ import annotations

import base64
import os

from api_server.libpod.query import switch
from api_server.verbs.call import Answer
from api_server.verbs.piped_output import begin, begin_file
from pycman.containers.files.copy import CopyOptions
from pycman.containers.files.path_stat import stat_path
from pycman.errors import Corrupt, InvalidInput
from pycman.jsontext import format_json, parse_json
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.http.request import Request
    from api_server.verbs.call import Call

_PIECE_BYTES = 1 << 16
_GO_DIRECTORY = 1 << 31
"""The bit of directories in Go's os.FileMode."""
_TAR = "application/x-tar"
_STAT = "X-Docker-Container-Path-Stat"


def _path(request: Request) -> str:
    path = request.text("path")
    if not path:
        raise InvalidInput("missing", subject="path", hint="name a path inside the container")
    return path if path.startswith("/") else f"/{path}"


def _stat_header(call: Call, path: str) -> dict[str, str]:
    """Return the description of a path: podman's clients read the resolved path in `linkTarget`, also of what is no link."""
    found = stat_path(call.session, call.name, path)
    plain = os.path.normpath(f"/{path.lstrip('/')}")
    target = os.path.normpath(os.path.join(os.path.dirname(plain), found.link_target)) if found.link_target else plain
    value = {
        "name": found.name,
        "size": found.size_bytes,
        "mode": found.go_mode,
        "mtime": format_rfc3339(found.modified_at_ns),
        "isDir": bool(found.go_mode & _GO_DIRECTORY),
        "linkTarget": target,
    }
    return {_STAT: base64.b64encode(format_json(value).encode("utf-8", "surrogateescape")).decode()}


def stat(call: Call) -> Answer:
    """Describe a path, in a header."""
    return Answer(headers=_stat_header(call, _path(call.request)))


def get_archive(call: Call) -> None:
    """Send a path as a tar."""
    path = _path(call.request)
    header = _stat_header(call, path)
    with begin_file(call.output, _TAR, header) as file:
        call.engine.containers.copy_out(call.name, path, file, CopyOptions(follow_links=False))


def put_archive(call: Call) -> None:
    """Unpack a tar into a directory of a container."""
    request = call.request
    options = CopyOptions(
        overwrite=not switch(request, "noOverwriteDirNonDir"),
        ownership="user" if switch(request, "copyUIDGID", default=True) else "source",
        renames=_renames(request),
    )
    with call.source() as source:
        call.engine.containers.copy_in(call.name, _path(request), source, options)
        while source.read(_PIECE_BYTES):  # what follows the end of the tar: a client is not to find a closed pipe
            pass
    begin(call.output, {"Content-Length": "0"})


def _renames(request: Request) -> dict[str, str]:
    """Return `rename`, JSON of new names by old ones. Raises InvalidInput."""
    text = request.text("rename")
    if not text:
        return {}
    try:
        names = parse_json(text, subject="rename")
    except Corrupt as error:
        raise InvalidInput(error.problem, subject="rename") from error
    if names is None:
        return {}
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise InvalidInput('it is no JSON of new names by old ones, as in {"a": "b"}', subject="rename")
    return names
