"""buildx imagetools: show or make manifest lists in registries."""

from __future__ import annotations

from cli.output.listing import print_objects
from cli.specs.pairs import parse_pairs
from cli.specs.registry import registry_options
from pycman.errors import InvalidInput
from pycman.jsontext import format_json, parse_json
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.images.lists.publish import Publication
    from pycman.images.lists.sources import SourceOptions


def run(call: Call) -> int:
    """Carry out `inspect` or `create`. Raises InvalidInput for another verb."""
    from pycman.images.lists.sources import SourceOptions  # 150 ms (urllib3): not to print help

    verb, *names = call.arguments
    options = SourceOptions(**registry_options(call, retries=False))
    if verb == "inspect":
        return _inspect(call, names, options)
    if verb == "create":
        return _create(call, names, options)
    raise InvalidInput("there is no such subcommand", subject=f"buildx imagetools {verb}", hint="use inspect or create")


def _inspect(call: Call, names: list[str], options: SourceOptions) -> int:
    if len(names) != 1:
        raise InvalidInput("buildx imagetools inspect takes one name")
    found = call.engine.manifests.published(names[0], options)
    if call.flag("raw"):
        call.print(found.raw.decode("utf-8", "surrogateescape"))
        return 0
    if call.string("format"):
        print_objects(call, [_object(names[0], found)])
        return 0
    full = normalize_reference(names[0])
    call.print(f"Name:      {full}\nMediaType: {found.media_type}\nDigest:    {found.digest}")
    if len(found.entries) == 1 and found.entries[0].digest == found.digest:
        return 0
    call.print("           \nManifests: ")
    for entry in found.entries:
        call.print(
            f"  Name:      {full}@{entry.digest}\n  MediaType: {entry.media_type}\n  Platform:  {entry.platform}"
        )
        for name, value in sorted(entry.annotations.items()):
            call.print(f"  Annotations:\n    {name}: {value}")
        call.print("             ")
    return 0


def _object(name: str, found: Publication) -> dict[str, object]:
    """Return what templates see: docker's .Name and .Manifest."""
    manifest = parse_json(found.raw, subject=name)
    return {
        "Name": str(normalize_reference(name)),
        "Manifest": {**manifest, "digest": found.digest, "size": len(found.raw), "mediaType": found.media_type},
    }


def _create(call: Call, names: list[str], options: SourceOptions) -> int:
    targets = call.values("tag")
    if not targets and not call.flag("dry-run"):
        raise InvalidInput("there is no name to write to", subject="buildx imagetools create", hint="give one with -t")
    if call.flag("append") and len(targets) != 1:
        raise InvalidInput("it needs exactly one name", subject="--append", hint="give one with -t")
    manifests = call.engine.manifests
    made = manifests.combine(
        names,
        options,
        append_to=targets[0] if call.flag("append") else "",
        annotations=list(parse_pairs(call.values("annotation"), "--annotation").items()),
    )
    if call.flag("dry-run"):
        call.print(format_json(parse_json(made.raw), indent=2))
        return 0
    for target in targets:
        call.print(f"{manifests.publish(made, target, options)}@{made.digest}")
    return 0
