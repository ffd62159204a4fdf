"""`[[action]]` becomes the ticket room's action, and what cannot be used is an error that says why."""

import pytest

from tenfold.exits import CommandError
from tenfold.settings.model import Settings
from tenfold.ticketing.actions import aid
from tickets.names import Cause

ACTION = {
    "name": "backup-channel",
    "title": "切换",
    "url": "http://payments.example:8080/off/{label.channel}",
    "body": '{"ticket": "{ticket}"}',
    "headers": {"Authorization": "Bearer topsecret"},
    "when": {"area": "payments", "cause": "third_party", "labels": {"channel": "~we.*", "job": "a.b"}},
    "undo": {"url": "https://payments.example/on", "method": "PUT"},
    "addresses": ["10.0.0.0/8"],
}


def test_an_action_of_the_configuration() -> None:
    found = aid(Settings.model_validate({"action": [ACTION], "tickets": {"allow_automatic": ["backup-channel"]}}))
    (action,) = found.actions
    assert found.allow == ("payments.example:8080", "payments.example")
    assert (action.areas, action.causes, action.labels) == (
        ("payments",),
        (Cause.THIRD_PARTY,),
        {"channel": "we.*", "job": r"a\.b"},
    )
    assert (action.call.body, action.call.networks) == ({"ticket": "{ticket}"}, ("10.0.0.0/8",))
    assert action.undo is not None
    assert action.undo.method == "PUT"
    assert not found.is_automatic(action)  # its own setting does not say so
    assert "topsecret" not in repr(found)
    assert aid(Settings()).actions == ()


@pytest.mark.parametrize(
    ("changed", "said"), [({"body": "{nothing"}, "no JSON"), ({"url": "http://{label.x}/off"}, "address")]
)
def test_what_cannot_be_used_is_said(changed: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        aid(Settings.model_validate({"action": [{**ACTION, **changed}]}))
