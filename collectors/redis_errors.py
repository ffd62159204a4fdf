"""What Redis' and its driver's errors mean, and what mends each."""

import redis

from collectors.runner import CollectorError
from facts.message import msg, verbatim
from facts.readings import Status

ACL = verbatim(
    "ACL SETUSER <user> +ping +select +info +dbsize +scan +randomkey +type +pttl +exists +strlen +llen +hlen +scard +zcard +xlen "
    "+memory|usage +slowlog|get +config|get +client|setname ~*"
)
_NEW_PASSWORD = msg("correct the password in the URL: {url}", url="redis://user:${NAME}@host:6379")
_PASSWORD = msg("give it in the URL: {url}", url="redis://:${NAME}@host:6379")
ADDRESS = msg(
    "write it as {url}; in a password / is %2F, @ is %40, : is %3A, # is %23 and ? is %3F",
    url="redis://user:${NAME}@host:6379",
)
_SILENT = msg("look whether it is stopped or busy with a long command, or speaks no TLS where the URL says rediss://")
_PROTOCOL = msg("check that it speaks the Redis protocol, and its maxclients")
_FAILURES = (
    ("WRONGPASS", msg("the password was refused"), _NEW_PASSWORD),
    ("invalid username-password", msg("the password was refused"), _NEW_PASSWORD),
    ("NOAUTH", msg("the server asks for a password and none was given"), _PASSWORD),
    ("Authentication required", msg("the server asks for a password and none was given"), _PASSWORD),
    ("HELLO must be called", msg("the server asks for a password and none was given"), _PASSWORD),
    ("NOPERM", msg("the user's ACL does not allow a command"), ACL),
    ("has no permissions", msg("the user's ACL does not allow a command"), ACL),
    ("LOADING", msg("the server is still loading its data"), msg("wait until it has started")),
    ("protected mode", msg("the server is in protected mode and answers only its own machine"),
     msg("set a password, and give it in the URL")),
    ("DB index is out of range", msg("the server has no database of that number"), msg("correct the number at the end of the URL")),
    ("Timeout", msg("the server accepted and gave no answer in time"), _SILENT),
    ("timed out", msg("the server accepted and gave no answer in time"), _SILENT),
    ("SSL", msg("TLS was refused"), msg("use rediss:// only where the server speaks TLS")),
    ("Connection refused", msg("nothing listens there"), msg("check host and port of the URL, and that the server runs")),
    ("No such file or directory", msg("nothing listens on that socket"), msg("check the path of the URL, and that the server runs")),
    ("Name or service not known", msg("the host name is not known"), msg("check the host of the URL")),
    ("name resolution", msg("the host name is not known"), msg("check the host of the URL, and this machine's DNS")),
    ("No address associated", msg("the host name is not known"), msg("check the host of the URL")),
    ("Network is unreachable", msg("the network is not reachable"), msg("check host and routes")),
    ("No route to host", msg("the host is not reachable"), msg("check host and routes")),
    ("Connection closed by server", msg("the server closed the connection"), _PROTOCOL),
    ("Connection reset", msg("the server closed the connection"), _PROTOCOL),
    ("max number of clients", msg("the server has no free client slot"), msg("raise maxclients, or wait")),
    ("unknown command", msg("the server does not know a command"), msg("some managed services hide it; that part is left out")),
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
    return CollectorError(verbatim(text.splitlines()[0] if text else type(error).__name__))
