"""Dockerfile instructions applied to a config."""

from __future__ import annotations

import pytest

from pycman.build.plan.config_changes import apply_changes
from pycman.errors import InvalidInput


def changed(*changes, **inner):
    return apply_changes({"config": inner}, changes)["config"]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ('CMD ["echo", "a b"]', "Cmd", ["echo", "a b"]),
        ("CMD echo a b", "Cmd", ["/bin/sh", "-c", "echo a b"]),
        ("cmd [not json]", "Cmd", ["/bin/sh", "-c", "[not json]"]),
        ('CMD=["sh"]', "Cmd", ["sh"]),
        ('ENTRYPOINT ["/x"]', "Entrypoint", ["/x"]),
        ("ENV A=1 B='two words' C=\"x\"", "Env", ["A=1", "B=two words", "C=x"]),
        ("ENV OLD the old form", "Env", ["OLD=the old form"]),
        (
            "EXPOSE 80 53/udp 8000-8001/tcp",
            "ExposedPorts",
            {"80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {}},
        ),
        ('LABEL a=1 "b c"="d e"', "Labels", {"a": "1", "b c": "d e"}),
        ("ONBUILD RUN make", "OnBuild", ["RUN make"]),
        ("STOPSIGNAL term", "StopSignal", "term"),
        ("STOPSIGNAL 9", "StopSignal", "9"),
        ("USER 1000:1000", "User", "1000:1000"),
        ('VOLUME ["/a", "/b c"]', "Volumes", {"/a": {}, "/b c": {}}),
        ("VOLUME /a /b", "Volumes", {"/a": {}, "/b": {}}),
        ("WORKDIR /a/../b", "WorkingDir", "/b"),
        ("HEALTHCHECK NONE", "Healthcheck", {"Test": ["NONE"]}),
        (
            "HEALTHCHECK --interval=5s --retries=2 CMD curl x",
            "Healthcheck",
            {"Test": ["CMD-SHELL", "curl x"], "Interval": 5_000_000_000, "Retries": 2},
        ),
        ('HEALTHCHECK CMD ["true"]', "Healthcheck", {"Test": ["CMD", "true"]}),
        ('SHELL ["/bin/bash", "-c"]', "Shell", ["/bin/bash", "-c"]),
    ],
)
def test_each_instruction_sets_its_field(change, field, value):
    assert changed(change)[field] == value


def test_values_are_added_to_what_the_image_had():
    config = changed("ENV B=2", "LABEL x=y", Env=["A=1", "B=1"], Labels={"k": "v"})
    assert config["Env"] == ["A=1", "B=2"]
    assert config["Labels"] == {"k": "v", "x": "y"}


def test_variables_have_the_value_of_earlier_env_instructions():
    config = changed("ENV A=/x", "ENV B=$A/y C=${A}z D=${NO:-else} E=\\$A", "WORKDIR $B", Env=["PATH=/bin"])
    assert config["Env"] == ["PATH=/bin", "A=/x", "B=/x/y", "C=/xz", "D=else", "E=$A"]
    assert config["WorkingDir"] == "/x/y"


def test_a_relative_workdir_is_joined_to_the_previous_one():
    assert changed("WORKDIR a", WorkingDir="/srv")["WorkingDir"] == "/srv/a"


def test_an_entrypoint_clears_an_inherited_command_but_not_one_set_along_with_it():
    assert "Cmd" not in changed('ENTRYPOINT ["/x"]', Cmd=["old"])
    assert changed('CMD ["new"]', 'ENTRYPOINT ["/x"]', Cmd=["old"])["Cmd"] == ["new"]


def test_the_shell_form_uses_the_shell_of_the_image():
    assert changed("CMD run", Shell=["/bin/bash", "-ec"])["Cmd"] == ["/bin/bash", "-ec", "run"]


def test_maintainer_is_the_author():
    assert apply_changes({}, ["MAINTAINER me <me@x>"])["author"] == "me <me@x>"


def test_the_given_document_is_not_changed():
    document = {"config": {"Env": ["A=1"]}}
    apply_changes(document, ["ENV A=2"])
    assert document == {"config": {"Env": ["A=1"]}}


@pytest.mark.parametrize(
    "change",
    ["RUN make", "", "CMD", "FROM x", "ENV A", "ENV A='", "EXPOSE web", "EXPOSE 70000", "EXPOSE 9-8",
     "STOPSIGNAL SIGNO", "HEALTHCHECK --bogus=1 CMD x", "HEALTHCHECK x",
      "ONBUILD FROM x", "SHELL sh", "HEALTHCHECK --interval=x CMD y"],
)  # fmt: skip
def test_an_invalid_change_is_refused(change):
    with pytest.raises(InvalidInput):
        apply_changes({}, [change])
