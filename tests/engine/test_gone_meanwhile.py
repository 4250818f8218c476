"""What a command has found is removed by another one before it writes that it uses it: one of the two is told so, and nothing is half made."""

from __future__ import annotations

import pytest

from pycman.containers.change import connect
from pycman.containers.create import create as creation
from pycman.containers.end import remove as removal
from pycman.containers.process import exec as execution
from pycman.errors import InUse, NotFound
from pycman.network.create import create_network
from pycman.network.remove import remove_network
from pycman.spec.container import ProcessSpec
from pycman.spec.network import NetworkSpec
from pycman.spec.network_attachment import NetworkAttachment, NetworkMode
from tests.support.engines import create, run

ON_NETWORK = NetworkMode(kind="bridge", attachments=(NetworkAttachment(name="net"),))


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(module, name, act)`: the other command acts when a function of the module is called the next time."""

    def arrange(module, name, act):
        real = getattr(module, name)

        def acting(*arguments, **words):
            monkeypatch.setattr(module, name, real)
            act()
            return real(*arguments, **words)

        monkeypatch.setattr(module, name, acting)

    return arrange


def test_a_network_that_goes_while_a_container_is_made(engine, meanwhile):
    create_network(engine.session, NetworkSpec(name="net"))
    meanwhile(creation, "choose_driver", lambda: remove_network(engine.session, "net"))
    with pytest.raises(NotFound, match="network was removed"):
        create(engine, name="box", network=ON_NETWORK)
    assert engine.containers.find("box") is None


def test_a_network_that_goes_while_a_container_is_connected(engine, meanwhile):
    create(engine, name="box")
    create_network(engine.session, NetworkSpec(name="net"))
    meanwhile(connect, "checked_attachment", lambda: remove_network(engine.session, "net"))
    with pytest.raises(NotFound, match="network was removed"):
        connect.connect_container(engine.session, "box", NetworkAttachment(name="net"))
    assert "net" not in engine.containers.inspect("box")["NetworkSettings"]["Networks"]


def test_a_container_whose_namespaces_are_to_be_used_goes(engine, meanwhile):
    holder = create(engine, name="holder")
    meanwhile(creation, "choose_driver", lambda: engine.containers.remove("holder"))
    with pytest.raises(NotFound, match="container was removed"):
        create(engine, name="box", network=NetworkMode(kind="container", value=holder))
    assert engine.containers.find("box") is None


def test_a_container_that_goes_gets_one_that_uses_its_namespaces(engine, meanwhile):
    holder = create(engine, name="holder")
    by_then = NetworkMode(kind="container", value=holder)
    meanwhile(removal, "row_of", lambda: create(engine, name="box", network=by_then))
    with pytest.raises(InUse, match="box"):
        engine.containers.remove("holder")
    assert engine.containers.get("holder").id == holder
    assert engine.containers.remove("box")


@pytest.mark.parametrize("moment", ["runtime_json", "choose_runtime"])
def test_a_container_that_goes_while_a_process_is_begun_in_it(engine, meanwhile, moment):
    run(engine, name="box")
    meanwhile(execution, moment, lambda: engine.containers.remove("box", force=True))
    with pytest.raises(NotFound, match="no such container"):
        execution.execute(engine.session, "box", ProcessSpec(command=("true",)))
