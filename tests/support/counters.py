"""A token counter whose tokens are words."""


class Words:
    """Counts words."""

    def count(self, text: str) -> int:
        return len(text.split())
