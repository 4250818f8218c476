"""/etc/passwd, /etc/group of images, as a container's user is looked up in them."""

from __future__ import annotations

from pycman.containers.users import parse_group, parse_passwd
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    for user in parse_passwd(data):
        str(user.to_dict())
    for group in parse_group(data):
        str(group.to_dict())


TARGET = Target(
    run=run,
    seeds=(
        b"root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/w:/bin/sh\n",
        b"wheel:x:10:a,b,c\n+::::::\n#x\n\n",
    ),
    words=(b":", b"::::::", b":x:0:0:", b"4294967295", b"-1", b"\n", b"\0"),
    longest=4000,
)
