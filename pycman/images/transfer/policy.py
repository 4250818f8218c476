"""Whether policy.json allows an image (containers-policy.json(5)); without the file all are allowed, as in docker."""

from __future__ import annotations

from pycman.config.policy_json import load_policy, policy_file
from pycman.errors import Denied, InvalidInput, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.config.policy_json import PolicyJson
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


def check_policy(session: Session, reference: ImageReference) -> None:
    """Raise Denied if the policy rejects this reference, Unsupported if it requires signatures."""
    path = policy_file(session.user.home)
    if path:
        check_requirements(load_policy(path), reference)


def check_requirements(policy: PolicyJson, reference: ImageReference) -> None:
    """Check a reference against a parsed policy. Raises Denied, Unsupported, InvalidInput (unknown requirement).

    Pure.
    """
    for requirement in _requirements(policy, reference):
        kind = requirement["type"]
        if kind == "insecureAcceptAnything":
            continue
        if kind == "reject":
            raise Denied(
                f"{policy.path} rejects it", subject=str(reference), hint="pull from a registry it allows, or change it"
            )
        if kind in ("signedBy", "sigstoreSigned", "signedBaseLayer"):
            raise Unsupported(
                f"{policy.path} requires signatures ({kind}), which cannot be checked yet",
                subject=str(reference),
                hint="pull it with skopeo into an archive and load that, or change the policy for this registry",
            )
        raise InvalidInput(f"unknown requirement {kind!r}", subject=policy.path, hint="correct the file")


def _requirements(policy: PolicyJson, reference: ImageReference) -> tuple[Mapping[str, Any], ...]:
    """Return the requirements of the most specific scope: the reference, repository, its parents, "*.domain", ""."""
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
