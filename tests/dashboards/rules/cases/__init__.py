"""Every alert's cases, one file a subject, under the name of the rules' own file."""

from tests.dashboards.rules.cases import (
    absence,
    checkout,
    hosts,
    orders,
    payments,
    postgres,
    postgres_copies,
    promotion,
    redis,
    storefront,
    tickets,
)

CASES = (
    *storefront.CASES, *checkout.CASES, *payments.CASES, *orders.CASES, *promotion.CASES, *postgres.CASES, *postgres_copies.CASES,
    *redis.CASES, *hosts.CASES, *tickets.CASES, *absence.CASES,
)  # fmt: skip
