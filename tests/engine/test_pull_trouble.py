"""Pull and push through the library with registries that send wrong bytes, close connections and hang."""

from __future__ import annotations

import gc
import gzip
import json
import os
import subprocess
import sys
import threading

import pytest

from pycman.errors import (
    Cancelled,
    Corrupt,
    Denied,
    NotFound,
    PolicyRefused,
    PycmanError,
    TimedOut,
    Unavailable,
    Unsupported,
)
from pycman.images.catalogue import find_image, list_images
from pycman.images.transfer.parallel import run_parallel
from pycman.images.transfer.pull import PullOptions, pull_image
from pycman.images.transfer.push import PushOptions, push_image
from pycman.state.session import Options, Session, User
from tests.support.image_files import OCI_INDEX, OCI_MANIFEST, config_of, descriptor, oci_image, sha256
from tests.support.scripted_registry import (
    ScriptedRegistry,
    answer,
    endless,
    hang,
    hang_after,
    hang_up_after,
    small_layer,
    take_half,
    whole_blob,
)
from tests.support.sessions import open_session
from tests.support.waiting import wait_until

FAST = {"retry_delay_s": 0.001, "timeout_s": 5.0}
BIG = small_layer("big", 300_000)


@pytest.fixture
def registry():
    with ScriptedRegistry() as running:
        running.image = running.add_image("team/app", "1", BIG, small_layer("second"))
        running.name = f"{running.host}/team/app:1"
        yield running


@pytest.fixture
def session(tmp_path, monkeypatch):
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "registries.conf").touch()
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
    policy = tmp_path / ".config/containers/policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    with open_session(tmp_path) as opened:
        yield opened


def pull(session, name, **options):
    return pull_image(session, name, PullOptions(**{**FAST, **options}))


def push(session, name, destination="", **options):
    return push_image(session, name, destination, PushOptions(**{**FAST, **options}))


def refused(kind, session, name, **options):
    """Pull what must fail with `kind`; return its one line. Nothing half-made may be left."""
    with pytest.raises(PycmanError) as caught:
        pull(session, name, **options)
    assert type(caught.value) is kind, repr(caught.value)
    line = str(caught.value)
    assert "\n" not in line
    assert list_images(session) == []
    assert session.db.rows("SELECT * FROM leases") == []
    assert os.listdir(session.paths.tmp) == []
    assert session.db.rows("SELECT * FROM layers WHERE state != 'ready'") == []
    return line


def partials(session):
    """Return how many bytes of interrupted downloads are kept."""
    return sum(entry.stat().st_size for entry in os.scandir(session.paths.partial_blobs))


# -- wrong bytes ------------------------------------------------------------------------------------------------------


def test_a_layer_with_another_digest_is_refused_and_discarded(session, registry) -> None:
    digest = registry.image[1][0]
    data = registry.blobs[digest]
    registry.blobs[digest] = data[:-9] + b"x" * 9
    line = refused(Corrupt, session, registry.name)
    assert digest in line
    assert "the content has digest" in line
    assert partials(session) == 0
    registry.blobs[digest] = data
    assert pull(session, registry.name)


@pytest.mark.parametrize("change", [-1, 1, 100_000])
def test_a_layer_of_another_size_is_refused(session, registry, change) -> None:
    digest = registry.image[1][0]
    data = registry.blobs[digest]
    registry.blobs[digest] = data[:change] if change < 0 else data + b"x" * change
    line = refused(Corrupt, session, registry.name)
    assert digest in line
    assert "bytes" in line


def test_a_layer_without_end_is_stopped_at_the_size_it_should_have(session, registry) -> None:
    registry.always("GET", f"/blobs/{registry.image[1][0]}", endless)
    assert "more than the" in refused(Corrupt, session, registry.name)
    assert partials(session) <= len(BIG)


@pytest.mark.parametrize("step", [endless, answer(200, b"{}"), answer(200, b"")])
def test_a_config_that_does_not_match_the_manifest_is_refused(session, registry, step) -> None:
    registry.always("GET", f"/blobs/{registry.image[2]}", step)
    assert registry.image[2] in refused(Corrupt, session, registry.name)


