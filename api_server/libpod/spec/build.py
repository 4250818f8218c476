"""The query of POST /libpod/build as the options of a build. Pure.

Names are those of podman's BuildQuery (pkg/api/handlers/compat/images_build.go), lists and objects in them JSON.
"""

from __future__ import annotations

from api_server.libpod.query import count, maybe, switch
from api_server.libpod.spec.durations import duration_ns
from api_server.translate.build import build_resources
from pycman.build.options import BuildOptions, CachePlace, RunOptions
from pycman.errors import Corrupt, InvalidInput, Unsupported
from pycman.jsontext import parse_json
from pycman.spec.container import Security
from pycman.spec.mount_text import parse_device, parse_volume
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from pycman.spec.resources import parse_ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.http.request import Request

_REFUSED = (
    "allplatforms", "cppflags", "osfeature", "osversion", "layerlabel", "sbom-output", "sbom-purl-output",
    "sbom-image-output", "sbom-image-purl-output", "sbom-scanner-image", "sbom-scanner-command", "rusagelogfile",
    "unsetannotation",
)  # fmt: skip
"""What podman knows and a build here has not."""
_NETWORKS = {
    "": "",
    "0": "",
    "default": "",
    "1": "none",
    "disabled": "none",
    "none": "none",
    "2": "",
    "enabled": "",
    "host": "host",
}
"""buildah's NetworkConfigurationPolicy as a number, and names."""
_FORMATS = {"": "", "application/vnd.oci.image.manifest.v1+json": "oci", "oci": "oci", "docker": "docker",
            "application/vnd.docker.distribution.manifest.v2+json": "docker"}  # fmt: skip
_PULLS = {"": "missing", "missing": "missing", "ifmissing": "missing", "always": "always", "never": "never", "newer": "newer",
          "ifnewer": "newer", "0": "missing", "1": "always", "2": "newer", "3": "never"}  # fmt: skip
_ISOLATIONS = {
    "": "",
    "0": "",
    "default": "",
    "oci": "",
    "1": "",
    "2": "chroot",
    "chroot": "chroot",
    "3": "",
    "rootless": "",
}


def build_options(request: Request, registry: dict[str, Any]) -> BuildOptions:
    """Return what a request asks for; the caller adds descriptors. Raises InvalidInput, Unsupported."""
    for name in _REFUSED:
        if request.text(name) not in ("", "0", "false", "[]", "null"):
            raise Unsupported("this option of a build is not supported", subject=name, hint="leave it out")
    names = [name for name in (request.text("output"), *request.texts("t")) if name]
    remote = request.text("remote")
    if remote and not remote.startswith(("http://", "https://", "git://", "git@", "github.com/")):
        raise InvalidInput("not a URL", subject=f"remote={remote[:80]}")
    timestamp = request.text("sourcedateepoch") or request.text("timestamp")
    form = request.text("outputformat")
    return BuildOptions(
        context=remote or "-",
        dockerfiles=tuple(_inside(name) for name in _dockerfiles(request)),
        files_inside=True,
        contexts=_contexts(request),
        tags=tuple(dict.fromkeys(names)),
        build_args=_pairs(request, "buildargs"),
        target=request.text("target"),
        platforms=_platforms(request),
        manifest=request.text("manifest"),
        base_image=request.text("from"),
        pull=_pull(request),
        registry=registry,
        no_cache=switch(request, "nocache"),
        cache_ttl_s=duration_ns(request.text("cachettl"), "cachettl") // 10**9 if request.text("cachettl") else 0,
        cache_from=tuple(CachePlace(kind="registry", target=place) for place in _texts(request, "cachefrom")),
        cache_to=tuple(CachePlace(kind="registry", target=place) for place in _texts(request, "cacheto")),
        layers=switch(request, "layers", default=True),
        squash=switch(request, "squash"),
        format=_chosen(_FORMATS, form, "outputformat") or "oci",
        labels=_pairs(request, "labels"),
        annotations=_pairs(request, "annotations"),
        env=dict(text.partition("=")[::2] for text in request.texts("setenv") if text),
        unset_env=tuple(request.texts("unsetenv")),
        unset_labels=tuple(request.texts("unsetlabel")),
        timestamp_s=_timestamp(timestamp),
        omit_history=switch(request, "omithistory"),
        run=_run(request),
        isolation=_chosen(_ISOLATIONS, request.text("isolation").lower(), "isolation"),
        jobs=count(request, "jobs") or 1,
    )


def secrets_of(request: Request) -> list[tuple[str, str]]:
    """Return the (id, name of the file at the top of the context) of secrets. Raises InvalidInput."""
    found = []
    for text in _texts(request, "secrets"):
        words = dict(part.strip().partition("=")[::2] for part in text.split(","))
        name = words.get("src") or words.get("source") or ""
        if (
            not words.get("id")
            or not name
            or "/" in name
            or name in (".", "..")
            or words.get("type", "file") not in ("file", "env")
        ):
            raise InvalidInput(
                "a secret has an id, and as src a file at the top of the context", subject=f"secrets: {text[:80]}"
            )
        found.append((words["id"], name))
    return found


