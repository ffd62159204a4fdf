"""The storefront as a shopper meets it: one page, once a scrape.

Source: one GET of the configured address, without following redirects.
Needed role and versions: none.
Consumed by: the Mall board, the alert on a site that cannot be reached and on a certificate that ends.
Cost: one request a scrape, with a User-Agent that says who asks; at most a megabyte is read.
Caveats: from where we stand. What a CDN answers is not what the mall answers.
"""

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from collectors.serving.metric import Sample, gauge

BYTES_AT_MOST = 2**20
DURATION = gauge("tenfold_front_page_seconds", "From the request to the last byte of the page.")
STATUS = gauge("tenfold_front_page_status", "HTTP status of the page.")
BYTES = gauge("tenfold_front_page_bytes", "Bytes of the page.")
CERTIFICATE = gauge("tenfold_front_certificate_end_timestamp_seconds", "When the certificate ends.")
METRICS = (DURATION, STATUS, BYTES, CERTIFICATE)


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered."""

    seconds: float
    status: int
    bytes: int
    certificate_ends: float | None


def read(site: tuple[httpx.Client, str]) -> Page:
    """Asks for the page.

    Raises:
        httpx.HTTPError: There was no answer.
    """
    client, url = site
    started = time.perf_counter()
    size = 0
    with client.stream("GET", url) as answer:
        ends = _certificate_end(answer)
        for piece in answer.iter_raw():
            size += len(piece)
            if size > BYTES_AT_MOST:
                break
    return Page(seconds=time.perf_counter() - started, status=answer.status_code, bytes=size, certificate_ends=ends)


def _certificate_end(answer: httpx.Response) -> float | None:
    stream = answer.extensions.get("network_stream")
    secured: Any = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = secured.getpeercert() if secured is not None else None
    ends = (certificate or {}).get("notAfter")
    return float(ssl.cert_time_to_seconds(ends)) if isinstance(ends, str) else None


def samples(page: Page) -> Iterable[Sample]:
    """Time, status, size, and the certificate's end."""
    yield DURATION.sample(page.seconds)
    yield STATUS.sample(page.status)
    yield BYTES.sample(page.bytes)
    if page.certificate_ends is not None:
        yield CERTIFICATE.sample(page.certificate_ends)
