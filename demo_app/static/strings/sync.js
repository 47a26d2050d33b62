// What the page says: how in step the laptops are.

import { count } from "./grammar.js";

export const sync = {
  alone: "Just you, for now",
  apart: "Not connected with anyone",
  in_step: (device) => `In step with ${device}`,
  all: "In step with everyone",
  waitingFor: (n, device) => `${count(n, "change", "changes")} waiting for ${device}`,
  awayOf: (device, day) => (day ? `${device} not reached since ${day}` : `${device} not reached yet`),
  waiting: (n) => `${count(n, "change", "changes")} waiting`,
  away: (day) => (day ? `Not reached since ${day}` : "Not reached yet"),
  coming: (device) => `Catching up with ${device}`,
  link: "Open Pairing & sync",
};
