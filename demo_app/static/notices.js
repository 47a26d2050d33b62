// Notices of the system: off until their person switches them on in this browser, which then asks them once. They say that
// there is something to remember, and never what; they come where the page is not looked at, and never in a pause.

import { effect, signal } from "./lib/signals.mjs";
import { aloud, greet, KEPT, state } from "./link.js";
import { words } from "./strings.js";

export const blocked = signal(false);

// By the person's own act alone: no browser is asked for anything before.
export const switchAloud = async (on) => {
  const allowed = on && globalThis.Notification && (await Notification.requestPermission()) === "granted";
  blocked.value = on && !allowed;
  aloud.value = allowed;
  if (allowed) localStorage.setItem(KEPT, "on");
  else localStorage.removeItem(KEPT);
  greet();
};

const notify = () => {
  const notice = new Notification(words.reminders.note, { tag: KEPT, silent: true, icon: "/static/icon.svg" });
  notice.onclick = () => {
    window.focus();
    notice.close();
  };
};

// What had come before this window was opened is told in it, and not aloud.
export const listenToReminders = () => {
  let known;
  effect(() => {
    const view = state.value;
    if (view === null) return;
    const at = (view.stage === "open" ? view.reminders.rangAt : view.rangAt) ?? 0;
    const isNew = known !== undefined && at > known;
    known = Math.max(known ?? 0, at);
    const looked = view.stage === "open" && !document.hidden && document.hasFocus();
    if (isNew && aloud.value && !looked) notify();
  });
};
