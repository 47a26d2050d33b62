// Which of the parts that take the app longest to make a screen shows: the app makes no other for this window. A screen is
// given these alone, so one that shows another and does not say so here fails at once. Who is not listed is given everything.

const DEAR = ["tasks", "consents", "agreements", "repair", "problems"];

const NEEDS = {
  today: ["tasks", "consents", "agreements"],
  consents: ["consents"],
  agreements: ["agreements"],
  repair: ["repair"],
  focus: [],
  checklists: [],
  limits: [],
  sharing: ["consents"],
  habits: ["agreements"],
  timeline: [],
  pairing: ["problems"],
  settings: [],
  help: [],
};

export const needs = (screen) => NEEDS[screen] ?? DEAR;

export const narrowed = (view, screen) => {
  const shown = needs(screen);
  return Object.fromEntries(Object.entries(view).filter(([part]) => !DEAR.includes(part) || shown.includes(part)));
};
