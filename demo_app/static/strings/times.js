// What the page says: when something is due, and how often.

import { list } from "./grammar.js";

export const times = {
  often: {
    "": "once",
    daily: "every day",
    weekdays: "on weekdays",
    weekly: "every week",
    monthly: "every month",
  },
  on: "On which days? (none: on the day it begins)",
  lastDay: "Until when? (may stay empty)",
  weeklyOn: (days) => `every ${list(days)}`,
  until: (often, day) => `${often}, until ${day}`,
  next: (days) => (days.length > 0 ? `Next: ${days.join(" · ")}` : "It is over: no day is left."),
  there: (day, city) => `${day}, by the clock in ${city}`,
  thereAt: (day, time, city) => `${day}, ${time} in ${city}`,
  here: (there, here) => `${there} (${here} where you are)`,
};
