"""policy.json by commands, as podman has them: what holds for which registry, and one scope of it changed."""

from __future__ import annotations

import os

from pycman.config.policy_json import SYSTEM_POLICY, check_policy, docker_scope, load_policy, policy_file, read_policy
from pycman.config.policy_requirements import ACCEPT, REJECT, SIGNED_BY, SIGSTORE_SIGNED
from pycman.config.registries_d import load_registries_d, registries_d_folder
from pycman.errors import InvalidInput, NotFound, PycmanError, from_os_error
from pycman.images.signatures.keys import read_keys
from pycman.images.signatures.scopes import docker_scopes
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import make_directory, write_atomic
from pycman.record import Record
from pycman.spec.image_reference import parse_image_reference
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.config.policy_requirements import Requirement
    from pycman.config.registries_d import RegistriesD
    from pycman.state.session import Session

KINDS = {
    "accept": ACCEPT, ACCEPT: ACCEPT, REJECT: REJECT, SIGNED_BY: SIGNED_BY, SIGSTORE_SIGNED: SIGSTORE_SIGNED,
}  # fmt: skip
"""The words of `image trust set --type`, and the requirements they mean."""
DEFAULT = "default"
_SHOWN = {ACCEPT: "accept", SIGNED_BY: "signed"}


class TrustEntry(Record):
    """One requirement of one scope. `transport` is "all" for the default, "repository" for docker:; `signers` are e-mails."""

    transport: str
    scope: str
    kind: str
    signers: tuple[str, ...] = ()
    store: str = ""


def list_trust(session: Session, file: str = "") -> list[TrustEntry]:
    """Return all requirements, the default first; those of `file`, or the user's policy. Raises NotFound, InvalidInput."""
    policy = load_policy(file or policy_file(session.user.home) or SYSTEM_POLICY)
    storage = load_registries_d(registries_d_folder(session.user.home))
    entries = [_entry(session, "all", DEFAULT, each, storage) for each in policy.default]
    for transport, scopes in policy.transports.items():
        shown = "repository" if transport == "docker" else transport
        entries += [_entry(session, shown, scope, each, storage) for scope, found in scopes.items() for each in found]
    return entries


def _entry(session: Session, transport: str, scope: str, requirement: Requirement, storage: RegistriesD) -> TrustEntry:
    signed = transport in ("repository", "all") and requirement.kind not in (ACCEPT, REJECT)
    return TrustEntry(
        transport=transport,
        scope=scope,
        kind=_SHOWN.get(requirement.kind, requirement.kind),
        signers=_signers(session, requirement),
        store=storage.lookaside(_above(scope), write=False) if signed else "",
    )


def _above(scope: str) -> list[str]:
    """Return a scope of docker: and those that it lies in."""
    try:
        reference = parse_image_reference(scope)
    except InvalidInput:
        return [scope]
    return docker_scopes(reference) if reference.domain else [scope]


def _signers(session: Session, requirement: Requirement) -> tuple[str, ...]:
    """Return the e-mails of GPG keys; none for keys that cannot be read now."""
    if requirement.kind != SIGNED_BY or requirement.keys is None:
        return ()
    from pycman.images.signatures.gpg import Keyring  # only for signedBy

    session.paths.prepare()
    try:
        with Keyring(scratch_path(session, "gpg"), read_keys(requirement.keys)) as keyring:
            return keyring.emails()
    except PycmanError as error:
        session.warnings.append(str(error))
        return ()


def raw_policy(session: Session, file: str = "") -> str:
    """Return the text of `file`, or of the user's policy. Raises NotFound, InvalidInput (not UTF-8)."""
    path = file or policy_file(session.user.home) or SYSTEM_POLICY
    try:
        return read_policy(path).decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8: {error}", subject=path, hint="correct the file") from error


def set_trust(session: Session, scope: str, kind: str, key_files: Sequence[str] = (), file: str = "") -> str:
    """Set the requirements of a scope of docker:, or with "default" the default; return the file that was written.

    Each of `key_files` must have signed. The file is `file`, or the user's own policy (for root the system's), which begins as
    a copy of the one that held. Raises InvalidInput, NotFound (a key, no default yet), Denied.
    """
    if kind not in KINDS:
        raise InvalidInput(f"invalid choice: {kind}", hint=f"choose from {', '.join(KINDS)}")
    if scope != DEFAULT:
        _check_scope(scope)
    requirements = _requirements(KINDS[kind], kind, key_files)
    known = policy_file(session.user.home)
    path = file or (known if known != SYSTEM_POLICY or not session.rootless else "")
    path = os.path.realpath(
        path or (f"{session.user.home}/.config/containers/policy.json" if session.rootless else SYSTEM_POLICY)
    )
    document = _document(path if file or os.path.exists(path) else known)
    if scope == DEFAULT:
        document = {"default": requirements, **{name: value for name, value in document.items() if name != "default"}}
    elif "default" not in document:
        raise NotFound("no default", subject=path, hint="set it first: pycman image trust set --type reject default")
    else:
        scopes = document.setdefault("transports", {}).setdefault("docker", {})
        same = [name for name in scopes if docker_scope(name) == docker_scope(scope)]
        scopes[same[0] if same else scope] = requirements
    text = format_json(document, indent=4) + "\n"
    check_policy(text.encode(), path)
    try:
        make_directory(os.path.dirname(path), by_umask=True)
        mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o644
        write_atomic(path, text, mode=mode)
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot write the policy") from error
    return path


def _check_scope(scope: str) -> None:
    """Raise InvalidInput for a scope that no full name lies in, such as a short name."""
    host = scope.removeprefix("*.")
    for text in (scope, f"{host}/x/y"):
        try:
            parsed = parse_image_reference(text)
        except InvalidInput:
            continue
        if parsed.domain and str(parsed) == text:
            return
    hint = "write default, or HOST[:PORT][/NAME[:TAG]] as in docker.io/library/busybox"
    raise InvalidInput("not a registry or repository", subject=scope, hint=hint)


def _document(path: str) -> dict[str, Any]:
    """Return the policy in a file as JSON; {} without the file. Raises InvalidInput for a broken one: it is not overwritten."""
    if not path or not os.path.exists(path):
        return {}
    load_policy(path)
    document: dict[str, Any] = parse_json(read_policy(path), strict=True)
    return document


def _requirements(kind: str, word: str, key_files: Sequence[str]) -> list[dict[str, Any]]:
    if kind in (ACCEPT, REJECT):
        if key_files:
            raise InvalidInput(
                f"the type {word} has no keys", subject=f"--pubkeysfile {key_files[0]}", hint="leave it out"
            )
        return [{"type": kind}]
    if not key_files:
        raise InvalidInput(
            f"at least one public key must be defined for type {word!r}", hint="name it with --pubkeysfile"
        )
    for path in key_files:
        if not os.path.isfile(path):
            raise NotFound("no such file", subject=f"--pubkeysfile {path}")
    of_gpg = {"keyType": "GPGKeys"} if kind == SIGNED_BY else {}
    return [{"type": kind, **of_gpg, "keyPath": path} for path in key_files]
