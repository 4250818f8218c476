"""Whole files in the manner of well-known projects: each construct that theirs have, and the plan that it must give."""

from __future__ import annotations

from typing import Any

import pytest

from pycman.build.plan.values import CopyStep, RunStep, WorkdirStep
from tests.support.build_plan import World, plan_of

GO_SERVICE = """\
# syntax=docker/dockerfile:1.7
ARG GO_VERSION=1.22
ARG ALPINE_VERSION="3.19"

FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine${ALPINE_VERSION} AS build
WORKDIR /src
RUN --mount=type=cache,target=/go/pkg/mod/ \\
    --mount=type=bind,source=go.sum,target=go.sum \\
    # the module file too
    --mount=type=bind,source=go.mod,target=go.mod \\
    go mod download -x
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod/ --mount=type=bind,target=. \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /bin/server .

FROM build AS test
RUN go test ./...

FROM gcr.io/distroless/static-debian12:nonroot@sha256:1111111111111111111111111111111111111111111111111111111111111111 AS final
COPY --link --from=build --chown=65532:65532 /bin/server /bin/
USER 65532
EXPOSE 8080
ENTRYPOINT [ "/bin/server" ]
"""

NODE_APP = """\
FROM node:20-slim as base
ENV PNPM_HOME="/pnpm"
ENV PATH="$PNPM_HOME:$PATH"
RUN corepack enable
WORKDIR /app
COPY package.json pnpm-lock.yaml* ./

FROM base AS prod-deps
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm install --prod --frozen-lockfile

FROM base AS build
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm install --frozen-lockfile
COPY . .
RUN pnpm run build

FROM base
COPY --from=prod-deps /app/node_modules /app/node_modules
COPY --from=2 /app/dist /app/dist
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD node healthcheck.js || exit 1
CMD ["pnpm", "start"]
"""

OFFICIAL_IMAGE = """\
#
# NOTE: THIS DOCKERFILE IS GENERATED
#
FROM debian:bookworm-slim

# users first
RUN set -eux; \\
\tgroupadd --system --gid 999 db; \\
# and the directories
\tmkdir -p /var/lib/db; \\
\tchown db:db /var/lib/db

ENV GOSU_VERSION 1.17
ENV LANG C.UTF-8
RUN set -eux; \\
\t\\
\tdpkgArch="$(dpkg --print-architecture | awk -F- '{ print $NF }')"; \\
\tcase "$dpkgArch" in \\
\t\tamd64) url='https://x/amd64' ;; \\
\t\t*) echo >&2 "unsupported: '$dpkgArch'"; exit 1 ;; \\
\tesac; \\
\twget -O /usr/local/bin/gosu "$url"

ENV PATH $PATH:/usr/lib/db/bin
ENV DB_MAJOR=16 \\
    DB_VERSION=16.2-1.pgdg120+2
VOLUME /var/lib/db
COPY --chmod=0755 docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["db"]
"""

SCRIPTED = """\
# syntax=docker/dockerfile:1
# check=skip=SecretsUsedInArgOrEnv
FROM python:3.12
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ARG TOKEN_NAME=pip
RUN --mount=type=secret,id=$TOKEN_NAME,target=/etc/pip.conf,required --mount=type=ssh <<EOF
set -e
pip install -r <(cat <<REQ
flask
REQ
)
EOF
RUN <<'PY' python3
print("$TOKEN_NAME")
PY
COPY <<-"CONF" <<NAME /etc/app/
\t[app]
\tname = $TOKEN_NAME
CONF
$TOKEN_NAME
NAME
ADD --checksum=sha256:2222222222222222222222222222222222222222222222222222222222222222 https://example.org/a-${TOKEN_NAME}.tar.gz /opt/
ADD --keep-git-dir=true https://example.org/repo.git#v1:sub /src
ADD --unpack=true rootfs.tar.xz /
"""

