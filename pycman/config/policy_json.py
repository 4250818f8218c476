"""policy.json: which images may be pulled (containers-policy.json(5)). The user's file replaces the system's."""

from __future__ import annotations

import os

from pycman.errors import Corrupt, InvalidInput, from_os_error
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SYSTEM_POLICY = "/etc/containers/policy.json"


class PolicyJson(Record):
    """Requirements: the `default` ones, and those by transport and scope. Each is an object with a "type"."""

    path: str
    default: tuple[Mapping[str, Any], ...]
    transports: Mapping[str, Mapping[str, tuple[Mapping[str, Any], ...]]]


def policy_file(home: str) -> str:
    """Return the file that applies to a user: $HOME/.config/containers/policy.json, else the system's; "" if neither exists."""
    for path in (f"{home}/.config/containers/policy.json", SYSTEM_POLICY):
        if os.path.exists(path):
            return path
    return ""


def load_policy(path: str) -> PolicyJson:
    """Return the policy in a file. Raises InvalidInput naming the file and the fault, Denied."""
    try:
        with open(path, "rb") as file:
            document = parse_json(file.read(), subject=path)
    except OSError as error:  # a policy that cannot be read must not be treated as if it allowed every image
        raise from_os_error(error, subject=path, doing="cannot read the policy") from error
    except Corrupt as error:
        raise InvalidInput(error.problem, subject=path, hint="correct the file") from error
    if not isinstance(document, dict) or "default" not in document:
        raise _wrong(path, "it has no default")
    transports = document.get("transports", {})
    if not isinstance(transports, dict):
        raise _wrong(path, "transports must be an object")
    requirements = {}
    for transport, scopes in transports.items():
        if not isinstance(scopes, dict):
            raise _wrong(path, f"transports.{transport} must be an object")
        requirements[transport] = {scope: _requirements(path, scope, value) for scope, value in scopes.items()}
    return PolicyJson(path=path, default=_requirements(path, "default", document["default"]), transports=requirements)


def _requirements(path: str, scope: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) and "type" in item for item in value):
        raise _wrong(path, f"{scope or 'the empty scope'} must be a list of requirements, each with a type")
    return tuple(value)


def _wrong(path: str, problem: str) -> InvalidInput:
    return InvalidInput(problem, subject=path, hint="correct the file")