def _chosen(choices: dict[str, str], text: str, name: str) -> str:
    if text not in choices:
        raise Unsupported("this value is not supported", subject=f"{name}={text[:60]}")
    return choices[text]


def _pull(request: Request) -> str:
    """Return when to pull: a policy, or podman's older switch."""
    if maybe_pull := request.text("pullpolicy"):
        return _chosen(_PULLS, maybe_pull.lower(), "pullpolicy")
    return "always" if maybe(request, "pull") else "missing"


def _platforms(request: Request) -> tuple[str, ...]:
    return tuple(part for text in request.texts("platform") for part in text.split(",") if part.strip("/"))


def _timestamp(text: str) -> int | None:
    if text in ("", "-1", "0"):
        return None if text != "0" else 0
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise InvalidInput("not seconds since 1970", subject=f"timestamp={text[:40]}")
    return int(text)


def _inside(path: str) -> str:
    """Return the path of a Dockerfile below the context, where clients put also those from elsewhere."""
    return path.lstrip("/")


def _dockerfiles(request: Request) -> list[str]:
    """Return dockerfile, a name or JSON of several; none for those that are looked for anyway."""
    text = request.text("dockerfile")
    names = _texts(request, "dockerfile") if text.startswith("[") else [text] if text else []
    if any(name in ("-", "/dev/stdin") for name in names):
        raise InvalidInput("it is a file of the context", subject="dockerfile")
    return [] if names in (["Dockerfile"], ["Containerfile"]) else names


def _value(request: Request, name: str) -> Any:
    text = request.text(name)
    if not text:
        return None
    try:
        return parse_json(text, subject=name)
    except Corrupt as error:
        raise InvalidInput(error.problem, subject=name) from error


def _pairs(request: Request, name: str) -> dict[str, str]:
    """Return JSON of texts by name, or of a list of NAME=VALUE. Raises InvalidInput."""
    value = _value(request, name)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return dict(each.partition("=")[::2] for each in value)
    if value is not None and not (isinstance(value, dict) and all(isinstance(each, str) for each in value.values())):
        raise InvalidInput("it is not JSON of texts by name", subject=name)
    return value or {}


def _texts(request: Request, name: str) -> list[str]:
    """Return JSON of a list of texts, or texts separated by commas. Raises InvalidInput."""
    text = request.text(name)
    if text and not text.lstrip().startswith(("[", "n")):
        return [part for part in text.split(",") if part]
    value = _value(request, name)
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise InvalidInput("it is not JSON of a list of texts", subject=name)
    return value or []


def _contexts(request: Request) -> dict[str, str]:
    """Return the further contexts: URLs and images; directories of the client are not sent. Raises InvalidInput, Unsupported."""
    contexts = {}
    for text in (part for value in request.texts("additionalbuildcontexts") for part in value.split(",") if part):
        name, _, place = text.partition("=")
        kind, _, rest = place.partition(":")
        if kind == "image" and rest:
            contexts[name] = f"docker-image://{rest.removeprefix('//')}"
        elif kind == "url" and rest.startswith(("http://", "https://", "git://")):
            contexts[name] = rest
        else:
            raise Unsupported("a further context is a URL or an image", subject=f"additionalbuildcontexts={text[:80]}")
    return contexts


def _network(text: str) -> NetworkMode:
    if text in _NETWORKS:
        return NetworkMode(kind=_NETWORKS[text])
    kind, _, value = text.partition(":")
    if kind == "container" and value:
        return NetworkMode(kind="container", value=value)
    return NetworkMode(kind="bridge", attachments=(NetworkAttachment(name=text),))


def _run(request: Request) -> RunOptions:
    labels = [text.removeprefix("label=") for text in _texts(request, "labelopts")]
    seccomp = request.text("seccomp")
    return RunOptions(
        network=_network(request.text("networkmode")),
        extra_hosts=tuple(_texts(request, "extrahosts")),
        dns=tuple(_texts(request, "dnsservers")),
        dns_search=tuple(_texts(request, "dnssearch")),
        dns_options=tuple(_texts(request, "dnsoptions")),
        no_hosts=maybe(request, "nohosts"),
        http_proxy=maybe(request, "httpproxy"),
        resources=build_resources(request),
        ulimits=tuple(parse_ulimit(text) for text in _texts(request, "ulimits")),
        shm_size_bytes=request.number("shmsize") or None,
        cgroup_parent=request.text("cgroupparent"),
        security=Security(
            cap_add=tuple(_texts(request, "addcaps")),
            cap_drop=tuple(_texts(request, "dropcaps")),
            seccomp_profile="unconfined" if seccomp == "unconfined" else "",
            apparmor_profile=request.text("apparmor"),
            label_options=tuple(labels),
        ),
        mounts=tuple(parse_volume(text, "volume") for text in request.texts("volume") if text),
        devices=tuple(parse_device(text, "devices") for text in _texts(request, "devices")),
        group_add=tuple(text for text in request.texts("groupadd") if text),
    )
