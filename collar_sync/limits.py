"""Every bound, its unit in its name and its reason beside it.

The first block belongs to the wire: both sides must agree, so these are constants of WIRE_VERSION and never settings.
The second block is local: exceeding one delays or closes, it never makes a valid change unacceptable.
"""

from typing import Final

WIRE_VERSION: Final = 1
WIRE_VERSION_OLDEST: Final = 1  # the oldest that this software still speaks
SCHEMA_VERSION: Final = 1  # of what core and chapters hold; what a newer one adds is kept, unread

# --- the wire: acceptable or not must not depend on who asks ---
CHANGE_BYTES_MAX: Final = 1 << 20  # one change; a long text pasted at once fits, a bomb does not
CHANGE_OPS_MAX: Final = 20_000  # operations in one change; each costs about 20 µs to take in
CHANGE_SLOT_OPS_MAX: Final = 8  # of them at one place: Automerge is quadratic in these, 4 s for 20,000; an edit has one
CHANGE_DEPS_MAX: Final = 256  # concurrent heads a change may join
CHANGE_ACTORS_MAX: Final = 1_024  # other actors one change may name
OP_PREDECESSORS_MAX: Final = 256  # concurrent values one operation may replace
CHANGE_PREDECESSORS_MAX: Final = 20_000  # the same, over one change; else twenty bytes could name five million
OP_COUNTER_MAX: Final = 1 << 30  # Automerge breaks near 2**31; a decade of typing stays far below
STATEMENT_BYTES_MAX: Final = 16 << 10  # one sentence of a person with its terms
STATEMENT_ANSWERS_MAX: Final = 256  # statements one statement may answer
KEY_BYTES_MAX: Final = 256  # a record key or field name
ACTOR_BYTES: Final = 24  # 16 of the device's fingerprint, 8 random for this opening

MESSAGE_BYTES_MAX: Final = 16 << 20  # one session message before sealing; ten years of a document are below 1 MiB
BATCH_BYTES_MAX: Final = 4 << 20  # a catch-up above this goes as a snapshot
BATCH_OPS_MAX: Final = 100_000  # operations in one batch or snapshot; each takes half a kilobyte until it is taken in
BATCH_CHANGES_MAX: Final = 2_000  # likewise: a snapshot loads faster than this many changes apply
SNAPSHOT_CHANGES_BYTES_MAX: Final = 12 << 20  # what one unfolds into; more goes in slices. A full chapter has 0.5 MiB
TESTIMONY_BYTES_MAX: Final = 8 << 20  # of a document that was split, with the next; what is longer is not passed on
TESTIMONY_CHANGES_MAX: Final = 20_000  # of a document that was split; a full chapter has a few thousand
ACTORS_MAX: Final = 20_000  # one incarnation an opening: ten years of several openings a day
CHAPTER_ENTRIES_MAX: Final = 1_000  # records and statements; smaller documents cost bytes, larger ones time to load
CHAPTERS_AHEAD_MAX: Final = 64  # chapters that may arrive before those between; a first sync comes in any order
DOCUMENTS_MAX: Final = 4_096  # documents in one space; ten years of chapters are below 200
RECORD_BYTES_MAX: Final = 65_535  # one sealed Noise record, as Noise defines it
HANDSHAKE_BYTES_MAX: Final = 4_096  # one handshake message with its payload
PADDED_BYTES_MIN: Final = 256  # no record is shorter inside, so that a short answer and a short edit look alike
REKEY_MILLISECONDS: Final = 900_000  # and no key serves longer: a quarter of an hour
REKEY_RECORDS: Final = 1_024  # records in one direction under one key; a key stolen later opens nothing older
NAME_CHARACTERS_MAX: Final = 80  # of a person, device or space: one line of a small screen
AIR_BODY_BYTES_MAX: Final = 2_048  # one word in passing: a line or two, and what an app adds
AIR_KIND_CHARACTERS_MAX: Final = 64  # what kind of word it is
AIR_LIFETIME_MILLISECONDS_MAX: Final = 86_400_000  # a day: what was typed by hand is not true for longer
TAGS_COUNT: Final = 16  # beacon tags in one announcement, real or not; with more devices they take turns
TAG_BYTES: Final = 8  # a stranger's tag is taken for a friend's once in 2**64 looks

