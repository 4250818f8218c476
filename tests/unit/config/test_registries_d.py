"""registries.d: where signatures are kept, and what is wrong in it."""

from __future__ import annotations

import pytest

from pycman.config.registries_d import SYSTEM_FOLDER, load_registries_d, registries_d_folder
from pycman.errors import InvalidInput
from pycman.images.signatures.scopes import docker_scopes
from pycman.spec.image_reference import parse_image_reference


@pytest.fixture
def folder(tmp_path):
    def make(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.yaml").write_text(text)
        return load_registries_d(str(tmp_path))

    return make


def lookaside(found, name, *, write=False):
    return found.lookaside(docker_scopes(parse_image_reference(name)), write=write)


def test_the_most_specific_scope_that_says_something_holds(folder) -> None:
    found = folder(
        "default-docker:\n  lookaside: https://default.test\n  use-sigstore-attachments: true\n",
        "docker:\n"
        "  a.test:\n    lookaside: https://a.test/signatures\n"
        "  a.test/x:\n    use-sigstore-attachments: false\n"
        "  a.test/y:\n    sigstore: https://old.test\n    sigstore-staging: file:///old\n"
        "  B.test:\n    lookaside: https://b.test\n    lookaside-staging: file:///staging\n",
    )
    assert lookaside(found, "a.test/z:1") == "https://a.test/signatures"
    assert lookaside(found, "a.test/x:1") == "https://a.test/signatures"
    assert lookaside(found, "a.test/y:1") == "https://old.test"
    assert lookaside(found, "a.test/y:1", write=True) == "file:///old"
    assert lookaside(found, "b.test/z:1") == "https://b.test"
    assert lookaside(found, "b.test/z:1", write=True) == "file:///staging"
    assert lookaside(found, "b.test:5000/z:1", write=True) == "https://default.test"
    names = ("a.test/z:1", "a.test/x:1", "c.test/x:1")
    attached = [found.has_attachments(docker_scopes(parse_image_reference(name))) for name in names]
    assert attached == [True, False, True]


def test_nothing_is_configured_without_the_folder(tmp_path) -> None:
    found = load_registries_d(str(tmp_path / "missing"))
    assert lookaside(found, "a.test/x:1") == ""
    assert not found.has_attachments(["a.test"])


def test_other_files_and_empty_ones_say_nothing(folder, tmp_path) -> None:
    (tmp_path / "a.conf").write_text("{{{")
    assert folder("", "docker:\ndefault-docker:\n  # lookaside: x\n", "# nothing\n").scopes == {}


def test_the_users_folder_replaces_the_systems(tmp_path) -> None:
    assert registries_d_folder(str(tmp_path)) == SYSTEM_FOLDER
    own = tmp_path / ".config/containers/registries.d"
    own.mkdir(parents=True)
    assert registries_d_folder(str(tmp_path)) == str(own)


@pytest.mark.parametrize(
    "texts",
    [
        ("default-docker: {}\n", "default-docker: {}\n"),
        ("docker:\n  a.test: {}\n", "docker:\n  A.test: {}\n"),
        ("docker:\n  a.test: {}\n  a.test: {}\n",),
        ("docker:\n  a.test:\n    lookaside: file:///a\n    lookaside: file:///b\n",),
        ("docker:\n  a.test:\n    lookasid: file:///a\n",),
        ("docker:\n  a.test:\n    lookaside: /a\n",),
        ("docker:\n  a.test:\n    lookaside: ftp://a.test\n",),
        ("docker:\n  a.test:\n    lookaside: [file:///a]\n",),
        ("docker:\n  a.test:\n    lookaside: true\n",),
        ("docker:\n  a.test:\n    use-sigstore-attachments: maybe\n",),
        ("docker:\n  a.test:\n    use-sigstore-attachments: 1\n",),
        ("docker:\n  a.test: text\n",),
        ("docker: [a.test]\n",),
        ("podman: {}\n",),
        ("- docker\n",),
        ("{",),
        ("a: &a [*a]\n",),
    ],
)
def test_a_broken_file_is_named(folder, tmp_path, texts) -> None:
    with pytest.raises(InvalidInput) as caught:
        folder(*texts)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
