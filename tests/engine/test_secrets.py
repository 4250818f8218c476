"""Secrets inside containers: as files with owner and mode, and as environment."""

from __future__ import annotations

import pytest

from pycman.errors import NotFound
from pycman.spec.mount import SecretUse
from tests.support.engines import create, finish, run


@pytest.fixture
def secret(engine):
    engine.secrets.create("key", b"hush")
    yield "key"
    for each in engine.secrets.list():
        engine.secrets.remove(each.id)


def test_as_a_file_with_owner_and_mode(engine, secret):
    use = SecretUse(name=secret, uid=1000, gid=1001, mode=0o400)
    script = 'test "$(cat /run/secrets/key)" = hush && test "$(stat -c %a:%u:%g /run/secrets/key)" = 400:1000:1001'
    finish(engine, "sh", "-c", script, user="web", secrets=(use,))


def test_at_another_place_and_as_environment(engine, secret):
    uses = (SecretUse(name=secret, target="/etc/key"),)
    env = (SecretUse(name=secret, kind="env", target="KEY"),)
    finish(engine, "sh", "-c", 'test "$(cat /etc/key)" = hush && test $KEY = hush', secrets=uses, secret_env=env)


def test_it_is_in_no_inspect_and_no_image_layer(engine, secret):
    run(engine, name="box", secrets=(SecretUse(name=secret),), secret_env=(SecretUse(name=secret, kind="env"),))
    assert "hush" not in str(engine.containers.inspect("box"))
    assert engine.containers.diff("box") == []


def test_a_replaced_one_is_seen_after_a_restart(engine, secret):
    container = create(engine, "sh", "-c", 'test "$(cat /run/secrets/key)" = new', secrets=(SecretUse(name=secret),))
    engine.secrets.create(secret, b"new", replace=True)
    engine.containers.start(container)
    assert engine.containers.wait(container) == 0


def test_a_missing_secret_is_an_error_before_anything_is_created(engine):
    with pytest.raises(NotFound, match="nosuch"):
        create(engine, secrets=(SecretUse(name="nosuch"),))
    assert engine.containers.list(all=True) == []
