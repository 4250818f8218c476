"""The query of POST /build as the options of a build. Pure."""

from __future__ import annotations

from api_server.translate.words import full_name
from pycman.build.options import BuildOptions, RunOptions
from pycman.errors import Corrupt, InvalidInput, Unsupported
from pycman.jsontext import parse_json
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.http.request import Request

_DEFAULTS = ("", "default", "bridge")


def build_options(request: Request) -> BuildOptions:
    """Return what a request asks for; the caller adds descriptors and logins. Raises InvalidInput, Unsupported."""
    if request.text("version") == "2" or request.text("session"):
        raise Unsupported(
            "there are no BuildKit sessions", subject="version=2", hint="use the classic builder, DOCKER_BUILDKIT=0"
        )
    if request.text("outputs"):
        raise Unsupported("the classic builder makes images only", subject="outputs", hint="leave it out")
    dockerfile = request.text("dockerfile") or "Dockerfile"
    remote = request.text("remote")
    if remote and not remote.startswith(("http://", "https://", "git://", "git@", "github.com/")):
        raise InvalidInput("not a URL", subject=f"remote={remote[:80]}")
    args = _pairs(request, "buildargs", null_is_absent=True)
    return BuildOptions(
        context=remote or "-",
        dockerfiles=() if dockerfile == "Dockerfile" else (dockerfile,),
        files_inside=True,
        tags=tuple(full_name(name) for name in request.texts("t") if name),
        build_args=args,
        target=request.text("target"),
        platforms=(request.text("platform"),) if request.text("platform") else (),
        pull="always" if request.flag("pull") else "missing",
        no_cache=request.flag("nocache"),
        squash=request.flag("squash"),
        labels=_pairs(request, "labels"),
        format="docker",
        run=RunOptions(
            network=_network(request.text("networkmode")),
            extra_hosts=tuple(host for text in request.texts("extrahosts") for host in text.split(",") if host),
            shm_size_bytes=request.number("shmsize") or None,
            cgroup_parent=request.text("cgroupparent"),
            resources=build_resources(request),
        ),
    )


def command_of(step: str) -> str:
    """Return what a RUN instruction runs, as docker writes it: the shell with its command, or the words of a JSON list."""
    words = step.partition(" ")[2].lstrip() if step.upper().startswith("RUN ") else step
    while words.startswith("--"):
        words = words.partition(" ")[2].lstrip()
    if words.startswith("["):
        try:
            return " ".join(map(str, parse_json(words, subject="RUN")))
        except Corrupt:
            return words
    return f"/bin/sh -c {words}"


def _network(text: str) -> NetworkMode:
    if text in _DEFAULTS:
        return NetworkMode(kind="")
    if text in ("none", "host"):
        return NetworkMode(kind=text)
    if text.startswith("container:"):
        return NetworkMode(kind="container", value=text.partition(":")[2])
    return NetworkMode(kind="bridge", attachments=(NetworkAttachment(name=text),))


def _pairs(request: Request, name: str, *, null_is_absent: bool = False) -> dict[str, str]:
    text = request.text(name)
    if not text:
        return {}
    try:
        value = parse_json(text, subject=name)
    except Corrupt:
        value = None
    if not isinstance(value, dict) or not all(isinstance(each, (str, type(None))) for each in value.values()):
        raise InvalidInput("it is not JSON of texts by name", subject=name)
    return {key: each or "" for key, each in value.items() if not (each is None and null_is_absent)}


def build_resources(request: Request) -> Resources:
    """Return the limits of a build's steps as both APIs name them in the query. Raises InvalidInput."""
    return Resources(
        memory_bytes=request.number("memory") or None,
        memory_swap_bytes=request.number("memswap") or None,
        cpu_shares=request.number("cpushares") or None,
        cpu_period_us=request.number("cpuperiod") or None,
        cpu_quota_us=request.number("cpuquota") or None,
        cpuset_cpus=request.text("cpusetcpus"),
        cpuset_mems=request.text("cpusetmems"),
    )
