"""What the operating system refuses, in words that can be translated; its own are English whatever the reader's language."""

import errno

from facts.message import Message, msg, verbatim

_WORDS: dict[int, Message] = {
    errno.ENOENT: msg("there is no such file or folder"),
    errno.EACCES: msg("permission denied"),
    errno.EPERM: msg("permission denied"),
    errno.EISDIR: msg("it is a folder"),
    errno.ENOTDIR: msg("a part of the path is no folder"),
    errno.EEXIST: msg("it exists already"),
    errno.ENOSPC: msg("no space is left on the device"),
    errno.EDQUOT: msg("the disk quota is used up"),
    errno.EFBIG: msg("the file would be too large"),
    errno.EROFS: msg("the file system is read-only"),
    errno.EIO: msg("the device failed"),
    errno.ENAMETOOLONG: msg("the name is too long"),
    errno.ELOOP: msg("its symbolic links go round in a circle"),
    errno.EMFILE: msg("this program has too many files open"),
    errno.ENFILE: msg("the system has too many files open"),
    errno.EADDRINUSE: msg("the address is in use"),
    errno.EADDRNOTAVAIL: msg("the address is none of this machine's"),
    errno.ECONNREFUSED: msg("nothing listens there"),
    errno.ECONNRESET: msg("the connection was reset"),
    errno.EPIPE: msg("the connection was closed"),
    errno.ETIMEDOUT: msg("the time limit has passed"),
    errno.EHOSTUNREACH: msg("there is no way to that machine"),
    errno.ENETUNREACH: msg("there is no way to that network"),
}


def why(error: OSError) -> Message:
    """Why the system refused; in its own words where we have none.

    Args:
        error: From any call of the system.
    """
    known = _WORDS.get(error.errno) if error.errno is not None else None
    return known or verbatim(error.strerror or str(error) or type(error).__name__)
