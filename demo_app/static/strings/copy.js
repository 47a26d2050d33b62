// What the page says: a copy of one’s own.

export const copy = {
  open: "A copy of your own…",
  title: "A copy of your own",
  which: "What for?",
  kinds: { markdown: "To read", json: "To keep", automerge: "The raw documents" },
  hints: {
    markdown: "A text with headings (Markdown) that any editor opens.",
    json: "One file (JSON) that this software can show you again later.",
    automerge:
      "Automerge files for other tools, in one zip: of this record alone. They hold everything as it is stored: also what waits unseen, and what others did to the minute.",
  },
  journal: "With what is mine alone: my journal and my notes",
  save: "Save it outside the app",
};
