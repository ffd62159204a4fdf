"""Redis keys, commands, routes and addresses without the values in them: what varies becomes a placeholder."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

Key = TypeVar("Key", str, bytes)

_VARIABLE = (
    (re.compile(r"[^\s:@/|]+@[^\s:@/|]+\.\w+"), "{email}"),
    (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "{uuid}"),
    (re.compile(r"(?:\d{1,3}\.){3}\d{1,3}"), "{ip}"),
    (re.compile(r"(?<![A-Za-z0-9])(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}(?![A-Za-z0-9])"), "{hex}"),
    (re.compile(r"(?<![A-Za-z])\d+"), "{number}"),
    (
        re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z_-]*\d)(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{16,}(?![A-Za-z0-9])"),
        "{token}",
    ),
)
# A key may be half a gigabyte; its beginning says what it is for.
_KEY_LIMIT = 512
_DELIMITER = re.compile(r"([:/|.{}_-])")
_FIRST_WORD = re.compile(r"[A-Za-z]{1,32}")
_SLOT = r"\{(?:email|uuid|ip|hex|token|number|text)\}"
# A value that was cut into several placeholders is one text.
_TOUCHING = re.compile(rf"(?:{_SLOT})*\{{text\}}(?:{_SLOT})*")
_REPEATED = re.compile(r"\{text\}(?:[-_.]+\{text\})+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# A segment of a path that a programmer wrote: a word with few figures, perhaps a file of a usual kind.
_SEGMENT = re.compile(
    r"(?!.*\d{3})[A-Za-z_][\w-]{0,38}"
    r"(\.(action|aspx?|css|do|gif|html?|ico|jpe?g|js|json|jsp|map|min|mp4|pdf|php|png|svg|txt|webp|woff2?|xml))*"
    r"|\.well-known|\*",
    re.ASCII,
)
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,36}")
# How frameworks write a route's variable part: {id}, <int:id>, :id, (?P<id>[^/]+), (.:format), *path.
_ROUTE_SLOT = re.compile(
    r"\{[\w:.*?=]{1,40}\}|<[\w:]{1,40}>|\(\?P<\w{1,30}>[^()@\s]{1,40}\)|\(\.?:\w{1,30}\)|:[A-Za-z_]\w{0,30}|\*\w{0,30}",
    re.ASCII,
)
_QUERY_NAME = re.compile(r"[A-Za-z_][\w\[\]-]{0,30}", re.ASCII)
_METHOD = re.compile(r"[A-Z]{3,7}")
# Names of controllers, actions, jobs and frameworks with their versions.
_PROGRAM_NAME = re.compile(r"(?!.*\d{6})[A-Za-z_][\w.:#/\\-]{0,99}", re.ASCII)
_MARK = "\x00"
_ANCHOR = re.compile(r"[\x00^$]")
_VERSION = re.compile(r"v\d{1,2}")

# What follows a key's first word may be anybody's name; only words of the trade are kept. They are listed in the singular.
_TRADE = frozenset(
    """
    access account action active activity actor ad address admin album alert all answer api app area article asset
    async attempt attribute auth avatar average backup balance banner base basket batch best bet binding blacklist
    block blog body book bought brand broadcast browse bucket buffer bull bullmq bundle buyer by cache cached call
    campaign captcha cart catalog catalogue category celery center change channel chat check checkout city claim class
    click client code collection color comment commission common company completed config configuration confirm
    consumer content context cookie count counter country coupon create created credit current customer daily
    dashboard data date day dead deal default delay delayed delivery demo detail device dict digest discount display
    dist done draft duration email empty end engine entity entry error event exchange expire expired export express
    extra fail failed fallback favorite favourite feature feed field file filter finance first flag flash flow follow
    follower footer form fragment free fresh friend front full gateway geo get gift global good group guard guest hash
    header health heartbeat help hide history hit home host hot hour hourly html icon id idempotent image import inbox
    index info init input inventory invite invoice item job json key keyword kind kombu label language last latest
    layout leader leaderboard level like limit limiter line link list live load local locale location lock locked log
    login logistic logout lookup low mail main mall manage map mapping marker market master member menu merchant
    message meta metadata metric mine minute missing mobile mode model module month monthly most mq msg mutex name
    navigation nearby new news next node normal notice notification notify number offer offline on once one online
    open option order other outbox owner package page paid param parent part partition path pay payment pending
    permission phone picture pipeline point policy pool popular popup position post prefix prepare preview price
    priority private process processed product profile progress project promo promotion property province pub public
    publish purchase qty quantity query question queue quick quota rank ranking rate rating read ready recent recharge
    recommend recommendation record redlock refresh refund region register related release remain reminder report
    request reserve reserved resource response result retry return review reward role room root route rq rule sale
    sample schedule scheduled scheduler schema score search seckill second section seller semaphore send sent sequence
    server service sess session set setting settlement share shared ship shipment shipping shop short show sid sidekiq
    sign signup site size sku slot slow sms sold sort source special spring spu stage stat state statistic status step
    stock store stream string sub subscribe subscriber success suggest suggestion summary supplier support switch sync
    system table tag task team temp template temporary test theme thumb ticket time timeline timer title tmp today
    token top topic total track tracking trade transaction tree trend trending type unique unpaid unread update
    updated upload url usage used user valid value vendor verify version video view viewed vip visit visited visitor
    vote voucher wait waiting wallet warehouse week weekly weight wishlist worker year yesterday zone zset
    """.split()
)


def key_pattern(key: str) -> str:
    """The key with its variable parts replaced: `session:{hex}`, `product:{number}`, `search:{text}`.

    The first word names what the key is for and is kept where it is plain ASCII; later words are kept where they are
    words of the trade, because `cart:zhangsan` looks like `home:best`.
    """
    parts = [(key[:_KEY_LIMIT], False)]
    for pattern, placeholder in _VARIABLE:
        parts = [piece for part in parts for piece in _cut(part, pattern, placeholder)]
    shown = "".join(text if fixed else _words(text, first=place == 0) for place, (text, fixed) in enumerate(parts))
    if len(key) > _KEY_LIMIT:
        shown += "{text}"
    return _REPEATED.sub("{text}", _TOUCHING.sub("{text}", shown))


def _cut(part: tuple[str, bool], pattern: re.Pattern[str], placeholder: str) -> Iterator[tuple[str, bool]]:
    """The part with placeholders for what matches, as parts of their own; the flag says that a part is one."""
    text, fixed = part
    position = 0
    for match in () if fixed else pattern.finditer(text):
        yield text[position : match.start()], False
        yield placeholder, True
        position = match.end()
    yield text[position:], fixed


def _words(text: str, *, first: bool) -> str:
    kept = []
    for part in _DELIMITER.split(text):
        if not part or _DELIMITER.fullmatch(part):
            kept.append(part)
            continue
        plain = _FIRST_WORD.fullmatch(part) is not None if first else is_of_the_trade(part)
        kept.append(part if plain else "{text}")
        first = False
    return "".join(kept)


def is_of_the_trade(word: str) -> bool:
    """Whether the word, or each part of a camelCase one, is a usual word of shops and programs, and so nobody's name."""
    return all(_in_trade(part) for part in _HUMP.sub(" ", word).lower().split(" "))


