"""What Redis' and its driver's errors mean, and what mends each."""

import redis

from collectors.runner import CollectorError
from facts.readings import Status

ACL = (
    "ACL SETUSER <user> +ping +select +info +dbsize +scan +randomkey +type +pttl +exists +strlen +llen +hlen +scard +zcard +xlen "
    "+memory|usage +slowlog|get +config|get +client|setname ~*"
)
_NEW_PASSWORD = "correct the password in the URL: redis://user:${NAME}@host:6379"  # noqa: S105  (a sentence)
_PASSWORD = "give it in the URL: redis://:${NAME}@host:6379"  # noqa: S105  (a sentence)
ADDRESS = (
    "write it as redis://user:${NAME}@host:6379; in a password / is %2F, @ is %40, : is %3A, # is %23 and ? is %3F"
)
_SILENT = "look whether it is stopped or busy with a long command, or speaks no TLS where the URL says rediss://"
_FAILURES = (
    ("WRONGPASS", "the password was refused", _NEW_PASSWORD),
    ("invalid username-password", "the password was refused", _NEW_PASSWORD),
    ("NOAUTH", "the server asks for a password and none was given", _PASSWORD),
    ("Authentication required", "the server asks for a password and none was given", _PASSWORD),
    ("HELLO must be called", "the server asks for a password and none was given", _PASSWORD),
    ("NOPERM", "the user's ACL does not allow a command", ACL),
    ("has no permissions", "the user's ACL does not allow a command", ACL),
    ("LOADING", "the server is still loading its data", "wait until it has started"),
    ("protected mode", "the server is in protected mode and answers only its own machine", "set a password, and give it in the URL"),
    ("DB index is out of range", "the server has no database of that number", "correct the number at the end of the URL"),
    ("Timeout", "the server accepted and gave no answer in time", _SILENT),
    ("timed out", "the server accepted and gave no answer in time", _SILENT),
    ("SSL", "TLS was refused", "use rediss:// only where the server speaks TLS"),
    ("Connection refused", "nothing listens there", "check host and port of the URL, and that the server runs"),
    ("No such file or directory", "nothing listens on that socket", "check the path of the URL, and that the server runs"),
    ("Name or service not known", "the host name is not known", "check the host of the URL"),
    ("name resolution", "the host name is not known", "check the host of the URL, and this machine's DNS"),
    ("No address associated", "the host name is not known", "check the host of the URL"),
    ("Network is unreachable", "the network is not reachable", "check host and routes"),
    ("No route to host", "the host is not reachable", "check host and routes"),
    ("Connection closed by server", "the server closed the connection", "check that it speaks the Redis protocol, and its maxclients"),
    ("Connection reset", "the server closed the connection", "check that it speaks the Redis protocol, and its maxclients"),
    ("max number of clients", "the server has no free client slot", "raise maxclients, or wait"),
    ("unknown command", "the server does not know a command", "some managed services hide it; that part is left out"),
)  # fmt: skip


def understand(error: Exception) -> CollectorError | None:
    """The failure behind a driver's exception."""
    if not isinstance(error, redis.RedisError | OSError | ValueError | UnicodeError):
        return None
    text = str(error)
    for part, happened, remedy in _FAILURES:
        if part.lower() in text.lower():
            forbidden = part in {"NOPERM", "has no permissions"}
            status = (
                Status.FORBIDDEN
                if forbidden
                else Status.TIMED_OUT
                if "timed out" in part.lower() or part == "Timeout"
                else Status.FAILED
            )
            return CollectorError(happened, status=status, remedy=remedy)
    return CollectorError(text.splitlines()[0] if text else type(error).__name__)
