"""Steps that change files: what RUN, COPY and WORKDIR are given, and what their cache keys depend on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.build.language.errors import DockerfileError
from pycman.build.language.mounts import RunMount
from pycman.build.plan.explain import differences, explain
from pycman.build.plan.keys import all_inputs, base_key, step_key
from pycman.build.plan.sources import kind_of
from pycman.build.plan.values import BuildPlan, CopyStep, InlineFile, RunStep, WorkdirStep
from tests.support.build_plan import plan_of


def run(text: str) -> RunStep:
    step = plan_of(f"FROM alpine\n{text}").target.steps[-1]
    assert isinstance(step, RunStep)
    return step


def copy(text: str) -> CopyStep:
    step = plan_of(f"FROM alpine\n{text}").target.steps[-1]
    assert isinstance(step, CopyStep)
    return step


def mount(text: str) -> RunMount:
    return run(f"ARG DIR=/d\nRUN --mount={text} x").mounts[0].mount


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("RUN a $B", ["/bin/sh", "-c", "a $B"]),
        ('SHELL ["x"]\nRUN a', ["x", "a"]),
        ('RUN ["a", "$B"]', ["a", "$B"]),
        ("RUN <<E\na\n$B\nE", ["/bin/sh", "-c", "a\n$B\n"]),
        ("RUN <<-E\n\ta\nE", ["/bin/sh", "-c", "a\n"]),
        ("RUN cat <<E\na\nE", ["/bin/sh", "-c", "cat <<E\na\nE"]),
        ("RUN cat <<A <<-'B'\na\nA\n\tb\n\tB", ["/bin/sh", "-c", "cat <<A <<-'B'\na\nA\n\tb\nB"]),
    ],
)
def test_the_command_of_run(text: str, argv: list[str]) -> None:
    assert list(run(text).argv) == argv


def test_a_here_document_that_names_its_interpreter_is_a_file() -> None:
    step = run("RUN <<E\n#!/usr/bin/env python3\nprint(1)\nE")
    assert step.argv == ("/bin/sh", "-c", "/dev/pipes/E")
    assert step.files == (InlineFile(name="/dev/pipes/E", content="#!/usr/bin/env python3\nprint(1)\n", mode=0o755),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("target=/x", RunMount(type="bind", target="/x")),
        ("type=bind,src=a,dst=/x,rw", RunMount(type="bind", source="a", target="/x", read_only=False)),
        ("type=bind,source=$DIR/a,destination=/x,ro=false", RunMount(type="bind", source="/d/a", target="/x", read_only=False)),
        ("type=bind,target=/x,z", RunMount(type="bind", target="/x", relabel="shared")),
        ("type=cache,target=$DIR", RunMount(type="cache", target="/d", id="/d", sharing="shared", read_only=False)),
        ("type=cache,id=i,target=/x,sharing=Locked,mode=0700,uid=1,gid=2,readonly",
         RunMount(type="cache", id="i", target="/x", sharing="locked", mode=0o700, uid=1, gid=2)),
        ("type=tmpfs,target=/x,size=10m", RunMount(type="tmpfs", target="/x", size_bytes=10 << 20, read_only=False)),
        ("type=secret,id=s", RunMount(type="secret", id="s", target="/run/secrets/s")),
        ("type=secret,target=/a/b,required", RunMount(type="secret", id="b", target="/a/b", required=True)),
        ("type=secret,src=s,env=E", RunMount(type="secret", id="s", env="E")),
        ("type=secret,id=s,env=", RunMount(type="secret", id="s", env="s")),
        ("type=ssh", RunMount(type="ssh", id="default")),
        ("type=ssh,id=x,required=true,mode=0600", RunMount(type="ssh", id="x", required=True, mode=0o600)),
    ],
)  # fmt: skip
def test_mounts(text: str, expected: RunMount) -> None:
    assert mount(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type=cach,target=/x", "--mount=type=cach is not known (did you mean cache?)"),
        ("type=cache,taget=/x", "--mount has no option taget (did you mean target?)"),
        ("type=tmpfs,from=a,target=/x", "a mount of type tmpfs has no option from"),
        ("type=bind,id=x,target=/x", "a mount of type bind has no option id"),
        ("type=secret", "a mount of type secret needs an id"),
        ("type=secret,id=a,source=b", "a secret has both id and source"),
        ("type=cache,target=/x,sharing=all", "sharing=all is not known"),
        ("type=cache,target=/x,mode=9", "mode=9 is not a number"),
        ("type=cache,target=/x,uid=x", "uid=x is not a number"),
        ("type=tmpfs,target=/x,size=big", "size=big is not a size"),
        ("type=bind,target", "target of --mount has no value"),
        ("type=bind,target=/x,ro=maybe", "ro=maybe is neither true nor false"),
        ("type=cache", "has no target"),
        ("type=bind,target=/", "has no target"),
    ],
)
def test_mounts_that_are_wrong(text: str, said: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        mount(text)
    assert said.replace("ro=", "readonly=") in str(caught.value)
    assert str(caught.value).startswith("Dockerfile:")


def test_targets_of_mounts_are_below_the_working_directory() -> None:
    step = run("WORKDIR /w\nRUN --mount=type=cache,target=c --mount=type=secret,id=s --mount=target=../a/ x")
    assert [each.target for each in step.mounts] == ["/w/c", "/run/secrets/s", "/a/"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("COPY a /b", "/b"), ("COPY a b", "/w/b"), ("COPY a b/", "/w/b/"), ("COPY a .", "/w/"), ("COPY a ./", "/w/"),
        ("COPY a /", "/"), ("COPY a ../../..", "/"), ("COPY a /x/../y/.", "/y/"), ("COPY a $D/", "/d/"), ("COPY a $NO", "/w/"),
    ],
)  # fmt: skip
def test_targets_of_copy(text: str, target: str) -> None:
    assert copy(f"WORKDIR /w\nARG D=/d\n{text}").target == target


def test_everything_of_copy_is_expanded_that_may_be() -> None:
    step = copy("ARG V=v\nADD --chown=$V:$V --chmod=$V --exclude=$V --checksum=$V https://$V/x.tar $V")
    assert (step.chown, step.chmod, step.exclude, step.checksum, step.sources, step.target, step.is_add) == (
        "v:v", "v", ("$V",), "v", ("https://v/x.tar",), "/v", True,
    )  # fmt: skip


def test_here_documents_of_copy_are_expanded_unless_their_name_is_quoted() -> None:
    step = copy("ARG V='v w'\nCOPY <<A <<'B' /x/\n$V \"q\" it's \\$V\nA\n$V\nB")
    assert [file.content for file in step.files] == ['v w "q" it\'s $V\n', "$V\n"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("a/b", "path"), ("http:x", "path"), ("https://x/y.tar.gz", "url"), ("HTTP://x/y", "url"), ("https://x/y.git", "git"),
        ("https://x/y.git#main:sub", "git"), ("https://x/y.git?ref=a", "git"), ("git@github.com:a/b.git", "git"),
        ("ssh://git@x/y", "git"), ("git://x/y", "git"), ("a@b/c:d", "path"), ("github.com/a/b", "path"),
    ],
)  # fmt: skip
def test_kinds_of_sources(source: str, kind: str) -> None:
    assert kind_of(source) == kind


def test_a_working_directory_is_made_for_the_user_in_force() -> None:
    step = plan_of("FROM alpine\nUSER u\nWORKDIR /a").target.steps[-1]
    assert isinstance(step, WorkdirStep)
    assert (step.path, step.owner) == ("/a", "u")


def keys(plan: BuildPlan, digest: str = "d") -> list[str]:
    key = base_key("image", "sha256:1", plan.target.platform)
    found = []
    for step in plan.target.steps:
        key = step_key(key, step, {"source:0": digest} if isinstance(step, CopyStep) else {})
        found.append(key)
    return found


FILE = "FROM alpine\nARG A=1\nLABEL l=1\nENV E=1\nWORKDIR /w\nCOPY a b\nRUN c\nCMD d\n"
LAYERS = (4, 5, 6)
"""Places of the steps of FILE that have a layer, CMD not counted."""


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("l=1", "l=2", []),
        ("CMD d", "CMD e", []),
        ("A=1", "A=2", [6]),
        ("E=1", "E=2", [6]),
        ("/w", "/v", [4, 5, 6]),
        ("a b", "a c", [5, 6]),
        ("COPY a", "COPY --chown=1 a", [5, 6]),
        ("COPY a", "COPY --chmod=7 a", [5, 6]),
        ("COPY a", "COPY --link a", [5, 6]),
        ("COPY a", "COPY --exclude=x a", [5, 6]),
        ("RUN c", "RUN d", [6]),
        ("RUN c", "RUN --network=none c", [6]),
        ("RUN c", "RUN --mount=type=cache,target=/x c", [6]),
        ("RUN c", "USER u\nRUN c", [6]),
        ("RUN c", 'SHELL ["x"]\nRUN c', [6]),
        ("FROM alpine", "# comment\nFROM alpine", []),
        ("RUN c", "RUN   c", []),
        ("RUN c", "run \\\n c", []),
    ],
)
def test_what_a_key_depends_on(before: str, after: str, changed: list[int]) -> None:
    old, new = plan_of(FILE), plan_of(FILE.replace(before, after, 1))
    old_layers = [key for key, step in zip(keys(old), old.target.steps, strict=True) if step.inputs]
    new_layers = [key for key, step in zip(keys(new), new.target.steps, strict=True) if step.inputs]
    assert [LAYERS[place] for place in range(3) if old_layers[place] != new_layers[place]] == changed


def test_content_and_base_are_in_the_key_and_build_arguments_only_by_their_value() -> None:
    plan = plan_of(FILE)
    assert keys(plan, "other")[5:] != keys(plan)[5:]
    assert base_key("image", "a", "linux/amd64") != base_key("image", "a", "linux/arm64")
    assert keys(plan_of(FILE, build_args={"A": "1", "UNUSED": "x", "http_proxy": "p"})) == keys(plan)
    assert keys(plan_of(FILE, build_args={"A": "2"})) != keys(plan)


def test_steps_that_change_no_file_have_their_parents_key() -> None:
    found = keys(plan_of("FROM alpine\nLABEL a=b\nENV A=1\nRUN x\nCMD y\nUSER z"))
    assert found[0] == found[1] == base_key("image", "sha256:1", "linux/amd64")
    assert found[2] == found[3] == found[4] != found[0]


def test_no_secret_is_an_input() -> None:
    step = run("ARG http_proxy\nRUN --mount=type=secret,id=tok,env=TOK --mount=type=ssh x")
    plan = plan_of("FROM a\nARG http_proxy\nRUN x", build_args={"http_proxy": "http://user:hush@proxy"})
    assert "hush" not in repr(plan.target.steps[-1].inputs) + plan.target.steps[-1].created_by
    assert any(name == "mount tok" for name, _ in step.inputs)


def test_a_difference_is_told_by_name() -> None:
    before, after = run("ENV A=1 GONE=x\nRUN make"), run("ENV A=2 NEW=y\nRUN make")
    found = differences(all_inputs(before, {"mount:/x": "1"}), all_inputs(after, {"mount:/x": "1"}))
    assert [str(each) for each in found] == [
        "variable A was 1, is 2",
        "variable NEW is new: y",
        "variable GONE is gone; it was x",
    ]


def test_the_nearest_earlier_step_explains() -> None:
    now = all_inputs(run("RUN a b"), {})
    far = all_inputs(run("USER x\nENV Z=1\nRUN a c"), {})
    near = all_inputs(run("RUN a c"), {})
    other = all_inputs(copy("COPY a b"), {})
    found = explain(now, [other, far, near])
    assert found is not None
    assert [each.name for each in found] == ["command"]
    assert explain(now, [other]) is None
    assert explain(now, [now]) == ()


@given(
    st.dictionaries(st.sampled_from("abc"), st.text(max_size=3)),
    st.dictionaries(st.sampled_from("abc"), st.text(max_size=3)),
)
def test_keys_are_equal_where_nothing_differs_and_only_there(one: dict[str, str], other: dict[str, str]) -> None:
    step = run("RUN x")
    assert (step_key("p", step, one) == step_key("p", step, other)) == (one == other)
    assert (differences(all_inputs(step, one), all_inputs(step, other)) == ()) == (one == other)
