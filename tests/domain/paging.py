"""A timeline, read to its beginning page by page."""

from collar_sync.domain.timeline import Day, Timeline


def in_pages(timeline: Timeline, lines: int) -> tuple[Day, ...]:
    days: list[Day] = []
    before = None
    while True:
        page = timeline.page(before, lines)
        days += page.days
        assert before is None or all(day.day < before for day in page.days), "no day comes twice"
        if page.before is None:
            return tuple(days)
        assert before is None or page.before < before, "each page goes further back"
        before = page.before