def test_a_layer_that_does_not_match_its_diff_id_is_refused(session, registry) -> None:
    config = config_of([small_layer("other")])
    registry.add_image("team/app", "2", BIG, config=config)
    refused(Corrupt, session, f"{registry.host}/team/app:2")


def test_a_layer_that_is_not_an_archive_is_an_error(session, registry) -> None:
    rubbish = os.urandom(5000)
    config = config_of([rubbish])
    raw, _ = oci_image([rubbish], config=config, suffix="+gzip")
    registry.blobs |= {sha256(rubbish): rubbish, sha256(config): config}
    registry.manifests["team/app:2"] = (raw, OCI_MANIFEST)
    refused(Corrupt, session, f"{registry.host}/team/app:2")


def test_a_bomb_in_a_layer_is_a_matter_of_its_diff_id(session, registry) -> None:
    registry.add_image("team/app", "2", BIG)
    bomb = gzip.compress(b"\0" * (64 << 20), 9, mtime=0)
    config = config_of([BIG])
    raw, _ = oci_image([BIG], config=config, blobs=[bomb], suffix="+gzip")
    registry.blobs |= {sha256(bomb): bomb, sha256(config): config}
    registry.manifests["team/app:2"] = (raw, OCI_MANIFEST)
    refused(Corrupt, session, f"{registry.host}/team/app:2")


PAGE = b"<html>Please log in to the wireless network</html>"


@pytest.mark.parametrize(
    ("body", "media_type", "kind", "words"),
    [
        (PAGE, "text/html", Corrupt, ""),
        (b"{}", OCI_MANIFEST, Corrupt, "not a valid manifest"),
        (b"[]", OCI_MANIFEST, Corrupt, "not a JSON object"),
        (b'{"schemaVersion": 1}', "application/vnd.docker.distribution.manifest.v1+json", Unsupported, "schema 1"),
        (b'{"manifests": [], "layers": []}', OCI_INDEX, Corrupt, "it is both an index and a manifest"),
        (b'{"manifests": []}', OCI_INDEX, NotFound, ""),
        (b'{"manifests": [5]}', OCI_INDEX, Corrupt, "not a valid manifest"),
        (json.dumps({"mediaType": OCI_MANIFEST}).encode(), OCI_INDEX, Corrupt, "was sent as"),
        (b'{"config": {"digest": "md5:00", "size": 1}, "layers": []}', OCI_MANIFEST, Corrupt, "not a digest"),
        (b'{"config": {"digest": "../../etc", "size": 1}, "layers": []}', OCI_MANIFEST, Corrupt, "not a digest"),
        (b"[" * 100_000, OCI_MANIFEST, Corrupt, ""),
        (b'{"a": ' * 50_000, OCI_MANIFEST, Corrupt, ""),
        (b"\xff\xfe\x00", OCI_MANIFEST, Corrupt, ""),
        (b"", OCI_MANIFEST, Corrupt, ""),
        (b" " * (5 << 20), OCI_MANIFEST, Corrupt, "more than"),
    ],
)
def test_an_invalid_manifest_is_an_error(session, registry, body, media_type, kind, words) -> None:
    registry.manifests["team/app:2"] = (body, media_type)
    name = f"{registry.host}/team/app:2"
    line = refused(kind, session, name)
    assert name in line
    assert words in line
    assert len(line) < 400


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/json", "", "application/vnd.oci.image.manifest.v1+json; x=1"]
)
def test_a_manifest_of_a_wrong_content_type_is_known_by_what_it_says_itself(session, registry, media_type) -> None:
    raw, _ = registry.manifests["team/app:1"]
    registry.manifests["team/app:1"] = (raw, media_type)
    assert pull(session, registry.name)


