"""Whether an address means the machine on which Tenfold runs."""

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether it is reached without leaving the machine.

    Args:
        host: A name, an IP address, the folder of a socket, or nothing, which is a database driver's own socket.
    """
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
