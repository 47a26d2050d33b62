// What the page says: follow-through, what was done of what was agreed.

import { list } from "./grammar.js";

export const progress = {
  title: "Follow-through",
  lead: "What was done of what was agreed, as a picture for looking back. What went wrong between you is no part of it, and nothing is added up.",
  whose: (person) => (person.mine ? "Yours" : `${person.name}’s`),
  none: "Nothing was due in these weeks.",
  marks: {
    done: "done",
    missed: "went by",
    resting: "rested",
    due: "for today",
    ahead: "still to come",
    written: "an entry",
  },
  weekdays: ["M", "T", "W", "T", "F", "S", "S"],
  picture: (whose) => `${whose}: a calendar of the last five weeks. In words, below it.`,
  weeks: (whose) => `${whose}: twelve weeks, each as much filled as was done. In words, below it.`,
  bars: "A bar for each week, as full as what was done of what was due.",
  inWords: "In words",
  inWordsOf: (whose) => `In words: ${whose}`,
  dayWords: (day, marks) => `${day}: ${list(marks)}`,
  weekWords: (day, done, due) => `The week of ${day}: ${done} of ${due} done`,
  offer: "Offer to show it…",
  offerHint: "Yours is for you alone. Another sees it only while a consent of yours lets them.",
  shownTo: (names, day) => `${list(names)} can see yours until ${day}.`,
};
