// What the page says: checking in.

import { ended, list } from "./grammar.js";

export const checkIn = {
  title: "Checking in",
  ask: "How do you arrive today?",
  hint: "For yourself first. Keep it, share it, or leave it: each of them is fine.",
  open: "Check in",
  notNow: "Not now",
  words: "What comes closest?",
  own: "Or in a word of your own",
  need: "Something you need (may stay empty)",
  gratitude: "Something you are grateful for (may stay empty)",
  sharing: "What you share can be read at once, and cannot be called back.",
  keep: "Keep it, for me",
  share: (names) => `Share it with ${list(names)}`,
  kept: "Kept. Only you can read it.",
  shared: (names) => ended(`Shared with ${list(names)}`),
  saidNotNow: "Not now: that is a whole answer.",
  isShared: "shared",
  remove: "Take it away",
  removed: "Taken away from this laptop.",
  again: "Check in anew",
  arrives: "Arriving",
  arriving: list,
  needs: "Needs",
  grateful: "Grateful for",
  theirs: (name, day) => `${name} checked in, ${day}`,
  youSaidNotNow: "Not now. That is a whole answer.",
  theySaidNotNow: "Not now. That is a whole answer, and nothing more is meant by it.",
};
