"""Whether an image may be pulled, loaded or imported: policy.json (containers-policy.json(5)). Without a file any may."""

from __future__ import annotations

import os

from pycman.config.policy_json import load_policy, policy_file
from pycman.errors import Denied, InvalidInput, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.config.policy_json import PolicyJson
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


def check_policy(session: Session, reference: ImageReference) -> None:
    """Raise Denied if the policy rejects images of this name, Unsupported if it asks for signatures."""
    path = policy_file(session.user.home)
    if path:
        judge(load_policy(path), reference)


def check_file_policy(session: Session, transport: str, source: str) -> None:
    """Raise as `check_policy` for an image out of a file or directory; `transport` is docker-archive, oci, tarball, ...

    `source` is its path, or another name of it (standard input).
    """
    path = policy_file(session.user.home)
    if path:
        policy = load_policy(path)
        _meet(policy, _requirements_of_file(policy, transport, source), source)


def judge(policy: PolicyJson, reference: ImageReference) -> None:
    """Do as `check_policy` with a policy that is at hand. Pure."""
    _meet(policy, _requirements(policy, reference), str(reference))


def _meet(policy: PolicyJson, requirements: Sequence[Mapping[str, Any]], subject: str) -> None:
    """Raise what the first requirement that is not met deserves."""
    for requirement in requirements:
        kind = requirement["type"]
        if kind == "insecureAcceptAnything":
            continue
        if kind == "reject":
            raise Denied(
                f"{policy.path} rejects it", subject=subject, hint="take it from a place it allows, or change it"
            )
        if kind in ("signedBy", "sigstoreSigned", "signedBaseLayer"):
            raise Unsupported(
                f"{policy.path} asks for signatures ({kind}), which cannot be checked yet",
                subject=subject,
                hint="change the policy for this place, if you trust it",
            )
        raise InvalidInput(f"unknown requirement {kind!r}", subject=policy.path, hint="correct the file")


def _requirements_of_file(policy: PolicyJson, transport: str, source: str) -> Sequence[Mapping[str, Any]]:
    """Return the requirements of the path, of the nearest directory above it, of the transport, or the default."""
    scopes = policy.transports.get(transport) or {}
    path = os.path.abspath(source)
    while path not in scopes and path != "/":
        path = os.path.dirname(path)
    return scopes.get(path) or scopes.get("") or policy.default


def _requirements(policy: PolicyJson, reference: ImageReference) -> tuple[Mapping[str, Any], ...]:
    """Return the requirements of the most specific scope: the reference, its repository and parents, "*.domain", ""."""
    scopes = policy.transports.get("docker") or {}
    names = [str(reference), str(reference.replace(digest="")), reference.repository]
    parts = reference.repository.split("/")
    names += ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
    labels = reference.domain.partition(":")[0].split(".")
    names += ["*." + ".".join(labels[count:]) for count in range(1, len(labels))]
    for name in (*names, ""):
        if name in scopes:
            return scopes[name]
    return policy.default
