// What the page says: about what is half typed.

export const drafts = {
  kept: "Half written, and kept on this laptop alone until you send it.",
  own: "Half written, and kept on this laptop alone.",
  discard: "Discard",
  discardOf: (form) => (form ? `Discard what is half written: ${form}` : "Discard what is half written"),
};
