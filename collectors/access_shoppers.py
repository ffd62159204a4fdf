"""Tells shoppers' requests in an access log from those of machines and staff.

Source: names that crawlers and monitors give themselves in `User-Agent`; https://developers.google.com/crawling/docs/crawlers-fetchers
    and the documentation of the monitors named here.
Caveats: a crawler that calls itself a browser passes here; `collectors.access_sessions` leaves it out where it is faster than a person.
"""

import re

from collectors.access_lines import Line

CRAWLER = "crawler"
PROBE = "health probe"
REHEARSAL = "rehearsal"
STATIC = "static file"
PREFLIGHT = "no page asked for"
SCANNER = "no such page"

_CRAWLERS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|baiduspider|sogou|bytespider|facebookexternalhit|headlesschrome|lighthouse|scrapy|archiver"
    r"|semrush|ahrefs|mj12|zgrab|masscan|nmap|nikto|sqlmap",
    re.IGNORECASE,
)
_PROBES = re.compile(
    r"kube-probe|healthcheck|health-check|googlehc|prometheus|blackbox|uptime|pingdom|statuscake|site24x7|datadog|newrelic"
    r"|zabbix|nagios|haproxy|consul|envoy|slb-health|cloudmonitor",
    re.IGNORECASE,
)
_PROBED = re.compile(
    r"/(?:[\w-]+/)?(health|healthz|healthcheck|livez?|liveness|readyz?|readiness|ping|metrics|nginx_status)/?",
    re.IGNORECASE,
)
_STATIC = re.compile(
    r".*\.(avif|bmp|css|eot|gif|ico|jpe?g|js|map|mjs|mp3|mp4|otf|png|svg|ttf|webm|webmanifest|webp|woff2?|xml|txt)",
    re.IGNORECASE,
)
_REHEARSAL = re.compile(r"tenfold\b", re.IGNORECASE)
# Addresses that do not exist are guessed by scanners; so many kinds of them would hide the mall's own.
_NO_PAGE = frozenset({400, 404, 405, 414, 431})
_PAGE_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def not_a_shoppers(line: Line) -> str | None:
    """Why a request is no shopper's, in fixed words; None when it is one, as far as one line can tell.

    Args:
        line: One request.
    """
    path = line.target.partition("?")[0]
    if _REHEARSAL.match(line.agent):
        return REHEARSAL
    if _PROBES.search(line.agent) or _PROBED.fullmatch(path):
        return PROBE
    if _CRAWLERS.search(line.agent) or path == "/robots.txt":
        return CRAWLER
    if _STATIC.fullmatch(path):
        return STATIC
    if line.method not in _PAGE_METHODS:
        return PREFLIGHT
    return SCANNER if line.status in _NO_PAGE else None
