"""How far the machines search: a little with every run of the suite, and deeply where asked for by -m slow.

A failing machine prints the steps that lead there and a line that replays them.
"""

from typing import Final

from hypothesis import Phase, settings

_PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)  # `explain` would double a failing run


def search(stories: int, steps: int) -> settings:
    """So many stories of so many steps."""
    return settings(max_examples=stories, stateful_step_count=steps, phases=_PHASES)
