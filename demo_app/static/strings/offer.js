// What the page says: offering a consent.

import { list } from "./grammar.js";

export const offer = {
  title: "Offer a consent",
  stepOne: "Step 1 of 2: the five points",
  stepTwo: "Step 2 of 2: read it once more",
  before: "Before you offer: what need does it serve? Is each of you free to say no? Is it from clarity, or from fear?",
  purpose: "What is it for?",
  purposeHint: "One line, like “Sharing my calendar”.",
  includes: "What is included?",
  excludes: "What is not?",
  lines: "One thing per line.",
  access: "Who may see it?",
  accessHint: "One thing per line. Left empty, it is just you and those you choose below.",
  accessOf: (names) => `Just ${list(names)}`,
  whom: "Whom do you offer it to?",
  whomHint: "It is between you and those you choose. Everyone in this record can read it.",
  nobody: "Choose somebody.",
  until: "Until when? (empty: until someone withdraws)",
  how: "How can each of you pause it, without a price?",
  howDefault: "Say “pause”, or press Pause here. Nothing is asked.",
  next: "Read it once more",
  send: (names) => `Offer this to ${list(names)}`,
  yourGrant: "Offering it counts as your own yes. It holds once everyone named has granted it.",
  sent: "Offered.",
  missing: {
    purpose: "Say in a few words what it is for.",
    includes: "Name at least one thing that is included.",
  },
};
