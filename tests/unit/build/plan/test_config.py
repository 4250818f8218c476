"""What instructions make of an image's config, its environment and its history."""

from __future__ import annotations

from typing import Any

import pytest

from pycman.build.language.errors import DockerfileError
from pycman.build.plan.history import history_entry
from tests.support.build_plan import ALPINE, World, plan_of

PATH = "PATH=/usr/sbin:/usr/bin"


def config(text: str, **fields: Any) -> dict[str, Any]:
    """Return the settings of the image that instructions after FROM make, without the base's PATH and command."""
    settings = dict(plan_of(f"FROM alpine\n{text}", **fields).target.config["config"])
    settings["Env"] = [entry for entry in settings["Env"] if entry != PATH]
    if settings.get("Cmd") == ["/bin/sh"]:
        del settings["Cmd"]
    return {name: value for name, value in settings.items() if value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("ENV A=1 B=$A\nENV C=$A$B D='$A' E=\"x y\"", {"Env": ["A=1", "B=", "C=1", "D=$A", "E=x y"]}),
        ("ENV A=1\nENV A=2 B=$A", {"Env": ["A=2", "B=1"]}),
        ("ENV A one  two", {"Env": ["A=one  two"]}),
        ("ENV $X=1 Y$X=2\n", None),
        ("LABEL a=b 'c d'=\"e f\"\nLABEL a=g", {"Labels": {"a": "g", "c d": "e f"}}),
        ("CMD echo $A", {"Cmd": ["/bin/sh", "-c", "echo $A"]}),
        ('CMD ["a", "$B"]', {"Cmd": ["a", "$B"]}),
        ("CMD []", {}),
        ('SHELL ["/bin/bash", "-ec"]\nCMD a b', {"Shell": ["/bin/bash", "-ec"], "Cmd": ["/bin/bash", "-ec", "a b"]}),
        ('ENTRYPOINT ["a"]', {"Entrypoint": ["a"]}),
        ('CMD ["x"]\nENTRYPOINT ["a"]', {"Entrypoint": ["a"], "Cmd": ["x"]}),
        ('ENTRYPOINT ["a"]\nENTRYPOINT []', {}),
        ("WORKDIR /a\nWORKDIR b\nWORKDIR ../c", {"WorkingDir": "/a/c"}),
        ("WORKDIR a/../../..", {"WorkingDir": "/"}),
        ("ENV D=/x\nWORKDIR $D/y/", {"WorkingDir": "/x/y", "Env": ["D=/x"]}),
        ("WORKDIR /a\nWORKDIR $UNSET", {"WorkingDir": "/a"}),
        ("USER a\nUSER b:c", {"User": "b:c"}),
        ("USER $UNSET", {}),
        ("EXPOSE 80 53/udp 8000-8002/TCP\nEXPOSE 80/tcp 127.0.0.1:90:91",
         {"ExposedPorts": {f"{each}": {} for each in ("53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp", "91/tcp")}}),
        ("ARG P='1 2'\nEXPOSE $P", {"ExposedPorts": {"1/tcp": {}, "2/tcp": {}}}),
        ('VOLUME /a $HOME/b\nVOLUME ["/c d"]', {"Volumes": {"/a": {}, "/b": {}, "/c d": {}}}),
        ("STOPSIGNAL SIGUSR1", {"StopSignal": "SIGUSR1"}),
        ("ARG S=15\nSTOPSIGNAL $S", {"StopSignal": "15"}),
        ("HEALTHCHECK --interval=10s --retries=2 CMD a b",
         {"Healthcheck": {"Test": ["CMD-SHELL", "a b"], "Interval": 10**10, "Retries": 2}}),
        ('HEALTHCHECK CMD ["a"]\nHEALTHCHECK NONE', {"Healthcheck": {"Test": ["NONE"]}}),
        ("ONBUILD RUN a\nONBUILD COPY $X b", {"OnBuild": ["RUN a", "COPY $X b"]}),
        ("ARG A=1\nRUN x", {}),
    ],
)  # fmt: skip
def test_settings(text: str, expected: dict[str, Any] | None) -> None:
    if expected is None:
        with pytest.raises(DockerfileError, match="a name is empty"):
            config(text)
    else:
        assert config(text) == expected


