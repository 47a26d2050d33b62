// What the page says: Pause, and what stays in reach in it.

import { ended, list } from "./grammar.js";

export const pause = {
  button: "Pause",
  hint: "Everything stops, at once. No reason needed. (Alt+P)",
  title: "Paused",
  lead: "Nothing is due, nothing is asked, every consent reads as paused. Take the time you need.",
  mine: (when) => `You paused ${when}.`,
  theirs: (name, day) => `${name} paused ${day}.`,
  reached: (devices) => ended(`It has reached ${list(devices)}`),
  notReached: (devices) => `It has not reached ${list(devices)} yet. It goes there first, as soon as the laptops meet.`,
  nobody: "You are not paired with anyone, so this pause is yours alone.",
  add: "Add my own pause",
  addHint: "Then it stays paused until you, too, are ready.",
  lift: "Lift my pause",
  liftHint: "You may have paused more than once: this lifts all of yours.",
  liftOthers: (names) => `It stays paused until ${list(names)} ${names.length === 1 ? "lifts" : "lift"} theirs, too.`,
  look: (time) => `No hurry. If it helps, look in again around ${time}.`,
  more: "More time",
  reach: "Still in reach",
  consents: "What you can withdraw from",
  noConsents: "There is nothing to withdraw from.",
  arrived: (name) => `${name} paused. Everything here has stopped.`,
  lifted: "Your pause is lifted.",
  over: "The pause is over.",
};
