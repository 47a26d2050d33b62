// What the page says: words that help and words to avoid.

export const scripts = {
  title: "Words for a hard talk",
  lead: "Words that help, and words better left unsaid. They are a beginning: change them until they sound like you. Your changes stay on this laptop.",
  plain: "For anyone",
  roles: "In a dynamic with roles",
  rolesHint: "A role only chooses words here. It permits nothing, and nobody is asked for theirs.",
  helps: "Words that help",
  avoid: "Better left unsaid",
  lines: "One per line.",
  yours: "your own version",
  reset: "Read it as it came",
  wasReset: "It reads as it came.",
  write: "Write words of your own",
  name: "A title to find it by",
  aboutRoles: "It speaks of roles",
  add: "Keep it",
  added: "Kept, on this laptop alone.",
};
