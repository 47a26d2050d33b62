// What the page says: Timeline.

import { count } from "./grammar.js";

export const timeline = {
  lead: "Who did what, by day. What others did shows the day and never the minute.",
  undo: "Take it back",
  more: (n) => `And ${count(n, "line", "lines")} more on this day; a copy of your own has them all.`,
  earlier: "Earlier days",
  further: "There is more before this. A copy of your own has all of it.",
  emptyTitle: "Nothing has happened yet",
  empty: "What each of you does will be told here, in plain sentences.",
};
