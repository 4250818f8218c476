"""Build BuildOptions from the flags of `build`."""

from __future__ import annotations

import os

from cli.parse import split_commas
from cli.specs.build_caches import parse_caches
from cli.specs.container import said
from cli.specs.mounts import parse_device, parse_volume
from cli.specs.namespaces import parse_namespace, parse_security
from cli.specs.networks import check_add_host, check_address, parse_networks
from cli.specs.pairs import parse_labels, parse_pairs, read_lines
from cli.specs.registry import registry_options
from cli.specs.resources import parse_resources
from cli.specs.sizes import optional_size, parse_time_ns
from cli.specs.together import OF_HOSTS, check_pairs
from pycman.build.options import BuildOptions, BuildOutput, BuildSecret, RunOptions
from pycman.errors import InvalidInput, NotFound, Unsupported
from pycman.spec.container import Security
from pycman.spec.resources import parse_ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_OUTPUTS = ("image", "docker", "local", "tar", "oci", "cacheonly", "registry")
_TRUE = ("", "1", "true", "yes")


def build_options(call: Call) -> BuildOptions:
    """Return the options that a command line of `build` asks for. Raises InvalidInput naming the flag, Unsupported."""
    _refuse(call)
    layers = call.flag("layers", os.environ.get("BUILDAH_LAYERS", "true").lower() in _TRUE)
    return BuildOptions(
        context=call.arguments[0] if call.arguments else "",
        dockerfiles=tuple(call.values("file")),
        stdin=0,
        ignore_file=call.string("ignorefile"),
        contexts=parse_pairs(call.values("build-context"), "--build-context"),
        tags=tuple(call.values("tag")),
        build_args=_build_args(call),
        target=call.string("target"),
        platforms=_platforms(call),
        manifest=call.string("manifest"),
        base_image=call.string("from"),
        pull=_pull(call),
        registry=registry_options(call),
        no_cache=call.flag("no-cache"),
        no_cache_stages=tuple(call.values("no-cache-filter")),
        cache_ttl_s=parse_time_ns(call.string("cache-ttl"), "--cache-ttl", 0) // 10**9,
        cache_from=parse_caches(call.values("cache-from"), "--cache-from", "src"),
        cache_to=parse_caches(call.values("cache-to"), "--cache-to", "dest"),
        layers=layers,
        squash=call.flag("squash"),
        squash_all=call.flag("squash-all"),
        format=_format(call),
        labels=parse_labels(call.values("label")),
        annotations=parse_labels(call.values("annotation"), flag="--annotation"),
        env=parse_pairs(call.values("env"), "--env"),
        unset_env=tuple(call.values("unsetenv")),
        unset_labels=tuple(call.values("unsetlabel")),
        timestamp_s=_timestamp(call),
        omit_history=call.flag("omit-history"),
        secrets=tuple(_secret(text) for text in call.values("secret")),
        ssh=dict(_ssh(text) for text in call.values("ssh")),
        run=_run(call),
        outputs=tuple(_output(text) for text in call.values("output")),
        explain=call.flag("explain"),
        isolation=_isolation(call),
        jobs=_jobs(call),
    )


def _isolation(call: Call) -> str:
    """Return "chroot", or "" for containers, as --isolation or $BUILDAH_ISOLATION say. Raises InvalidInput."""
    given = call.string("isolation") or os.environ.get("BUILDAH_ISOLATION", "")
    kind = given.lower()
    if kind not in ("", "default", "oci", "rootless", "chroot"):
        raise InvalidInput("not a kind of isolation", subject=f"--isolation {given}", hint="use oci or chroot")
    return "chroot" if kind == "chroot" else ""


def _jobs(call: Call) -> int:
    """Return how many stages are built at a time: with docker's habits as many as there are processors, with podman's one."""
    jobs = call.number("jobs", call.habits.build_jobs)
    if jobs < 0:
        raise InvalidInput(
            "not a number of stages", subject=f"--jobs {jobs}", hint="0 is as many as there are processors"
        )
    return jobs


