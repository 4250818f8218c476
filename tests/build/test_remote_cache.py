"""--cache-from and --cache-to: steps of a registry and of a directory, and what a stranger may have put there."""

from __future__ import annotations

import json
from pathlib import Path

DOCKERFILE = """
FROM localhost/busybox:1 AS tools
RUN echo tool > /tool
FROM localhost/busybox:1
COPY a /a
COPY --from=tools /tool /tool
RUN cat /a /tool > /both
"""


def test_steps_of_another_machine_are_used_as_far_as_they_are_what_they_say(root_builder, context, registry):
    folder = context(DOCKERFILE, {"a": b"one\n"})
    cache, repository = f"{folder}-cache", f"{registry.host}/steps"
    remote = ("--tls-verify=false", "--cache-to", f"type=registry,ref={repository}:main,mode=max")
    first = root_builder("build", "-t", "far", "--cache-to", f"type=local,dest={cache},mode=max", *remote, folder)
    made = first.splitlines()[-1]
    assert "Using cache" not in first

    for source in (f"type=local,src={cache}", f"{repository}:main"):
        _forget(root_builder)
        again = root_builder("build", "-t", "far", "--tls-verify=false", "--cache-from", source, folder)
        assert again.count("Using cache") == 4
        assert again.splitlines()[-1] == made
        assert root_builder("run", "--rm", "far", "cat", "/both") == "one\ntool\n"
    assert "Using cache" not in root_builder("build", "-t", "own", folder), (
        "fetched steps are for builds that name the cache"
    )

    index = json.loads(Path(cache, "index.json").read_text())
    for entry in index["manifests"]:
        manifest = json.loads(_blob(cache, entry["digest"]).read_bytes())
        for layer in manifest["layers"]:
            _blob(cache, layer["digest"]).write_bytes(b"hostile" * 100)
    _forget(root_builder)
    done = root_builder.run("build", "-t", "far", "--cache-from", f"type=local,src={cache}", folder)
    assert done.returncode == 0
    assert "Using cache" not in done.stdout.decode()
    assert "is not used any more" in done.stderr.decode()
    assert root_builder("run", "--rm", "far", "cat", "/both") == "one\ntool\n"

    _forget(root_builder)
    root_builder("build", "-t", "far", "--cache-to", f"type=local,dest={cache}-min", folder)
    small = json.loads(Path(f"{cache}-min", "index.json").read_text())
    assert len(small["manifests"]) == 3, "mode=min is the default: the other stage's step is left out"
    missing = root_builder.run("build", "--cache-from", "type=local,src=/nowhere", folder)
    assert missing.returncode == 0
    assert "the cache /nowhere is not used" in missing.stderr.decode()
    assert "there is no such cache" in root_builder.fails("build", "--cache-to", "type=inline", folder)


def _forget(builder) -> None:
    builder("rmi", "-f", "far")
    builder.run("rmi", "-f", "own")
    builder("builder", "prune", "--all", "-f")


def _blob(cache: str, digest: str) -> Path:
    return Path(cache, "blobs", *digest.split(":"))
