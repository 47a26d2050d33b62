// What the page says: several records on one laptop.

import { list } from "./grammar.js";

export const records = {
  title: "Your records",
  lead: "You can have several, each with its own people. Nothing of one is seen in another; your journal, your words and your places to turn to are yours beside all of them.",
  of: (act, name) => `${act}: ${name}`,
  withNames: (names) => (names.length === 0 ? "Just you" : `With ${list(names)}`),
  here: "You look at this one",
  open: "Look at it",
  pause: "Pause it",
  pausedNow: (name) => `“${name}” is paused.`,
  paused: "Paused",
  over: "Over",
  stop: "Stop sharing in it",
  stopped: "Stopped. Nothing of it is left with anyone there.",
  flows: (names) => `Sharing in ${list(names)}`,
  option: (text, paused) => (paused ? `${text} (paused)` : text),
  onlyThis: (name) => `Only “${name}” is paused. The others go on:`,
  onlyThisOf: "Your other records",
  begin: "Begin another record…",
  name: "The name of the record",
  nameHint: "Whoever you let in reads this name, too. It stays as you write it.",
  called: "What are you called in it?",
  calledHint: "Left empty, as you are here.",
  beginNow: "Begin it",
  begun: "Begun, with just you in it. To let somebody in, show them a code from here.",
  empty: "Give it a name, so that you always know in which one you are.",
};
