"""push: push an image to a registry."""

from __future__ import annotations

import os

from cli.output.progress import progress_for
from cli.specs.platform import check_platform
from cli.specs.registry import registry_options
from pycman.errors import InvalidInput, from_os_error
from pycman.images.transfer.push import PushOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_MAX_PASSPHRASE = 4000


def run(call: Call) -> int:
    """Push the image; print its reference, digest and size in bytes, and write the digest to --digestfile."""
    check_platform(call, call.arguments[:1])
    options = PushOptions(
        all_tags=call.flag("all-tags"),
        compression_format=call.string("compression-format"),
        format=call.string("format"),
        sign_by=call.string("sign-by"),
        sign_by_sigstore_private_key=_absolute(call.string("sign-by-sigstore-private-key")),
        sign_passphrase=_passphrase(call),
        **registry_options(call),
    )
    destination = call.arguments[1] if len(call.arguments) > 1 else ""
    progress = progress_for(quiet=call.flag("quiet"))
    report = call.engine.images.push(call.arguments[0], destination, options, progress=progress)
    if call.string("digestfile"):
        with open(call.string("digestfile"), "w", encoding="ascii") as file:
            file.write(report.digest)
    if not call.flag("quiet"):
        call.print(f"{report.reference}: digest: {report.digest} size: {report.size_bytes}")
    return 0


def _absolute(path: str) -> str:
    return os.path.abspath(path) if path else ""


def _passphrase(call: Call) -> str | None:
    """Return the first line of --sign-passphrase-file, or for a key of sigstore what the user types; else None."""
    path = call.string("sign-passphrase-file")
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                return file.readline(_MAX_PASSPHRASE + 1).removesuffix("\n")
        except UnicodeDecodeError as error:
            raise InvalidInput(f"it is not text: {error}", subject=f"--sign-passphrase-file {path}") from error
        except OSError as error:
            raise from_os_error(error, subject=f"--sign-passphrase-file {path}") from error
    if not call.string("sign-by-sigstore-private-key") or not os.isatty(0):
        return None
    from getpass import getpass  # only imported when the user is asked

    return getpass(f"Passphrase for {call.string('sign-by-sigstore-private-key')}: ")
