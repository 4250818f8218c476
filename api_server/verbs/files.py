"""/containers/NAME/archive and /export."""

from __future__ import annotations

import base64

from api_server.verbs.call import Answer
from api_server.verbs.piped_output import begin, begin_file
from pycman.containers.files.copy import CopyOptions
from pycman.containers.files.path_stat import stat_path
from pycman.errors import InvalidInput
from pycman.jsontext import format_json
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call

_TAR = "application/x-tar"
_STAT = "X-Docker-Container-Path-Stat"


def _path(call: Call) -> str:
    path = call.request.text("path")
    if not path:
        raise InvalidInput("missing", subject="path", hint="name a path inside the container")
    return path if path.startswith("/") else f"/{path}"


def _stat_header(call: Call, path: str) -> str:
    found = stat_path(call.session, call.name, path)
    value = {
        "name": found.name,
        "size": found.size_bytes,
        "mode": found.go_mode,
        "mtime": format_rfc3339(found.modified_at_ns),
        "linkTarget": found.link_target,
    }
    return base64.b64encode(format_json(value).encode("utf-8", "surrogateescape")).decode()


def stat(call: Call) -> Answer:
    """Describe a path, in a header."""
    return Answer(headers={_STAT: _stat_header(call, _path(call))})


def get_archive(call: Call) -> None:
    """Send a path as a tar."""
    path = _path(call)
    header = _stat_header(call, path)
    with begin_file(call.output, _TAR, {_STAT: header}) as file:
        call.engine.containers.copy_out(call.name, path, file, CopyOptions(follow_links=False))


def put_archive(call: Call) -> None:
    """Unpack a tar into a directory of a container."""
    options = CopyOptions(overwrite=not call.request.flag("noOverwriteDirNonDir"), ownership="source")
    with call.source() as source:
        call.engine.containers.copy_in(call.name, _path(call), source, options)
        while source.read(1 << 16):  # what follows the end of the tar: a client is not to find a closed pipe
            pass
    begin(call.output, {"Content-Length": "0"})


def export(call: Call) -> None:
    """Send the root file system as a tar."""
    call.engine.containers.get(call.name)
    with begin_file(call.output, "application/octet-stream") as file:
        call.engine.containers.export(call.name, file)
