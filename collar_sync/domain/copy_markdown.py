"""A copy as Markdown, for reading: the same that its JSON holds, under headings and in sentences.

It must not know a space, a statement or a list: what is not in the copy cannot be in it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from collar_sync.core.letters import on_one_line
from collar_sync.domain import schedule
from collar_sync.domain.copy_forms import AskedFor, Copy, Mended, Offered, Written

_MARKS: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>#|"})


def markdown(copy: Copy, zone: str) -> str:
    """Return the copy as Markdown; days are those of `zone`."""
    names = {each.id: each.name for each in copy.people}
    reader = plain(names.get(copy.me, "you"))  # before anybody was met nobody has a name here
    lines = [f"# {plain(copy.space)}", "", f"As {reader} could read it on {copy.made_on}.", "", copy.note]
    lines += _section("People", [f"- {plain(each.name)}{' (left)' if each.left else ''}" for each in copy.people])
    own_limits = [f"- {plain(names.get(each.by, ''))}: {plain(each.text)} ({each.kind})" for each in copy.limits]
    lines += _section("Limits", own_limits)
    for noun, title in (("consent", "Consents"), ("agreement", "Agreements")):
        found = [each for each in copy.offers if each.noun == noun]
        lines += _section(title, [line for each in found for line in _terms(each, names, zone)])
    lines += _section("Tasks", [line for each in copy.tasks for line in _task(each, names)])
    lines += _section("Shared", [line for each in copy.shared for line in _written(each, names)])
    lines += _section("Repairs", [line for each in copy.repairs for line in _repair(each, names)])
    lines += ["", "## Day by day"]
    for day in copy.days:
        lines += ["", f"### {day.day}", "", *(f"- {plain(each.text)}" for each in day.entries)]
    for kind, records in copy.private.items():
        words = [line for each in records.values() for line in _fields(each)]
        lines += ["", f"## Private: {kind}", *words] if words else []
    return "\n".join([*lines, ""])


def plain(text: str) -> str:
    """Return a text so that it shows as written, whatever marks it holds, on one line."""
    return on_one_line(text).translate(_MARKS)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"## {title}", "", *lines]


def _terms(offer: Offered, names: Mapping[str, str], zone: str) -> list[str]:
    """Write the five points, between whom, and when to look again."""
    terms = offer.terms
    about = ", ".join(filter(None, (terms.get("kind"), offer.state)))
    lines = [f"- **{plain(str(terms.get('purpose', '')))}** ({about})"]
    lines.append(f"  - Between: {_names(offer.parties, names)}")
    for field, words in (("includes", "Included"), ("excludes", "Not included"), ("access", "Who may see")):
        values = terms.get(field)
        if values:
            lines.append(f"  - {words}: {'; '.join(plain(str(each)) for each in values)}")
    if terms.get("flow"):
        how = "Shared live" if terms["flow"] == "sharing" else "Tracked"
        lines.append(f"  - {how}, of {_names(terms['whose'], names)}")
    lines.append(f"  - {_duration(terms.get('starts'), terms.get('until'), offer.review, zone)}")
    lines.append(f"  - How to pause: {plain(str(terms.get('how_to_pause', '')))}")
    return lines


def _duration(starts: int | None, until: int | None, review: int | None, zone: str) -> str:
    where = schedule.zone(zone) or schedule.UTC_ZONE
    days = [
        None if each is None else schedule.local(each, where).date().isoformat() for each in (starts, until, review)
    ]
    words = ("from {}", "until {}" if until is not None else "ongoing", "to be looked at again on {}")
    said = (each.format(day) for each, day in zip(words, days, strict=True) if day or each == "ongoing")
    text = ", ".join(said)
    return text[0].upper() + text[1:]


def _task(task: AskedFor, names: Mapping[str, str]) -> list[str]:
    due = f", due {task.due.replace('T', ' ')}" if task.due else ""
    again = f", {task.repeat}" if task.repeat else ""
    done = f", done for {', '.join(task.done)}" if task.repeat and task.done else ""
    head = f"- {plain(names.get(task.of, ''))}: {plain(task.title)} ({task.state}{due}{again}{done})"
    return [head, *(f"  > {plain(line)}" for line in task.details.splitlines())]


def _repair(repair: Mended, names: Mapping[str, str]) -> list[str]:
    who = plain(names.get(repair.by, ""))
    head = f"- **{plain(repair.sentence)}** ({repair.about}; {who}, {repair.day}; {repair.stage})"
    return [head, *(f"  {line}" for each in repair.written for line in _written(each, names))]


def _written(written: Written, names: Mapping[str, str]) -> list[str]:
    yes = f"; said yes: {_names(written.yes, names)}" if written.yes else ""
    lines = [f"- {plain(names.get(written.by, ''))}, {written.day}: {written.what}{yes}"]
    for heading, words in written.words.items():
        lines.append(f"  - {plain(heading)}: {' / '.join(map(plain, words))}")
    return lines


def _names(people: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(sorted(plain(names.get(each, "")) for each in people))


def _fields(fields: Mapping[str, Any]) -> list[str]:
    texts = [value for name, value in fields.items() if isinstance(value, str) and value and not name.startswith("~")]
    return ["", *(f"> {plain(line)}" for value in texts for line in value.splitlines())] if texts else []