def _refuse(call: Call) -> None:
    """Refuse values of flags that are known only in part. Raises Unsupported, InvalidInput."""
    for name in ("provenance", "sbom"):
        if call.string(name) not in ("", "false", "0"):
            raise Unsupported("there are no attestations", subject=f"--{name}", hint="leave it out")
    if call.string("progress", "auto") not in ("auto", "plain", "tty", "quiet"):
        raise InvalidInput(
            "not a kind of progress", subject=f"--progress {call.string('progress')}", hint="use plain, tty or quiet"
        )
    if call.flag("identity-label"):
        raise Unsupported("images get no label of their builder", subject="--identity-label", hint="use --label")
    for entitlement in call.values("allow"):
        if entitlement != "network.host":
            raise Unsupported("RUN gets no more privileges", subject=f"--allow {entitlement}", hint="leave it out")
    if call.flag("shell-on-error") and not (os.isatty(0) and os.isatty(1)):
        raise InvalidInput(
            "standard input and output are no terminal",
            subject="--shell-on-error",
            hint="leave it out, or build in a terminal",
        )
    if call.flag("squash") and call.flag("squash-all"):
        raise InvalidInput("cannot specify --squash-all with --squash")  # buildah's words
    if call.flag("push") and not call.values("tag") and not call.string("manifest"):
        raise InvalidInput("there is no name to push to", subject="--push", hint="give one with -t")
    if call.flag("push") and call.values("output"):
        raise InvalidInput("files are not pushed", subject="--push", hint="leave out --output")
    if call.given("inherit-labels") and not call.flag("inherit-labels"):
        raise Unsupported(
            "labels of the base image are kept", subject="--inherit-labels=false", hint="name them with --unsetlabel"
        )
    if call.given("skip-unused-stages") and not call.flag("skip-unused-stages"):
        raise Unsupported("stages that are not needed are not built", subject="--skip-unused-stages=false")


def _build_args(call: Call) -> dict[str, str]:
    """Return --build-arg-file, then --build-arg; a bare NAME takes the environment's value, if there is one."""
    found: dict[str, str] = {}
    lines = [line for path in call.values("build-arg-file") for line in read_lines(path, "--build-arg-file")]
    for text in (*lines, *call.values("build-arg")):
        name, equals, value = text.partition("=")
        if not name:
            raise InvalidInput("a build argument needs a name", subject=f"--build-arg {text}", hint="write NAME=VALUE")
        if equals:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found


def _platforms(call: Call) -> tuple[str, ...]:
    given = call.values("platform")
    if given and given != ["local"]:
        return tuple(dict.fromkeys(given))
    if call.string("arch") or call.string("os") or call.string("variant"):
        machine = os.uname().machine
        parts = (call.string("os") or "linux", call.string("arch") or machine, call.string("variant"))
        return ("/".join(filter(None, parts)),)
    default = os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
    return (default,) if default else ()


def _pull(call: Call) -> str:
    if call.flag("pull-never"):
        return "never"
    if call.flag("pull-always"):
        return "always"
    policy = call.string("pull").lower()
    known = {"": "missing", "true": "always", "false": "missing", "ifmissing": "missing", "ifnewer": "newer"}
    policy = known.get(policy, policy)
    if policy not in ("always", "missing", "never", "newer"):
        raise InvalidInput("not a pull policy", subject=f"--pull {policy}", hint="use always, missing, never or newer")
    return policy


def _format(call: Call) -> str:
    name = call.string("format") or os.environ.get("BUILDAH_FORMAT", "")
    known = {"": "", "oci": "oci", "docker": "docker", "ociv1": "oci", "dockerv2": "docker", "v2s2": "docker"}
    if name.lower() not in known:
        raise InvalidInput("not an image format", subject=f"--format {name}", hint="use oci or docker")
    return known[name.lower()] or "oci"


def _timestamp(call: Call) -> int | None:
    text = call.string("timestamp") or call.string("source-date-epoch") or os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise InvalidInput("not a number of seconds", subject=f"--timestamp {text}")
    return int(text)


def _fields(text: str, flag: str) -> dict[str, str]:
    fields = {}
    for part in split_commas(text):
        name, _, value = part.partition("=")
        fields[name.strip().lower()] = value
    if not fields:
        raise InvalidInput("it is empty", subject=flag)
    return fields


