"""What `container runlabel` runs of a label."""

from __future__ import annotations

import pytest

from cli.actions.container.runlabel import command_of
from pycman.errors import InvalidInput, Unsupported

VALUES = {"NAME": "n", "IMAGE": "q.io/i:1", "PWD": "/w", "OPT1": "", "OPT2": "a b", "OPT3": "$NAME"}


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("/usr/bin/podman  run ${OPT1} -e NAME=${NAME} ${IMAGE} ${OPT2}", ["run", "-e", "NAME=n", "q.io/i:1", "a b"]),
        ("docker run IMAGE NAME IMAGE=IMAGE X=IMAGE", ["run", "q.io/i:1", "n", "IMAGE=q.io/i:1", "X=IMAGE"]),
        ("podman run -v $PWD:/x:z --name '$NAME' $HOME $5", ["run", "-v", "/w:/x:z", "--name", "n", "$HOME", "$5"]),
        ("podman run $OPT3", ["run", "$NAME"]),
    ],
    ids=["variables", "words", "others stay", "values are no templates"],
)
def test_variables_are_replaced_and_empty_words_go(label: str, words: list[str]) -> None:
    assert command_of(label, VALUES) == words


@pytest.mark.parametrize("label", ["rm -rf /", "", "/usr/bin/sh -c podman"])
def test_a_label_runs_no_other_program(label: str) -> None:
    with pytest.raises(Unsupported, match="another program"):
        command_of(label, VALUES)


def test_a_label_that_is_no_command_line_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no command line"):
        command_of("podman run 'x", VALUES)
