"""What a page may want of what is half typed in its forms: read it, keep it, let it go. It does nothing."""

from typing import Annotated

import msgspec

from collar_sync import limits
from demo_app.intention import Id, Intention

Form = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.DRAFT_NAME_CHARACTERS_MAX)]
Words = Annotated[dict[Form, str], msgspec.Meta(max_length=64)]  # fields of a form


class OfDraft(Intention, frozen=True):
    """A form, in the record that it belongs to: another may be looked at by the time that this arrives."""

    space: Id
    form: Form


class LookAtDraft(OfDraft, frozen=True, tag="draft.look"):
    """Read what is half typed in it."""


class KeepDraft(OfDraft, frozen=True, tag="draft.keep"):
    """Have this be what is half typed in these fields of it.

    Others stay as they were kept: a page that is typed in at once does not know of them yet.
    """

    words: Words


class DiscardDraft(OfDraft, frozen=True, tag="draft.discard"):
    """Let go of it."""


OfDrafts = LookAtDraft | KeepDraft | DiscardDraft
