// The keyboard: Pause and hiding from anywhere, taking back, and single keys that can be switched off.

import { signal } from "./lib/signals.mjs";
import { opened, pause, paused, screens, show, takeBack } from "./desk.js";
import { keepAll } from "./drafts.js";
import { act, hangUp, state } from "./link.js";
import { words } from "./strings.js";

const DOUBLE_MILLISECONDS = 600;
const IDLE_MILLISECONDS = 10 * 60_000;
const LOOK_MILLISECONDS = 20_000;
const SLEPT_MILLISECONDS = 3 * 60_000; // a hidden tab is looked at once a minute, a sleeping laptop not at all
const KEPT = "keys"; // what this page keeps on the machine: whether single keys are on

export const singles = signal(localStorage.getItem(KEPT) !== "off");

export const useSingles = (on) => {
  singles.value = on;
  if (on) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, "off");
};

// An empty page at once, a lock behind it, and nothing for Back to show.
export const hide = () => {
  document.title = words.app.blankTitle;
  document.documentElement.replaceChildren();
  keepAll();
  hangUp();
  location.replace("/blank");
};

let lastEscape = -Infinity;

const isTyping = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select") !== null;

const onKey = (event) => {
  if (event.key === "Escape") {
    const at = event.timeStamp; // when it was pressed, however busy the page was since
    if (!event.repeat && at - lastEscape < DOUBLE_MILLISECONDS) hide();
    if (!event.repeat) lastEscape = at;
    return;
  }
  if (event.altKey && event.code === "KeyP") {
    event.preventDefault();
    if (state.value?.mayPause) pause();
    return;
  }
  if (state.value?.stage !== "open" || isTyping(event.target)) return;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z") {
    event.preventDefault();
    takeBack();
  } else if (singles.value && !event.ctrlKey && !event.metaKey && !event.altKey) single(event);
};

const single = (event) => {
  if (event.key === "?") opened.value = "shortcuts";
  else if (document.querySelector("dialog[open]") || paused.value) return;
  else if (screens[Number(event.key) - 1]) show(screens[Number(event.key) - 1]);
  else if (event.key === "n") {
    event.preventDefault();
    show("today");
    opened.value = "add";
  }
};

// Nobody is here any more, or the laptop slept: lock. Pause still works behind the lock.
const watchForAbsence = () => {
  let active = Date.now();
  let looked = Date.now();
  for (const event of ["keydown", "pointerdown", "pointermove"]) {
    window.addEventListener(event, () => (active = Date.now()), { capture: true, passive: true });
  }
  setInterval(() => {
    const now = Date.now();
    const slept = now - looked > SLEPT_MILLISECONDS;
    looked = now;
    if (state.value?.stage === "open" && (slept || now - active > IDLE_MILLISECONDS)) act("hide");
  }, LOOK_MILLISECONDS);
};

export const listenToKeys = () => {
  watchForAbsence();
  window.addEventListener("keydown", onKey, { capture: true });
  // A browser may keep a left page alive for Back: what was hidden must not come back with it.
  window.addEventListener("pageshow", (event) => event.persisted && location.replace("/"));
};
