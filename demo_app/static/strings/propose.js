// What the page says: proposing an agreement.

export const propose = {
  title: "Propose an agreement",
  stepOne: "Step 1 of 2: three questions, then the words",
  need: "What need does this serve?",
  needHint: "The others read this. Like “Evenings that belong to us”.",
  free: "Is each of you free to refuse?",
  onlyYou: "This answer and the next are for you: they are neither kept nor sent.",
  freeOptions: [
    ["yes", "Yes, each of us"],
    ["no", "Not quite"],
  ],
  source: "Does it come from clarity, or from fear?",
  sourceOptions: [
    ["clarity", "From clarity"],
    ["fear", "From fear, partly"],
  ],
  kind: "What kind is it?",
  includes: "What do you want to agree on?",
  rewrites: "Another way to say it",
  rewrite: (found, why, instead) => `“${found}”: ${why} Perhaps: “${instead}”`,
  yours: "Only if you like. You decide how you say it.",
  replaces: "It takes the place of what it changes once everyone named has granted it. Proposing it counts as your own yes.",
  missing: {
    need: "Say in a few words what need it serves.",
    free: "Answer this for yourself first.",
    source: "Answer this for yourself first.",
    includes: "Name at least one thing.",
  },
};
