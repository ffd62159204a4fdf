"""The web shop: pages that a shopper could click through, served by its own process (`python -m mall.shopfront`)."""
