"""What gpg says for programs, and which of it counts as one good signature."""

from __future__ import annotations

import pytest

from pycman.errors import Corrupt, Denied, PycmanError
from pycman.images.signatures.gpg import check_status

FINGERPRINT = "518B5B4503EEF22FDEF61BC3B3418200F3244824"
VALID = f"VALIDSIG {FINGERPRINT} 2026-11-29 1795917043 0 4 0 1 10 00 {FINGERPRINT}"
GOOD = (
    "PLAINTEXT 62 1795917043 p.json",
    "PLAINTEXT_LENGTH 8",
    "NEWSIG",
    f"KEY_CONSIDERED {FINGERPRINT} 0",
    "SIG_ID QWo9G9F0KOh 2026-11-29 1795917043",
    "GOODSIG B3418200F3244824 Ann <ann@a.test>",
    VALID,
)


def said(*lines: str) -> bytes:
    return "".join(f"[GNUPG:] {line}\n" for line in lines).encode()


def test_one_good_signature() -> None:
    check_status(said(*GOOD), 0)
    check_status(b"noise\n" + said(*GOOD, "TRUST_UNDEFINED 0 pgp", "NOTATION_NAME a@b"), 0)
    check_status(said(*GOOD[:3], "KEYEXPIRED 1578096000", *GOOD[3:]), 0)


@pytest.mark.parametrize("missing", range(len(GOOD)))
def test_without_one_of_the_words_it_is_none(missing) -> None:
    lines = [line for number, line in enumerate(GOOD) if number != missing]
    if lines and GOOD[missing].split()[0] in ("PLAINTEXT", "NEWSIG", "GOODSIG", "VALIDSIG"):
        with pytest.raises(Corrupt):
            check_status(said(*lines), 0)
    else:
        check_status(said(*lines), 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("BADSIG B3418200F3244824 Ann", "wrong"),
        ("NO_PUBKEY B3418200F3244824", "does not name"),
        ("ERRSIG B3418200F3244824 1 10 00 1795917043 9 -", "cannot be checked"),
        ("EXPSIG B3418200F3244824 Ann", "has expired"),
        ("EXPKEYSIG B3418200F3244824 Ann", "has expired"),
        ("REVKEYSIG B3418200F3244824 Ann", "revoked"),
        ("NODATA 1", "no signed message"),
        ("NEWSIG", "NEWSIG is there 2 times"),
        ("PLAINTEXT 62 0 other", "PLAINTEXT is there 2 times"),
        (VALID, "VALIDSIG is there 2 times"),
        ("GOODSIG B3418200F3244824 Bob", "GOODSIG is there 2 times"),
        ("UNEXPECTED 0", "UNEXPECTED"),
        ("ERROR proc_pkt.plaintext 89", "ERROR"),
        ("FAILURE verify 1", "FAILURE"),
        ("TRUST_NEVER 0 pgp", "TRUST_NEVER"),
        ("BEGIN_DECRYPTION", "BEGIN_DECRYPTION"),
        ("DECRYPTION_OKAY", "DECRYPTION_OKAY"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
    ],
)
def test_any_other_word_makes_it_none(line, words) -> None:
    for lines in ((*GOOD, line), (line, *GOOD)):
        with pytest.raises(PycmanError, match=words):
            check_status(said(*lines), 0)


def test_gpgs_own_exit_status_counts() -> None:
    with pytest.raises(Corrupt):
        check_status(said(*GOOD), 2)
    with pytest.raises(Corrupt):
        check_status(b"", 0)


@pytest.mark.parametrize("number", ["1", "2", "3", "x"])
def test_a_weak_hash_is_refused(number) -> None:
    with pytest.raises(Denied, match="no longer safe"):
        check_status(said(*GOOD[:-1], VALID.replace(" 10 00 ", f" {number} 00 ")), 0)


@pytest.mark.parametrize("kind", ["01", "10", "20", ""])
def test_a_signature_of_something_else_than_a_document_is_refused(kind) -> None:
    with pytest.raises(Corrupt):
        check_status(said(*GOOD[:-1], VALID.replace(" 10 00 ", f" 10 {kind} ")), 0)
