"""A mail goes to the person's own address, through a real SMTP dialogue, and nothing of an alert gets into its header."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tickets.notify.channels import Channel, Kind
from tickets.notify.letter import Letter, Line, Link, Plain, Strong
from tickets.notify.posting import Way
from tickets.notify.receipt import NotNow, Receipt, Refused
from tickets.notify.senders import SENDERS

# Apprise looks for a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
HOSTILE = "Disk full\r\nBcc: everybody@evil.example\r\n\r\n<a href=https://evil.example>x</a>"


@dataclass(slots=True)
class Mailbox:
    """A mail server that takes everything, or says that it is busy."""

    port: int = 0
    busy: bool = False
    recipients: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Dialogue(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 mail.example ESMTP")
            for raw in self.rfile:
                word = raw.decode().strip()
                match word.upper().split(":")[0].split(" ")[0]:
                    case "RCPT" if box.busy:
                        self.say("451 try again later")
                    case "RCPT":
                        box.recipients.append(word.partition("<")[2].partition(">")[0])
                        self.say("250 ok")
                    case "DATA":
                        self.say("354 go on")
                        lines = []
                        for line in self.rfile:
                            if line == b".\r\n":
                                break
                            lines.append(line)
                        box.mails.append(b"".join(lines))
                        self.say("250 taken")
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 ok")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Dialogue) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join(5)


def mail(box: Mailbox, title: str, to: str = "li+night@mall.example") -> Receipt:
    url = f"mailto://127.0.0.1:{box.port}?from=tenfold@mall.example&smtp=127.0.0.1&mode=insecure&to={{to}}"
    channel = Channel(name="mail", kind=Kind.EMAIL, url=url, contact="email")
    lines = (Line((Strong(f"紧急 T-12：{title}"),)), Line((Link("认领", "https://t.example/claim/a.b"), Plain("  "))))
    letter = Letter(id="1", subject=f"紧急 T-12：{title}", lines=lines, language="zh", mall="Lantern", to=to)
    return SENDERS[Kind.EMAIL](channel.to(to), letter, Way(at=datetime(2026, 11, 11, tzinfo=UTC), seconds=10))


def test_a_mail_arrives_at_the_persons_address_and_nowhere_else() -> None:
    with mailbox() as box:
        assert mail(box, HOSTILE) == Receipt("sent")
    assert box.recipients == ["li+night@mall.example"]
    message = email.message_from_bytes(box.mails[0], policy=email.policy.default)
    assert message["Bcc"] is None
    assert message["Subject"].startswith("紧急 T-12：Disk full Bcc")
    text = message.get_body(("plain", "html"))
    assert text is not None
    content = text.get_content()
    assert "https://t.example/claim/a.b" in content
    assert "evil.example" not in content


@pytest.mark.parametrize(
    "several", ["li@mall.example,evil@evil.example", "li@mall.example evil@evil.example", "a;b@c", "<a@b>"]
)
def test_a_contact_that_would_be_several_addresses_is_refused(several: str) -> None:
    with mailbox() as box, pytest.raises(Refused, match="not one address"):
        mail(box, "x", to=several)
    assert box.recipients == []


def test_an_address_cannot_become_another_part_of_the_url() -> None:
    with mailbox() as box, suppress(NotNow):
        mail(box, "x", to="li@mall.example&to=evil@evil.example")
    assert "evil@evil.example" not in box.recipients


def test_a_mail_server_that_is_busy_is_no_receipt() -> None:
    with mailbox() as box:
        box.busy = True
        with pytest.raises(NotNow):
            mail(box, "x")
    assert box.mails == []
