// What the page says: small moments and open updates.

export const told = {
  moments: "Small moments",
  moment: "A word of thanks, or a small promise that was kept",
  note: "Share it",
  noted: "Shared.",
  by: (who, when) => `${who}, ${when}`,
  updates: "Open updates",
  updatesHint: "What you changed, how you feel, what you put in place: told because you want to tell it. Nobody can ask for one here.",
  update: "An open update",
  updateHint: "One of the three is enough.",
  updateOf: (who) => (who === "you" ? "Your open update" : `${who}’s open update`),
  write: "Write an open update",
  asks: { changed: "What did you change?", feeling: "How do you feel?", inPlace: "What did you put in place?" },
  parts: { changed: "Changed", feeling: "Feeling", inPlace: "Put in place" },
  offer: "Share this update",
  offered: "Shared.",
};
