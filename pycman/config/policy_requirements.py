"""The requirements of policy.json as values (containers-policy.json(5), "Policy Requirements"). Pure.

As that page says, parsing is strict: what is unknown, missing or of a wrong type makes the whole file invalid.
"""

from __future__ import annotations

import base64

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.image_reference import parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ACCEPT, REJECT, SIGNED_BY, SIGSTORE_SIGNED = "insecureAcceptAnything", "reject", "signedBy", "sigstoreSigned"
_OTHER_KEY_TYPES = ("signedByGPGKeys", "X509Certificates", "signedByX509CAs")
"""Known to containers-policy.json(5)'s parser; no engine can check them."""


class Keys(Record):
    """Where keys are: files, or the bytes themselves. `field` is its name in the file, for messages."""

    field: str
    paths: tuple[str, ...] = ()
    data: tuple[bytes, ...] = ()


class SignedIdentity(Record):
    """Which identity a signature must claim for an image. `reference` is that of exactReference and exactRepository."""

    kind: str = "matchRepoDigestOrExact"
    reference: str = ""
    prefix: str = ""
    signed_prefix: str = ""


class Requirement(Record):
    """One requirement. `rekor` are the keys of a transparency log, which must know the signature.

    `unsupported` says what in it cannot be checked: an image in its scope is refused.
    """

    kind: str
    keys: Keys | None = None
    rekor: Keys | None = None
    identity: SignedIdentity = SignedIdentity()
    unsupported: str = ""


def parse_requirement(value: Any) -> Requirement:
    """Return the requirement that a JSON value describes. Raises InvalidInput with the fault and no subject."""
    if not isinstance(value, dict) or "type" not in value:
        raise InvalidInput("must be a list of requirements, each with a type")
    kind = value["type"]
    parse = _PARSERS.get(kind) if isinstance(kind, str) else None
    if parse is None:
        raise InvalidInput(f"unknown requirement {kind!r}")
    return parse(value)


def _plain(value: Mapping[str, Any]) -> Requirement:
    _check_fields(value, ("type",))
    return Requirement(kind=value["type"])


def _signed_by(value: Mapping[str, Any]) -> Requirement:
    _check_fields(value, ("type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"))
    key_type = value.get("keyType")
    if key_type != "GPGKeys" and key_type not in _OTHER_KEY_TYPES:
        raise InvalidInput(f"keyType of signedBy is {key_type!r}; it may be GPGKeys")
    return Requirement(
        kind=SIGNED_BY,
        keys=_keys(value, "key", "keyPath", "keyPaths", "keyData"),
        identity=_identity(value),
        unsupported="" if key_type == "GPGKeys" else f"keys of the type {key_type}",
    )


def _sigstore_signed(value: Mapping[str, Any]) -> Requirement:
    keys = ("keyPath", "keyPaths", "keyData", "keyDatas")
    rekor = ("rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas")
    _check_fields(value, ("type", *keys, "fulcio", "pki", *rekor, "signedIdentity"))
    log = _keys(value, "Rekor key", *rekor) if any(name in value for name in rekor) else None
    certified = [name for name in ("fulcio", "pki") if name in value]
    if certified:
        if len(certified) > 1 or any(name in value for name in keys):
            raise InvalidInput(
                "sigstoreSigned must have exactly one of keyPath, keyPaths, keyData, keyDatas, fulcio, pki"
            )
        if not isinstance(value[certified[0]], dict):
            raise InvalidInput(f"{certified[0]} must be an object")
        reason = f"signatures by certificates ({certified[0]})"
        return Requirement(kind=SIGSTORE_SIGNED, rekor=log, identity=_identity(value), unsupported=reason)
    return Requirement(kind=SIGSTORE_SIGNED, keys=_keys(value, "key", *keys), rekor=log, identity=_identity(value))


