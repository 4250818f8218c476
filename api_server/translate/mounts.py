"""Binds, Mounts, Tmpfs and Volumes of POST /containers/create as mounts of the engine. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.mount import Mount
from pycman.spec.mount_text import check_access, parse_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_ACCESS = frozenset(("ro", "rw", "readonly"))


def mounts_of(config: Fields, host: Fields) -> tuple[Mount, ...]:
    """Return all mounts of a body; a volume of Volumes at a place that has another mount is that one. Raises InvalidInput."""
    driver = host.text("VolumeDriver")
    mounts = [_bind(text) for text in host.texts("Binds")]
    mounts = [mount.replace(volume_driver=driver) if driver and mount.kind == "volume" else mount for mount in mounts]
    mounts += [
        _mount(Fields(entry, f"{host.path('Mounts')}[{number}]")) for number, entry in enumerate(host.entries("Mounts"))
    ]
    mounts += [_tmpfs(target, options) for target, options in host.pairs("Tmpfs").items()]
    taken = {mount.target for mount in mounts}
    for text in config.mapping("Volumes"):
        mount = _bind(text)
        if mount.target not in taken:
            mounts.append(mount)
    return tuple(mounts)


def _bind(text: str) -> Mount:
    if text.startswith((".", "~")):
        raise InvalidInput("a path of the host must be absolute", subject=f"Binds: {text[:80]}")
    return parse_volume(text, "Binds")


def _tmpfs(target: str, options_text: str) -> Mount:
    if not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=f"Tmpfs: {target[:80]}")
    names = options_text.split(",")
    options = tuple(name for name in names if name and name not in _ACCESS)
    return Mount(kind="tmpfs", target=target, options=options, read_only=check_access(names, f"Tmpfs: {target[:80]}"))


def _mount(fields: Fields) -> Mount:
    kind, target, source = fields.text("Type"), fields.text("Target"), fields.text("Source")
    fields.ignore(("Consistency",))
    if kind not in _READERS:
        raise Unsupported(
            f'unknown mount type "{kind[:40]}"', subject=fields.path("Type"), hint="use bind, volume, tmpfs or image"
        )
    if not target.startswith("/"):
        raise InvalidInput("the target must be an absolute path", subject=fields.path("Target"))
    mount = Mount(kind=kind, target=target, source=source, read_only=fields.switch("ReadOnly"))
    read = _READERS[kind](fields, mount)
    fields.finish()
    return read


def _bound(fields: Fields, mount: Mount) -> Mount:
    if not mount.source.startswith("/"):
        raise InvalidInput("a bind needs the absolute path of its source", subject=fields.path("Source"))
    options = fields.below("BindOptions")
    words = ("bind",) if options.switch("NonRecursive") else ()
    if options.switch("ReadOnlyForceRecursive"):
        raise Unsupported(
            "submounts stay as they are", subject=options.path("ReadOnlyForceRecursive"), hint="leave it out"
        )
    options.ignore(("ReadOnlyNonRecursive",))
    mount = mount.replace(
        options=words, propagation=options.text("Propagation"), create_source=options.switch("CreateMountpoint")
    )
    options.finish()
    return mount


def _volume(fields: Fields, mount: Mount) -> Mount:
    options = fields.below("VolumeOptions")
    driver = options.below("DriverConfig")
    mount = mount.replace(
        options=("nocopy",) if options.switch("NoCopy") else (),
        subpath=options.text("Subpath"),
        volume_labels=options.pairs("Labels"),
        volume_driver=driver.text("Name"),
        volume_options=driver.pairs("Options"),
    )
    options.finish()
    return mount


def _temporary(fields: Fields, mount: Mount) -> Mount:
    if mount.source:
        raise InvalidInput("a tmpfs has no source", subject=fields.path("Source"))
    options = fields.below("TmpfsOptions")
    words: list[str] = []
    if options.number("SizeBytes"):
        words.append(f"size={options.number('SizeBytes')}")
    if options.number("Mode"):
        words.append(f"mode={options.number('Mode'):o}")
    for entry in options.entries("Options"):
        if not isinstance(entry, list) or not entry or not all(isinstance(each, str) for each in entry):
            raise InvalidInput("it is no list of [NAME] and [NAME, VALUE]", subject=options.path("Options"))
        words.append("=".join(entry))
    options.finish()
    return mount.replace(options=tuple(words))


def _image(fields: Fields, mount: Mount) -> Mount:
    options = fields.below("ImageOptions")
    mount = mount.replace(subpath=options.text("Subpath"))
    options.finish()
    return mount


_READERS: dict[str, Callable[[Fields, Mount], Mount]] = {
    "bind": _bound,
    "volume": _volume,
    "tmpfs": _temporary,
    "image": _image,
}
