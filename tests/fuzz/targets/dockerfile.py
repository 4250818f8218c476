"""Dockerfiles, what is planned of them, and .dockerignore."""

from __future__ import annotations

from pycman.build.ignore.rules import parse_ignore
from pycman.build.language.parser import parse
from pycman.build.plan.history import history_entry
from pycman.build.plan.keys import base_key, step_key
from pycman.build.plan.plan import make_plan
from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.jsontext import format_json
from tests.fuzz.target import Target
from tests.support.build_plan import World, options


def run(data: bytes) -> None:
    with suppress(PycmanError):
        parse_ignore(data, ".dockerignore").excludes("a/b/keep.o")
    trigger = data.decode("utf-8", "replace")
    world = World({"triggers": {"config": {"OnBuild": [trigger], "Env": [trigger]}}})
    plan = make_plan(parse(data), options(build_args={"A": trigger}, contexts=("x",)), world)
    for stage in plan.stages:
        key = base_key(stage.base.kind, stage.base.name, stage.platform)
        for step in stage.steps:
            key = step_key(key, step, {})
            history_entry(step, "")
            format_json(step.config)


TARGET = Target(
    run=run,
    seeds=(
        b"# syntax=docker/dockerfile:1\n# escape=\\\nARG V=1\nFROM --platform=$BUILDPLATFORM alpine:${V:-3} AS base\nENV A=b C=\"d e\"\nRUN --mount=type=cache,target=/c \\\n  apk add \\\n  x\n",
        b"FROM scratch\nCOPY --from=base --chown=1:2 --chmod=755 a b /c/\nADD --checksum=sha256:00 http://x /y\nENTRYPOINT [\"/e\"]\nCMD a b\nHEALTHCHECK --interval=5s CMD x\n",
        b"FROM a\nRUN <<EOF\necho hi\nEOF\nCOPY <<-\"B\" /x\n\ttext\nB\nSHELL [\"sh\", \"-c\"]\nONBUILD RUN x\nSTOPSIGNAL 9\nUSER u:g\nWORKDIR /w\nVOLUME [\"/v\"]\nEXPOSE 80/tcp 1-5\nLABEL a=b 'c d'=e\nMAINTAINER x\n",
        b"FROM triggers AS t\nRUN --mount=type=secret,id=s,env=E --mount=type=tmpfs,target=/t,size=1m,mode=7 --network=none x\nFROM t\nCOPY --parents --exclude=*.a --from=t a $A/\nRUN --mount=from=0,target=m,z [\"x\"]\n",
        b"*.o\n!keep.o\n**/x\n/a/b?[c-d]\n# c\n\\#x\n",
    ),
    words=(b"\\\n", b"FROM ", b"RUN ", b"COPY ", b"<<EOF\n", b"EOF\n", b"--mount=type=bind,from=x,target=/y", b"${A:-", b"${A:+", b"${A##*}", b"${A/b/c}", b"$A", b"}", b"# escape=`\n", b"# check=skip=all\n",
           b"[\"a\", ", b"--from=", b"**/", b"[^a]", b"!"),
)  # fmt: skip
