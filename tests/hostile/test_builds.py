"""Contexts, Dockerfiles, archives and git URLs of strangers: nothing reads or writes outside its tree or its stage."""

from __future__ import annotations

import io
import os
import tarfile
import textwrap
from pathlib import Path

import pytest

from pycman.build.context.git import parse_git_url
from pycman.errors import InvalidInput

MARK = "this file of the host is nobody's business"


@pytest.fixture
def host_file(pycman):
    path = pycman.folder / "host-file"
    path.write_text(MARK)
    path.chmod(0o644)
    return path


def made(pycman, name: str, dockerfile: str) -> Path:
    folder = pycman.folder / name
    folder.mkdir()
    (folder / "Dockerfile").write_text(textwrap.dedent(dockerfile).lstrip())
    return folder


def evil_tar(entries: list[tuple[str, str, bytes]]) -> bytes:
    """Return a tar of (name, link target or "", content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, link, content in entries:
            member = tarfile.TarInfo(name)
            if link:
                member.type, member.linkname = tarfile.SYMTYPE, link
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_no_link_leads_out_of_a_context_or_a_stage(pycman, host_file):
    up = "../" * 12
    leaks = {
        "absolute": ("COPY absolute /x", ""),
        "relative": ("COPY relative /x", ""),
        "dots": (f"COPY {up}{host_file} /x", ""),
        "folder": (f"COPY folder{host_file} /x", ""),
        "bind": ("RUN --mount=type=bind,source=absolute,target=/x cat /x", ""),
        "stage": ("COPY --from=first /leak /x", f"RUN ln -s {host_file} /leak"),
        "stage-folder": (f"COPY --from=first /up{host_file} /x", f"RUN ln -s {up} /up"),
    }
    for name, (step, before) in leaks.items():
        folder = made(pycman, name, f"FROM localhost/busybox:1 AS first\n{before}\nFROM localhost/busybox:1\n{step}\n")
        (folder / "absolute").symlink_to(host_file)
        (folder / "relative").symlink_to(f"{up}{str(host_file)[1:]}")
        (folder / "folder").symlink_to("/")
        done = pycman.run("build", "-t", name, str(folder))
        assert done.returncode != 0, name
        assert MARK not in (done.stdout + done.stderr).decode(), name
        assert b"no such file in" in done.stderr, done.stderr
    folder = made(pycman, "dockerfile", "")
    (folder / "Dockerfile").unlink()
    (folder / "Dockerfile").symlink_to(host_file)
    assert b"nobody" not in pycman.run("build", str(folder)).stderr


def test_nothing_is_written_through_links_of_an_image(pycman, host_file):
    target = pycman.folder / "outside"
    target.mkdir()
    folder = made(
        pycman,
        "writes",
        f"""
        FROM localhost/busybox:1
        RUN mkdir -p {target} && ln -s {target} /to && ln -s {host_file} /file && mkdir /in && ln -s ../../../../../../../..{target} /in/up
        COPY a /to/a
        COPY a /file
        COPY a /in/up/
        ADD evil.tar /in
        WORKDIR /to/made
        """,
    )
    (folder / "a").write_text("written")
    (folder / "evil.tar").write_bytes(evil_tar([("out", str(target), b""), ("deep/../ok", "", b"ok")]))
    done = pycman.run("build", "-t", "writes", str(folder))
    assert os.listdir(target) == [], done
    assert host_file.read_text() == MARK
    assert done.returncode == 0, done.stderr
    assert pycman("run", "--rm", "writes", "cat", "/file", f"{target}/a", "/in/ok") == "writtenwrittenok"


def test_archives_that_lead_out_are_refused(pycman):
    folder = made(pycman, "dots", "FROM scratch\nADD evil.tar /in\n")
    (folder / "evil.tar").write_bytes(evil_tar([("../../../../outside", "", b"x")]))
    assert "outside of its layer" in pycman.fails("build", str(folder))
    outside = pycman.folder / "outside"
    outside.mkdir(mode=0o777)
    (folder / "evil.tar").write_bytes(evil_tar([("out", str(outside), b""), ("out/b", "", b"b")]))
    assert "out/b" in pycman.fails("build", str(folder))
    assert os.listdir(outside) == []
    context = evil_tar([("../Dockerfile", "", b"FROM scratch\n")])
    assert "../Dockerfile" in pycman.fails("build", "-", stdin=context)


def test_pipes_and_sockets_in_a_context_block_nobody(pycman):
    folder = made(pycman, "pipes", "FROM scratch\nCOPY . /all/\n")
    os.mkfifo(folder / "pipe")
    (folder / "plain").write_text("x")
    pycman("build", "-t", "pipes", str(folder))
    (folder / "Dockerfile").unlink()
    os.mkfifo(folder / "Dockerfile")
    assert "no Containerfile or Dockerfile" in pycman.fails("build", str(folder))


def test_run_is_confined_as_containers_are(pycman):
    script = "grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status; ls -ld /dev/kmsg /proc/kcore; mount -t tmpfs x /mnt || echo refused"
    folder = made(pycman, "confined", f"FROM localhost/busybox:1\nRUN mkdir /mnt; ({script}) > /said 2>&1\n")
    pycman("build", "-t", "confined", str(folder))
    said = pycman("run", "--rm", "confined", "cat", "/said")
    assert "refused" in said and "Seccomp:\t2" in said
    assert said == pycman("run", "--rm", "confined", "sh", "-c", f"({script}) 2>&1")


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/x .git",
        "--upload-pack=touch /tmp/x .git",
        "git@-oProxyCommand=touch:x.git",
        "ssh://-oProxyCommand=touch/x.git",
        "https://host/x.git#--upload-pack=touch",
        "fd::17/foo.git",
        "https://host/x.git#ref\n",
    ],
)
def test_git_urls_reach_neither_options_nor_other_transports(url):
    with pytest.raises(InvalidInput):
        parse_git_url(url)
