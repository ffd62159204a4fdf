"""Opens the practice mall for the demo's stories, and holds it open."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mall import Mall, open_mall
from mall.practice import Size
from tenfold.cli.options import Terminal
from tenfold.demo.story import create_role
from tenfold.words import _


@contextmanager
def opening(folder: Path, *, size: Size, scramble: int | None, terminal: Terminal) -> Iterator[Mall]:
    """The practice mall with the least-privileged role, opened under a progress bar that ends with the opening."""
    with ExitStack() as stack:
        with terminal.progress() as progress:
            task = progress.add_task(_("Opening the practice mall"), total=1.0)
            mall = stack.enter_context(
                open_mall(
                    folder,
                    size=size,
                    scramble=scramble,
                    progress=lambda _step, share: progress.update(task, completed=share),
                )
            )
        create_role(mall)
        yield mall


def hold_open(mall: Mall, terminal: Terminal) -> None:
    """Until Ctrl-C."""
    terminal.remark(_("The mall stays open at {url}; Ctrl-C closes it.").format(url=mall.shop_url))
    terminal.remark(
        _("To rehearse it, write its rehearsal key under [loadtest] in tenfold.toml: {line}").format(
            line=f'key = "{mall.secret}"'
        )
    )
    signal.pause()
