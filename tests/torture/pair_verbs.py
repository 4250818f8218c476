"""What is done two at a time: groups of commands on the same object, with what makes and removes it."""

from __future__ import annotations

from typing import NamedTuple

from tests.torture.place import IMAGE
from tests.torture.victim import HOST, Words


class Verb(NamedTuple):
    """A command; `as_root` where an ordinary user without cgroups cannot. Two of which `is_more` holds are not tried at once."""

    name: str
    words: Words
    as_root: bool = False
    is_more: bool = False


class Group(NamedTuple):
    """Commands on the same objects."""

    name: str
    verbs: tuple[Verb, ...]
    prepare: tuple[Words, ...]
    remove: tuple[Words, ...]


_SLEEP = (IMAGE, "sleep", "100000")
_GONE = ("rm", "-f", "-i", "-t", "0", "-v", "victim", "renamed", "cloned", "made")
_LONG = ("run", "-d", "--name", "victim", "-v", "named:/named", "-p", "8081:81", *_SLEEP)
_CONTAINERS = Group(
    "containers",
    (
        Verb("start", ("start", "victim")),
        Verb("stop", ("stop", "-t", "0", "victim")),
        Verb("kill", ("kill", "victim")),
        Verb("rm", ("rm", "victim")),
        Verb("rm-f", ("rm", "-f", "-t", "0", "victim")),
        Verb("restart", ("restart", "-t", "0", "victim")),
        Verb("pause", ("pause", "victim"), as_root=True),
        Verb("unpause", ("unpause", "victim"), as_root=True),
        Verb("rename", ("rename", "victim", "renamed")),
        Verb("update", ("update", "--restart", "on-failure", "-m", "64m", "victim"), as_root=True),
        Verb("update-restart", ("update", "--restart", "on-failure", "victim"), is_more=True),
        Verb("commit", ("commit", "-q", "victim", "committed:1")),
        Verb("exec", ("exec", "victim", "sh", "-c", "sleep 0.1")),
        Verb("cp", ("cp", "{FOLDER}/Dockerfile", "victim:/copied")),
        Verb("cp-out", ("cp", "victim:/bin", "{OUT}/made"), is_more=True),
        Verb("checkpoint", ("container", "checkpoint", "victim"), as_root=True),
        Verb("restore", ("container", "restore", "victim"), as_root=True, is_more=True),
        Verb("connect", ("network", "connect", "other", "victim")),
        Verb("disconnect", ("network", "disconnect", "podman", "victim")),
        Verb("export", ("export", "-o", "{OUT}/exported", "victim"), is_more=True),
        Verb("clone", ("container", "clone", "--name", "cloned", "victim"), is_more=True),
        Verb("run-same-name", ("run", "-d", "--name", "victim", *_SLEEP)),
        Verb("rename-other", ("rename", "victim", "made"), is_more=True),
        Verb("container-prune", ("container", "prune", "-f"), is_more=True),
    ),
    (("network", "create", "--ignore", "other"), _LONG),
    (
        _GONE,
        ("rmi", "-f", "-i", "committed:1"),
        ("image", "prune", "-f"),
        (HOST, "rm", "-rf", "{OUT}/made", "{OUT}/exported"),
    ),
)
_STOPPED = Group(
    "stopped",
    (
        *(
            verb
            for verb in _CONTAINERS.verbs
            if verb.name
            in (
                "start",
                "rm",
                "rm-f",
                "restart",
                "rename",
                "commit",
                "cp",
                "export",
                "run-same-name",
                "container-prune",
                "connect",
            )
        ),
        Verb("start-attached", ("start", "-a", "victim")),
        Verb("init", ("init", "victim")),
        Verb("mount", ("mount", "victim"), as_root=True),
        Verb("unmount", ("unmount", "victim"), as_root=True),
        Verb("volume-rm-f", ("volume", "rm", "-f", "-t", "0", "named")),
    ),
    (
        ("network", "create", "--ignore", "other"),
        ("create", "--name", "victim", "-v", "named:/named", "-p", "8081:81", IMAGE, "sleep", "1"),
    ),
    _CONTAINERS.remove,
)
_PODS = Group(
    "pods",
    (
        Verb("pod-start", ("pod", "start", "podded")),
        Verb("pod-stop", ("pod", "stop", "-t", "0", "podded")),
        Verb("pod-restart", ("pod", "restart", "podded")),
        Verb("pod-kill", ("pod", "kill", "podded")),
        Verb("pod-rm", ("pod", "rm", "podded")),
        Verb("pod-rm-f", ("pod", "rm", "-f", "-t", "0", "podded")),
        Verb("pod-pause", ("pod", "pause", "podded"), as_root=True),
        Verb("pod-unpause", ("pod", "unpause", "podded"), as_root=True),
        Verb("pod-create", ("pod", "create", "--name", "podded")),
        Verb("start", ("start", "member")),
        Verb("stop", ("stop", "-t", "0", "member")),
        Verb("rm-f", ("rm", "-f", "-t", "0", "member")),
        Verb("exec", ("exec", "member", "sh", "-c", "sleep 0.1")),
        Verb("run-member", ("run", "-d", "--pod", "podded", "--name", "made", *_SLEEP)),
        Verb("kube-generate", ("kube", "generate", "podded")),
        Verb("pod-prune", ("pod", "prune", "-f")),
    ),
    (
        ("pod", "create", "--name", "podded", "--exit-policy", "continue"),
        ("run", "-d", "--pod", "podded", "--name", "member", *_SLEEP),
    ),
    (("pod", "rm", "-f", "-i", "-t", "0", "podded"), ("rm", "-f", "-i", "-t", "0", "made", "member")),
)
_IMAGES = Group(
    "images",
    (
        Verb("rmi", ("rmi", "shared:1")),
        Verb("rmi-f", ("rmi", "-f", "shared:1")),
        Verb("tag", ("tag", "shared:1", "tagged:1")),
        Verb("untag", ("untag", "shared:1")),
        Verb("build", ("build", "-q", "-t", "shared:1", "{FOLDER}")),
        Verb("build-no-cache", ("build", "-q", "--no-cache", "-t", "shared:1", "{FOLDER}")),
        Verb("pull", ("pull", "-q", "--tls-verify=false", "{HOST}/busybox:1")),
        Verb("load", ("load", "-q", "-i", "{ARCHIVE}")),
        Verb("save", ("save", "-q", "-o", "{OUT}/made", "shared:1")),
        Verb("push", ("push", "-q", "--tls-verify=false", "shared:1", "{HOST}/pushed:1")),
        Verb("import", ("import", "-q", "{TAR}", "shared:1")),
        Verb("prune", ("image", "prune", "-af")),
        Verb("builder-prune", ("builder", "prune", "-af")),
        Verb("run", ("run", "-d", "--name", "made", "shared:1", "sleep", "100000")),
        Verb("create", ("create", "--name", "victim", "shared:1", "sleep", "100000")),
        Verb("commit", ("commit", "-q", "member", "shared:1")),
        Verb("manifest-create", ("manifest", "create", "listed:1", "shared:1")),
        Verb("system-prune", ("system", "prune", "-af")),
    ),
    (("import", "-q", "-c", "CMD sh", "{TAR}", "shared:1"), ("run", "-d", "--name", "member", *_SLEEP)),
    (
        ("rm", "-f", "-i", "-t", "0", "made", "victim", "member"),
        ("rmi", "-f", "-i", "shared:1", "tagged:1", "{HOST}/busybox:1", "listed:1"),
        ("builder", "prune", "-af"),
        ("image", "prune", "-f"),
        ("load", "-q", "-i", "{ARCHIVE}"),
        (HOST, "rm", "-rf", "{OUT}/made"),
    ),
)
_VOLUMES = Group(
    "volumes",
    (
        Verb("volume-rm", ("volume", "rm", "shared")),
        Verb("volume-rm-f", ("volume", "rm", "-f", "-t", "0", "shared")),
        Verb("volume-create", ("volume", "create", "--ignore", "shared")),
        Verb("volume-prune", ("volume", "prune", "-af")),
        Verb("volume-export", ("volume", "export", "-o", "{OUT}/made", "shared")),
        Verb("volume-import", ("volume", "import", "shared", "{TAR}")),
        Verb("volume-mount", ("volume", "mount", "shared"), as_root=True),
        Verb("volume-unmount", ("volume", "unmount", "shared"), as_root=True),
        Verb("run", ("run", "-d", "--name", "made", "-v", "shared:/bin2", *_SLEEP)),
        Verb("run-rm", ("run", "--rm", "-v", "shared:/etc", IMAGE, "true")),
        Verb("create", ("create", "--name", "victim", "-v", "shared:/etc", IMAGE)),
    ),
    (("volume", "create", "shared"),),
    (
        ("rm", "-f", "-i", "-t", "0", "made", "victim"),
        ("volume", "rm", "-f", "shared"),
        (HOST, "rm", "-rf", "{OUT}/made"),
    ),
)
_NETWORKS = Group(
    "networks",
    (
        Verb("network-rm", ("network", "rm", "shared")),
        Verb("network-rm-f", ("network", "rm", "-f", "-t", "0", "shared")),
        Verb("network-create", ("network", "create", "shared")),
        Verb("network-prune", ("network", "prune", "-f")),
        Verb("connect", ("network", "connect", "shared", "member")),
        Verb("disconnect", ("network", "disconnect", "shared", "member")),
        Verb("run", ("run", "-d", "--name", "made", "--network", "shared", *_SLEEP)),
        Verb("run-rm", ("run", "--rm", "--network", "shared", IMAGE, "true")),
        Verb("create", ("create", "--name", "victim", "--network", "shared", IMAGE)),
        Verb("reload", ("network", "reload", "-a")),
        Verb("stop", ("stop", "-t", "0", "member")),
        Verb("update", ("network", "update", "--dns-add", "1.1.1.1", "shared")),
    ),
    (("network", "create", "shared"), ("run", "-d", "--name", "member", "--network", "podman", *_SLEEP)),
    (("rm", "-f", "-i", "-t", "0", "made", "victim", "member"), ("network", "rm", "-f", "shared")),
)
_PLAYS = Group(
    "plays",
    (
        Verb("play", ("kube", "play", "{FOLDER}/pod.yaml")),
        Verb("play-replace", ("kube", "play", "--replace", "{FOLDER}/pod.yaml")),
        Verb("down", ("kube", "down", "{FOLDER}/pod.yaml")),
        Verb("down-force", ("kube", "down", "--force", "{FOLDER}/pod.yaml")),
        Verb("pod-rm-f", ("pod", "rm", "-f", "-t", "0", "played")),
        Verb("pod-stop", ("pod", "stop", "-t", "0", "played")),
        Verb("rm-f", ("rm", "-f", "-t", "0", "played-a")),
        Verb("volume-rm-f", ("volume", "rm", "-f", "-t", "0", "played-data")),
        Verb("kube-generate", ("kube", "generate", "played")),
    ),
    (("kube", "play", "{FOLDER}/pod.yaml"),),
    (
        ("kube", "down", "--force", "{FOLDER}/pod.yaml"),
        ("pod", "rm", "-f", "-i", "-t", "0", "played"),
        ("volume", "rm", "-f", "played-data"),
    ),
)
_UNPLAYED = Group("unplayed", _PLAYS.verbs[:3], (), _PLAYS.remove)
_SECRETS = Group(
    "secrets",
    (
        Verb("secret-create", ("secret", "create", "shared", "/etc/hostname")),
        Verb("secret-replace", ("secret", "create", "--replace", "shared", "/etc/hostname")),
        Verb("secret-rm", ("secret", "rm", "shared")),
        Verb("run", ("run", "-d", "--name", "made", "--secret", "shared", *_SLEEP)),
        Verb("run-again", ("run", "-d", "--name", "made", *_SLEEP)),
        Verb("pod-create", ("pod", "create", "--name", "made")),
        Verb("create", ("create", "--name", "made", "--secret", "shared", IMAGE)),
    ),
    (("secret", "create", "shared", "/etc/hostname"),),
    (("pod", "rm", "-f", "-i", "made"), ("rm", "-f", "-i", "-t", "0", "made"), ("secret", "rm", "-i", "shared")),
)
GROUPS = (_CONTAINERS, _STOPPED, _PODS, _IMAGES, _VOLUMES, _NETWORKS, _PLAYS, _UNPLAYED, _SECRETS)
