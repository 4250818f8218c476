"""Keys that several kinds of Quadlet files have, and that mean more than a flag with a value."""

from __future__ import annotations

from cli.parse import split_commas
from cli.quadlet.task import TranslationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.quadlet.task import Task

USER_MAPPING_KEYS = (
    "UserNS", "UIDMap", "GIDMap", "SubUIDMap", "SubGIDMap", "RemapUsers", "RemapUid", "RemapGid", "RemapUidSize",
)  # fmt: skip
_UINT32 = 2**32 - 1


def image_source(task: Task, name: str) -> str:
    """Return the image that a key names, after the service that pulls or builds it where it is a file. Raises TranslationError."""
    if not name.endswith((".build", ".image")):
        return name
    if name not in task.made:
        raise TranslationError(f"requested Quadlet image {name} was not found")
    task.need(task.made[name].unit())
    return task.made[name].resource


def networks(task: Task) -> list[str]:
    """Return --network for each value of Network; files of networks and containers become their names. Raises TranslationError."""
    found = []
    for text in task.unit.values(task.section, "Network"):
        name, colon, options = text.partition(":")
        if name.endswith((".network", ".container")):
            if name not in task.made:
                raise TranslationError(f"requested Quadlet unit {name} was not found")
            made = task.made[name]
            if not made.resource:
                raise TranslationError(f"cannot get the resource name of {name}")
            task.need(made.unit())
            if name.endswith(".network"):
                text = made.resource + colon + options
            elif colon:
                raise TranslationError("extra options are not supported when joining another container's network")
            else:
                text = f"container:{made.resource}"
        found += ["--network", text]
    return found


def storage_source(task: Task, source: str, *, images: bool) -> str:
    """Return what is mounted: a path is waited for, a file becomes the name of what it makes. Raises TranslationError."""
    if source.startswith("."):
        source = task.path_beside(source)
    if source.startswith("/"):
        task.service.add_word("Unit", "RequiresMountsFor", source)
    elif source.endswith((".volume", ".artifact", ".image") if images else (".volume", ".artifact")):
        if source not in task.made:
            raise TranslationError(f"requested Quadlet source {source} was not found")
        task.need(task.made[source].unit())
        return task.made[source].resource
    return source


def volumes(task: Task) -> list[str]:
    """Return -v for each value of Volume. Raises TranslationError."""
    found = []
    for text in task.unit.values(task.section, "Volume"):
        source, colon, rest = text.partition(":")
        found += ["-v", f"{storage_source(task, source, images=False)}:{rest}" if colon and source else rest or source]
    return found


def mount(task: Task, text: str) -> str:
    """Return a value of --mount, its source being what a file makes. Raises TranslationError."""
    kind = "volume"
    fields = []
    typed = False
    for field in split_commas(text):
        if not typed and field.startswith("type=") and field.count("=") == 1:
            kind, typed = field[5:], True
        else:
            fields.append(field)
    if kind not in ("volume", "bind", "glob", "image", "artifact"):
        return text
    source = -1
    for index, field in enumerate(fields):
        name, equals, _value = field.partition("=")
        if name in ("source", "src"):
            if not equals:
                raise TranslationError("source parameter does not include a value")
            source = index
    if source >= 0 and (named := fields[source].partition("=")[2]):
        fields[source] = f"source={storage_source(task, named, images=True)}"
    elif kind != "volume":
        raise TranslationError(f"source parameter is required for mount type {kind}")
    return ",".join(map(_comma_field, (f"type={kind}", *fields)))


def _comma_field(text: str) -> str:
    """Return a field of a list with commas, in double quotes where it needs them."""
    if not any(character in text for character in ',"\n\r') and not text[:1].isspace():
        return text
    return '"' + text.replace('"', '""') + '"'


def logging(task: Task) -> list[str]:
    """Return the flags of LogDriver and LogOpt."""
    driver = task.unit.value(task.section, "LogDriver")
    return [*([] if driver is None else ["--log-driver", driver]), *task.items("LogOpt", "--log-opt")]


def published_ports(task: Task) -> list[str]:
    """Return --publish for each value of PublishPort."""
    return [word for port in task.unit.values(task.section, "PublishPort") for word in ("--publish", port)]


def user_mappings(task: Task, *, manual: bool = True) -> list[str]:
    """Return the flags of user namespaces; `manual`: the kind can have RemapUsers=manual. Raises TranslationError."""
    found = [
        *task.flag("UserNS", "--userns"), *task.items("UIDMap", "--uidmap"), *task.items("GIDMap", "--gidmap"),
        *task.flag("SubUIDMap", "--subuidname"), *task.flag("SubGIDMap", "--subgidname"),
    ]  # fmt: skip
    if not found:
        return _deprecated_mappings(task, manual=manual)
    if any(task.unit.has(task.section, key) for key in ("RemapUid", "RemapGid", "RemapUsers")):
        raise TranslationError("deprecated Remap keys are set along with explicit mapping keys")
    return found


def _deprecated_mappings(task: Task, *, manual: bool) -> list[str]:
    users, groups = task.unit.items(task.section, "RemapUid"), task.unit.items(task.section, "RemapGid")
    mode = task.unit.last(task.section, "RemapUsers") or ""
    if not mode:
        for name, given in (("UidMap", users), ("GidMap", groups)):
            if given:
                raise TranslationError(f"{name} set without RemapUsers")
        return []
    if mode == "manual":
        if not manual:
            raise TranslationError("RemapUsers=manual is not supported")
        return [*task.items("RemapUid", "--uidmap"), *task.items("RemapGid", "--gidmap")]
    if mode == "auto":
        size = unsigned(task.value("RemapUidSize"))
        options = [f"uidmapping={each}" for each in users] + [f"gidmapping={each}" for each in groups]
        options += [f"size={size}"] if size else []
    elif mode == "keep-id":
        for name, given in (("UID", users), ("GID", groups)):
            if len(given) > 1:
                raise TranslationError(f"RemapUsers=keep-id supports only a single value for {name} mapping")
        options = [f"uid={each}" for each in users] + [f"gid={each}" for each in groups]
    else:
        raise TranslationError(f"unsupported RemapUsers option '{mode}'")
    return ["--userns", f"{mode}:{','.join(options)}" if options else mode]


def unsigned(text: str) -> int:
    """Return a number as systemd writes it (decimal, 0x…, 0… octal), 0 for what is none or does not fit 32 bits."""
    text = text.removeprefix("+")
    base = 16 if text[:2] in ("0x", "0X") else 8 if text.startswith("0") else 10
    try:
        number = int(text, base)
    except ValueError:
        return 0
    return number if 0 <= number <= _UINT32 else 0
