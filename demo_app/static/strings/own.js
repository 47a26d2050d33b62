// What the page says wherever something is one's own, to be changed or taken away on this laptop.

export const own = {
  change: "Change",
  save: "Save",
  changed: "Changed.",
  takeAway: "Take it away",
  takenAway: "Taken away from this laptop.",
};