def test_an_index_that_contains_itself_is_an_error(session, registry) -> None:
    platform = {"os": "linux", "architecture": "amd64"}
    raw = registry.manifests["team/app:1"][0]
    media_type = OCI_MANIFEST
    for _ in range(6):
        raw = json.dumps({"manifests": [descriptor(raw, media_type, platform=platform)]}).encode()
        media_type = OCI_INDEX
        registry.manifests[f"team/app:{sha256(raw)}"] = (raw, OCI_INDEX)
    registry.manifests["team/app:2"] = (raw, OCI_INDEX)
    assert "indexes are nested too deeply" in refused(Corrupt, session, f"{registry.host}/team/app:2")


def test_an_index_entry_with_a_wrong_size_is_an_error(session, registry) -> None:
    raw = registry.manifests["team/app:1"][0]
    entry = descriptor(raw, OCI_MANIFEST, platform={"os": "linux", "architecture": "amd64"}) | {"size": 5}
    registry.manifests["team/app:2"] = (json.dumps({"manifests": [entry]}).encode(), OCI_INDEX)
    assert "instead of 5" in refused(Corrupt, session, f"{registry.host}/team/app:2")


# -- interruptions and silence ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ranges", [True, False])
def test_a_pull_survives_interruptions_within_a_layer(session, registry, ranges) -> None:
    registry.ranges = ranges
    registry.next("GET", f"/blobs/{registry.image[1][0]}", hang_up_after(100_000), hang_up_after(150_000))
    assert pull(session, registry.name)
    assert find_image(session, registry.name)


def test_an_interrupted_pull_is_resumed_by_the_next_one(session, registry) -> None:
    digest = registry.image[1][0]
    registry.next("GET", f"/blobs/{digest}", hang_up_after(100_000), answer(500), answer(500))
    refused(Unavailable, session, registry.name, retry=1)
    assert partials(session) >= 100_000
    pull(session, registry.name)
    assert registry.of("GET", digest)[-1].headers["Range"] == "bytes=100000-"
    assert partials(session) == 0


def test_a_damaged_partial_blob_is_discarded_and_all_of_it_pulled(session, registry) -> None:
    digest = registry.image[1][0]
    with open(session.paths.partial_blob(digest), "wb") as file:
        file.write(b"x" * 5000)
    pull(session, registry.name)
    assert [each.headers.get("Range") for each in registry.of("GET", digest)] == ["bytes=5000-", None]


def test_a_partial_blob_is_not_used_with_a_registry_without_ranges(session, registry) -> None:
    digest = registry.image[1][0]
    with open(session.paths.partial_blob(digest), "wb") as file:
        file.write(registry.blobs[digest][:5000])
    registry.next("GET", digest, whole_blob)
    pull(session, registry.name)


def test_a_hanging_layer_has_a_time_limit_and_one_line(session, registry) -> None:
    registry.always("GET", f"/blobs/{registry.image[1][0]}", hang)
    line = refused(TimedOut, session, registry.name, timeout_s=0.1, retry=1)
    assert line == f"{registry.name}: {registry.host} does not answer (try again later)"


@pytest.mark.parametrize("step", [hang, hang_after(1000)], ids=["before the answer", "in the middle"])
def test_a_layer_that_fails_ends_the_others_at_once(session, registry, step) -> None:
    first, second = registry.image[1]
    registry.always("GET", f"/blobs/{first}", step)
    registry.always(
        "GET", f"/blobs/{second}", lambda handler: (wait_until(registry.hanging.is_set), handler.reply(403))
    )
    assert "refuses access" in refused(Denied, session, registry.name, timeout_s=60.0)


def test_the_first_error_of_parallel_jobs_is_raised_and_the_rest_is_not_started() -> None:
    halted = threading.Event()
    begun = []

    def wait() -> None:
        assert halted.wait(120)
        raise Cancelled("stopped")

    def fail() -> None:
        raise Denied("no")

    with pytest.raises(Denied):
        run_parallel([wait, wait, wait, fail, *(lambda: begun.append(1) for _ in range(4))], halted.set)
    assert run_parallel([lambda: 1, lambda: 2]) == [1, 2]
    assert run_parallel([]) == []


