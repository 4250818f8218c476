"""`engine.secrets`. `name` is a name, an id or a unique prefix of an id; one that matches no secret raises NotFound."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.secrets.catalogue import Secret
    from pycman.state.session import Session


class Secrets:
    """Verbs of secrets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(
        self,
        name: str,
        data: bytes,
        *,
        labels: Mapping[str, str] | None = None,
        driver: str = "file",
        options: Mapping[str, str] | None = None,
        replace: bool = False,
        ignore: bool = False,
    ) -> str:
        """Store a secret (at most 512,000 bytes) and return its id. Raises AlreadyExists unless `replace` or `ignore`."""
        from pycman.secrets.catalogue import create_secret

        return create_secret(
            self._session,
            name,
            data,
            labels=labels or {},
            driver=driver,
            options=options or {},
            replace=replace,
            ignore=ignore,
        )

    def find(self, name: str) -> Secret | None:
        """Return the secret, or None."""
        from pycman.secrets.catalogue import find_secret

        return find_secret(self._session, name)

    def inspect(self, name: str, *, show_secret: bool = False) -> dict[str, Any]:
        """Return all details under docker's and podman's names; `show_secret` adds the value."""
        from pycman.secrets.catalogue import inspect_secret

        return inspect_secret(self._session, name, show_secret=show_secret)

    def remove(self, name: str) -> str:
        """Remove a secret and return its id."""
        from pycman.secrets.catalogue import remove_secret

        return remove_secret(self._session, name)

    # `list` is defined last: below it, annotations could not use the built-in type.
    def list(self, filters: Sequence[tuple[str, str]] = ()) -> list[Secret]:
        """Return secrets, sorted by name. Raises InvalidInput for an unknown filter."""
        from pycman.secrets.catalogue import list_secrets

        return list_secrets(self._session, filters)
