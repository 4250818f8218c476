"""Stages: which are needed, what names mean, platforms, arguments, named contexts."""

from __future__ import annotations

import pytest

from pycman.build.language.errors import DockerfileError
from pycman.build.language.parser import parse
from pycman.build.plan.plan import base_images
from pycman.build.plan.values import CopyStep, Origin, RunStep, Stage
from pycman.errors import NotFound
from tests.support.build_plan import World, options, plan_of

THREE = "FROM alpine AS a\nRUN a\nFROM debian AS b\nRUN b\nFROM alpine AS c\nCOPY --from=a /x /\nFROM c\nRUN d\n"


def numbers(stages: tuple[Stage, ...]) -> list[int]:
    return [stage.number for stage in stages]


def run(stage: Stage, number: int = -1) -> RunStep:
    return [step for step in stage.steps if isinstance(step, RunStep)][number]


def copy(stage: Stage, number: int = -1) -> CopyStep:
    return [step for step in stage.steps if isinstance(step, CopyStep)][number]


@pytest.mark.parametrize(
    ("target", "needed"),
    [("", [0, 2, 3]), ("a", [0]), ("B", [1]), ("c", [0, 2]), ("0", [0]), ("3", [0, 2, 3])],
)
def test_only_needed_stages_are_planned_each_after_those_it_needs(target: str, needed: list[int]) -> None:
    plan = plan_of(THREE, target=target)
    assert numbers(plan.stages) == needed
    assert {stage.number: stage.needs for stage in plan.stages}.get(3, (2,)) == (2,)


def test_images_of_stages_that_are_not_needed_are_not_asked_for() -> None:
    world = World()
    plan_of(THREE, world, target="a")
    assert [origin.name for origin in world.asked] == ["alpine"]


