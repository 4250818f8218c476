"""mounts.conf: which file counts, and what its lines mean."""

from __future__ import annotations

from pathlib import Path

from pycman.config.mounts_conf import default_mounts


def test_lines_name_a_host_path_and_maybe_another_in_the_container(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    file = tmp_path / "mounts.conf"
    file.write_text(
        f"# a comment\n{tmp_path}/secrets:/run/secrets\n\n {tmp_path}/secrets\n/no/such/path:/x\nrelative:/y\n"
    )
    own = f"{tmp_path}/secrets"
    assert default_mounts(str(file), "") == [(own, "/run/secrets"), (own, own)]


def test_a_file_that_is_missing_or_empty_has_no_mounts_and_the_users_own_is_found(tmp_path: Path) -> None:
    assert default_mounts(f"{tmp_path}/none", "") == []
    (tmp_path / "containers").mkdir()
    (tmp_path / "containers/mounts.conf").write_text(f"{tmp_path}:/m\n")
    assert default_mounts("", str(tmp_path)) == [(str(tmp_path), "/m")]
