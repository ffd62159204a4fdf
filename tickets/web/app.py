"""Adds the ticket room's addresses to a service."""

from fastapi import FastAPI

from tickets.desk import Desk
from tickets.web.problems import install


def mount(app: FastAPI, desk: Desk | None) -> None:
    """Adds them.

    Args:
        app: The service.
        desk: What serves them; None while its store is not open, until `app.state.desk` is set.
    """
    install(app)
    app.state.desk = desk