def _in_trade(word: str) -> bool:
    singulars = (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y")
    return _VERSION.fullmatch(word) is not None or any(singular in _TRADE for singular in singulars)


def refine(patterns: Mapping[str, int], keys: Mapping[Key, str]) -> dict[Key, str]:
    """Patterns by key, with words that vary too much replaced as well.

    A last word that takes many values among keys of the same beginning is somebody's input, not a name.

    Args:
        patterns: How many keys each first pattern has.
        keys: First pattern by key.
    """
    heads: dict[str, set[str]] = {}
    for pattern in patterns:
        head, separator, tail = pattern.rpartition(":")
        if separator and "{" not in tail:
            heads.setdefault(head, set()).add(tail)
    crowded = {head for head, tails in heads.items() if len(tails) > WORDS_AT_MOST}
    return {
        key: f"{pattern.rpartition(':')[0]}:{{text}}" if pattern.rpartition(":")[0] in crowded else pattern
        for key, pattern in keys.items()
    }


WORDS_AT_MOST = 8


def is_plain_segment(segment: str) -> bool:
    """Whether a part of a path between two slashes is a plain ASCII word, which a program has and a person is not."""
    return _SEGMENT.fullmatch(segment) is not None and _HEXADECIMAL.fullmatch(segment) is None


def query_names(query: str) -> str:
    """The names in a query string, without their values: `?page&sort`; empty where there is none."""
    names = sorted({name for name, _ in parse_qsl(query, keep_blank_values=True) if _QUERY_NAME.fullmatch(name)})
    return f"?{'&'.join(names)}" if names else ""


def tag_pattern(name: str, value: str) -> str:
    """A tag of sqlcommenter without the values in it: routes like addresses, other tags whole or not at all."""
    if name == "route":
        return route_pattern(value)
    return value if _PROGRAM_NAME.fullmatch(value) else "{text}"


def route_pattern(route: str) -> str:
    """The route with what is neither a plain word nor a framework's variable part replaced by `{id}`."""
    method, _, rest = route.partition(" ")
    if not _METHOD.fullmatch(method):
        method, rest = "", route
    slots: list[str] = []

    def mark(match: re.Match[str]) -> str:
        slots.append(match.group())
        return _MARK

    path, _, query = _ROUTE_SLOT.sub(mark, rest.replace(_MARK, "")).partition("?")
    kept = []
    for segment in path.split("/"):
        count = segment.count(_MARK)
        own, slots = slots[:count], slots[count:]
        words = [part.strip("-._") for part in _ANCHOR.split(segment)]
        plain = all(not word or is_plain_segment(word) for word in words)
        kept.append(segment.replace(_MARK, "%s") % tuple(own) if plain else "{id}")
    return " ".join(part for part in (method, "/".join(kept) + query_names(query)) if part)
