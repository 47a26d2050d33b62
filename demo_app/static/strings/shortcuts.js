// What the page says: the keyboard.

export const shortcuts = {
  title: "Shortcuts",
  single: "Use the single keys, too",
  singleHint: "Switch them off if you press them by accident, or speak to your computer.",
  rows: [
    ["Alt+P", "Pause everything, from anywhere"],
    ["Ctrl+Z", "Take back the last thing that can be taken back"],
    ["Esc Esc", "Hide: an empty page, and locked. To come back, take “blank” off the address"],
  ],
  list: "This list",
  hide: "Hide this page now",
};
