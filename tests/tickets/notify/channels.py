"""Channels to little services, and a desk that has them."""

import dataclasses
from collections.abc import Callable

from tests.tickets.notify.service import Service, says
from tickets.desk import Desk
from tickets.notify.channels import Channel, Kind, Notifying

Services = Callable[[], Service]
OK = says({"errcode": 0, "errmsg": "ok", "code": 0})


def with_channels(desk: Desk, *channels: Channel, **fields: object) -> Desk:
    notifying = Notifying(channels=channels, base_url="https://t.example", **fields)  # type: ignore[arg-type]  # a test's own fields
    return dataclasses.replace(desk, notifying=notifying)


def wecom(robot: Service, **fields: object) -> Channel:
    facts = {"name": "ops", "lang": "en", **fields}
    return Channel(kind=Kind.WECOM, url=robot.url, **facts)  # type: ignore[arg-type]  # a test's own fields


def second(robot: Service, **fields: object) -> Channel:
    facts = {"name": "second", "lang": "en", "urgencies": frozenset(), **fields}
    return Channel(kind=Kind.DINGTALK, url=robot.url, **facts)  # type: ignore[arg-type]  # a test's own fields


def content(robot: Service, number: int = -1) -> str:
    return str(robot.documents[number]["markdown"]["content"])