def test_a_target_that_is_not_there() -> None:
    with pytest.raises(DockerfileError) as caught:
        plan_of("FROM a AS build\nFROM b AS run", target="buidl")
    assert str(caught.value) == "Dockerfile: there is no stage buidl (did you mean build?)"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("a", Origin(kind="stage", name="a", stage=0)),
        ("A", Origin(kind="stage", name="A", stage=0)),
        ("1", Origin(kind="stage", name="1", stage=1)),
        ("$WHICH", Origin(kind="stage", name="a", stage=0)),
        ("busybox:1", Origin(kind="image", name="busybox:1", platform="linux/amd64")),
        ("assets", Origin(kind="context", name="assets")),
        ("scratch", Origin(kind="scratch")),
    ],
)
def test_what_from_means_for_copy_and_for_mounts(origin: str, expected: Origin) -> None:
    text = f"FROM x AS a\nFROM y\nFROM z\nARG WHICH=a\nCOPY --from={origin} p q\nRUN --mount=from={origin},target=/m c"
    plan = plan_of(text, contexts=("assets",))
    assert copy(plan.target).origin == expected
    assert run(plan.target).mounts[0].origin == expected
    assert (expected.stage in plan.target.needs) == (expected.kind == "stage")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM a AS x\nCOPY --from=x a b", "Dockerfile:2: COPY: stage x is itself (put it before this stage)"),
        ("FROM a\nCOPY --from=y a b\nFROM b AS y\nFROM c\nCOPY --from=0 a b",
         "Dockerfile:2: COPY: stage y is a later stage (put it before this stage)"),
        ("FROM a\nCOPY --from=0 a b", "Dockerfile:2: COPY: stage 0 is itself (name an earlier one)"),
        ("FROM a\nCOPY --from=7 a b", "Dockerfile:2: COPY: there is no stage 7 (stages are numbered from 0 to 0)"),
        ("FROM a\nRUN --mount=from=UPPER,target=/x y",
         "Dockerfile:2: RUN: UPPER is not the name of an image: invalid reference format: the repository name must be lower case (write upper)"),
        ("ARG V\nFROM alpine:$V", "Dockerfile:2: FROM: alpine: is not the name of an image: invalid reference format: '' is not a tag (give V a value with ARG before the first FROM, or with --build-arg)"),
        ("FROM $V", "Dockerfile:1: FROM: $V is empty (give V a value with ARG before the first FROM, or with --build-arg)"),
        ("FROM --platform=x/y/z/w a", "Dockerfile:1: FROM: --platform=x/y/z/w is not a platform (write it as in linux/arm64 or linux/arm/v7)"),
        ("FROM --platform=$P a", "Dockerfile:1: FROM: --platform=$P is empty (give its variables a value with ARG before the first FROM, or with --build-arg)"),
    ],
)  # fmt: skip
def test_names_that_mean_nothing(text: str, said: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        plan_of(text)
    assert str(caught.value) == said


def test_what_is_wrong_with_a_stage_that_is_not_needed_does_no_harm() -> None:
    assert plan_of("FROM $UNSET AS a\nFROM alpine").target.number == 1


def test_a_name_that_two_stages_have_is_the_earlier_ones_nearest() -> None:
    plan = plan_of("FROM x AS a\nFROM y AS a\nFROM a\nCOPY --from=a b c\n")
    assert plan.target.base.stage == 1
    assert plan.target.needs == (1,)


def test_platforms_and_the_arguments_that_tell_them() -> None:
    text = (
        "FROM --platform=$BUILDPLATFORM golang AS b\nARG TARGETOS TARGETARCH TARGETVARIANT BUILDARCH\nRUN make\n"
        "FROM alpine\nCOPY --from=b a b\n"
    )
    plan = plan_of(text, platform="linux/arm/v7", build_platform="linux/amd64")
    assert [stage.platform for stage in plan.stages] == ["linux/amd64", "linux/arm/v7"]
    assert [stage.base.platform for stage in plan.stages] == ["linux/amd64", "linux/arm/v7"]
    env = run(plan.stages[0]).env
    assert {"TARGETOS=linux", "TARGETARCH=arm", "TARGETVARIANT=v7", "BUILDARCH=amd64"} <= set(env)


@pytest.mark.parametrize(
    ("platform", "told"),
    [
        ("linux/arm64/v8", ["linux/arm64", "linux", "arm64", ""]),
        ("linux/arm/v7", ["linux/arm/v7", "linux", "arm", "v7"]),
        ("linux/amd64", ["linux/amd64", "linux", "amd64", ""]),
        ("linux/amd64/v3", ["linux/amd64/v3", "linux", "amd64", "v3"]),
    ],
)
def test_a_platform_is_told_as_docker_tells_it(platform: str, told: list[str]) -> None:
    """Files make names of them: app-$TARGETARCH$TARGETVARIANT.tar.gz."""
    text = "FROM scratch\nARG TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT\nRUN x"
    plan = plan_of(text, platform=platform)
    assert [entry.partition("=")[2] for entry in run(plan.target).env if entry.startswith("TARGET")] == told
    assert plan.target.config.get("variant", "") == told[3]


@pytest.mark.parametrize(
    ("text", "args", "seen"),
    [
        ("FROM a\nARG A\nRUN x", {}, {}),
        ("FROM a\nARG A\nRUN x", {"A": "given"}, {"A": "given"}),
        ("FROM a\nARG A=default\nRUN x", {}, {"A": "default"}),
        ("FROM a\nARG A=default\nRUN x", {"A": ""}, {"A": ""}),
        ("FROM a\nRUN x\nARG A=late", {"A": "given"}, {}),
        ("ARG A=head\nFROM a\nRUN x", {}, {}),
        ("ARG A=head\nFROM a\nARG A\nRUN x", {}, {"A": "head"}),
        ("ARG A=head\nFROM a\nARG A=own\nRUN x", {}, {"A": "own"}),
        ("ARG A=head\nARG B=$A/b\nFROM a\nARG B\nRUN x", {}, {"B": "head/b"}),
        ("FROM a\nENV A=env\nARG A=arg\nRUN x", {"A": "given"}, {"A": "env"}),
        ("FROM a\nARG A=arg\nENV A=env-$A\nRUN x", {}, {"A": "env-arg"}),
        ("FROM a\nARG A=1 B=$A\nRUN x", {}, {"A": "1", "B": "1"}),
        ("FROM a AS b\nARG A=1\nFROM b\nRUN x", {}, {"A": "1"}),
        ("FROM a AS b\nARG A=1\nFROM a\nRUN x", {}, {}),
        ("FROM a\nRUN x", {"http_proxy": "p"}, {"http_proxy": "p", "HTTP_PROXY": "p"}),
        ("FROM a\nARG TARGETSTAGE\nRUN x", {}, {"TARGETSTAGE": "default"}),
        (
            "FROM a AS n\nARG TARGETSTAGE TARGETARCH\nRUN x",
            {"TARGETARCH": "mine"},
            {"TARGETSTAGE": "n", "TARGETARCH": "mine"},
        ),
    ],
)
def test_arguments_reach_run_where_they_are_declared(text: str, args: dict[str, str], seen: dict[str, str]) -> None:
    env = dict(entry.split("=", 1) for entry in run(plan_of(text, build_args=args).target).env)
    env.pop("PATH")
    assert env == seen


def test_arguments_that_nothing_declares_are_told() -> None:
    assert plan_of(
        "ARG A\nFROM a\nARG B", build_args={"A": "", "B": "", "C": "", "no_proxy": "", "BUILDKIT_SYNTAX": ""}
    ).unused_args == ("C",)


def test_a_named_context_takes_the_place_of_an_image_or_a_stage() -> None:
    world = World()
    text = "FROM alpine:3 AS base\nRUN a\nFROM debian\nCOPY --from=base x y\n"
    plan = plan_of(text, world, contexts=("base", "docker.io/library/debian:latest"))
    assert [stage.base.kind for stage in plan.stages] == ["context", "context"]
    assert [len(stage.steps) for stage in plan.stages] == [0, 1]
    assert {origin.name for origin in world.asked} == {"base", "docker.io/library/debian:latest"}


def test_another_base_takes_the_place_of_the_first_image() -> None:
    plan = plan_of("FROM alpine AS a\nFROM a", base_image="other:1")
    assert plan.stages[0].base.name == "other:1"


def test_images_are_known_before_any_is_fetched() -> None:
    text = "FROM alpine AS a\nFROM debian\nCOPY --from=a x y\nCOPY --from=busybox:1 x y\nRUN --mount=from=img,target=/x c\n"

    class Closed(World):
        def base_config(self, origin: Origin) -> dict[str, object]:
            raise AssertionError(origin)

    found = base_images(parse(text.encode()), options(), Closed())
    assert {origin.name for origin in found} == {"alpine", "debian", "busybox:1", "img"}
    assert base_images(parse(b"FROM alpine\nENV A=${B:?}"), options(), Closed())[0].name == "alpine"


def test_what_the_caller_raises_passes_through() -> None:
    class Empty(World):
        def base_config(self, origin: Origin) -> dict[str, object]:
            raise NotFound("no such image", subject=origin.name)

    with pytest.raises(NotFound, match="no such image"):
        plan_of("FROM nowhere", Empty())


def test_a_long_chain_of_stages_is_planned() -> None:
    text = "FROM a AS s0\n" + "".join(f"FROM s{number} AS s{number + 1}\n" for number in range(3000))
    assert len(plan_of(text).stages) == 3001


def test_many_variables_are_refused() -> None:
    with pytest.raises(DockerfileError, match="more than 1000 variables"):
        plan_of("FROM a\n" + "".join(f"ENV V{number}=x\n" for number in range(2000)))
    with pytest.raises(DockerfileError, match="more than 1000 variables"):
        plan_of("".join(f"ARG V{number}=x\n" for number in range(2000)) + "FROM a\n")


def test_values_that_double_end_with_one_line() -> None:
    doubled = "ARG A0=xxxxxxxxxx\n" + "".join(f"ARG A{n + 1}=$A{n}$A{n}\n" for n in range(40)) + "FROM a\n"
    with pytest.raises(DockerfileError, match="MiB"):
        plan_of(doubled)
    with pytest.raises(DockerfileError, match="MiB"):
        plan_of("FROM a\n" + doubled.replace("FROM a\n", ""))


def test_triggers_that_are_no_instruction() -> None:
    for text in ("", "RUN a\nRUN b", "NOSUCH x", "FROM a b c d"):
        world = World({"base": {"config": {"OnBuild": [text]}}})
        with pytest.raises(DockerfileError, match="ONBUILD trigger"):
            plan_of("# x\nFROM base", world)