def _secret(text: str) -> BuildSecret:
    """Parse --secret id=ID[,src=FILE][,env=NAME][,type=file|env]; without a source it is the variable or file called ID."""
    fields = _fields(text, "--secret")
    for name in fields:
        if name not in ("id", "src", "source", "env", "type"):
            raise InvalidInput("not a field of a secret", subject=f"--secret {name}", hint="use id, src or env")
    source = fields.get("src") or fields.get("source") or ""
    name = fields.get("id") or os.path.basename(source)
    if not name:
        raise InvalidInput("a secret needs an id", subject=f"--secret {text}", hint="write id=ID,src=FILE")
    kind = fields.get("type", "")
    if kind == "env":
        return BuildSecret(id=name, env=fields.get("env") or source or name)
    if fields.get("env"):
        return BuildSecret(id=name, env=fields["env"])
    if not source and not kind and name in os.environ:
        return BuildSecret(id=name, env=name)
    path = os.path.abspath(os.path.expanduser(source or name))
    if not os.path.isfile(path):
        raise NotFound("no such file", subject=f"--secret id={name},src={source or name}")
    return BuildSecret(id=name, path=path)


def _ssh(text: str) -> tuple[str, str]:
    """Parse --ssh default|ID[=SOCKET]; without a socket it is that of $SSH_AUTH_SOCK. Raises NotFound, Unsupported."""
    name, equals, path = text.partition("=")
    path = path if equals else os.environ.get("SSH_AUTH_SOCK", "")
    if not path:
        raise NotFound("there is no ssh agent", subject=f"--ssh {text}", hint="start ssh-agent and add the key")
    if not os.path.exists(path):
        raise NotFound("no such socket", subject=f"--ssh {text}")
    return name or "default", os.path.abspath(path)


def _output(text: str) -> BuildOutput:
    """Parse --output DIRECTORY, "-", or type=TYPE,dest=PATH. Raises InvalidInput, Unsupported."""
    if text == "-":
        return BuildOutput(kind="tar", target="-")
    if "=" not in text:
        return BuildOutput(kind="local", target=os.path.abspath(text))
    fields = _fields(text, "--output")
    kind = fields.get("type", "")
    if kind not in _OUTPUTS:
        raise InvalidInput(
            "not a type of output", subject=f"--output {text}", hint="use local, tar, oci, docker or image"
        )
    if kind in ("registry", "cacheonly") or fields.get("push") == "true":
        raise Unsupported("a registry is no output", subject=f"--output {text}", hint="use --push")
    target = fields.get("dest", "")
    if kind == "docker" and not target:
        kind = "image"
    if kind in ("local", "tar", "oci") and not target:
        raise InvalidInput("it needs a path", subject=f"--output {text}", hint="add dest=PATH")
    return BuildOutput(kind=kind, target=target if target in ("", "-") else os.path.abspath(target))


def _run(call: Call) -> RunOptions:
    check_pairs(call, OF_HOSTS)
    base = Security(cap_add=tuple(call.values("cap-add")), cap_drop=tuple(call.values("cap-drop")))
    network = [value for value in call.values("network") if value not in ("default", "private")]
    return RunOptions(
        network=parse_networks(network, [], ipv4="", ipv6="", mac="", alias_all=False),
        extra_hosts=tuple(check_add_host(value) for value in call.values("add-host")),
        dns=tuple(check_address(value, "--dns") for value in call.values("dns") if value != "none"),
        dns_search=tuple(call.values("dns-search")),
        dns_options=tuple(call.values("dns-option")),
        no_hosts=said(call, "no-hosts"),
        http_proxy=said(call, "http-proxy"),
        resources=parse_resources(call),
        ulimits=tuple(parse_ulimit(value) for value in call.values("ulimit")),
        shm_size_bytes=optional_size(call.string("shm-size"), "--shm-size"),
        cgroup_parent=call.string("cgroup-parent"),
        security=parse_security(call.values("security-opt"), base),
        mounts=tuple(parse_volume(word) for word in call.values("volume")),
        devices=tuple(parse_device(word) for word in call.values("device")),
        group_add=tuple(call.values("group-add")),
        ipc_mode=parse_namespace("ipc", call.string("ipc")),
        pid_mode=parse_namespace("pid", call.string("pid")),
        uts_mode=parse_namespace("uts", call.string("uts")),
        cgroup_mode=parse_namespace("cgroupns", call.string("cgroupns")),
    )
