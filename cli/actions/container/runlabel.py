"""container runlabel: carry out the command that an image's label holds, as podman-container-runlabel(1) describes it."""

from __future__ import annotations

import os
import shlex
import string
import sys

from cli.specs.registry import registry_options
from pycman.errors import InvalidInput, NotFound, Unsupported
from pycman.images.transfer.pull import PullOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.call import Call

_ENGINES = frozenset(("podman", "docker", "pycman"))
"""Programs that a label may name; this one is run in their place."""
_OTHER_NAMES = {"NAME", "IMAGE"}
"""Words that stand for a value without a dollar sign, alone or behind the same word and "=" (IMAGE=IMAGE)."""


def run(call: Call) -> int:
    """Run the label's command with this program, or print it with --display. Raises NotFound, Unsupported, InvalidInput."""
    words = _words(call)
    line = f"command: {' '.join([sys.argv[0], *words])}"
    if call.flag("display"):
        call.print(line)
        return 0
    if not call.flag("quiet"):
        sys.stderr.write(f"{line}\n")
    call.close()
    start = sys.orig_argv[: len(sys.orig_argv) - len(sys.argv)]  # the interpreter and its flags
    os.execve(sys.executable, [*start, sys.argv[0], *words], os.environ)
    return 0


def _words(call: Call) -> list[str]:
    """Return the arguments that the label gives this program; the image is pulled if it is missing."""
    label, name, *more = call.arguments
    options = PullOptions(**registry_options(call))
    images = call.engine.images
    if images.find(name) is None:
        images.pull(name, options)
    image = images.get(name)
    text = _label(image.labels, label)
    if text is None:
        raise NotFound(
            "the image does not have the label",
            subject=f"{label} of {name}",
            hint=f"pycman image inspect {name} lists them",
            code="no-such-label",
            facts={"label": label, "image": name},
        )
    full_name = image.names[0] if image.names else image.id
    values = {
        **os.environ,
        "IMAGE": full_name,
        "NAME": call.string("name") or full_name.rpartition("/")[2].partition(":")[0],
        "PWD": os.getcwd(),
        "OPT1": call.string("opt1"),
        "OPT2": call.string("opt2"),
        "OPT3": call.string("opt3"),
    }
    words = [*command_of(text, values), *more]
    if call.flag("replace"):
        words.insert(1, "--replace")
    return words


def _label(labels: Mapping[str, str], name: str) -> str | None:
    """Return the value of a label, whose name may be written in other letters (podman's rule)."""
    return next((value for key, value in labels.items() if key.lower() == name.lower()), None)


def command_of(text: str, values: Mapping[str, str]) -> list[str]:
    """Return the words behind the engine's name in a label, with `values` for the variables; words that are empty then go.

    Raises Unsupported for a label that runs another program, InvalidInput for one that is no command line. Pure.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidInput(f"the label is no command line: {str(error).lower()}", subject=text) from error
    if not words or os.path.basename(words[0]) not in _ENGINES:
        raise Unsupported(
            "the label runs another program than podman, which pycman leaves to you",
            subject=words[0] if words else text,
            hint="run it yourself",
        )
    return list(filter(None, (_replaced(word, values) for word in words[1:])))


def _replaced(word: str, values: Mapping[str, str]) -> str:
    before, equals, last = word.rpartition("=")
    if last in _OTHER_NAMES and before in ("", last):
        return f"{before}{equals}{values[last]}"
    return _Template(word).safe_substitute(values)


class _Template(string.Template):
    """$NAME and ${NAME}; a dollar sign before anything else stays."""

    idpattern = "[A-Z_][A-Z0-9_]*"
    flags = 0  # type: ignore[assignment]