# --- meaning: what a statement may say; a fold ignores what is beyond, so these too are constants of the version ---
MOMENT_MILLISECONDS_MAX: Final = 7_258_000_000_000  # late in 2199: calendars of every language show a day before that
PURPOSE_CHARACTERS_MAX: Final = 500  # a sentence or two says why
LINE_CHARACTERS_MAX: Final = 300  # one thing included, excluded, or one who may see
LINES_MAX: Final = 32  # things in one list; three full lists still fit one statement
PARTIES_MAX: Final = 16  # people named in one consent
AMENDMENTS_DEEP_MAX: Final = 512  # versions in a row: a weekly change for ten years
RIVALS_MAX: Final = 16  # other versions listed beside one; a person reads no more
TITLE_CHARACTERS_MAX: Final = 200  # a task in one line
DETAILS_CHARACTERS_MAX: Final = 10_000  # shared text is merged by character; a page or three
REPEAT_CHARACTERS_MAX: Final = 200  # one RRULE
SENTENCE_CHARACTERS_MAX: Final = 500  # one accurate sentence about a slip-up; a small moment; an offered commitment
PASSAGE_CHARACTERS_MAX: Final = 1_000  # one part of a debrief or an apology; five of them fit one statement
FACTS_CHARACTERS_MAX: Final = 4_000  # shared facts, which are one statement
FEELING_CHARACTERS_MAX: Final = 40  # one word for how somebody arrives, or a few
FEELINGS_MAX: Final = 6  # of them in one check-in
COMMITMENTS_MAX: Final = 3  # small promises that come out of one repair: more are not kept
ROUNDS_MAX: Final = 100  # times that one repair goes round; long before that, it is not what helps
TALK_MILLISECONDS_MIN: Final = 20 * 60 * 1000  # from asking to the talk: what a body needs to calm down
TALK_SAID_WITHIN_MILLISECONDS: Final = 60_000  # whoever means "in twenty minutes" chooses, and then presses a button
TALK_MILLISECONDS_MAX: Final = 24 * 60 * 60 * 1000  # longer is no pause but silence
PRICE_MILLISECONDS_MIN: Final = 14 * 24 * 60 * 60 * 1000  # from a slip-up, or leaving a repair; as long as after a no
SHARED_CHARACTERS_MAX: Final = 300  # one live value: a sentence or two
CHECKLIST_HOURS_MAX: Final = 24  # a checklist that was ready yesterday says nothing about today
FOCUS_MINUTES_MAX: Final = 240  # of one focus session; longer is a day's work, not a shared time
REMINDER_MINUTES_MAX: Final = 7 * 24 * 60  # ahead of a task; what is further away is a date in a calendar
REVIEW_MILLISECONDS_MAX: Final = 366 * 24 * 60 * 60 * 1000  # until the next look at what was agreed; a year at most

# --- reading: how much is shown at once; the rest is on the next page ---
CALENDAR_DAYS_MAX: Final = 400  # of one calendar: a year and what hangs over
TIMELINE_LINES: Final = 50  # a few screens
TIMELINE_DAY_LINES_MAX: Final = 500  # of one day; nobody does so much, software may
COPY_CHARACTERS_MAX: Final = 128 << 20  # an export of ten years has some ten million
UNDO_MILLISECONDS_MAX: Final = 24 * 60 * 60 * 1000  # since an act that can be taken back after the app was closed
UNDO_STEPS_MAX: Final = 50  # own acts that can be taken back; who wants to go further knows what they want
RECURRENCE_READ_MAX: Final = 1_000  # shared slip-ups at rest looked through for a kind that came up before: 10 ms
TIMELINE_READ_MAX: Final = 5_000  # statements of one page's days

