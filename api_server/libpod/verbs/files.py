"""PUT /libpod/containers/NAME/archive: docker's, and podman's renaming of what is unpacked."""

from __future__ import annotations

from api_server.libpod.query import switch
from api_server.verbs.piped_output import begin
from pycman.containers.files.copy import CopyOptions
from pycman.errors import Corrupt, InvalidInput
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.http.request import Request
    from api_server.verbs.call import Call

_PIECE_BYTES = 1 << 16


def put_archive(call: Call) -> None:
    """Unpack a tar into a directory of a container."""
    request = call.request
    path = request.text("path")
    if not path:
        raise InvalidInput("missing", subject="path", hint="name a path inside the container")
    options = CopyOptions(
        overwrite=not switch(request, "noOverwriteDirNonDir"),
        ownership="user" if switch(request, "copyUIDGID", default=True) else "source",
        renames=_renames(request),
    )
    with call.source() as source:
        call.engine.containers.copy_in(call.name, path if path.startswith("/") else f"/{path}", source, options)
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
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise InvalidInput('it is no JSON of new names by old ones, as in {"a": "b"}', subject="rename")
    return names
