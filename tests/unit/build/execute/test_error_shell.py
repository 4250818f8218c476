"""Which shell --shell-on-error opens."""

from __future__ import annotations

import pytest

from pycman.build.execute.error_shell import shell_of
from pycman.build.plan.values import RunStep
from tests.support.build_plan import plan_of


@pytest.mark.parametrize(
    ("before", "expected"),
    [("", "/bin/sh"), ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n', "/bin/bash")],
    ids=["no SHELL", "SHELL"],
)
def test_the_shell_is_that_of_the_stage(before, expected):
    step = plan_of(f"FROM alpine\n{before}RUN make\n").stages[0].steps[-1]
    assert isinstance(step, RunStep)
    assert shell_of(step) == expected