def test_a_pull_closes_its_connections_also_when_it_fails(session, registry) -> None:
    digest = registry.image[1][0]
    registry.next("GET", f"/blobs/{digest}", endless, hang_up_after(1000), answer(403))
    refused(Corrupt, session, registry.name)
    before = len(os.listdir("/proc/self/fd"))
    gc.disable()
    try:
        refused(Denied, session, registry.name)
        refused(NotFound, session, f"{registry.host}/team/app:none")
        pull(session, registry.name)
        wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before)  # the server closes its side a moment later
    finally:
        gc.enable()


# -- mirrors, blocked, policy -----------------------------------------------------------------------------------------


def settings(tmp_path, text):
    (tmp_path / "registries.conf").write_text(text)


def test_a_mirror_that_fails_is_followed_by_the_registry(session, registry, tmp_path) -> None:
    with ScriptedRegistry() as mirror:
        mirror.always("GET", "/v2/", answer(500))
        settings(
            tmp_path,
            f'[[registry]]\nprefix = "app.test"\nlocation = "{registry.host}"\n'
            f'[[registry.mirror]]\nlocation = "{mirror.host}/copy"\n',
        )
        pull(session, "app.test/team/app:1")
        assert find_image(session, "app.test/team/app:1").names == ("app.test/team/app:1",)
        assert mirror.paths("GET")[0] == "/v2/copy/team/app/manifests/1"


def test_a_mirror_that_lies_is_followed_by_the_registry(session, registry, tmp_path) -> None:
    digest = registry.image[1][0]
    with ScriptedRegistry() as mirror:
        mirror.manifests, mirror.blobs = registry.manifests, {**registry.blobs, digest: b"x" * 500}
        location = f'location = "{registry.host}"'
        settings(tmp_path, f'[[registry]]\n{location}\n[[registry.mirror]]\nlocation = "{mirror.host}"\n')
        pull(session, registry.name)
        assert mirror.of("GET", digest)
        assert registry.of("GET", digest)


def test_if_all_fail_the_registrys_error_is_raised_with_the_mirrors_errors_as_notes(
    session, registry, tmp_path
) -> None:
    with ScriptedRegistry() as mirror:
        mirror.always("GET", "/v2/", answer(403))
        location = f'location = "{registry.host}"'
        settings(tmp_path, f'[[registry]]\n{location}\n[[registry.mirror]]\nlocation = "{mirror.host}"\n')
        with pytest.raises(NotFound) as caught:
            pull(session, f"{registry.host}/team/app:none")
        assert [note for note in caught.value.__notes__ if f"the mirror {mirror.host}" in note]


def test_the_login_of_the_registry_is_not_sent_to_a_mirror(session, registry, tmp_path) -> None:
    registry.basic = "anna:pw"
    with ScriptedRegistry() as mirror:
        mirror.basic = "other:pw"
        location = f'location = "{registry.host}"'
        settings(tmp_path, f'[[registry]]\n{location}\n[[registry.mirror]]\nlocation = "{mirror.host}"\n')
        pull(session, registry.name, creds="anna:pw")
        assert [each for each in mirror.asked if "Authorization" in each.headers] == []


def test_a_blocked_registry_gets_no_request(session, registry, tmp_path) -> None:
    settings(tmp_path, f'[[registry]]\nlocation = "{registry.host}"\nblocked = true\n')
    assert "is blocked in registries.conf" in refused(Denied, session, registry.name)
    assert registry.asked == []


def test_an_image_that_policy_json_rejects_is_not_requested(session, registry, tmp_path) -> None:
    policy = {"default": [{"type": "insecureAcceptAnything"}]}
    policy["transports"] = {"docker": {f"{registry.host}/team": [{"type": "reject"}]}}
    path = tmp_path / ".config/containers/policy.json"
    path.write_text(json.dumps(policy))
    assert f"{path} rejects it" in refused(PolicyRefused, session, registry.name)
    assert registry.asked == []
    registry.add_image("other/app", "1", BIG)
    assert pull(session, f"{registry.host}/other/app:1")


