"""Serves the shop until it is told to end; configured by the MALL_ variables, which `mall.practice` sets."""

import os
from pathlib import Path

import uvicorn

from mall.shopfront.app import make_app
from mall.shopfront.state import Shop

uvicorn.run(
    make_app(Shop.from_environment(), Path(os.environ["MALL_ACCESS_LOG"])),
    host="127.0.0.1",
    port=int(os.environ["MALL_PORT"]),
    log_level="warning",
    access_log=False,
    lifespan="off",
)
