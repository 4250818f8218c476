"""commit: make an image of a container."""

from __future__ import annotations

from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.images.make.commit import CommitOptions
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def run(call: Call) -> int:
    """Commit the container and print the image's id; --iidfile gets it too."""
    name = call.arguments[0]
    options = CommitOptions(
        reference=call.arguments[1] if len(call.arguments) > 1 else "",
        author=call.string("author"),
        message=call.string("message"),
        changes=tuple(call.values("change")),
        pause=call.flag("pause", call.habits.commit_pauses),
        format=call.string("format"),
        squash=call.flag("squash"),
        include_volumes=call.flag("include-volumes"),
        config=_config(call.string("config")),
    )
    image_id = call.engine.containers.commit(name, options)
    if call.string("iidfile"):
        with open(call.string("iidfile"), "w", encoding="ascii") as file:
            file.write(f"sha256:{image_id}")
    call.print(call.habits.id_prefix + image_id)
    return 0


def _config(path: str) -> dict[str, Any]:
    """Return the image configuration in the file of --config. Raises NotFound, InvalidInput."""
    if not path:
        return {}
    try:
        with open(path, "rb") as file:
            config = parse_json(file.read())
    except FileNotFoundError:
        raise NotFound("no such file", subject=f"--config {path}") from None
    except Corrupt as error:
        raise InvalidInput("the file is not a JSON object", subject=f"--config {path}") from error
    if not isinstance(config, dict):
        raise InvalidInput("the file is not a JSON object", subject=f"--config {path}")
    return config
