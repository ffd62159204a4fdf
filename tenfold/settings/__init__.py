"""What the user told us: `tenfold.toml`, or the addresses on the command line."""

from tenfold.settings.addresses import from_addresses
from tenfold.settings.file import find_file, load
from tenfold.settings.model import Settings

__all__ = ["Settings", "find_file", "from_addresses", "load"]
