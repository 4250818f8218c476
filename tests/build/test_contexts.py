"""Where a build's files come from: standard input, URLs, git repositories, named contexts."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import tarfile
import threading

import pytest


def packed(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A web server on loopback, its folder and its address; repo.git is a repository with two commits and a tag."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "file.txt").write_text("fetched\n")
    work = folder / "work"
    (work / "sub").mkdir(parents=True)
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(folder)}

    def git(*words: str) -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@t")
        done = subprocess.run(
            ["git", "-C", str(work), *identity, *words], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    (work / "Dockerfile").write_text("FROM localhost/busybox:1\nCOPY . /src/\n")
    (work / "sub/Dockerfile").write_text("FROM localhost/busybox:1\nCOPY name /name\n")
    (work / "sub/name").write_text("one\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    git("tag", "v1")
    first = git("rev-parse", "HEAD")
    (work / "sub/name").write_text("two\n")
    git("commit", "-q", "-a", "-m", "two")
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(folder / "repo.git")], env=env, check=True)
    subprocess.run(["git", "-C", str(folder / "repo.git"), "update-server-info"], env=env, check=True)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *_words: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", first, folder
        server.shutdown()


def test_standard_input_is_a_dockerfile_or_a_tar(builder, context):
    image = builder("build", "-q", "-", stdin="FROM localhost/busybox:1\nRUN echo x > /x\n").strip()
    assert builder("run", "--rm", image, "cat", "/x") == "x\n"
    for mode in ("w", "w:gz", "w:xz"):
        files = {"Dockerfile": b"FROM localhost/busybox:1\nCOPY in/a /a\n", "in/a": mode.encode()}
        image = builder("build", "-q", "-", stdin=packed(files, mode)).strip()
        assert builder("run", "--rm", image, "cat", "/a") == mode
    folder = context("FROM scratch\n", {"a": b"a\n"})
    image = builder("build", "-q", "-f", "-", folder, stdin="FROM localhost/busybox:1\nCOPY a /b\n").strip()
    assert builder("run", "--rm", image, "cat", "/b") == "a\n"
    assert "empty" in builder.fails("build", "-", stdin=b"")
    assert "no build context" in builder.fails("build", "-", stdin="FROM scratch\nCOPY a /a\n")


def test_a_repository_is_a_context_at_a_tag_a_commit_or_a_folder(builder, web):
    address, first, _ = web
    for fragment, expected in (("#:sub", "two"), ("#v1:sub", "one"), (f"#{first}:sub", "one")):
        image = builder("build", "-q", f"{address}/repo.git{fragment}").strip()
        assert builder("run", "--rm", image, "cat", "/name") == f"{expected}\n"
    image = builder("build", "-q", f"{address}/repo.git").strip()
    assert builder("run", "--rm", image, "ls", "-A", "/src").split() == ["Dockerfile", "sub"]
    assert "no branch, tag or commit nothing" in builder.fails("build", f"{address}/repo.git#nothing")
    assert "no such directory in the repository" in builder.fails("build", f"{address}/repo.git#v1:nothing")


def test_add_fetches_urls_with_checksums_and_repositories(builder, context, web):
    address, first, _ = web
    right = hashlib.sha256(b"fetched\n").hexdigest()
    folder = context(
        f"""
        FROM localhost/busybox:1
        ADD {address}/file.txt /here/
        ADD --checksum=sha256:{right} --chmod=644 {address}/file.txt /there
        ADD {address}/repo.git#v1 /repo
        """
    )
    image = builder("build", "-q", folder).strip()
    script = "stat -c %a /here/file.txt /there; cat /there /repo/sub/name; ls -A /repo"
    assert builder("run", "--rm", image, "sh", "-c", script).split() == [
        "600", "644", "fetched", "one", "Dockerfile", "sub",
    ]  # fmt: skip
    wrong = context(f"FROM scratch\nADD --checksum=sha256:{'0' * 64} {address}/file.txt /x\n")
    assert f"its sha256 is {right}" in builder.fails("build", wrong)
    assert "no such file: " in builder.fails("build", context(f"FROM scratch\nADD {address}/nothing /x\n"))
    assert "use ADD for URLs" in builder.fails("build", context(f"FROM scratch\nCOPY {address}/file.txt /x\n"))
    del first


def test_named_contexts_are_folders_images_and_repositories(builder, context, web):
    address, _, _ = web
    other = context("FROM scratch\n", {"a": b"from the other\n"})
    folder = context(
        """
        FROM base
        COPY --from=other a /a
        COPY --from=repo sub/name /name
        RUN --mount=type=bind,from=other,target=/o cp /o/a /b
        """
    )
    named = (f"other={other}", "base=docker-image://localhost/busybox:1", f"repo={address}/repo.git")
    flags = [word for each in named for word in ("--build-context", each)]
    image = builder("build", "-q", *flags, folder).strip()
    assert builder("run", "--rm", image, "cat", "/a", "/b", "/name") == "from the other\n" * 2 + "two\n"


def test_files_named_with_f_are_joined_and_looked_for_in_the_context(root_builder, context):
    folder = context("FROM scratch\n", {"one": b"FROM localhost/busybox:1\n", "two": b"RUN echo 2 > /two\n"})
    image = root_builder("build", "-q", "-f", "one", "-f", "two", folder).strip()
    assert root_builder("run", "--rm", image, "cat", "/two") == "2\n"
    assert root_builder.fails("build", "-f", "nothing", folder).endswith("nothing: no such file or directory")
    shutil.copy(f"{folder}/one", f"{folder}/Containerfile")
    assert "busybox" in root_builder("build", folder), "Containerfile comes before Dockerfile"
