from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman import errors
from pycman.errors import Corrupt, InvalidInput, NotFound, Unsupported, decode_error, encode_error
from pycman.spec.container import ContainerSpec
from pycman.spec.mount import Mount
from pycman.worker.frames import Unpacker, check_request, decode, encode, pack

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_values_survive_encoding(value: object) -> None:
    assert decode(encode(value)) == value


def test_records_survive_encoding() -> None:
    spec = ContainerSpec(image="x", mounts=(Mount(kind="bind", target="/t"),))
    assert decode(encode({"spec": spec})) == {"spec": spec}


@given(st.lists(values, max_size=4), st.integers(min_value=1, max_value=7))
def test_messages_survive_any_split(contents: list[object], step: int) -> None:
    data = b"".join(pack({"value": encode(content)}) for content in contents)
    unpacker = Unpacker()
    found = [message for at in range(0, len(data), step) for message in unpacker.feed(data[at : at + step])]
    assert [decode(message["value"]) for message in found] == contents


def test_only_the_listed_verbs_are_served() -> None:
    check_request("containers", "run")
    for api, verb in (("containers", "__init__"), ("containers", "_session"), ("os", "system"), ("images", "save")):
        with pytest.raises(InvalidInput):
            check_request(api, verb)


def test_no_class_but_a_record_of_pycman_is_made() -> None:
    with pytest.raises(Corrupt):
        decode({"record": "Popen", "module": "subprocess", "fields": {}})


def test_streams_are_refused() -> None:
    with pytest.raises(Unsupported):
        encode(open)


def test_errors_keep_their_kind() -> None:
    error = decode_error(encode_error(NotFound("no such container", subject="c", hint="look")))
    assert (type(error), str(error)) == (errors.NotFound, "no such container: c (look)")
