"""Import images from a tar of a file system: files, streams, URLs."""

from __future__ import annotations

import gzip
import http.server
import io
import os
import threading

import pytest
import zstandard

from pycman.build.plan.config_changes import apply_changes
from pycman.errors import Corrupt, InvalidInput, NotFound, Unavailable
from pycman.images.catalogue import get_image, list_images
from pycman.images.make.commit import ImportOptions, import_tar
from pycman.images.make.history import image_history
from pycman.images.make.import_source import open_download
from pycman.images.mount import mount_image, unmount_image
from tests.support.image_files import sha256, tar_of
from tests.support.sessions import open_session

TREE = tar_of({"etc/os-release": b"ID=x\n", "bin/sh": ("symlink", "busybox")}, directories=["etc", "bin"])


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress])
def test_a_tar_becomes_an_image_of_one_layer(session, compress):
    options = ImportOptions(reference="os:1", message="why", changes=('CMD ["sh"]', "ENV A=1"))
    image_id = import_tar(session, io.BytesIO(compress(TREE)), options, apply_changes)
    image = get_image(session, "os:1")
    assert image.id == image_id
    assert image.config["rootfs"]["diff_ids"] == [sha256(TREE)]
    assert image.config["config"] == {"Cmd": ["sh"], "Env": ["A=1"]}
    assert [each.comment for each in image_history(session, "os:1")] == ["why"]
    path = mount_image(session, "os:1")
    assert os.readlink(f"{path}/bin/sh") == "busybox"
    unmount_image(session, "os:1")


def test_without_a_name_it_is_dangling_and_says_where_it_came_from(session):
    image_id = import_tar(session, io.BytesIO(TREE), ImportOptions(source_name="root.tar"))
    assert get_image(session, image_id).dangling
    assert image_history(session, image_id)[0].comment == "Imported from root.tar"


def test_the_platform_is_the_one_asked_for(session):
    image_id = import_tar(session, io.BytesIO(TREE), ImportOptions(platform="linux/arm/v7"))
    image = get_image(session, image_id)
    assert (image.os, image.architecture, image.variant) == ("linux", "arm", "v7")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", InvalidInput),
        (b"no tar at all" * 100, Corrupt),
        (TREE[:700], Corrupt),
        (gzip.compress(TREE)[:-20], Corrupt),
    ],
)
def test_a_file_that_is_not_a_tar_leaves_nothing(session, data, kind):
    with pytest.raises(kind):
        import_tar(session, io.BytesIO(data), ImportOptions(reference="x"))
    assert list_images(session, all=True) == []
    assert os.listdir(session.paths.tmp) == []
    assert os.listdir(session.paths.layers) == []
    assert os.listdir(f"{session.paths.blobs}/sha256") == []


def test_a_wrong_change_is_refused_before_anything_is_read(session):
    source = io.BytesIO(TREE)
    with pytest.raises(InvalidInput):
        import_tar(session, source, ImportOptions(changes=("RUN x",)), apply_changes)
    assert source.tell() == 0


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
        elif self.path == "/broken":
            self.send_error(500)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(TREE)))
            self.end_headers()
            self.wfile.write(TREE[:600] if self.path == "/short" else TREE)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def url():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_url_is_fetched(session, url):
    image_id = import_tar(session, open_download(f"{url}/root.tar"), ImportOptions())
    assert get_image(session, image_id).config["rootfs"]["diff_ids"] == [sha256(TREE)]


def test_a_file_that_the_server_does_not_have_is_an_error(session, url):
    with pytest.raises(NotFound):
        open_download(f"{url}/missing")
    with pytest.raises(Unavailable, match="500"):
        open_download(f"{url}/broken")
    with pytest.raises(Corrupt, match="the download was interrupted"):
        import_tar(session, open_download(f"{url}/short"), ImportOptions())
