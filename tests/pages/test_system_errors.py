"""What the system refuses is said in words that can be translated."""

import errno
from pathlib import Path

import pytest

from facts.system_errors import why
from pages.translation import translator


def test_a_file_that_is_not_there_is_said_in_the_readers_language(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        (tmp_path / "none").read_text()
    assert str(why(caught.value)) == "there is no such file or folder"
    assert translator("zh")(why(caught.value)) == "没有这个文件或目录"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EXDEV, "Invalid cross-device link"), "Invalid cross-device link"),
        (OSError("damaged"), "damaged"),
        (OSError(), "OSError"),
    ],
)
def test_what_we_have_no_words_for_is_said_in_the_systems(error: OSError, said: str) -> None:
    assert str(why(error)) == said
