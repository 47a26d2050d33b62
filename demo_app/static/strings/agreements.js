// What the page says: Agreements.

import { ended, list } from "./grammar.js";

export const agreements = {
  lead: "What you give yourselves, together. It holds once everyone named has said yes, and only for as long as they do.",
  propose: "Propose one",
  emptyTitle: "Nothing agreed yet",
  empty: "A rule, a ritual, a way to repair: whatever it is, it holds only while each of you wants it.",
  emptyAlone: "When you are paired with someone, either of you can propose one here.",
  kinds: {
    rule: "Rule",
    protocol: "Protocol",
    ritual: "Ritual",
    tracking: "Tracking",
    consequence: "Consequence",
    "repair loop": "How we repair",
  },
  version: (n) => (n === 1 ? "first version" : `version ${n}`),
  review: (day) => `Look at it again: ${day}.`,
  limited: (texts) => ended(`Does not hold, since a limit stands against it: ${list(texts)}`),
  change: "Suggest a change…",
  rivals: (n) => (n === 2 ? "Two versions, side by side" : `${n} versions, side by side`),
  rivalsBody: "This was changed in more than one way at once. Nothing was lost, and nothing is mixed.",
  sideOf: (name) => (name === "you" ? "Yours" : `${name}’s`),
  talkFirst: "Talk first, decide later: until all of you have granted the same version, what held before goes on holding.",
  newVersion: "Write one version together…",
};
