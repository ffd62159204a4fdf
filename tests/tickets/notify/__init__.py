"""Messages and claim links, against real little services on loopback."""
