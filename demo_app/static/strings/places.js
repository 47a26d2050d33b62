// What the page says: places to turn to.

export const places = {
  title: "Somebody to turn to",
  lead: "This list is yours, on this laptop alone. Change it to what is near you, under names that say nothing to others.",
  edit: "Change this list",
  none: "The list is empty.",
  name: "Who or what?",
  reach: "How do you reach it? (may stay empty)",
  addOne: "Add somebody or some place",
  add: "Add it",
  added: "Added, on this laptop alone.",
  reset: "Read those it came with as they were",
  wasReset: "Those it came with read as they were. Your own are still there.",
};
