// What the page says: adding a task.

export const add = {
  title: "Add a task",
  what: "What is it?",
  empty: "Say in a few words what it is.",
  who: "Who for?",
  me: "Me",
  meHint: "A promise of your own. Only you mark it done.",
  themHint: (name) => `${name} can say yes or no. Only ${name} marks it done.`,
  due: "By when? (may stay empty)",
  time: "At what time? (may stay empty)",
  noDay: "Choose a day for that time, too.",
  often: "How often?",
  details: "Details (may stay empty)",
  detailsHint: "Whoever asked and whoever it is for can change these at any time. That asks for no new yes.",
  promise: "Add to my list",
  ask: (name) => `Ask ${name}`,
  added: "On your list.",
  asked: (name) => `Asked. ${name} can say yes or no.`,
};
