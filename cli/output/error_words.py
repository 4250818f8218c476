"""Errors in docker's or podman's words, for programs that call pycman by their name and read what it says. Pure.

One mechanism for both: the stable code of a problem (`PycmanError.code`) is looked up in a table of sentences
(`docker_words.py`, `podman_words.py`). Only what many scripts look for is there: other errors keep pycman's words, which
say what to do.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pycman.errors import PycmanError

    Sentence = str | Callable[[PycmanError], str]


class _Values(dict[str, str]):
    """The values of one error; one that nobody gave is empty, as an error about an error would help nobody."""

    def __missing__(self, name: str) -> str:
        return ""


def worded(table: Mapping[str, Sentence], error: PycmanError, command: str = "") -> str:
    """Return the sentence that a table has for an error which ends `command`, "" if it has none.

    Of the rows "COMMAND CODE", "CODE" and "KIND" (as `command-not-found`) the first that is there counts. A sentence is a
    template of `{subject}`, `{problem}` and the facts of the error, on one line, or a function of the error.
    """
    for row in (f"{command} {error.code}", error.code, f"{command} {error.reference}", error.reference):
        sentence = table.get(row)
        if callable(sentence):
            return sentence(error)
        if sentence:
            values = _Values(error.facts, subject=error.subject, problem=error.problem)
            return " ".join(sentence.format_map(values).split())
    return ""
