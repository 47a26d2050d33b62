// What the page says: Limits.

export const limits = {
  lead: "What is not to be. A limit holds from the moment you say it. Nobody has to agree, and nobody asks why.",
  add: "Say a limit of your own",
  what: "What is not to be?",
  whatHint: "In your own words, as you would say them aloud.",
  kind: "What kind?",
  kinds: { boundary: "Boundary", "hard limit": "Hard limit" },
  kindHints: {
    boundary: "Something you keep to, and may want to talk about some day.",
    "hard limit": "Something that is not up for talk.",
  },
  say: "Say it",
  set: "It holds from now on.",
  mine: "Your limits",
  theirs: (name) => `${name}’s limits`,
  noneOfMine: "You have named none here.",
  noneOfTheirs: (name) => `${name} has named none here. That is not a yes to anything.`,
  since: (when) => `since ${when}`,
  loosen: "Loosen…",
  of: (act, text) => `${act}: ${text}`,
  loosenTitle: "Loosen this limit?",
  loosenLines: ["It no longer holds from then on, and the others can read that. Nothing is agreed to by it. You can say it again at any moment."],
  loosenNow: "Loosen it",
  loosened: "Loosened.",
  keep: "Keep it",
  holds: "A line of a consent that is word for word one of these limits does not hold while the limit stands.",
};
