// What the page says: the app behind the page is not running.

export const lost = {
  title: "The app on this laptop is not running",
  body: "This page is only a window onto it. Nothing is lost: what you wrote was saved when you wrote it.",
  again: "Start it again the way you started it before. Then open the page with the new code it prints.",
  trying: "This page keeps looking for it.",
  closedTitle: "The app is closed",
  closed: "Everything is saved. You can close this window.",
  strangerTitle: "The app was started again",
  stranger: "It is running, but it does not know this window any more. Open the page with the new code it printed.",
  open: "Type the new code",
  retrying: "Looking for the app…",
};
