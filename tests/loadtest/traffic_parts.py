"""Builds sessions for tests of traffic."""

import random
from collections.abc import Sequence

from facts.traffic import Minute, Session, Traffic, Visit


def session(*endpoints: str, at: float = 0.0, pause: float = 1.0, subjects: Sequence[str] = ()) -> Session:
    """A session with equal pauses, whose requests take no time."""
    return Session(
        visits=tuple(
            Visit(
                at=at + number * pause,
                endpoint=endpoint,
                subject=subjects[number] if subjects else "",
                seconds=0.0,
                received_bytes=1000,
            )
            for number, endpoint in enumerate(endpoints)
        )
    )


def traffic(sessions: Sequence[Session], *, sampled: float = 1.0) -> Traffic:
    """Traffic that holds these sessions, as that share of a log; its minutes count the sessions given."""
    starts = [each.visits[0].at for each in sessions]
    requests = round(sum(len(each.visits) for each in sessions) / sampled)
    return Traffic(
        sessions=tuple(sessions),
        began=min(starts),
        ended=max(starts),
        requests=requests,
        told_apart_by="session field",
        minutes=minutes(starts),
    )


def minutes(starts: Sequence[float]) -> tuple[Minute, ...]:
    """Minutes that count these arrivals."""
    seconds: dict[int, int] = {}
    for at in starts:
        seconds[int(at)] = seconds.get(int(at), 0) + 1
    found = {}
    for minute in sorted({second // 60 for second in seconds}):
        counts = [count for second, count in seconds.items() if second // 60 == minute]
        found[minute] = Minute(
            at=minute * 60,
            sessions=sum(counts),
            requests=sum(counts) * 3,
            squares=sum(count * count for count in counts),
        )
    return tuple(found.values())


def poisson(rate: float, seconds: float, *, seed: int, began: float = 0.0) -> list[float]:
    """Arrivals at random."""
    dice = random.Random(seed)
    at, found = dice.expovariate(rate), []
    while at < seconds:
        found.append(began + at)
        at += dice.expovariate(rate)
    return found


def shop(count: int = 1000, *, seed: int = 1, buyers: float = 0.3) -> list[Session]:
    """Shoppers who look at two products, and buyers who log in first and put what they look at into the cart."""
    dice = random.Random(seed)
    found = []
    for number in range(count):
        pause = dice.uniform(1, 5)
        buys = dice.random() < buyers
        pages = ("login", *("product", "cart") * 2, "pay") if buys else ("home", "product", "product")
        found.append(session(*pages, at=number * 2.0, pause=pause))
    return found
