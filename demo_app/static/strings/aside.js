// What the page says: what is set aside on this laptop.

export const aside = {
  hide: "Hide this here",
  hidden: "Hidden on this laptop; nobody is told. It is under Journal, “Set aside here”.",
  title: "Set aside here",
  lead: "On this laptop alone. Nobody is told: to the others it looks unanswered, and it neither says yes nor no.",
  people: "People",
  mute: (name) => `Mute ${name}`,
  muteHint: (name) =>
    `What ${name} asks, offers or tells waits unseen on this laptop until you want to see it. ${name} is not told. A pause, a no, a withdrawal or a limit of theirs always shows.`,
  muted: (name) => `What ${name} asks waits unseen. They are not told.`,
  isMuted: "Muted",
  unmute: (name) => `Hear from ${name} again`,
  unmuted: (name) => `What ${name} asked meanwhile is there again.`,
  things: "Hidden",
  nothing: "Nothing is hidden. Where somebody asks or tells you something, you can choose “Hide this here”.",
  show: "Show it again",
  shown: "It is where it was.",
  nouns: {
    task: "a task",
    consent: "a consent",
    agreement: "an agreement",
    checkIn: "a check-in",
    moment: "a small moment",
    update: "an open update",
    slip: "a slip-up",
    checklist: "a checklist",
    focus: "a time together",
    erasing: "the question whether to erase the record",
  },
  gone: "Something that is not here any more",
  from: (noun, who, title) => `${who === "you" ? "Yours" : `From ${who}`}: ${noun}${title ? `, “${title}”` : ""}`,
};
