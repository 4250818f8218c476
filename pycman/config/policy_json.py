"""policy.json: which images may come in (containers-policy.json(5)). The user's file replaces the system's."""

from __future__ import annotations

import os

from pycman.config.bounded_file import read_bounded
from pycman.config.policy_requirements import parse_requirement
from pycman.errors import Corrupt, InvalidInput, from_os_error
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.config.policy_requirements import Requirement

SYSTEM_POLICY = "/etc/containers/policy.json"
_MAX_BYTES = 4 << 20
_PATH_TRANSPORTS = ("dir", "oci", "oci-archive")
_TRANSPORTS_WITHOUT_SCOPES = ("docker-archive", "tarball")


class PolicyJson(Record):
    """Requirements: the `default` ones, and those by transport and scope (hosts in scopes of docker: in lower case)."""

    path: str
    default: tuple[Requirement, ...]
    transports: Mapping[str, Mapping[str, tuple[Requirement, ...]]]


def policy_file(home: str) -> str:
    """Return the file that applies to a user: $HOME/.config/containers/policy.json, else the system's; "" if neither exists."""
    for path in (f"{home}/.config/containers/policy.json", SYSTEM_POLICY):
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            pass  # it may be there: `load_policy` says why it cannot be read
        return path
    return ""


def load_policy(path: str) -> PolicyJson:
    """Return the policy in a file. Raises InvalidInput naming the file and the fault, NotFound, Denied."""
    return check_policy(read_policy(path), path)


def read_policy(path: str) -> bytes:
    """Return the bytes of a policy. Raises NotFound, Denied, InvalidInput (too large)."""
    try:
        raw = read_bounded(path, most_bytes=_MAX_BYTES)
    except OSError as error:  # a policy that cannot be read must not be treated as if it allowed every image
        raise from_os_error(error, subject=path, doing="cannot read the policy") from error
    return raw


def check_policy(raw: bytes, path: str) -> PolicyJson:
    """Return the policy in the bytes of the file `path`. Raises InvalidInput naming the file and the fault. Pure."""
    try:
        document = parse_json(raw, subject=path, strict=True)
    except Corrupt as error:
        raise _wrong(path, error.problem) from error
    if not isinstance(document, dict) or "default" not in document:
        raise _wrong(path, "it has no default")
    unknown = [name for name in document if name not in ("default", "transports")]
    if unknown:
        raise _wrong(path, f"unknown field {unknown[0][:40]!r}")
    transports = document.get("transports", {})
    if not isinstance(transports, dict):
        raise _wrong(path, "transports must be an object")
    return PolicyJson(
        path=path,
        default=_requirements(path, "default", document["default"]),
        transports={transport: _scopes(path, transport, scopes) for transport, scopes in transports.items()},
    )


def docker_scope(scope: str) -> str:
    """Return a scope of docker: with its host in lower case: names of hosts have no case (RFC 4343)."""
    host, slash, rest = scope.partition("/")
    return f"{host.lower()}{slash}{rest}" if slash else scope.lower()


def _scopes(path: str, transport: str, scopes: Any) -> dict[str, tuple[Requirement, ...]]:
    if not isinstance(scopes, dict):
        raise _wrong(path, f"transports.{transport} must be an object")
    found: dict[str, tuple[Requirement, ...]] = {}
    for scope, value in scopes.items():
        _check_scope(path, transport, scope)
        name = docker_scope(scope) if transport == "docker" else scope
        if name in found:
            raise _wrong(path, f"the scope {name} is there twice")
        found[name] = _requirements(path, scope, value)
    return found


def _check_scope(path: str, transport: str, scope: str) -> None:
    """Raise InvalidInput for a scope that can never hold, so that nobody relies on it."""
    if not scope:
        return
    if transport in _TRANSPORTS_WITHOUT_SCOPES:
        raise _wrong(path, f'transports.{transport} has only the scope "", not {scope!r}')
    if transport in _PATH_TRANSPORTS and (scope == "/" or os.path.normpath(scope) != scope or scope[0] != "/"):
        raise _wrong(path, f'a scope of transports.{transport} is an absolute path other than /, or "", not {scope!r}')
    if transport == "docker" and ("://" in scope or ("*" in scope and (scope[:2] != "*." or "*" in scope[1:]))):
        raise _wrong(path, f"{scope!r} is no scope: write HOST[:PORT][/NAME[:TAG]], or *.DOMAIN")


def _requirements(path: str, scope: str, value: Any) -> tuple[Requirement, ...]:
    where = scope or "the empty scope"
    if not isinstance(value, list) or not value:
        raise _wrong(path, f"{where} must be a list of requirements, each with a type")
    try:
        return tuple(parse_requirement(item) for item in value)
    except InvalidInput as error:
        raise _wrong(path, f"{where}: {error.subject + ': ' if error.subject else ''}{error.problem}") from error


def _wrong(path: str, problem: str) -> InvalidInput:
    return InvalidInput(problem, subject=path, hint="correct the file")
