"""The stream of docker's classic builder: what RUN writes, before the event that follows it."""

from __future__ import annotations

import os

from api_server.verbs.build import Steps
from pycman.build.outcome import BuildEvent


class Stream:
    """What was sent."""

    def __init__(self) -> None:
        self.text = ""

    def line(self, *, stream: str) -> None:
        """Take one line of the stream."""
        self.text += stream


def test_what_run_writes_to_its_standard_error_is_red() -> None:
    sent = Stream()
    with Steps(sent, quiet=False) as steps:  # type: ignore[arg-type]
        os.write(steps.run_output, b"made\n")
        steps.flush()
        os.write(steps.run_errors, b"warned\n")
        steps.report(BuildEvent(kind="done", id="sha256:" + "a" * 64))
    assert sent.text == "made\n\x1b[91mwarned\n\x1b[0m ---> aaaaaaaaaaaa\n"


def test_a_quiet_build_sends_nothing() -> None:
    sent = Stream()
    with Steps(sent, quiet=True) as steps:  # type: ignore[arg-type]
        assert (steps.run_output, steps.run_errors) == (-1, -1)
        steps.report(BuildEvent(kind="step", text="RUN true", number=1, total=1))
    assert sent.text == ""
