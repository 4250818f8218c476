"""More commands that are killed: of images, volumes, networks, secrets and pods, what changes a container, and what prunes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.torture.place import IMAGE, NAME, OTHER, scratch
from tests.torture.victim import HOST, Victim, Words

if TYPE_CHECKING:
    from tests.torture.place import Place

_NAMED = ("volume", "rm", "-f", "named")
_STOPPED = ("create", "--name", "stopped", IMAGE, "true")
_RM_STOPPED = ("rm", "-f", "-i", "-v", "-t", "0", "stopped", "cloned", "renamed")


def more_victims(place: Place, long: Words, gone: Words) -> dict[str, Callable[[], Victim]]:
    """Return the victims by name. `long` runs the container NAME with the volume "named", `gone` removes it."""
    removed = (gone, _RM_STOPPED, _NAMED)
    out = place.out
    return {
        **_of_containers(place, long, gone, removed),
        **_of_images(place, out),
        **_of_objects(out),
        **_of_pods(),
        "checkpoint": lambda: Victim(
            random.choice((("container", "checkpoint", NAME), ("container", "checkpoint", "-e", f"{out}/made.tar.gz", NAME),
                           ("container", "checkpoint", "--leave-running", NAME))),
            (gone, _plain(), (HOST, "rm", "-f", f"{out}/made.tar.gz")), remove=(*removed, (HOST, "rm", "-f", f"{out}/made.tar.gz")),
        ),
        "restore": lambda: Victim(
            ("container", "restore", NAME), (gone, _plain(), ("container", "checkpoint", NAME)), remove=removed,
        ),
        "restore-import": lambda: Victim(
            ("container", "restore", "-i", f"{out}/made.tar.gz"),
            (gone, _plain(), (HOST, "rm", "-f", f"{out}/made.tar.gz"), ("container", "checkpoint", "-e", f"{out}/made.tar.gz", NAME), gone),
            remove=(*removed, (HOST, "rm", "-f", f"{out}/made.tar.gz")),
        ),
        "system-prune": lambda: Victim(
            ("system", "prune", "-af", "--volumes"),
            (_RM_STOPPED, _STOPPED, ("volume", "create", "--ignore", "unused"), ("network", "create", "--ignore", "unused"),
             ("import", "-q", str(place.tar)), ("import", "-q", str(place.tar), "unused:1"),
             ("pod", "rm", "-f", "-i", "pruned"), ("pod", "create", "--name", "pruned")),
            remove=(("system", "prune", "-af", "--volumes"), ("load", "-q", "-i", str(place.other_archive))),
        ),
    }  # fmt: skip


def _plain() -> Words:
    """Return words that run a container which CRIU can dump."""
    return ("run", "-d", "--name", NAME, "--runtime", "runc", "-v", "named:/named", IMAGE, "sleep", "100000")


def _of_containers(
    place: Place, long: Words, gone: Words, removed: tuple[Words, ...]
) -> dict[str, Callable[[], Victim]]:
    started = (gone, long)
    out, file = place.out, str(scratch(place, "context") / "a")
    clean = (HOST, "rm", "-rf", f"{out}/made")
    auto = (
        "run",
        "-d",
        "--name",
        NAME,
        "--label",
        "io.containers.autoupdate=local",
        "localhost/auto:1",
        "sleep",
        "100000",
    )
    return {
        "create": lambda: Victim(("create", "--name", NAME, "-v", "/anonymous", "-v", "named:/named", IMAGE), tidy=(gone,), remove=removed),
        "start": lambda: Victim(("start", NAME), (*started, ("stop", "-t", "0", NAME)), remove=removed),
        "restart": lambda: Victim(("restart", "-t", "0", NAME), started, remove=removed),
        "kill": lambda: Victim(("kill", NAME), started, remove=removed),
        "pause": lambda: random.choice((
            Victim(("pause", NAME), started, remove=removed), Victim(("unpause", NAME), (*started, ("pause", NAME)), remove=removed),
        )) if not place.rootless else Victim(("top", NAME), started, remove=removed),
        "cp": lambda: Victim(
            random.choice((("cp", file, f"{NAME}:/copied"), ("cp", f"{NAME}:/bin", f"{out}/made"), ("cp", f"{NAME}:/bin", f"{NAME}:/copied"))),
            (clean, *random.choice((started, (gone, _STOPPED_AS_VICTIM)))), remove=(*removed, clean),
        ),
        "export": lambda: Victim(
            ("export", "-o", f"{out}/made", NAME), (clean, *random.choice((started, (gone, _STOPPED_AS_VICTIM)))), remove=(*removed, clean),
        ),
        "update": lambda: Victim(
            random.choice((("update", "--restart", "always", NAME), ("update", "-m", "64m", NAME), ("update", "--health-cmd", "false", NAME))),
            started, remove=removed,
        ),
        "rename": lambda: Victim(("rename", NAME, "renamed"), (_RM_STOPPED, *started), remove=removed),
        "clone": lambda: Victim(
            random.choice((("container", "clone", "--name", "cloned", NAME), ("container", "clone", "--run", "--name", "cloned", NAME),
                           ("container", "clone", "--destroy", "-f", "--name", "cloned", NAME))),
            (_RM_STOPPED, gone, ("run", "-d", "--name", NAME, IMAGE, "sleep", "100000")), remove=removed,
        ),
        "init": lambda: Victim(("init", NAME), (gone, ("create", "--name", NAME, "-p", "8081:81", IMAGE, "sleep", "100000")), remove=removed),
        "mount": lambda: Victim(
            random.choice((("mount", NAME), ("unmount", NAME))), (gone, _STOPPED_AS_VICTIM, ("mount", NAME)), remove=removed,
        ) if not place.rootless else Victim(("unshare", "true")),
        "kube-generate": lambda: Victim(
            ("kube", "generate", "-f", f"{out}/made", NAME), (clean, *started), remove=(*removed, clean),
        ),
        "container-prune": lambda: Victim(("container", "prune", "-f"), (_RM_STOPPED, _STOPPED), remove=removed),
        "auto-update": lambda: Victim(
            ("auto-update",),
            (gone, ("tag", IMAGE, "localhost/auto:1"), auto, ("tag", OTHER, "localhost/auto:1")),
            remove=(*removed, ("rmi", "-f", "-i", "localhost/auto:1")),
        ),
    }  # fmt: skip


_STOPPED_AS_VICTIM = ("create", "--name", NAME, IMAGE, "sleep", "100000")


def _of_images(place: Place, out: str) -> dict[str, Callable[[], Victim]]:
    tar, other = str(place.tar), str(place.other_archive)
    clean = (HOST, "rm", "-rf", f"{out}/made")
    host = place.registry.host
    unused = ("rmi", "-f", "-i", "unused:1")
    imported = ("import", "-q", tar, "unused:1")
    return {
        "save": lambda: Victim(
            ("save", "-q", *random.choice(((), ("--format", "oci-archive"), ("--format", "oci-dir"))), "-o", f"{out}/made", IMAGE),
            (clean,), remove=(clean,),
        ),
        "load": lambda: Victim(
            ("load", "-q", "-i", other), (("rmi", "-f", "-i", OTHER),), remove=(("image", "prune", "-f"),),
        ),
        "import": lambda: Victim(imported, (unused,), remove=(unused, ("image", "prune", "-f"))),
        "push": lambda: Victim(("push", "-q", "--tls-verify=false", OTHER, f"{host}/other:{random.randrange(10**9)}")),
        "tag": lambda: Victim(
            random.choice((("tag", IMAGE, "tagged:1", "tagged:2"), ("untag", IMAGE, "tagged:1"))), (("tag", IMAGE, "tagged:1"),),
            remove=(("untag", IMAGE, "tagged:1"), ("rmi", "-i", "tagged:2")),
        ),
        "rmi": lambda: Victim(("rmi", "unused:1"), (unused, imported), remove=(unused,)),
        "image-prune": lambda: Victim(
            ("image", "prune", "-f"), (("import", "-q", tar), ("import", "-q", "-m", "2", tar), imported, ("tag", IMAGE, "unused:1")),
            remove=(("untag", IMAGE, "unused:1"), ("image", "prune", "-f")),
        ),
        "manifest": lambda: Victim(
            random.choice((("manifest", "create", "listed:2", IMAGE), ("manifest", "add", "listed:1", OTHER), ("manifest", "rm", "listed:1"))),
            (("rmi", "-i", "listed:1", "listed:2"), ("manifest", "create", "listed:1", IMAGE)),
            remove=(("rmi", "-i", "listed:1", "listed:2"), ("image", "prune", "-f")),
        ),
        "artifact": lambda: Victim(
            random.choice((("artifact", "add", "localhost/made:1", tar), ("artifact", "rm", "localhost/kept:1"))),
            (("artifact", "rm", "-i", "localhost/made:1", "localhost/kept:1"), ("artifact", "add", "localhost/kept:1", other)),
            remove=(("artifact", "rm", "-i", "localhost/made:1", "localhost/kept:1"),),
        ),
    }  # fmt: skip


def _of_objects(out: str) -> dict[str, Callable[[], Victim]]:
    volume, other = ("volume", "rm", "-f", "unused"), ("volume", "create", "--ignore", "unused")
    network, net = ("network", "rm", "-f", "unused"), ("network", "create", "unused")
    secret = ("secret", "rm", "-i", "made")
    exported = f"{out}/volume.tar"
    return {
        "volume-create": lambda: Victim(("volume", "create", "unused"), (volume,), remove=(volume,)),
        "volume-rm": lambda: Victim(("volume", "rm", "unused"), (other,), remove=(volume,)),
        "volume-prune": lambda: Victim(("volume", "prune", "-af"), (other, ("volume", "create")), remove=(volume, ("volume", "prune", "-af"))),
        "volume-export": lambda: Victim(
            ("volume", "export", "-o", exported, "kept"), ((HOST, "rm", "-f", exported),), remove=((HOST, "rm", "-f", exported),),
        ),
        "volume-import": lambda: Victim(
            ("volume", "import", "unused", exported), (other, (HOST, "rm", "-f", exported), ("volume", "export", "-o", exported, "kept")),
            remove=(volume, (HOST, "rm", "-f", exported)),
        ),
        "network-create": lambda: Victim(net, (network,), remove=(network,)),
        "network-rm": lambda: Victim(
            random.choice((("network", "rm", "unused"), ("network", "rm", "-f", "unused"))), (network, net), remove=(network,),
        ),
        "network-rm-f": lambda: Victim(
            ("network", "rm", "-f", "-t", "0", "unused"),
            (network, net, ("rm", "-f", "-i", "-t", "0", NAME), ("run", "-d", "--name", NAME, "--network", "unused", IMAGE, "sleep", "100000")),
            remove=(("rm", "-f", "-i", "-t", "0", NAME), network),
        ),
        "network-prune": lambda: Victim(("network", "prune", "-f"), (network, net), remove=(network,)),
        "secret": lambda: Victim(
            random.choice((("secret", "create", "made", "/etc/hostname"), ("secret", "rm", "made"),
                           ("secret", "create", "--replace", "made", "/etc/hostname"))),
            (secret, ("secret", "create", "made", "/etc/hostname")),
            tidy=(secret, ("secret", "create", "--replace", "made", "/etc/hostname"), ("secret", "rm", "made"),
                  ("secret", "create", "made", "/etc/hostname")),
            remove=(secret,),
        ),
    }  # fmt: skip


def _of_pods() -> dict[str, Callable[[], Victim]]:
    gone = ("pod", "rm", "-f", "-i", "-t", "0", "podded", "copied")
    made = ("pod", "create", "--name", "podded", "-p", "8082:82", "-v", "named:/named")
    member = ("run", "-d", "--pod", "podded", "--name", "member", IMAGE, "sleep", "100000")
    there, removed = (gone, made, member), (gone, _NAMED)
    return {
        "pod-create": lambda: Victim(made, (gone,), remove=removed),
        "pod-start": lambda: Victim(("pod", "start", "podded"), (*there, ("pod", "stop", "-t", "0", "podded")), remove=removed),
        "pod-stop": lambda: Victim(("pod", "stop", "-t", "0", "podded"), there, remove=removed),
        "pod-restart": lambda: Victim(("pod", "restart", "podded"), (gone, ("pod", "create", "--name", "podded", "--exit-policy", "continue"),
            ("run", "-d", "--init", "--pod", "podded", "--name", "member", IMAGE, "sleep", "100000")), remove=removed),
        "pod-rm": lambda: Victim(("pod", "rm", "-f", "-t", "0", "podded"), there, remove=removed),
        "pod-clone": lambda: Victim(("pod", "clone", "--name", "copied", "podded"), (gone, ("pod", "create", "--name", "podded"),
            ("create", "--pod", "podded", "--name", "member", IMAGE)), remove=removed),
        "run-in-pod": lambda: Victim(member, (gone, made), remove=removed),
        "run-new-pod": lambda: Victim(("run", "-d", "--pod", "new:podded", IMAGE, "sleep", "100000"), (gone,), remove=removed),
        "pod-prune": lambda: Victim(("pod", "prune", "-f"), (gone, made), remove=removed),
    }  # fmt: skip
