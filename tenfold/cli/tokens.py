"""`tenfold tokens`: what programs prove themselves by to the ticket room."""

from typing import Annotated, Literal

import typer

from tenfold.cli.options import Config, Json, Quiet, Terminal, Verbose, example, print_json, read_settings
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.words import _

_EXAMPLE = "tenfold tokens create alertmanager --role machine"
Name = Annotated[str, typer.Argument(metavar="NAME", help=_("Of the token."), show_default=False)]


def register(app: typer.Typer) -> None:
    """Adds the group of commands to the program."""
    group = typer.Typer(
        help=_("Tokens of the ticket room, in its store."), epilog=example(_EXAMPLE), no_args_is_help=True, rich_markup_mode=None
    )  # fmt: skip
    group.command(
        "create", epilog=example(_EXAMPLE), help=_("Make a token; it is printed once, as the last word on stdout.")
    )(create)
    group.command("list", epilog=example("tenfold tokens list"), help=_("List the tokens, without their secrets."))(
        listed
    )
    group.command(
        "revoke", epilog=example("tenfold tokens revoke alertmanager"), help=_("Make a token worth nothing at once.")
    )(revoke)
    app.add_typer(group, name="tokens")


def create(
    name: Name,
    role: Annotated[
        Literal["machine", "reporter", "engineer", "lead", "admin"],
        typer.Option(
            "--role",
            help=_("`machine` brings alerts in; a person's role acts for the account of the same name."),
            show_default=False,
        ),
    ],
    account: Annotated[
        str | None, typer.Option("--account", help=_("The account that it acts for."), show_default=False)
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="DURATION",
            help=_("Worth nothing after so long, such as 90d; default never."),
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Only its SHA-256 is kept."""
    demand("serve")
    from tenfold.ticketing import accounts

    terminal = Terminal(quiet=quiet, verbose=verbose)
    lasts = _seconds(expires)
    secret = accounts.create_token(read_settings(config), name, role, account=account, lasts=lasts)
    if as_json:
        print_json({"name": name, "role": role, "token": secret}, terminal.out)
        return
    terminal.remark(_("Keep it now, it is not shown again. It is sent as: Authorization: Bearer …"))
    # Not through rich, which might break the line.
    typer.echo(secret)


def listed(
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Those that were revoked too."""
    demand("serve")
    from tenfold.settings import Settings
    from tenfold.ticketing import accounts
    from tenfold.ticketing.showing import moment, table
    from tenfold.ticketing.words import word

    terminal = Terminal(quiet=quiet, verbose=verbose)
    settings = read_settings(config)
    found = accounts.every_token(settings)
    if as_json:
        print_json({"tokens": found}, terminal.out)
        return
    zone = (settings or Settings()).mall.timezone
    rows = [
        (
            each["name"], word(each["role"]), each["account"] or "–", moment(each["created_at"], zone),
            moment(each["expires_at"], zone) or "–", _("revoked") if each["revoked_at"] else "",
        )
        for each in found
    ]  # fmt: skip
    titles = (_("Name"), _("Role"), _("Account"), _("Made"), _("Expires"), "")
    terminal.out.print(table(titles, rows) if rows else _("There is no token yet."))


def revoke(name: Name, config: Config = None, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Its name stays taken, so that the logs are not ambiguous."""
    demand("serve")
    from tenfold.ticketing import accounts

    accounts.revoke(read_settings(config), name)
    Terminal(quiet=quiet, verbose=verbose).remark(_("Token {name} is revoked.").format(name=name))


def _seconds(expires: str | None) -> float | None:
    from tenfold.settings.units import parse_duration

    if expires is None:
        return None
    try:
        seconds = parse_duration(expires)
    except ValueError as error:
        raise CommandError(f"--expires: {error}") from None
    if not 0 < seconds <= 100 * 366 * 86_400:
        raise CommandError(_("--expires: a token lasts between a second and a century"))
    return seconds