def _signed_base_layer(value: Mapping[str, Any]) -> Requirement:
    _check_fields(value, ("type", "baseLayerIdentity"))
    if "baseLayerIdentity" not in value:
        raise InvalidInput("signedBaseLayer has no baseLayerIdentity")
    _parse_identity(value["baseLayerIdentity"])
    return Requirement(kind="signedBaseLayer", unsupported="signatures of base layers")


_PARSERS = {
    ACCEPT: _plain,
    REJECT: _plain,
    SIGNED_BY: _signed_by,
    SIGSTORE_SIGNED: _sigstore_signed,
    "signedBaseLayer": _signed_base_layer,
}


def _keys(value: Mapping[str, Any], what: str, *names: str) -> Keys:
    """Return the keys of the one field of `names` that is there: NamePath, NamePaths, NameData or NameDatas."""
    given = [name for name in names if name in value]
    if len(given) != 1:
        raise InvalidInput(f"{value['type']} must have exactly one of {', '.join(names)}")
    name, content = given[0], value[given[0]]
    items = content if name.endswith("s") else [content]
    if not isinstance(items, list) or not items or not all(isinstance(item, str) and item for item in items):
        kind = "a list of strings" if name.endswith("s") else "a string"
        raise InvalidInput(f"{name} must be {kind} that names a {what}")
    if "Path" in name:
        relative = [item for item in items if not item.startswith("/")]
        if relative:
            raise InvalidInput(f"{name} must be an absolute path, not {relative[0]}")
        return Keys(field=name, paths=tuple(items))
    try:
        data = tuple(base64.b64decode("".join(item.split()), validate=True) for item in items)
    except ValueError as error:
        raise InvalidInput(f"{name} is not base64: {error}") from None
    return Keys(field=name, data=data)


def _identity(value: Mapping[str, Any]) -> SignedIdentity:
    return _parse_identity(value["signedIdentity"]) if "signedIdentity" in value else SignedIdentity()


def _parse_identity(value: Any) -> SignedIdentity:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise InvalidInput("signedIdentity must be an object with a type")
    kind = value["type"]
    if kind in ("matchExact", "matchRepoDigestOrExact", "matchRepository"):
        _check_fields(value, ("type",))
        return SignedIdentity(kind=kind)
    if kind == "exactReference":
        reference = _text(value, "dockerReference", ("type", "dockerReference"))
        parsed = parse_image_reference(reference)
        if not (parsed.tag or parsed.digest):
            raise InvalidInput(f"dockerReference {reference} has neither tag nor digest")
        return SignedIdentity(kind=kind, reference=reference)
    if kind == "exactRepository":
        reference = _text(value, "dockerRepository", ("type", "dockerRepository"))
        parse_image_reference(reference)
        return SignedIdentity(kind=kind, reference=reference)
    if kind == "remapIdentity":
        fields = ("type", "prefix", "signedPrefix")
        prefixes = [_text(value, name, fields) for name in fields[1:]]
        for prefix in prefixes:
            _check_prefix(prefix)
        return SignedIdentity(kind=kind, prefix=prefixes[0], signed_prefix=prefixes[1])
    raise InvalidInput(f"unknown signedIdentity {kind!r}")


def _check_prefix(prefix: str) -> None:
    """Raise InvalidInput unless it is a host, or a repository or namespace in its full form, without tag or digest."""
    try:
        below = parse_image_reference(f"{prefix}/x/y")
        valid = bool(below.domain) and str(below) == f"{prefix}/x/y"
    except InvalidInput:
        valid = False
    if not valid:
        raise InvalidInput(f"{prefix!r} is not a prefix of full image names")


def _text(value: Mapping[str, Any], name: str, fields: tuple[str, ...]) -> str:
    _check_fields(value, fields)
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise InvalidInput(f"{name} must be a string")
    if text.startswith("docker://"):
        raise InvalidInput(f"{name} is written without docker://")
    return text


def _check_fields(value: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [name for name in value if name not in known]
    if unknown:
        raise InvalidInput(f"unknown field {unknown[0][:40]!r} of {str(value['type'])[:40]}")
