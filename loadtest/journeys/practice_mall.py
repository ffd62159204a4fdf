"""What shoppers do in the practice mall: browse, search, compare best sellers, look at their orders, buy.

The same walks with the same shares as the practice mall's own everyday crowd (`mall.shoppers`), but for its staff, who do not
come ten times as often because there is a promotion, and for half of the searches, which ask for one model as a promotion's
visitors do. Orders, carts and payments are written by `buy` alone.
"""

import random
import re
from urllib.parse import quote

from loadtest.journey import Answer, Shopper, journey

WORDS = (
    "华为手机", "蓝牙耳机", "连衣裙", "运动鞋", "保温杯", "咖啡机", "机械键盘", "羽绒服", "雨伞", "手机",
    "phone", "headset", "sneaker", "espresso",
    "keyboard", "backpack", "watch", "Falcon tablet", "Ginkgo dress", "Lotus cooker",
)  # fmt: skip
MODELS = ("phone", "headset", "sneaker", "espresso", "keyboard", "backpack", "watch", "tablet")
USERS = 40_000
PRODUCTS = 20_000
CATEGORIES = 60
THINK_SECONDS = (0.2, 1.2)


@journey("browse", weight=33)
def browse(shopper: Shopper) -> None:
    """Home, a category, two products."""
    shopper.get("/")
    shopper.think(*THINK_SECONDS)
    shopper.get(f"/c/{1 + shopper.dice.randrange(CATEGORIES)}")
    for _ in range(2):
        shopper.think(*THINK_SECONDS)
        shopper.get(f"/p/{_product(shopper)}")


@journey("search", weight=24)
def search(shopper: Shopper) -> None:
    """Two searches and a product."""
    for _ in range(2):
        shopper.get(f"/search?q={quote(_wanted(shopper.dice))}")
        shopper.think(*THINK_SECONDS)
    shopper.get(f"/p/{_product(shopper)}")


@journey("compare", weight=8)
def compare(shopper: Shopper) -> None:
    """Far down the list of best sellers."""
    page = shopper.dice.randrange(300, 950)
    for step in range(3):
        if step:
            shopper.think(*THINK_SECONDS)
        shopper.get(f"/best?page={page + step}&sold={shopper.dice.randrange(1, 2000)}")


@journey("order history", weight=15)
def order_history(shopper: Shopper) -> None:
    """Login, which leads to the order history, the history once more, one order."""
    _login(shopper, _hot(shopper.dice, USERS))
    shopper.think(*THINK_SECONDS)
    orders = shopper.get("/orders")
    numbers = re.findall(r'href="/orders/(\d+)"', orders.text)
    if numbers:
        shopper.think(*THINK_SECONDS)
        shopper.get(f"/orders/{shopper.dice.choice(numbers)}")


@journey("buy", weight=18, writes=True)
def buy(shopper: Shopper) -> None:
    """Login, a product, the cart, checkout, payment, and a look at the new order.

    Any account buys as often as another: two shoppers who shared a popular one would check out one cart between them.
    """
    _login(shopper, 1 + shopper.dice.randrange(USERS))
    shopper.think(*THINK_SECONDS)
    product = _product(shopper)
    shopper.get(f"/p/{product}")
    shopper.think(*THINK_SECONDS)
    shopper.get(f"/cart/add?sku={2 * product - shopper.dice.randrange(2)}")
    shopper.think(*THINK_SECONDS)
    channel = shopper.dice.choice(("wechat", "wechat", "wechat", "alipay", "alipay"))
    placed = shopper.get(f"/checkout?channel={channel}", follow=False, check=_leads_to_payment)
    shopper.think(*THINK_SECONDS)
    shopper.get(placed.header("location"))
    shopper.think(*THINK_SECONDS)
    shopper.get("/orders")


def account(dice: random.Random, user: int) -> str:
    """What an account logs in with: its e-mail address, or its telephone number."""
    return f"shopper{user}@example.com" if dice.random() < 0.6 else f"1{3_000_000_000 + user}"  # noqa: PLR2004  (most by e-mail)


def _login(shopper: Shopper, user: int) -> None:
    shopper.get(f"/login?account={account(shopper.dice, user)}")


def _product(shopper: Shopper) -> int:
    """One of the popular ones; in a flash sale, the one that is on sale."""
    return 1 if shopper.hot else _hot(shopper.dice, PRODUCTS)


def _wanted(dice: random.Random) -> str:
    """A kind of thing, or as often one model by its number: the long tail, which no cache holds."""
    word = dice.choice(WORDS)
    return word if dice.random() < 0.5 else f"{dice.choice(MODELS)} {1 + dice.randrange(PRODUCTS)}"  # noqa: PLR2004  (as often)


def _leads_to_payment(answer: Answer) -> bool:
    return answer.header("location").startswith("/pay/")


def _hot(dice: random.Random, count: int) -> int:
    """A number from 1 to `count` with a power law: one in a hundred is asked for by four in ten."""
    return 1 + int(count * dice.random() ** 5)
