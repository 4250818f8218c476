"""The command of RUN, CMD, ENTRYPOINT and HEALTHCHECK: exec form or shell form."""

from __future__ import annotations

from pycman.build.language.instructions import CommandLine
from pycman.build.language.words import json_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.language.instructions import Heredoc


def command_line(text: str, heredocs: tuple[Heredoc, ...] = ()) -> CommandLine:
    """Return a JSON array of texts as exec form, anything else as shell form. Raises Wrong for other JSON arrays."""
    array = json_words(text)
    if array is not None:
        return CommandLine(words=tuple(array), is_shell=False)
    return CommandLine(words=(text,) if text else (), is_shell=True, heredocs=heredocs)
