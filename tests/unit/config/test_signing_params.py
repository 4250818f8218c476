"""Files of signing parameters."""

from __future__ import annotations

import pytest

from pycman.config.signing_params import SigningParams, load_signing_params
from pycman.errors import InvalidInput, NotFound, Unsupported


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("privateKeyFile: /a.key\n", SigningParams(private_key_file="/a.key")),
        (
            "privateKeyFile: /a.key\nprivateKeyPassphraseFile: /a.pass\n",
            SigningParams(private_key_file="/a.key", passphrase_file="/a.pass"),
        ),
    ],
)
def test_a_key_and_its_passphrase(tmp_path, text, params) -> None:
    (tmp_path / "params.yaml").write_text(text)
    assert load_signing_params(str(tmp_path / "params.yaml")) == params


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", InvalidInput),
        ("privateKeyFile:\n", InvalidInput),
        ("privateKeyFile: true\n", InvalidInput),
        ("privateKeyFile: [a]\n", InvalidInput),
        ("privateKeyPassphraseFile: /a\n", InvalidInput),
        ("privateKeyFile: /a\nprivateKeyFile: /b\n", InvalidInput),
        ("privateKeyFile: /a\nkey: /b\n", InvalidInput),
        ("- privateKeyFile\n", InvalidInput),
        ("{", InvalidInput),
        ("privateKeyFile: /a\nrekorURL: https://a.test\n", Unsupported),
        ("fulcio:\n  fulcioURL: https://a.test\n", Unsupported),
    ],
)
def test_what_cannot_be_obeyed_is_refused(tmp_path, text, kind) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(kind) as caught:
        load_signing_params(str(path))
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(NotFound):
        load_signing_params(str(tmp_path / "missing"))
