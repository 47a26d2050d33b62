// What the page says: the lock.

export const unlock = {
  title: "Welcome back",
  hiddenTitle: "Locked",
  hidden: "What is open here needs your passphrase again. Pause works without it: it stops everything, in every record on this laptop.",
  lead: "Your passphrase opens what is on this laptop.",
  passphrase: "Passphrase",
  open: "Unlock",
  opening: "Unlocking…",
};
