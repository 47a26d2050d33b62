// What the page says on every screen, where somebody should not have to look for it.

export const heed = {
  stopped: "Nothing you write is kept just now",
  notice: "Look at the devices",
  read: "I have read it",
};
