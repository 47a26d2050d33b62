// What the page says: Checklists.

import { list } from "./grammar.js";

export const checklists = {
  lead: "Before a scene, and for the care after it. Each of you ticks every line afresh, each time. Silence means not ready.",
  occasions: { scene: "Before a scene", aftercare: "The care afterwards" },
  open: "Open now",
  begunBy: (who, when) => `begun by ${who}, ${when}`,
  began: (name) => `${name} began a checklist`,
  look: "Look at it",
  ready: "Everyone is ready, for now",
  notReady: "Not ready",
  waitsFor: (names) => `not everything is ticked by ${list(names)} yet`,
  tickedBy: (names) => `ticked by ${list(names)}`,
  untick: "A tick is yours alone. Take one back, and this round is over at once, for all of you, without a reason.",
  stop: "Stop it",
  stopped: "Stopped. That is all it takes.",
  finish: "We are done with it",
  finished: "Put away.",
  stoppedTitle: "Stopped today",
  isStopped: "Stopped",
  stoppedHint: "Somebody said stop, or paused, and nobody has to say why. Nothing that was ticked counts any more.",
  again: "Begin it afresh",
  begun: "Begun, with nothing ticked.",
  beginTitle: "Begin a checklist",
  occasion: "What for?",
  lines: "What each of you ticks",
  linesHint: "One line each. Change them until they are yours.",
  name: "A name for it (may stay empty)",
  people: "Who takes part?",
  begin: "Begin",
  permits: "Ready is how it is at this moment. It permits nothing that no consent of yours holds.",
};
