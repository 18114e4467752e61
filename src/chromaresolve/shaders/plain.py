"""A shader's text without its comments and strings, every line and column where it was."""

from __future__ import annotations

import re

ASIDES = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', flags=re.DOTALL)
"""A string or a comment. A string counts, so that `//` inside a tooltip begins no comment."""


def without_comments(text: str) -> str:
    """Blank the comments and leave the strings: what a preprocessor's first pass sees."""
    return ASIDES.sub(lambda aside: aside[0] if aside[0][0] == '"' else _blank(aside[0]), text)


def without_strings(text: str) -> str:
    """Blank the comments and what stands inside the strings: nothing but code is left."""
    return ASIDES.sub(
        lambda aside: f'"{_blank(aside[0][1:-1])}"' if aside[0][0] == '"' else _blank(aside[0]),
        text,
    )


def _blank(passage: str) -> str:
    return re.sub(r"[^\n]", " ", passage)
