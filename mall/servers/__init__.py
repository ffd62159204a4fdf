"""The mall's own servers: PostgreSQL from a wheel, Redis from a wheel, both on loopback and both ended with the mall."""
