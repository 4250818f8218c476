"""A root file system with a newer podman, and processes in it: the peer that the command line is measured by.

It is found by the variable PODMAN5. Made once, as root, in a directory that lies neither on overlayfs nor on tmpfs:

    mmdebstrap --variant=minbase --include=podman,crun,conmon,netavark,aardvark-dns,passt,nftables,iproute2,uidmap,catatonit trixie DIR
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

_CLONE_NEWNS = 0x20000
_MNT_DETACH = 2
_PIVOT_ROOT = 155
"""The number of the system call on x86-64."""
CONF = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
"""
"""What podman needs on a host without CAP_SYS_RESOURCE and without systemd."""
_SCRIPT = """set -e
mount --make-rprivate /
mount --bind "$DIR" "$DIR"
mount -t proc proc "$DIR/proc"
mount --rbind /sys "$DIR/sys"
mount --rbind /dev "$DIR/dev"
mount -t tmpfs -o mode=755 tmpfs "$DIR/run"
mount -t tmpfs -o mode=1777 tmpfs "$DIR/tmp"
mkdir -p "$DIR/old" "$DIR/etc/containers" "$DIR/run/user" "$DIR/run/bench"
printf '%s' "$CONF" >"$DIR/run/bench/containers.conf"
for name in passwd subuid subgid; do touch "$DIR/etc/$name"; cp "$DIR/etc/$name" "$DIR/run/bench/$name"; done
echo "bench:x:$USER_ID:$USER_ID::/tmp/home:/bin/sh" >>"$DIR/run/bench/passwd"
echo "bench:500000:65536" | tee -a "$DIR/run/bench/subuid" >>"$DIR/run/bench/subgid"
for name in passwd subuid subgid; do mount --bind "$DIR/run/bench/$name" "$DIR/etc/$name"; done
install -d -m 700 -o "$USER_ID" -g "$USER_ID" "$DIR/tmp/home" "$DIR/run/user/$USER_ID"
"""
PEER_CONF = "/run/bench/containers.conf"
USER_ID = 4711
"""The ordinary user in the peer."""


def peer_root() -> str:
    """Return the directory named by PODMAN5; "" if there is none with podman in it."""
    folder = os.environ.get("PODMAN5", "")
    return folder if folder and Path(f"{folder}/usr/bin/podman").exists() else ""


def enter_peer(folder: str, archive: str) -> None:
    """Move this process, which is root, into a mount namespace with the peer as its root; an image archive becomes /tmp/image.tar there."""
    libc = ctypes.CDLL(None, use_errno=True)
    pause = f"{folder}/usr/libexec/podman/catatonit"
    if not os.path.exists(pause) and not os.path.exists(f"{folder}/usr/bin/catatonit") and shutil.which("catatonit"):
        shutil.copy(shutil.which("catatonit") or "", pause)
    if libc.unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    env = {**os.environ, "DIR": folder, "CONF": CONF, "USER_ID": str(USER_ID)}
    subprocess.run(["bash", "-c", _SCRIPT], env=env, check=True)
    shutil.copy(archive, f"{folder}/tmp/image.tar")
    os.chmod(f"{folder}/tmp/image.tar", 0o644)
    os.chdir(folder)
    if libc.syscall(_PIVOT_ROOT, b".", b"old") or libc.umount2(b"/old", _MNT_DETACH):
        raise OSError(ctypes.get_errno(), "pivot_root")
    os.chdir("/")
