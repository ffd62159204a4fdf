"""Regular expressions as boards write them: JavaScript's, with or without slashes around them."""

import re


def finds(expression: str, text: str) -> bool:
    """Whether it finds something in the text; one that is no expression finds nothing."""
    slashed = len(expression) > 1 and expression.startswith("/") and expression.endswith("/")
    try:
        return re.search(expression[1:-1] if slashed else expression, text) is not None
    except re.error:
        return False