def test_a_maintainer_is_the_author() -> None:
    assert plan_of("FROM alpine\nMAINTAINER a b").target.config["author"] == "a b"


BASE = {
    "architecture": "amd64",
    "os": "linux",
    "created": "2020-01-01T00:00:00Z",
    "author": "old",
    "config": {
        "Env": ["A=base"],
        "Cmd": ["old"],
        "Entrypoint": ["start"],
        "WorkingDir": "/srv",
        "User": "www",
        "Labels": {"a": "1"},
        "ExposedPorts": {"1/tcp": {}},
        "Volumes": {"/v": {}},
        "Shell": ["/bin/ash", "-c"],
        "Healthcheck": {"Test": ["NONE"]},
        "OnBuild": ["ENV FROM_BASE=$A", "COPY . /app"],
    },
    "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    "history": [{"created_by": "x"}],
}


def test_what_a_base_image_says_is_inherited_and_its_triggers_are_run() -> None:
    world = World({"base": BASE})
    plan = plan_of("FROM base\nRUN x\nLABEL b=2\nEXPOSE 2\nVOLUME /w\nWORKDIR y", world)
    config = plan.target.config
    assert config["config"] == {
        "Env": ["A=base", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "FROM_BASE=base"],
        "Cmd": ["old"], "Entrypoint": ["start"], "WorkingDir": "/srv/y", "User": "www", "Labels": {"a": "1", "b": "2"},
        "ExposedPorts": {"1/tcp": {}, "2/tcp": {}}, "Volumes": {"/v": {}, "/w": {}}, "Shell": ["/bin/ash", "-c"],
        "Healthcheck": {"Test": ["NONE"]},
    }  # fmt: skip
    assert config.keys() == {"architecture", "os", "author", "config"}
    assert [step.from_base for step in plan.target.steps] == [True, True, False, False, False, False, False]
    run = plan.target.steps[2].to_dict()
    assert (run["argv"], run["working_dir"], run["user"]) == (["/bin/ash", "-c", "x"], "/srv", "www")
    assert BASE["config"]["OnBuild"], "the caller's document is not changed"  # type: ignore[index]


def test_triggers_of_a_stage_are_run_by_the_next_and_no_further() -> None:
    plan = plan_of("FROM alpine AS a\nONBUILD ENV X=1\nFROM a AS b\nFROM b")
    assert [len(stage.steps) for stage in plan.stages] == [1, 1, 0]
    assert "X=1" in plan.target.config["config"]["Env"]
    assert "OnBuild" not in plan.target.config["config"]


def test_an_entry_point_forgets_the_command_of_the_base_only() -> None:
    assert "Cmd" not in plan_of('FROM alpine\nENTRYPOINT ["a"]').target.config["config"]
    derived = plan_of('FROM alpine AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["b"]')
    assert "Cmd" not in derived.target.config["config"]


def test_scratch_has_a_path_and_a_platform() -> None:
    config = plan_of("FROM scratch\nCOPY a /", platform="linux/arm/v7").target.config
    assert (config["os"], config["architecture"], config["variant"]) == ("linux", "arm", "v7")
    assert config["config"]["Env"] == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]


def test_the_config_after_each_step_can_be_asked_for_in_any_order() -> None:
    steps = plan_of("FROM alpine\nENV A=1\nENV A=2\nLABEL x=y").target.steps
    values = [step.config["config"]["Env"][-1] for step in (steps[2], steps[0], steps[1], steps[0])]
    assert values == ["A=2", "A=1", "A=2", "A=1"]
    assert "Labels" not in steps[1].config["config"]
    assert steps[1].config is steps[1].config


def test_labels_of_the_command_line_come_last() -> None:
    plan = plan_of("FROM alpine\nLABEL a=1 b=1", labels={"b": "2"})
    assert plan.target.config["config"]["Labels"] == {"a": "1", "b": "2"}
    assert plan_of("FROM alpine", labels={"b": "2"}).target.config["config"]["Labels"] == {"b": "2"}


