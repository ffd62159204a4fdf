"""Ids and telephone numbers as the chats write them, so that one can stand in a message without becoming something else."""

import re

from tickets.notify.channels import EVERYBODY
from tickets.notify.letter import Mention

# WeCom: letters, digits and "_-@."; DingTalk's staff ids and Feishu's open ids are narrower.
_USER = re.compile(r"[A-Za-z0-9_@.\-]{1,64}")
_MOBILE = re.compile(r"\+?[0-9\-]{5,20}")


def user(mention: Mention) -> str:
    """The service's own id of the person; empty when there is none that could be one."""
    return mention.user if mention.user != EVERYBODY and _USER.fullmatch(mention.user) else ""


def mobile(mention: Mention) -> str:
    """Their telephone number; empty when there is none that could be one."""
    return mention.mobile if _MOBILE.fullmatch(mention.mobile) else ""


def everybody(mentions: tuple[Mention, ...]) -> bool:
    """Whether the mall has configured that everybody is called."""
    return any(each.user == EVERYBODY for each in mentions)
