"""A bound on how often something may happen, with room for a few at once. It knows no clock, and not what happens."""


class Bucket:
    """So many at once, and one more each so many milliseconds."""

    def __init__(self, each: int, burst: int) -> None:
        self._each = each
        self._burst = burst
        self._due = 0  # steady milliseconds; when it is full again

    def take(self, steady: int) -> bool:
        """Whether there is one to take now; takes it."""
        due = max(self._due, steady) + self._each
        if due - steady > self._each * self._burst:
            return False
        self._due = due
        return True

    def full(self, steady: int) -> bool:
        """Whether nothing is missing."""
        return self._due <= steady
