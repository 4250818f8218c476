"""The status of a step that failed."""

from types import SimpleNamespace

import pytest

from pycman.build.execute.stages import _failed
from pycman.errors import InvalidInput, PycmanError, RuntimeFailed


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeFailed("unrecognized option", subject="crun"), 1), (InvalidInput("no such user"), 0)],
    ids=["the runtime fails", "anything else"],
)
def test_a_runtime_that_fails_is_the_steps_status_one_as_in_buildah(error: PycmanError, status: int) -> None:
    failed = _failed(error, SimpleNamespace(location="Dockerfile:2", text="RUN true"))
    assert failed.status == status
