"""What builds leave in the store is what its blobs say, and programs that use the library build too."""

from __future__ import annotations

import pytest

from pycman import BuildOptions
from pycman.build.outcome import StepFailed
from tests.support.engines import box_engine


def test_layers_that_were_never_unpacked_are_as_their_blobs_say(builder, context):
    folder = context(
        """
        FROM localhost/busybox:1
        RUN rm -r /data && mkdir /data && echo new > /data/x && ln /data/x /data/y && mkfifo /pipe 2>/dev/null || mknod /pipe p
        RUN nc -lk -p 1 -e true & mkdir -m 1777 /shared && chmod 4755 /bin/busybox && chown worker:extra /data/x && rm /data/y
        COPY . /context/
        """,
        {"a": b"a\n", "link": "->a"},
    )
    builder("build", "-t", "checked", folder)
    report = builder("system", "check")
    assert "other content" not in report and "no entry" not in report and "missing" not in report, report


def test_the_library_builds_and_reports(tmp_path):
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(
        "FROM localhost/box\nRUN echo shown; echo x > /x\nRUN echo last words; exit 7\n"
    )
    with box_engine(tmp_path) as engine:
        events = []
        with pytest.raises(StepFailed) as caught:
            engine.images.build(BuildOptions(context=str(context)), report=events.append)
        assert caught.value.status == 7
        assert caught.value.output == ("last words",)
        assert caught.value.place.endswith("Dockerfile:3")
        assert [event.kind for event in events] == ["step", "step", "done", "step"]
        (context / "Dockerfile").write_text("FROM localhost/box\nRUN echo shown; echo x > /x\n")
        result = engine.images.build(BuildOptions(context=str(context), tags=("made",)))
        assert (result.steps, result.cached_steps, result.names) == (1, 1, ("localhost/made:latest",))
        assert engine.images.get("made").id == result.image_id
        assert [entry.kind for entry in engine.images.build_cache()] == ["step"]
        removed, freed = engine.images.prune_builds(all=True)
        assert len(removed) == 1 and freed >= 0
