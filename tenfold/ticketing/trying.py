"""A message to try a channel with, from the configuration alone: it goes out before the night on which the channel matters."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from pages.plain import harmless
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.ticketing.accounts import opened
from tenfold.words import _, say


def try_channel(settings: Settings | None, name: str, to: str) -> dict[str, Any]:
    """Sends it; how it went, with the service's answer as it stands.

    Args:
        settings: The configuration.
        name: Of the channel.
        to: The account, for a channel that writes to one person at a time; empty for none.

    Raises:
        CommandError: There is no such channel, nobody is named where it takes a person, or the store does not answer.
    """
    channels = settings.notify if settings is not None and settings.ticketing is not None else ()
    channel = next((each for each in channels if each.name == name), None)
    if channel is None and channels:
        raise CommandError(
            _("There is no channel {name}.").format(name=repr(name)),
            _("Channels are: {names}.").format(names=", ".join(each.name for each in channels)),
        )
    if channel is not None and channel.contact and not to:
        raise CommandError(
            _("The channel {name} writes to one person at a time.").format(name=repr(name)),
            _("Say whose {contact} it shall write to, with --to ACCOUNT.").format(contact=channel.contact),
        )
    with opened(settings) as desk:
        from tickets.notify.trial import NoSuchChannel, send_test

        try:
            tried = send_test(desk, name, to)
        except NoSuchChannel:
            raise CommandError(
                _("The configuration has no channel."), _("Name one in tenfold.toml: {line}").format(line="[[notify]]")
            ) from None
    return {"channel": name, "to": to, **asdict(tried), "answer": tried.answer}


def print_tried(tried: dict[str, Any], console: Console) -> None:
    """How it went, and below it what the service said."""
    seconds = f"{tried['seconds']:.1f} s"
    if tried["delivered"]:
        line = Text(_("{channel}: delivered in {seconds}.").format(channel=tried["channel"], seconds=seconds), "green")
    elif tried["can_be_tried_again"]:
        line = Text(_("{channel}: not delivered; it can be tried again.").format(channel=tried["channel"]), "bold red")
    else:
        line = Text(
            _("{channel}: not delivered; trying again will not help.").format(channel=tried["channel"]), "bold red"
        )
    console.print(line, soft_wrap=True)
    console.print(Text(_("Answer: {answer}").format(answer=harmless(say(tried["answer"])))), soft_wrap=True)