# --- local: overload delays, it never refuses ---
EDITS_AT_ONCE: Final = 32  # in one change, of an act that answers much: statements so many are half of what one holds
STOPPED_AT_ONCE: Final = 64  # sessions and checklists that one pause or lift names; nobody has so many under way
HEARD_BYTES_MAX: Final = 32 << 20  # of what others held of split documents; a chapter has half a MiB on each device
PROOFS_SPARE_BYTES_MAX: Final = 16 << 20  # of proofs that show more of what is known, or of documents not here
DEVICES_LET_IN_MAX: Final = 32  # connected with, of those that one let in, also through others; each costs a call 40 µs
JOURNAL_CHARACTERS_MAX: Final = 50_000  # one private entry; it is one value of one change, far below a change's bytes
DRAFT_CHARACTERS_MAX: Final = 60_000  # of one form, half typed; an entry of the journal, and the names of fields
DRAFTS_MAX: Final = 64  # forms half typed at once; all are read at each opening, and 64 of that size are 4 MB
CLOCKS_APART_MILLISECONDS_MAX: Final = 24 * 60 * 60 * 1_000  # by time zones; what is further ahead says nothing of when
DRAFT_NAME_CHARACTERS_MAX: Final = 200  # of a form, or of a field in it: a word and an id
HANDSHAKE_MILLISECONDS_MAX: Final = 5_000  # from open to proven key; a slow laptop needs 50 ms
PAIRING_MILLISECONDS_MAX: Final = 300_000  # a code lives five minutes
COMPARE_MILLISECONDS_MAX: Final = 300_000  # and so long two people may take over the three words
PAIRING_FAILURES_FREE: Final = 2  # codes in a row that may fail before the next one waits: fingers slip
PAIRING_DELAY_MILLISECONDS_MIN: Final = 10_000  # the first wait, which doubles with each further failure
PAIRING_DELAY_MILLISECONDS_MAX: Final = 600_000  # and stops growing here: six guesses in a million an hour
AIR_KINDS_MAX: Final = 16  # kinds of words in passing from one device at once: 32 KiB in memory
TRACKED_HABITS_MAX: Final = 6  # of them for entries about habits; the rest is for presence, live values and apps
AIR_BURST: Final = 16  # words in passing at once, every kind one
AIR_EACH_MILLISECONDS: Final = 500  # and one more each so often; faster than anybody types
AIR_EXCESS_MAX: Final = 64  # beyond that, before a peer is named: no honest device comes near
AIR_LOST_MILLISECONDS: Final = 10_000  # words outlast their connection so long: a reconnect takes 3 s at most
GREETING_MILLISECONDS_MAX: Final = 10_000  # from a proven key to having said what is there
CONNECTIONS_UNPROVEN_MAX: Final = 32  # held open at once, of strangers, and of known hosts; see strangers.py
OUTBOX_BYTES_MAX: Final = 4 << 20  # waiting to be sent to one peer; it is offered nothing more until half is gone
UNREAD_WAITS: Final = 9  # then after each frame of that peer others come first, so many times as long as it took,
UNREAD_WAIT_SECONDS_MAX: Final = 0.1  # but not longer: its answers to pings come behind eight frames at most
SENT_BYTES_TOLD: Final = 64 << 10  # what went out is told so often; far less than the bound before it
ANSWERED_MAX: Final = 4_096  # calls of a device remembered as answered: one that calls every few seconds for hours
RECONNECT_MILLISECONDS_MIN: Final = 400  # between two calls of a device: a mended network is noticed in less than 1 s
RECONNECT_MILLISECONDS_MAX: Final = 30_000  # and never more; signs of it, and people who write, bring a call forward
RECONNECT_PART: Final = 60  # of the time that it was looked for, one wait: half a second for half a minute
RECONNECT_PART_MISSED: Final = 600  # the same where it was lost in silence: four minutes; 1.5 s after fifteen
NEWS_BURST: Final = 8  # announcements of one device with news in them, taken at once: a network that changes costs four
NEWS_EACH_MILLISECONDS: Final = 10_000  # and one more so often: who repeats a recorded one scans no ports through us
PING_SECONDS: Final = 1.5  # with the two below a cut is noticed within 4 s, on a busy machine too
PONG_SECONDS: Final = 1.5  # see PING_SECONDS
CLOSE_SECONDS: Final = 0.5  # see PING_SECONDS; the library's 10 s would dominate
WAITING_BYTES_MAX: Final = 16 << 20  # of one peer, for the disk or behind a snapshot; the rest is asked for again
PENDING_BYTES_MAX: Final = 1 << 20  # on its way to the disk; beyond it what peers send waits. A full chapter is half
SNAPSHOT_LOAD_SECONDS_MAX: Final = 20.0  # a document of ten years needs 1 s, on a slow laptop 5 s
SNAPSHOT_START_SECONDS_MAX: Final = 20.0  # the child's own start; 0.2 s on a quiet machine
SNAPSHOT_IDLE_SECONDS: Final = 30.0  # snapshots come in flocks, at a first sync; after that the child is in the way
SNAPSHOT_MEMORY_BYTES_MAX: Final = 512 << 20  # beyond what the child starts with; 50,000 tasks need 134 MB
