"""Messages signed with GPG: verified by gpg itself with a home directory that holds the policy's keys and nothing else.

gpg's words for programs (--status-fd, GnuPG's doc/DETAILS) decide, and only in the one form that a good signature has:
whatever else is said means that the message is refused.
"""

from __future__ import annotations

import itertools
import os

from pycman.errors import Corrupt, Denied, InvalidInput, NotFound, Unavailable, from_os_error
from pycman.linux.files import remove_tree
from pycman.linux.processes import find_program, how_to_install, made_environment, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from pycman.linux.processes import Finished

_TIMEOUT_S = 30.0
_MAX_OUTPUT_BYTES = 64 << 10
_ALONE = ("--no-options", "--no-autostart", "--trust-model", "always", "--no-auto-key-retrieve", "--disable-dirmngr")
"""No settings of the user, no agent, no network; each key in the home directory is one that the policy trusts."""
_STRONG_HASHES = ("8", "9", "10", "11")
"""SHA-256, 384, 512 and 224 (RFC 4880, 9.4): for SHA-1 and MD5, two documents with one signature can be made."""
_ONCE = ("NEWSIG", "GOODSIG", "VALIDSIG", "PLAINTEXT")
_HARMLESS = (
    "PLAINTEXT_LENGTH", "KEY_CONSIDERED", "SIG_ID", "NOTATION_NAME", "NOTATION_FLAGS", "NOTATION_DATA", "POLICY_URL",
    "VERIFICATION_COMPLIANCE_MODE", "TRUST_ULTIMATE", "TRUST_FULLY", "TRUST_MARGINAL", "TRUST_UNDEFINED", "PROGRESS",
    "KEYEXPIRED", "SIGEXPIRED",  # said of subkeys that did not sign, too: EXPKEYSIG is said of the one that did
)  # fmt: skip
_REASONS = {
    "BADSIG": "the signature is wrong",
    "NO_PUBKEY": "it is signed by a key that the policy does not name",
    "ERRSIG": "its signature cannot be checked",
    "EXPSIG": "the signature has expired",
    "EXPKEYSIG": "the key that signed it has expired",
    "REVKEYSIG": "the key that signed it is revoked",
    "NODATA": "it is no signed message",
}
_USERS_VARIABLES = ("GNUPGHOME", "GPG_TTY", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "TERM")


class Keyring:
    """The keys of one requirement, in a new directory `home` that is removed at the end. Use it with `with`.

    `keys` are key files as gpg exports them, with or without armor. Raises InvalidInput if one has no public key,
    Unavailable without gpg.
    """

    def __init__(self, home: str, keys: Sequence[bytes]) -> None:
        self._home = home
        self._program = _gpg()
        self._count = 0
        try:
            os.mkdir(home, 0o700)
        except OSError as error:
            raise from_os_error(error, subject=home, doing="cannot make a directory for gpg") from error
        try:
            for key in keys:
                self._import(key)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the directory."""
        remove_tree(self._home)

    def _import(self, key: bytes) -> None:
        done = self._run("--status-fd", "1", "--import", stdin=key)
        if done.status or not any(word == "IMPORT_OK" for word, _ in status_lines(done.stdout)):
            raise InvalidInput("it holds no public keys of GPG")

    def verify(self, message: bytes) -> bytes:
        """Return what a message says, if it is signed as it must be. Raises Corrupt or Denied with the reason."""
        self._count += 1
        path = f"{self._home}/payload-{self._count}"
        limit = ("--max-output", str(_MAX_OUTPUT_BYTES))
        done = self._run("--status-fd", "1", *limit, "--output", path, "--verify", "-", stdin=message)
        if len(done.stdout) >= _MAX_OUTPUT_BYTES:
            raise Corrupt("gpg has too much to say about it", subject="a signature")  # the rest was not read
        check_status(done.stdout, done.status)
        try:
            with open(path, "rb") as file:
                return file.read(_MAX_OUTPUT_BYTES + 1)
        except FileNotFoundError:
            raise Corrupt("gpg gave no content", subject="a signature") from None

    def emails(self) -> tuple[str, ...]:
        """Return the e-mail addresses of the keys' owners, as far as they have any."""
        done = self._run("--with-colons", "--list-keys", stdin=b"")
        rows = [line.split(":") for line in done.stdout.decode("utf-8", "replace").splitlines()]
        names = [row[9] for row in rows if row[0] == "uid" and len(row) > 9]
        found = [name.rpartition("<")[2].rstrip(">") if "<" in name else name for name in names]
        return tuple(dict.fromkeys(found))

    def _run(self, *words: str, stdin: bytes) -> Finished:
        argv = [self._program, "--homedir", self._home, "--batch", "--no-tty", *_ALONE, *words]
        done = run(argv, stdin=stdin or b"\n", timeout_s=_TIMEOUT_S, limit_bytes=_MAX_OUTPUT_BYTES)
        if done.status == 137:
            raise Corrupt(f"gpg was not done with it in {_TIMEOUT_S:.0f} s", subject="a signature")
        return done


