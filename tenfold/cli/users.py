"""`tenfold users`: accounts of the ticket room."""

from typing import Annotated, Literal

import typer

from tenfold.cli.options import Config, Json, Quiet, Terminal, Verbose, example, print_json, read_settings
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.words import _

_EXAMPLE = "tenfold users add zhang --role engineer"
Name = Annotated[str, typer.Argument(metavar="NAME", help=_("Of the account."), show_default=False)]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help=_("Read the password from standard input instead of asking."))
]


def register(app: typer.Typer) -> None:
    """Adds the group of commands to the program."""
    group = typer.Typer(
        help=_("Accounts of the ticket room, in its store."), epilog=example(_EXAMPLE), no_args_is_help=True, rich_markup_mode=None
    )  # fmt: skip
    group.command("add", epilog=example(_EXAMPLE), help=_("Make an account."))(add)
    group.command("list", epilog=example("tenfold users list"), help=_("List the accounts."))(listed)
    group.command(
        "disable",
        epilog=example("tenfold users disable zhang"),
        help=_("Let an account do nothing any more; its tickets and its name stay."),
    )(disable)
    group.command("enable", epilog=example("tenfold users enable zhang"), help=_("Let it log in again."))(enable)
    group.command(
        "password",
        epilog=example("tenfold users password zhang"),
        help=_("Give an account a new password, and end its sessions."),
    )(password)
    app.add_typer(group, name="users")


def add(
    name: Name,
    role: Annotated[
        Literal["reporter", "engineer", "lead", "admin"],
        typer.Option("--role", help=_("What it may do; each role includes those before it."), show_default=False),
    ],
    password_stdin: PasswordStdin = False,
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option("--lang", help=_("Language of its pages; default the browser's."), show_default=False),
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option("--area", help=_("A part of the mall that it works for; may be repeated."), show_default=False),
    ] = None,
    contact: Annotated[
        list[str] | None,
        typer.Option(
            "--contact",
            metavar="KIND=ADDRESS",
            help=_("How messages reach it, such as wecom=ZhangSan or email=zhang@mall.example; may be repeated."),
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The password is asked for, or read from standard input; it never stands on the command line."""
    demand("serve")
    from tenfold.ticketing import accounts

    terminal = Terminal(quiet=quiet, verbose=verbose)
    contacts = dict(_contact(each) for each in contact or ())
    settings = read_settings(config)
    made = accounts.add(
        settings, name, role, accounts.read_password(from_stdin=password_stdin), lang=lang or "", areas=tuple(area or ()),
        contacts=contacts,
    )  # fmt: skip
    if as_json:
        print_json(made, terminal.out)
    else:
        terminal.remark(_("Account {name} was made.").format(name=made["name"]))


def listed(
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """By name."""
    demand("serve")
    from tenfold.ticketing import accounts
    from tenfold.ticketing.showing import table
    from tenfold.ticketing.words import word

    terminal = Terminal(quiet=quiet, verbose=verbose)
    found = accounts.everybody(read_settings(config))
    if as_json:
        print_json({"accounts": found}, terminal.out)
        return
    rows = [
        (each["name"], word(each["role"]), ", ".join(each["areas"]) or "–", _("disabled") if each["disabled"] else "")
        for each in found
    ]
    terminal.out.print(table((_("Name"), _("Role"), _("Areas"), ""), rows) if rows else _("There is no account yet."))


def disable(name: Name, config: Config = None, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Its sessions and tokens end at once."""
    demand("serve")
    from tenfold.ticketing import accounts

    accounts.disable(read_settings(config), name)
    Terminal(quiet=quiet, verbose=verbose).remark(_("Account {name} is disabled.").format(name=name))


def enable(name: Name, config: Config = None, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """With the password that it had."""
    demand("serve")
    from tenfold.ticketing import accounts

    accounts.enable(read_settings(config), name)
    Terminal(quiet=quiet, verbose=verbose).remark(_("Account {name} can log in again.").format(name=name))


def password(
    name: Name,
    password_stdin: PasswordStdin = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Whoever is logged in with the old one is logged out."""
    demand("serve")
    from tenfold.ticketing import accounts

    settings = read_settings(config)
    accounts.set_password(settings, name, accounts.read_password(from_stdin=password_stdin))
    Terminal(quiet=quiet, verbose=verbose).remark(_("Account {name} has a new password.").format(name=name))


def _contact(text: str) -> tuple[str, str]:
    kind, equals, address = text.partition("=")
    if not (kind.strip() and equals and address.strip()):
        raise CommandError(
            _("{text} is no contact.").format(text=repr(text)), _("Write for example --contact wecom=ZhangSan")
        )
    return kind.strip(), address.strip()
