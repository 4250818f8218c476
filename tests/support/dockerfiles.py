"""Dockerfiles with the config and the files that each must give, for pycman and for podman."""

from __future__ import annotations

import io
import tarfile
from typing import NamedTuple


class Case(NamedTuple):
    """`context` are files by path ("->TARGET" a link, b"…" content, an int in front a mode); `tree` what the image has by
    path: "MODE UID:GID content"; None: it must not be there. `podman` is why podman is not compared, "" if it is.
    """

    name: str
    dockerfile: str
    context: dict[str, object]
    config: dict[str, object]
    tree: dict[str, str | None]
    arguments: tuple[str, ...] = ()
    podman: str = ""


def tar_of(files: dict[str, bytes]) -> bytes:
    """Return a tar of small files that belong to 7:8."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.uid, member.gid, member.mode = len(content), 7, 8, 0o640
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


CASES = [
    Case(
        "settings",
        """
        FROM localhost/busybox:1
        ARG GREETING=hello
        ENV ONE=1 TWO="two words" PATH=/opt:$PATH
        LABEL kind=test long="a \\
        b"
        EXPOSE 80 53/udp
        STOPSIGNAL SIGINT
        USER worker
        VOLUME /cache
        SHELL ["/bin/sh", "-ec"]
        ENTRYPOINT ["/bin/echo"]
        CMD ["${ONE}", "x"]
        """,
        {},
        {
            "Env": ["PATH=/opt:/bin", "FROM_IMAGE=yes", "ONE=1", "TWO=two words"],
            "Labels": {"maker": "tests", "kind": "test", "long": "a b"},
            "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
            "StopSignal": "SIGINT",
            "User": "worker",
            "Volumes": {"/cache": {}},
            "Entrypoint": ["/bin/echo"],
            "Cmd": ["${ONE}", "x"],
        },
        {},
    ),
    Case(
        "copies",
        """
        FROM localhost/busybox:1
        WORKDIR /app/sub
        COPY a.txt .
        COPY a.txt renamed
        COPY dir /app/dir/
        COPY dir/*.txt deep/
        COPY --chown=1000:2000 --chmod=640 a.txt /app/owned
        COPY --chown=worker dir /home/worker/
        COPY ["with space", "/app/"]
        COPY link /app/followed
        """,
        {
            "a.txt": b"a\n",
            "dir/x.txt": b"x\n",
            "dir/run.sh": (0o755, b"#!/bin/sh\n"),
            "dir/in/y": b"y\n",
            "dir/inner": "->x.txt",
            "with space": b"s\n",
            "link": "->a.txt",
        },
        {"WorkingDir": "/app/sub"},
        {
            "app/sub/a.txt": "644 0:0 a\n",
            "app/sub/renamed": "644 0:0 a\n",
            "app/dir/x.txt": "644 0:0 x\n",
            "app/dir/run.sh": "755 0:0 #!/bin/sh\n",
            "app/dir/in/y": "644 0:0 y\n",
            "app/dir/inner": "link x.txt",
            "app/sub/deep/x.txt": "644 0:0 x\n",
            "app/sub/deep/run.sh": None,
            "app/owned": "640 1000:2000 a\n",
            "home/worker/x.txt": "644 1000:1000 x\n",
            "app/with space": "644 0:0 s\n",
            "app/followed": "644 0:0 a\n",
        },
    ),
    Case(
        "stages",
        """
        ARG BASE=localhost/busybox:1
        FROM $BASE AS make
        RUN mkdir /out && echo built > /out/program && chown 12:34 /out/program && ln -s program /out/link
        FROM localhost/busybox:1 AS unused
        RUN exit 1
        FROM scratch
        COPY --from=make /out/ /bin/
        COPY --from=0 /data/from-image /copied
        COPY --from=localhost/busybox:1 /etc/passwd /etc/passwd
        """,
        {},
        {},
        {
            "bin/program": "644 12:34 built\n",
            "bin/link": "link program",
            "copied": "644 0:0 hello\n",
            "out/program": None,
            "etc/group": None,
        },
    ),
    Case(
        "runs",
        """
        FROM localhost/busybox:1
        ARG WHO=nobody
        ARG FROM_CALLER
        ENV NAME=env
        RUN echo "$WHO $FROM_CALLER $NAME" > /said
        RUN ["/bin/sh", "-c", "echo exec > /form"]
        RUN rm -r /data && mkdir /data && echo new > /data/new
        RUN chmod 700 /tmp && chown worker /said
        USER worker
        RUN id -u > /tmp/never 2>/dev/null || true
        USER root
        RUN test ! -e /etc/hostname-is-no-file && ls /proc > /dev/null
        """,
        {},
        {},
        {
            "said": "644 1000:0 nobody told env\n",
            "form": "644 0:0 exec\n",
            "data/new": "644 0:0 new\n",
            "data/from-image": None,
            "tmp": "700 0:0 ",
            "etc/hosts": None,
            "etc/resolv.conf": None,
            "proc": None,
        },
        ("--build-arg", "FROM_CALLER=told"),
        podman="it leaves /proc and /etc/hosts in the layer",
    ),
    Case(
        "archives",
        """
        FROM localhost/busybox:1
        ADD files.tar.gz /unpacked
        ADD files.tar.gz /other/
        COPY files.tar.gz /kept
        ADD a.txt /plain
        """,
        {"files.tar.gz": tar_of({"one": b"1\n", "in/two": b"2\n"}), "a.txt": b"a\n"},
        {},
        {
            "unpacked/one": "640 7:8 1\n",
            "unpacked/in/two": "640 7:8 2\n",
            "other/one": "640 7:8 1\n",
            "plain": "644 0:0 a\n",
        },
    ),
    Case(
        "heredocs",
        """
        FROM localhost/busybox:1
        RUN <<EOF
        echo one > /one
        echo two > /two
        EOF
        COPY <<"A" <<B /files/
        $literal
        A
        $PATH
        B
        RUN <<EOF cat > /from-stdin
        given
        EOF
        """,
        {},
        {},
        {
            "one": "644 0:0 one\n",
            "two": "644 0:0 two\n",
            "files/A": "644 0:0 $literal\n",
            "files/B": "644 0:0 /bin\n",
            "from-stdin": "644 0:0 given\n",
        },
        podman="podman 4.3 knows no here-documents",
    ),
    Case(
        "ignored",
        """
        FROM scratch
        COPY . /all/
        """,
        {
            ".dockerignore": b"*.log\nbuild\n!build/keep\n**/secret\n",
            "a.log": b"",
            "b.txt": b"b\n",
            "build/drop": b"",
            "build/keep": b"k\n",
            "in/secret": b"",
            "in/shown": b"s\n",
        },
        {},
        {
            "all/a.log": None,
            "all/b.txt": "644 0:0 b\n",
            "all/build/drop": None,
            "all/build/keep": "644 0:0 k\n",
            "all/in/secret": None,
            "all/in/shown": "644 0:0 s\n",
        },
    ),
]
