// What the page says: Journal, with limits that are still thought about and people to call.

import { list } from "./grammar.js";

export const journal = {
  lead: "For you alone. Nobody can ask for it, nobody sees that you write, and nothing in it is counted.",
  more: "What else to know about it",
  stays: [
    "Your own other devices do not get it either.",
    "Leaving a record, or erasing one, leaves your journal as it is.",
    "What you take away is no longer shown; its words stay in the encrypted files of this laptop, and in backups made before.",
  ],
  write: "Write something down",
  begin: "Begin with a question, or freely",
  freely: "Freely",
  text: "What is there?",
  keep: "Keep it",
  kept: "Kept, on this laptop alone.",
  entries: "What you wrote",
  emptyTitle: "Nothing written yet",
  empty: "A place for what you know, what you need and what you refuse, before anybody else has a say in it. One word is enough to begin.",
  entryOf: (when) => `what you wrote ${when}`,
  change: "What you wrote",
  earlier: "Earlier entries",
  further: "There are more before these. A copy of your own can hold all of them.",
  drafts: "Limits you are thinking about",
  draftsHint: "A draft binds nobody, and nobody reads it. Turn it over for as long as you like.",
  draft: "What might you not want?",
  keepDraft: "Keep it as a draft",
  keptDraft: "Kept as a draft, on this laptop alone.",
  sinceDraft: (when) => `a draft since ${when}`,
  say: "Say it as a limit…",
  sayTitle: "Say this as a limit?",
  sayLines: (names) => [
    names.length > 0
      ? `From then on it is no draft: ${list(names)} will read exactly these words, and that they are yours.`
      : "From then on it is no draft: whoever you let into this record will read exactly these words, and that they are yours.",
    "It holds from that moment, and nobody has to agree. You alone can loosen it; that it was said cannot be called back.",
  ],
  sayAs: { boundary: "Say it as a boundary", "hard limit": "Say it as a hard limit" },
  said: "Said. It holds from now on.",
  keepThinking: "Keep it as a draft",
  people: "People to call",
  peopleHint: "Whom you could call, whatever has happened. They are not told that they stand here, and nobody else sees it.",
  noPeople: "Nobody here yet. One person who would believe you is a good beginning.",
  name: "Who?",
  reach: "How do you reach them? (may stay empty)",
  knows: "What do they know already? (may stay empty)",
  knowsAlready: (what) => `Knows: ${what}`,
  addSomebody: "Add somebody",
  add: "Add them",
  added: "Added, on this laptop alone.",
};
