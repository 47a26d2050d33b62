"""What a page may want of the records on this laptop, whichever is looked at. Shapes alone."""

from demo_app.intention import Id, Intention, Name


class BeginRecord(Intention, frozen=True, tag="record.begin"):
    """Begin one more, of that title, in which this person is `called` so; it is the one that is looked at then."""

    title: Name
    called: Name = ""


class PauseRecord(Intention, frozen=True, tag="record.pause"):
    """Stop everything in a record that is not looked at."""

    record: Id


class StopFlowing(Intention, frozen=True, tag="record.hush"):
    """Share nothing live any more in a record that is not looked at, and not being here either."""

    record: Id


OfRecords = BeginRecord | PauseRecord | StopFlowing