def _gpg() -> str:
    program = find_program("gpg")
    if not program:
        raise Unavailable("the program gpg is not installed", subject="gpg", hint=how_to_install("gpg"))
    return program


def status_lines(output: bytes) -> list[tuple[str, list[str]]]:
    """Return the keyword and arguments of each line that gpg wrote for programs. Pure."""
    lines = [line.split() for line in output.decode("utf-8", "replace").split("\n") if line.startswith("[GNUPG:] ")]
    return [(words[1], words[2:]) for words in lines if len(words) > 1]


def check_status(output: bytes, exit_status: int) -> None:
    """Raise Denied or Corrupt unless gpg's lines say: one message, one signature, good, by a strong hash. Pure."""
    lines = status_lines(output)
    words = [word for word, _ in lines]
    for word, reason in _REASONS.items():
        if word in words:
            raise Denied(reason, subject="a signature")
    several = [word for word in _ONCE if words.count(word) != 1]
    strange = [word for word in words if word not in _ONCE and word not in _HARMLESS]
    if several or strange or exit_status:
        found = f"{several[0]} is there {words.count(several[0])} times" if several else (strange or ["failed"])[0]
        raise Corrupt(f"gpg does not call it one good signature ({found[:60]})", subject="a signature")
    valid = next(arguments for word, arguments in lines if word == "VALIDSIG")
    if len(valid) < 10 or valid[8] != "00":
        raise Corrupt("it is not a signature of a binary document", subject="a signature")
    if valid[7] not in _STRONG_HASHES:
        raise Denied("it is made with a hash that is no longer safe", subject="a signature")


class SigningKey:
    """A secret key of the user's own keyring. `passphrase` None leaves the question to gpg's agent."""

    def __init__(self, name: str, passphrase: str | None = None) -> None:
        """Find the key by anything that gpg knows it by. Raises NotFound, InvalidInput (several), Unavailable (no gpg)."""
        self._program = _gpg()
        self._passphrase = passphrase
        if not name or name[0] == "-":
            raise InvalidInput("not the name of a key", subject=f"--sign-by {name}")
        done = self._run("--with-colons", "--list-secret-keys", "--", name)
        rows = [line.split(":") for line in done.stdout.decode("utf-8", "replace").splitlines()]
        fingerprints = [after[9] for row, after in itertools.pairwise(rows) if row[0] == "sec" and after[0] == "fpr"]
        if not fingerprints:
            hint = "list your keys with gpg --list-secret-keys"
            raise NotFound("GPG has no secret key of this name", subject=f"--sign-by {name}", hint=hint)
        if len(fingerprints) > 1:
            raise InvalidInput(
                "several secret keys have this name", subject=f"--sign-by {name}", hint="write the fingerprint"
            )
        self.fingerprint = fingerprints[0]

    def public_key(self) -> bytes:
        """Return the public key, as a policy's keyPath holds it."""
        return self._run("--no-armor", "--export", self.fingerprint).stdout

    def sign(self, content: bytes) -> bytes:
        """Return a signed message with this content. Raises Denied with gpg's own words."""
        words = ["--no-armor", "--no-textmode", "--local-user", self.fingerprint, "--output", "-", "--sign"]
        if self._passphrase is None:
            done = self._run(*words, stdin=content)
        else:
            done = self._run_with_passphrase(words, content, self._passphrase)
        if done.status or not done.stdout:
            said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
            reason = said[-1].removeprefix("gpg: ") if said else f"status {done.status}"
            raise Denied(
                f"gpg does not sign with it: {reason}",
                subject=self.fingerprint,
                hint="give the passphrase by --sign-passphrase-file",
            )
        return done.stdout

    def _run_with_passphrase(self, words: Sequence[str], content: bytes, passphrase: str) -> Finished:
        reading, writing = os.pipe()
        try:
            data = f"{passphrase}\n".encode()
            if len(data) > 4096:  # what a pipe takes at least before anyone reads
                raise InvalidInput("the passphrase is too long", subject="--sign-passphrase-file")
            os.write(writing, data)
            os.close(writing)
            writing = -1
            given = ("--pinentry-mode", "loopback", "--passphrase-fd", "3")
            return self._run(*given, *words, stdin=content, descriptors={3: reading})
        finally:
            os.close(reading)
            if writing >= 0:
                os.close(writing)

    def _run(self, *words: str, stdin: bytes = b"", descriptors: dict[int, int] | None = None) -> Finished:
        environment = made_environment()
        environment |= {name: os.environ[name] for name in _USERS_VARIABLES if name in os.environ}
        argv = [self._program, "--batch", "--quiet", "--no-permission-warning", *words]
        return run(argv, stdin=stdin, env=environment, descriptors=descriptors, limit_bytes=1 << 20)
