"""`[[action]]` becomes the ticket room's action, and what cannot be used is an error that says why."""

from tenfold.settings.model import Settings
from tenfold.ticketing.actions import aid
from tickets.names import Cause

ACTION = {
    "name": "backup-channel",
    "title": "切换",
    "url": "http://payments.example:8080/off/{label.channel}",
    "body": {"ticket": "{ticket}"},
    "headers": {"Authorization": "Bearer topsecret"},
    "when": {"areas": ["payments"], "causes": ["third_party"], "labels": {"channel": "~we.*", "job": "a.b"}},
    "undo": {"url": "https://payments.example/on", "method": "PUT"},
    "addresses": ["10.0.0.0/8"],
}
HOSTS = ("payments.example:8080", "payments.example")
TICKETS = {"allow_automatic": ["backup-channel"], "allow_hosts": HOSTS}


def test_an_action_of_the_configuration() -> None:
    found = aid(Settings.model_validate({"action": [ACTION], "tickets": TICKETS}))
    (action,) = found.actions
    assert found.allow == HOSTS
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
