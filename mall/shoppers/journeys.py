"""What shoppers do: browse, search, crawl the best sellers, look at their orders, buy."""

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

WORDS = (
    "华为手机", "蓝牙耳机", "连衣裙", "运动鞋", "保温杯", "咖啡机", "机械键盘", "羽绒服", "雨伞", "手机",
    "phone", "headset", "sneaker", "espresso",
    "keyboard", "backpack", "watch", "Falcon tablet", "Ginkgo dress", "Lotus cooker",
)  # fmt: skip
USERS = 40_000
PRODUCTS = 20_000
CATEGORIES = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answered: enough of it to go on."""

    status: int
    location: str
    session: str
    text: str


Get = Callable[[str, str], Awaitable[Answer]]
"""Asks for a path under a page's name and gives the answer."""

Journey = Callable[[Get, random.Random], AsyncIterator[None]]


async def browse(get: Get, dice: random.Random) -> AsyncIterator[None]:
    """Home, a category, two products."""
    await get("/", "home")
    yield
    await get(f"/c/{1 + dice.randrange(CATEGORIES)}", "category")
    yield
    for _ in range(2):
        await get(f"/p/{hot(dice, PRODUCTS)}", "product")
        yield


async def find(get: Get, dice: random.Random) -> AsyncIterator[None]:
    """Two searches and a product."""
    for _ in range(2):
        await get(f"/search?q={dice.choice(WORDS)}{dice.choice(('', '', ' ', '  '))}", "search")
        yield
    await get(f"/p/{hot(dice, PRODUCTS)}", "product")


async def crawl(get: Get, dice: random.Random) -> AsyncIterator[None]:
    """Far down the list of best sellers, as comparison sites do."""
    page = dice.randrange(300, 950)
    for step in range(3):
        await get(f"/best?page={page + step}&sold={dice.randrange(1, 2000)}", "best")
        yield


async def look_back(get: Get, dice: random.Random) -> AsyncIterator[None]:
    """Login, order history, one order."""
    await _login(get, dice)
    yield
    for _ in range(2):
        orders = await get("/orders", "orders")
        yield
    numbers = re.findall(r'href="/orders/(\d+)"', orders.text)
    if numbers:
        await get(f"/orders/{dice.choice(numbers)}", "order")


async def buy(get: Get, dice: random.Random) -> AsyncIterator[None]:
    """Login, the order history that follows it, a product, the cart, checkout, payment."""
    await _login(get, dice)
    yield
    await get("/orders", "orders")
    yield
    product = hot(dice, PRODUCTS)
    await get(f"/p/{product}", "product")
    yield
    await get(f"/cart/add?sku={2 * product - dice.randrange(2)}", "cart-add")
    await get("/cart", "cart")
    yield
    placed = await get(
        f"/checkout?channel={dice.choice(('wechat', 'wechat', 'wechat', 'alipay', 'alipay'))}", "checkout"
    )
    yield
    if placed.location.startswith("/pay/"):
        await get(placed.location, "pay")
        yield
        await get("/orders", "orders")


async def manage(get: Get, dice: random.Random) -> AsyncIterator[None]:
    """The staff looks at a merchant's orders, and now and then at the day's report."""
    await get(f"/admin/orders?merchant={hot(dice, 200)}", "admin")
    yield
    if dice.random() < 0.3:  # noqa: PLR2004  (now and then)
        await get("/admin/report", "admin")


# The mix of an everyday: most look, some search, few buy; the staff is a handful.
MIX: tuple[tuple[Journey, float], ...] = (
    (browse, 0.33),
    (find, 0.24),
    (crawl, 0.08),
    (look_back, 0.15),
    (buy, 0.18),
    (manage, 0.02),
)


def hot(dice: random.Random, count: int) -> int:
    """A number from 1 to `count` with a power law: one in a hundred is asked for by four in ten."""
    return 1 + int(count * dice.random() ** 5)


async def _login(get: Get, dice: random.Random) -> None:
    user = hot(dice, USERS)
    account = f"shopper{user}@example.com" if dice.random() < 0.6 else f"1{3_000_000_000 + user}"  # noqa: PLR2004  (most by e-mail)
    await get(f"/login?account={account}", "login")
