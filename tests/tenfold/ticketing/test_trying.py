"""`tenfold tickets try`: a message by a configured channel, what its service answered, and nothing secret of either."""

import pytest

from tenfold.settings import load
from tenfold.ticketing import accounts
from tests.tenfold.conftest import Program
from tests.tenfold.ticketing.conftest import PASSWORD
from tests.tickets.notify.service import hangs, says, service

KEY = "ab12cd34ef56ab12cd34ef56ab12cd34"


def configure(tenfold: Program, *channels: str) -> None:
    lines = "".join(f"[[notify]]\n{each}\n" for each in channels)
    (tenfold.folder / "tenfold.toml").write_text(f'[mall]\nname = "corner shop"\n[tickets]\n{lines}', encoding="utf-8")


def test_a_channel_is_tried_and_the_answer_decides_the_exit_code(tenfold: Program) -> None:
    with service() as robot:
        url = f'url = "{robot.url}"'
        configure(
            tenfold,
            f'name = "night"\nkind = "dingtalk"\nsecret = "SECxyz"\ntimeout = 1\n{url}',
            f'name = "second"\nkind = "feishu"\nurgencies = []\n{url}',
        )
        ended = tenfold("tickets", "try", "night")
        assert (ended.code, "night: delivered in" in ended.stdout) == (0, True), ended.everything
        assert 'Answer: HTTP 200 {"errcode": 0' in ended.stdout
        assert "corner shop" in robot.documents[0]["markdown"]["text"]
        robot.will(says({"errcode": 310000, "errmsg": f"sign SECxyz does not match {KEY}"}))
        ended = tenfold("tickets", "try", "night", "--json")
        assert ended.code == 3
        assert ended.document["answer"] == "errcode 310000: sign … does not match …"
        assert (ended.document["delivered"], ended.document["can_be_tried_again"]) == (False, False)
        assert "trying again will not help" in tenfold("tickets", "try", "night").stdout
        robot.will(hangs(2))
        ended = tenfold("tickets", "try", "night", environment={"LC_ALL": "zh_CN.UTF-8"})
        assert (ended.code, "未送达，可以再试" in ended.stdout) == (3, True)
        ended = tenfold("tickets", "try", "nigth")
        assert (ended.code, ended.stdout) == (2, "")
        assert "There is no channel 'nigth'." in ended.stderr
        assert "night, second" in ended.stderr
        assert not any(secret in ended.everything for secret in ("SECxyz", KEY))


def test_a_channel_of_one_person_needs_somebody_who_can_be_reached(tenfold: Program) -> None:
    with service() as box:
        configure(tenfold, f'name = "mail"\nkind = "webhook"\ncontact = "email"\nurl = "{box.url}"')
        settings = load(tenfold.folder / "tenfold.toml")
        assert settings.tickets is not None
        tickets = settings.tickets.model_copy(update={"database": str(tenfold.folder / settings.tickets.database)})
        settings = settings.model_copy(update={"tickets": tickets})
        accounts.add(settings, "li", "lead", PASSWORD, contacts={"email": "li@mall.example"})
        ended = tenfold("tickets", "try", "mail")
        assert (ended.code, "--to ACCOUNT" in ended.stderr) == (2, True)
        ended = tenfold("tickets", "try", "mail", "--to", "zhang")
        assert (ended.code, "no email is known of zhang" in ended.stdout) == (3, True)
        assert box.posts == []
        assert tenfold("tickets", "try", "mail", "--to", "li").code == 0
        assert [each["to"] for each in box.documents] == ["li@mall.example"]


@pytest.mark.parametrize(
    ("text", "happened", "mends"),
    [
        (None, "There is no configuration file here", "tenfold init"),
        ("[mall]\n", "The configuration has no ticket room", "[tickets]"),
        ("[tickets]\n", "The configuration has no channel", "[[notify]]"),
    ],
)
def test_where_there_is_no_channel_it_says_how_to_have_one(
    tenfold: Program, text: str | None, happened: str, mends: str
) -> None:
    if text is not None:
        (tenfold.folder / "tenfold.toml").write_text(text, encoding="utf-8")
    ended = tenfold("tickets", "try", "night")
    assert (ended.code, ended.stdout) == (2, "")
    assert happened in ended.stderr
    assert mends in ended.stderr
