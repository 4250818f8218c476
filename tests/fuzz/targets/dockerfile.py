"""Dockerfiles and .dockerignore."""

from __future__ import annotations

from pycman.build.ignore.rules import parse_ignore
from pycman.build.language.parser import parse
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    parse(data)


def run_both(data: bytes) -> None:
    parse_ignore(data, ".dockerignore")
    run(data)


TARGET = Target(
    run=run_both,
    seeds=(
        b"# syntax=docker/dockerfile:1\n# escape=\\\nARG V=1\nFROM --platform=$BUILDPLATFORM alpine:${V:-3} AS base\nENV A=b C=\"d e\"\nRUN --mount=type=cache,target=/c \\\n  apk add \\\n  x\n",
        b"FROM scratch\nCOPY --from=base --chown=1:2 --chmod=755 a b /c/\nADD --checksum=sha256:00 http://x /y\nENTRYPOINT [\"/e\"]\nCMD a b\nHEALTHCHECK --interval=5s CMD x\n",
        b"FROM a\nRUN <<EOF\necho hi\nEOF\nCOPY <<-\"B\" /x\n\ttext\nB\nSHELL [\"sh\", \"-c\"]\nONBUILD RUN x\nSTOPSIGNAL 9\nUSER u:g\nWORKDIR /w\nVOLUME [\"/v\"]\nEXPOSE 80/tcp 1-5\nLABEL a=b 'c d'=e\nMAINTAINER x\n",
        b"*.o\n!keep.o\n**/x\n/a/b?[c-d]\n# c\n\\#x\n",
    ),
    words=(b"\\\n", b"FROM ", b"RUN ", b"COPY ", b"<<EOF\n", b"EOF\n", b"--mount=type=bind,from=x,target=/y", b"${A:-", b"${A:+", b"${A##*}", b"${A/b/c}", b"$A", b"}", b"# escape=`\n", b"# check=skip=all\n",
           b"[\"a\", ", b"--from=", b"**/", b"[^a]", b"!"),
)  # fmt: skip