WINDOWS_LINE_ENDS = (
    '# escape=`\r\nFROM base AS b\r\nENV A=C:\\dir `\r\n    B=x\r\nCOPY a b `\r\n     c/\r\nCMD ["a", "C:\\\\x"]\r\n'
)

OLD_STYLE = """\
FROM ubuntu:14.04
MAINTAINER Some Body "some@body.example"
RUN apt-get update
RUN apt-get install -y x \\

  y
ADD . /code
WORKDIR code
ENV KEY value with   blanks
ONBUILD ADD . /app/src
onbuild RUN /usr/local/bin/build --dir /app/src
EXPOSE 22 80/tcp
CMD /usr/sbin/sshd -D
"""

MATRIX = """\
ARG VARIANT=slim
ARG BASE=python:3.12${VARIANT:+-$VARIANT}
FROM ${BASE} AS py-slim
FROM scratch AS files
COPY --parents --exclude=**/*.pyc ./src/./app/**/*.py /out/
FROM py-${VARIANT}
ARG VERSION=1.2.3
ARG MAJOR=${VERSION%%.*} MINOR=${VERSION#*.}
LABEL org.opencontainers.image.version="$VERSION" \\
      "com.example.major"=$MAJOR note='it is $VERSION'
COPY --from=files /out /${MINOR/./-}/
RUN --mount=type=tmpfs,target=/tmp,size=64m --mount=from=files,source=/out,target=/mnt --network=none ["ls", "/mnt"]
"""


def run_of(text: str, **fields: Any) -> list[list[str]]:
    steps = [step for stage in plan_of(text, **fields).stages for step in stage.steps]
    return [list(step.argv) for step in steps if isinstance(step, RunStep)]


@pytest.mark.parametrize(
    ("text", "stages", "layers"),
    [
        (GO_SERVICE, [0, 2], 4),
        (NODE_APP, [0, 1, 2, 3], 9),
        (OFFICIAL_IMAGE, [0], 3),
        (SCRIPTED, [0], 6),
        (OLD_STYLE, [0], 4),
        (MATRIX, [0, 1, 2], 3),
    ],
)
def test_stages_and_layers(text: str, stages: list[int], layers: int) -> None:
    plan = plan_of(text)
    assert [stage.number for stage in plan.stages] == stages
    assert sum(not step.empty_layer for stage in plan.stages for step in stage.steps) == layers


def test_a_service_in_go_is_cross_compiled() -> None:
    plan = plan_of(GO_SERVICE, platform="linux/arm64", build_platform="linux/amd64")
    build, final = plan.stages
    assert (build.base.name, build.platform, final.platform) == ("golang:1.22-alpine3.19", "linux/amd64", "linux/arm64")
    compile_step = build.steps[-1]
    assert isinstance(compile_step, RunStep)
    assert "TARGETARCH=arm64" in compile_step.env
    assert [(each.mount.type, each.target) for each in compile_step.mounts] == [
        ("cache", "/go/pkg/mod/"),
        ("bind", "/src/"),
    ]
    assert final.config["config"]["Entrypoint"] == ["/bin/server"]
    assert final.config["config"]["User"] == "65532"


def test_an_application_in_node_shares_its_base() -> None:
    final = plan_of(NODE_APP, World({"node:20-slim": {"config": {"Env": ["PATH=/bin"], "Cmd": ["node"]}}})).target
    settings = final.config["config"]
    assert settings["Env"] == ["PATH=/pnpm:/bin", "PNPM_HOME=/pnpm"]
    assert (settings["Cmd"], settings["WorkingDir"]) == (["pnpm", "start"], "/app")
    copies = [step for step in final.steps if isinstance(step, CopyStep)]
    assert [copy.origin.stage for copy in copies] == [1, 2]
    assert settings["Healthcheck"]["StartPeriod"] == 10**10