@pytest.mark.parametrize(
    ("text", "created_by"),
    [
        ("RUN echo a", "RUN /bin/sh -c echo a # buildkit"),
        ("ARG A=1\nARG B\nRUN echo a", "RUN |2 A=1 B= /bin/sh -c echo a # buildkit"),
        ("ARG http_proxy=http://user:secret@x\nRUN a", "RUN /bin/sh -c a # buildkit"),
        ('RUN ["a", "b"]', "RUN a b # buildkit"),
        ("COPY --chown=1:1 --chmod=755 a b /c", "COPY --chown=1:1 --chmod=755 a b /c # buildkit"),
        ("ADD <<E a /c\nE", "ADD a <<E /c # buildkit"),
        ("ENV A='b c' D=e", "ENV A=b c D=e"),
        ("ARG A=1 B http_proxy=http://secret", "ARG A=1 B http_proxy"),
        ("LABEL a=b", "LABEL a=b"),
        ("CMD a", 'CMD ["/bin/sh" "-c" "a"]'),
        ('ENTRYPOINT ["a", "b"]', 'ENTRYPOINT ["a" "b"]'),
        ("EXPOSE 80 443", "EXPOSE [443/tcp 80/tcp]"),
        ("VOLUME /a /b", "VOLUME [/a /b]"),
        ("WORKDIR /a", "WORKDIR /a"),
        ("USER a", "USER a"),
        ('SHELL ["a", "b"]', "SHELL [a b]"),
        ("STOPSIGNAL INT", "STOPSIGNAL INT"),
        ("HEALTHCHECK --interval=90s --timeout=1h --start-interval=1500ms CMD a",
         "HEALTHCHECK {Test:[CMD-SHELL a] Interval:1m30s Timeout:1h0m0s StartPeriod:0s StartInterval:1.5s Retries:0}"),
        ("MAINTAINER a", "MAINTAINER a"),
        ("ONBUILD RUN a", ""),
    ],
)  # fmt: skip
def test_texts_of_history(text: str, created_by: str) -> None:
    assert plan_of(f"FROM alpine\n{text}").target.steps[-1].created_by == created_by


def test_entries_of_history_say_which_steps_have_a_layer() -> None:
    entries = [history_entry(step, "2020-01-01T00:00:00Z", "me") for step in plan_of(
        "FROM alpine\nRUN a\nENV A=b\nWORKDIR /\nWORKDIR /a\nONBUILD RUN x").target.steps]  # fmt: skip
    assert [None if entry is None else entry.get("empty_layer", False) for entry in entries] == [
        False, True, True, False, None,
    ]  # fmt: skip
    assert entries[0] == {
        "created": "2020-01-01T00:00:00Z",
        "created_by": "RUN /bin/sh -c a # buildkit",
        "author": "me",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EXPOSE http", "EXPOSE: http is not a port (write it as in 80, 53/udp or 8000-8010)"),
        ("EXPOSE 90-80", "EXPOSE: 90-80 is not a port (write it as in 80, 53/udp or 8000-8010)"),
        ("EXPOSE 70000", "EXPOSE: 70000 is not a port (write it as in 80, 53/udp or 8000-8010)"),
        ("EXPOSE 80/icmp", "EXPOSE: 80/icmp is not a port (write it as in 80, 53/udp or 8000-8010)"),
        ("STOPSIGNAL NOSUCH", "STOPSIGNAL: NOSUCH is not a signal (write it as in SIGTERM or 15)"),
        ("VOLUME $UNSET", "VOLUME: a path is empty (write VOLUME /DIRECTORY)"),
        ("ENV A=\"${B:?is needed}\"", "ENV: B: is needed (give it with --build-arg B=VALUE or set it with ENV)"),
        ("COPY https://x/y /", "COPY: https://x/y is not a path (use ADD for URLs and git repositories)"),
        ("ADD --checksum=sha256:1 a /", "ADD: --checksum needs one source that is a URL or a git repository (remove --checksum)"),
        ("ENV A=" + '"', 'ENV: " has a " that is not closed (close it, or escape it)'),
        ("RUN []", 'RUN: there is no command (write RUN COMMAND or RUN ["COMMAND"])'),
    ],
)  # fmt: skip
def test_what_is_wrong_after_expansion_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        plan_of(f"FROM alpine\n{text}")
    assert str(caught.value) == f"Dockerfile:2: {said}"


def test_a_plan_changes_nothing_of_what_it_was_given() -> None:
    before = repr(ALPINE)
    plan_of("FROM alpine\nENV A=1\nLABEL a=b\nEXPOSE 1\nVOLUME /x\nONBUILD RUN y\nMAINTAINER z")
    assert repr(ALPINE) == before
