"""How each page of the practice mall is asked for, for walks through its own access log (`traffic = "log"`).

Redirects are not followed: the page that they lead to is a line of its own in the log, and so a step of its own here.
"""

import re
from urllib.parse import quote

from loadtest.journey import Shopper
from loadtest.journeys.practice_mall import CATEGORIES, PRODUCTS, USERS, WORDS, account
from loadtest.traffic.steps import Steps

steps = Steps()

PRODUCT, CART, ORDERS, PAYMENT = "product", "cart", "orders", "payment"


@steps.on("GET /c/{id}", subjects=[str(number) for number in range(1, CATEGORIES + 1)])
def category(shopper: Shopper, subject: str) -> None:
    """A category's page."""
    shopper.get(f"/c/{subject}")


@steps.on("GET /p/{id}", subjects=[str(number) for number in range(1, PRODUCTS + 1)])
def product(shopper: Shopper, subject: str) -> None:
    """A product's page, which a buyer remembers."""
    shopper.memory[PRODUCT] = int(subject)
    shopper.get(f"/p/{subject}")


@steps.on("GET /search?q", subjects=WORDS)
def search(shopper: Shopper, subject: str) -> None:
    """A word that shoppers look for."""
    shopper.get(f"/search?q={quote(subject)}")


@steps.on("GET /best?page&sold")
def best_sellers(shopper: Shopper, _subject: str) -> None:
    """A page far down the list."""
    shopper.get(f"/best?page={shopper.dice.randrange(300, 950)}&sold={shopper.dice.randrange(1, 2000)}")


@steps.on("GET /login?account")
def login(shopper: Shopper, _subject: str) -> None:
    """An account; any as often as another, so that hardly two shoppers share a cart."""
    shopper.get(f"/login?account={account(shopper.dice, 1 + shopper.dice.randrange(USERS))}", follow=False)


@steps.on("GET /orders")
def orders(shopper: Shopper, _subject: str) -> None:
    """The order history, whose numbers a shopper remembers."""
    shopper.memory[ORDERS] = re.findall(r'href="/orders/(\d+)"', shopper.get("/orders").text)


@steps.on("GET /orders/{id}")
def order(shopper: Shopper, _subject: str) -> None:
    """One of the orders in the history."""
    if numbers := shopper.memory.get(ORDERS):
        shopper.get(f"/orders/{shopper.dice.choice(numbers)}")


@steps.on("GET /cart/add?sku", writes=True)
def add(shopper: Shopper, _subject: str) -> None:
    """What was looked at last goes into the cart."""
    sku = 2 * shopper.memory.get(PRODUCT, 1) - shopper.dice.randrange(2)
    shopper.get(f"/cart/add?sku={sku}", follow=False)
    shopper.memory[CART] = True


@steps.on("GET /checkout?channel", writes=True)
def checkout(shopper: Shopper, _subject: str) -> None:
    """The cart becomes an order, when there is something in it."""
    if shopper.memory.pop(CART, False):
        channel = shopper.dice.choice(("wechat", "wechat", "wechat", "alipay", "alipay"))
        placed = shopper.get(f"/checkout?channel={channel}", follow=False)
        shopper.memory[PAYMENT] = placed.header("location")


@steps.on("GET /pay/{id}?channel", writes=True)
def pay(shopper: Shopper, _subject: str) -> None:
    """The order that was placed is paid."""
    if where := shopper.memory.pop(PAYMENT, ""):
        shopper.get(where)