def test_the_shell_code_of_official_images_arrives_as_it_is_written() -> None:
    first, second = run_of(OFFICIAL_IMAGE)
    assert first[2] == ("set -eux; \tgroupadd --system --gid 999 db; \tmkdir -p /var/lib/db; \tchown db:db /var/lib/db")
    assert "awk -F- '{ print $NF }'" in second[2]
    settings = plan_of(OFFICIAL_IMAGE).target.config["config"]
    assert "PATH=/usr/sbin:/usr/bin:/usr/lib/db/bin" in settings["Env"]
    assert "DB_VERSION=16.2-1.pgdg120+2" in settings["Env"]
    assert (settings["StopSignal"], settings["Volumes"]) == ("SIGINT", {"/var/lib/db": {}})


def test_scripts_and_files_stand_in_the_file() -> None:
    plan = plan_of(SCRIPTED)
    script, python = run_of(SCRIPTED)
    assert script == ["/bin/bash", "-o", "pipefail", "-c", "set -e\npip install -r <(cat <<REQ\nflask\nREQ\n)\n"]
    assert python[-1] == "<<'PY' python3\nprint(\"$TOKEN_NAME\")\nPY"
    conf, url, git, archive = [step for step in plan.target.steps if isinstance(step, CopyStep)]
    assert [(file.name, file.content) for file in conf.files] == [
        ("CONF", "[app]\nname = $TOKEN_NAME\n"), ("NAME", "pip\n"),
    ]  # fmt: skip
    assert url.sources == ("https://example.org/a-pip.tar.gz",)
    assert (git.keep_git_dir, archive.unpack, archive.keep_git_dir) == (True, True, None)
    first = plan.target.steps[2]
    assert isinstance(first, RunStep)
    assert (first.mounts[0].mount.id, first.mounts[0].mount.required) == ("pip", True)
    assert [warning.rule for warning in plan.warnings] == []


def test_windows_line_ends_and_the_backtick() -> None:
    plan = plan_of(WINDOWS_LINE_ENDS)
    assert "A=C:\\dir" in plan.target.config["config"]["Env"]
    assert plan.target.config["config"]["Cmd"] == ["a", "C:\\x"]
    copy = plan.target.steps[1]
    assert isinstance(copy, CopyStep)
    assert (copy.sources, copy.target) == (("a", "b"), "/c/")


def test_old_files_are_read_with_warnings() -> None:
    plan = plan_of(OLD_STYLE)
    settings = plan.target.config["config"]
    assert plan.target.config["author"] == 'Some Body "some@body.example"'
    assert "KEY=value with   blanks" in settings["Env"]
    assert settings["OnBuild"] == ["ADD . /app/src", "RUN /usr/local/bin/build --dir /app/src"]
    assert settings["Cmd"] == ["/bin/sh", "-c", "/usr/sbin/sshd -D"]
    assert {warning.rule for warning in plan.warnings} == {
        "MaintainerDeprecated", "NoEmptyContinuation", "WorkdirRelativePath", "LegacyKeyValueFormat",
        "ConsistentInstructionCasing", "JSONArgsRecommended", "SecretsUsedInArgOrEnv",
    }  # fmt: skip
    workdir = next(step for step in plan.target.steps if isinstance(step, WorkdirStep))
    assert workdir.path == "/code"


def test_variables_choose_stages_and_cut_versions() -> None:
    plan = plan_of(MATRIX)
    assert plan.stages[0].base.name == "python:3.12-slim"
    assert plan.target.needs == (0, 1)
    assert plan.target.config["config"]["Labels"] == {
        "org.opencontainers.image.version": "1.2.3", "com.example.major": "1", "note": "it is $VERSION",
    }  # fmt: skip
    copy = plan.target.steps[-2]
    assert isinstance(copy, CopyStep)
    assert copy.target == "/2-3/"
    run = plan.target.steps[-1]
    assert isinstance(run, RunStep)
    assert (run.argv, run.network, run.mounts[0].mount.size_bytes) == (("ls", "/mnt"), "none", 64 << 20)
    files = plan.stages[1].steps[0]
    assert isinstance(files, CopyStep)
    assert (files.parents, files.exclude, files.sources) == (True, ("**/*.pyc",), ("./src/./app/**/*.py",))
