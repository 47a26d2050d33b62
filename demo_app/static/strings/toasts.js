// What the page says: what is said after an act on a task.

export const toasts = {
  done: (title) => `Done: ${title}`,
  undone: (title) => `Not done after all: ${title}`,
  accepted: "You said yes.",
  declined: "You said no. That is all it takes.",
  changed: "Changed.",
  changedFor: (name) => `Changed. ${name} is asked for a new yes.`,
};
