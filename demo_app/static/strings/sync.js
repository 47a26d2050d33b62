// What the page says: how in step the laptops are.

import { count } from "./grammar.js";

export const sync = {
  alone: "Just you, for now",
  apart: "Not connected with anyone",
  in_step: (device) => `In step with ${device}`,
  waiting: (n) => `${count(n, "change", "changes")} waiting`,
  away: (day) => (day ? `Not reached since ${day}` : "Not reached yet"),
  coming: (device) => `Catching up with ${device}`,
  link: "Open Pairing & sync",
};