# -- two at once ------------------------------------------------------------------------------------------------------


def test_two_pulls_of_one_image_fetch_each_layer_once(session, registry, tmp_path) -> None:
    registry.next("GET", f"/blobs/{registry.image[1][0]}", hang_up_after(1000))
    user = User(uid=os.getuid(), gid=os.getgid(), home=str(tmp_path), rootless=False)
    found = []

    def work() -> None:
        with Session(Options(root=f"{tmp_path}/root", run_root=f"{tmp_path}/run"), user) as own:
            found.append(pull(own, registry.name))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert len(registry.of("GET", registry.image[1][0])) == 2  # the interrupted request, and one for the rest
    assert len(registry.of("GET", registry.image[1][1])) == 1


def test_an_interrupt_does_not_wait_for_the_download_of_another_command() -> None:
    script = """
import threading
from pycman.images.transfer.parallel import run_parallel

begun = threading.Event()

def wait_for_ever():
    begun.set()
    threading.Event().wait(60)

def interrupt():
    begun.wait()
    import _thread
    _thread.interrupt_main()
    threading.Event().wait(60)

try:
    run_parallel([wait_for_ever, interrupt])
except KeyboardInterrupt:
    import os
    os._exit(130)
"""
    done = subprocess.run([sys.executable, "-c", script], timeout=20, check=False)
    assert done.returncode == 130


# -- push -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pulled(session, registry):
    pull(session, registry.name)
    return registry.name


def test_an_interrupted_push_is_resumed(session, registry, pulled) -> None:
    with ScriptedRegistry() as target:
        target.next("PATCH", "/uploads/", take_half, take_half)
        report = push(session, pulled, f"{target.host}/copy/app:1")
        assert report.digest == registry.image[0]
        assert set(registry.image[1]) <= set(target.blobs)
        assert target.uploads == {}


def test_the_error_of_a_denied_push_names_target_and_what_to_do(session, registry, pulled) -> None:
    with ScriptedRegistry() as target:
        target.always("POST", "/uploads/", answer(401, WWW_Authenticate='Basic realm="x"'))
        with pytest.raises(PycmanError, match="requires a login") as caught:
            push(session, pulled, f"{target.host}/copy/app:1")
        assert str(caught.value).startswith(f"{target.host}/copy/app:1: ")
        assert target.of("PUT") == []


def test_a_layer_the_registry_has_elsewhere_is_mounted_and_not_sent(session, registry, pulled) -> None:
    registry.always("HEAD", "/v2/team/copy/blobs/", answer(404))  # it has the blobs, but not in this repository
    push(session, pulled, f"{registry.host}/team/copy:1")
    assert len([path for path in registry.paths("POST") if "mount=" in path]) == 2
    sent = [each for each in registry.of("PATCH") if int(each.headers["Content-Length"]) > 5000]
    assert sent == []
    assert registry.manifests["team/copy:1"][0] == registry.manifests["team/app:1"][0]


def test_a_push_that_fails_puts_no_manifest_and_notes_no_digest(session, registry, pulled) -> None:
    with ScriptedRegistry() as target:
        target.always("PUT", "/uploads/", answer(507))
        with pytest.raises(Unavailable, match="answered 507 to PUT"):
            push(session, pulled, f"{target.host}/copy/app:1")
        assert target.of("PUT", "/manifests/") == []
        assert [digest for digest in find_image(session, pulled).digests if target.host in digest] == []
        assert session.db.rows("SELECT * FROM leases") == []


def test_a_state_database_that_is_closed_under_a_thread_does_not_take_the_process_down(tmp_path) -> None:
    script = f"""
import threading
from tests.support.sessions import open_session

for _ in range(20):
    with open_session({str(tmp_path)!r}) as session:
        database = session.db
        begun = threading.Event()

        def work():
            try:
                while True:
                    database.rows("SELECT * FROM blobs")
                    begun.set()
            except Exception:
                return

        thread = threading.Thread(target=work)
        thread.start()
        begun.wait()
    thread.join()
"""
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    assert done.returncode == 0
