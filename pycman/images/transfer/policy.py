"""Whether policy.json allows an image (containers-policy.json(5)); without the file all are allowed, as in docker.

An image is asked about twice: before anything is fetched, when a requirement may already refuse it, and with its manifest at
hand, when signatures are verified. It is the second answer that lets it in.
"""

from __future__ import annotations

from pycman.config.policy_json import load_policy, policy_file
from pycman.config.policy_requirements import ACCEPT, REJECT
from pycman.errors import PolicyRefused, Unsupported
from pycman.images.signatures.scopes import docker_scopes, path_scopes
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.config.policy_json import PolicyJson
    from pycman.config.policy_requirements import Requirement
    from pycman.images.signatures.sources import SignatureSource
    from pycman.images.signatures.verify import SignedImage
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


class ImagePolicy(Record):
    """The requirements for one image, and the file they are from; without a file there are none."""

    path: str = ""
    requirements: tuple[Requirement, ...] = ()

    @property
    def wants_signatures(self) -> bool:
        """Say whether signatures have to be verified."""
        return any(requirement.kind != ACCEPT for requirement in self.requirements)

    def verify(self, session: Session, image: SignedImage, source: SignatureSource) -> None:
        """Raise PolicyRefused, Unsupported or InvalidInput unless the image meets all requirements; with no policy file, all do."""
        if self.wants_signatures:
            from pycman.images.signatures.verify import check_signatures  # only where a policy wants signatures

            check_signatures(session, self.requirements, image, source, policy=self.path)


def policy_of_reference(session: Session, reference: ImageReference, file: str = "") -> ImagePolicy:
    """Return the policy for a full reference, of `file` or the user's. Raises as `refuse_early`, InvalidInput, NotFound."""
    policy = _load(session, file)
    return ImagePolicy() if policy is None else _checked(policy, "docker", docker_scopes(reference), str(reference))


def policy_of_file(session: Session, transport: str, source: str, file: str = "") -> ImagePolicy:
    """Return the policy for an image of a file or directory; `transport` is docker-archive, oci, oci-archive, dir or tarball.

    `source` is its path, "" for one that has none (standard input). Raises as `policy_of_reference`.
    """
    policy = _load(session, file)
    if policy is None:
        return ImagePolicy()
    return _checked(policy, transport, path_scopes(source) if source else (), source or "standard input")


def check_policy_file(file: str) -> None:
    """Raise InvalidInput or NotFound for a broken policy that a command names and does not need: none is ignored."""
    if file:
        load_policy(file)


def _load(session: Session, file: str) -> PolicyJson | None:
    path = file or policy_file(session.user.home)
    return load_policy(path) if path else None


def _checked(policy: PolicyJson, transport: str, scopes: Iterable[str], subject: str) -> ImagePolicy:
    found = ImagePolicy(path=policy.path, requirements=requirements_of(policy, transport, scopes))
    refuse_early(found, subject)
    return found


def requirements_of(policy: PolicyJson, transport: str, scopes: Iterable[str]) -> tuple[Requirement, ...]:
    """Return the requirements of the first of `scopes` that the policy has, else of the transport, else the default. Pure."""
    known = policy.transports.get(transport) or {}
    return next((known[scope] for scope in (*scopes, "") if scope in known), policy.default)


def refuse_early(policy: ImagePolicy, subject: str) -> None:
    """Raise PolicyRefused if a requirement rejects every image, Unsupported if one cannot be checked. Pure."""
    for requirement in policy.requirements:
        if requirement.kind == REJECT:
            hint = "take it from a source it allows, or change it"
            raise PolicyRefused(f"{policy.path} rejects it", subject=subject, hint=hint)
        if requirement.unsupported:
            raise Unsupported(
                f"{policy.path} requires {requirement.unsupported}, which cannot be checked",
                subject=subject,
                hint="change the policy for this source, if you trust it",
            )
