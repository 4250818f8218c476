"""Registry credentials from imagePullSecrets (Secrets of type kubernetes.io/dockerconfigjson or the older dockercfg). Pure."""

from __future__ import annotations

import binascii

from pycman.errors import InvalidInput, PycmanError
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kube_yaml.translate.sources import Sources

_KEYS = (".dockerconfigjson", ".dockercfg")


def pull_credentials(
    references: Sequence[Mapping[str, Any]], sources: Sources, namespace: str, where: str
) -> tuple[dict[str, str], list[str]]:
    """Return USER:PASSWORD by registry, and a warning for each Secret that does not exist: the pull is tried without it, as a kubelet does.

    `where` is the place of the PodSpec. Raises InvalidInput (wrong contents).
    """
    credentials: dict[str, str] = {}
    warnings = []
    for number, reference in enumerate(references):
        name = str(reference.get("name") or "")
        subject = f"{where}imagePullSecrets[{number}]"
        entries = sources.find("Secret", namespace, name)
        if entries is None:
            warnings.append(f"there is no Secret {name} (imagePullSecrets): images are pulled without it")
            continue
        text = next((entries[key] for key in _KEYS if key in entries), None)
        if text is None:
            raise InvalidInput(f"the Secret {name} has no {_KEYS[0]}", subject=subject)
        try:
            value = parse_json(text)
            logins = value.get("auths", value)
            credentials |= {_registry(key): _login(entry) for key, entry in logins.items()}
        except (PycmanError, AttributeError, ValueError) as error:
            raise InvalidInput(
                f"the Secret {name} does not have the format of docker's config.json", subject=subject
            ) from error
    return credentials, warnings


def _registry(key: str) -> str:
    """Return the registry of a key of `auths`, which may be a URL (https://index.docker.io/v1/)."""
    host = key.partition("://")[2] or key
    host = host.partition("/")[0]
    return "docker.io" if host == "index.docker.io" else host


def _login(entry: Mapping[str, Any]) -> str:
    if entry.get("auth"):
        try:
            return binascii.a2b_base64(str(entry["auth"]), strict_mode=True).decode()
        except binascii.Error as error:
            raise ValueError("auth is not base64") from error
    return f"{entry['username']}:{entry['password']}"
