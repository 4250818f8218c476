"""An image of Debian's busybox-static, as `docker save` would write it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

APPLETS = (
    "sh cat ls echo sleep true false id env ps grep sed wc head tail touch mkdir rm mv chmod chown ln stat hostname httpd"
    " wget kill date dd find mount printf pwd readlink sort test tr tty uname sync cp stty nc ulimit nproc df du which ip ping ping6 nslookup"
).split()


def _layer(entries: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member, data in entries:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, mode: int = 0o755, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.linkname = kind, mode, link
    return member


def write_busybox_archive(path: Path) -> Path:
    """Write the archive: two layers, a user "worker" (1000), a volume-free config with a label."""
    busybox = Path("/bin/busybox").read_bytes()
    folders = [(_member(name, tarfile.DIRTYPE), b"") for name in ("bin", "etc", "root", "var", "data")]
    folders.append((_member("tmp", tarfile.DIRTYPE, 0o1777), b""))
    links = [(_member(f"bin/{name}", tarfile.SYMTYPE, 0o777, "busybox"), b"") for name in APPLETS]
    passwd = b"root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n"
    group = b"root:x:0:\nworker:x:1000:\nextra:x:2000:worker\n"
    first = _layer([*folders, (_member("bin/busybox"), busybox), *links])
    second = _layer(
        [
            (_member("etc/passwd", mode=0o644), passwd),
            (_member("etc/group", mode=0o644), group),
            (_member("data/from-image", mode=0o644), b"hello\n"),
        ]
    )
    config = {
        "Cmd": ["sh"],
        "Env": ["PATH=/bin", "FROM_IMAGE=yes"],
        "Labels": {"maker": "tests"},
        "WorkingDir": "/",
    }
    return _write(path, "localhost/busybox:1", [first, second], config)


def write_archive(path: Path, name: str, programs: dict[str, bytes], entrypoint: list[str]) -> Path:
    """Write the archive of an image with one layer, which has nothing but these programs."""
    layer = _layer([(_member(program), content) for program, content in programs.items()])
    return _write(path, name, [layer], {"Entrypoint": entrypoint})


def _write(path: Path, image: str, layers: list[bytes], process: dict[str, object]) -> Path:
    diff_ids = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": process,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created_by": f"layer {number}"} for number in range(len(layers))],
    }
    text = json.dumps(config).encode()
    name = hashlib.sha256(text).hexdigest() + ".json"
    files = {name: text}
    files |= {f"{diff_id[7:]}.tar": layer for diff_id, layer in zip(diff_ids, layers, strict=True)}
    manifest = [{"Config": name, "RepoTags": [image], "Layers": [f"{d[7:]}.tar" for d in diff_ids]}]
    files["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(path, "w") as archive:
        for file_name, data in files.items():
            member = tarfile.TarInfo(file_name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    path.chmod(0o644)
    return path
