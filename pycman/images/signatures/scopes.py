"""The scopes that an image lies in, most specific first (containers-policy.json(5), "Supported transports and their scopes"). Pure."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.image_reference import ImageReference


def docker_scopes(reference: ImageReference) -> list[str]:
    """Return the scopes of a full reference: itself, repository, the namespaces above, host, "*.DOMAIN"; the host in lower case.

    Of a reference with tag and digest the digest alone counts: the tag is not what is fetched.
    """
    domain = reference.domain.lower()
    named = reference.replace(domain=domain, tag="" if reference.digest else reference.tag)
    parts = named.repository.split("/")
    names = [str(named), *("/".join(parts[:count]) for count in range(len(parts), 0, -1))]
    labels = domain.partition(":")[0].split(".")
    names += ["*." + ".".join(labels[count:]) for count in range(1, len(labels))]
    return list(dict.fromkeys(names))


def path_scopes(path: str) -> list[str]:
    """Return the scopes of a file or directory: its path without links, and the directories above it but "/". Not pure: reads links."""
    path = os.path.realpath(path)
    names = []
    while path != "/":
        names.append(path)
        path = os.path.dirname(path)
    return names
