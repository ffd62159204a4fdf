"""One file a service: a letter takes the service's form, and the service's answer is read for what it means."""

from collections.abc import Callable, Mapping

from tickets.notify.channels import Channel, Kind
from tickets.notify.letter import Letter
from tickets.notify.posting import Way
from tickets.notify.receipt import Receipt
from tickets.notify.senders import dingtalk, feishu, others, voice, webhook, wecom

Sender = Callable[[Channel, Letter, Way], Receipt]
"""Sends one letter; raises `Refused` or `NotNow`."""

SENDERS: Mapping[Kind, Sender] = {
    Kind.WECOM: wecom.send,
    Kind.DINGTALK: dingtalk.send,
    Kind.FEISHU: feishu.send,
    Kind.EMAIL: others.send,
    Kind.APPRISE: others.send,
    Kind.WEBHOOK: webhook.send,
    Kind.VOICE: voice.send,
}
