// What this window alone knows: which screen, what can be taken back, what was just said, and the acts with their toasts.

import { computed, effect, signal } from "./lib/signals.mjs";
import { hold } from "./drafts.js";
import { act, look, state } from "./link.js";
import { needs } from "./needs.js";
import { words } from "./strings.js";

const TOAST_MILLISECONDS = 8_000;
const UNDO_MAX = 50;

// The screens in the order they are listed in, under the heading each group has there; the digits follow the same order.
export const groups = {
  everyDay: ["today", "focus", "checklists", "journal"],
  between: ["consents", "agreements", "limits", "sharing", "habits", "repair"],
  kept: ["timeline"],
  laptop: ["pairing", "settings", "help"],
};
export const screens = Object.values(groups).flat();
export const screen = signal(screens.includes(history.state?.screen) ? history.state.screen : "today");
export const opened = signal(null); // what is open on top or in place: "add", "offer", "propose", "copy", "shortcuts"; in a pause "help", "settings"
export const toasts = signal([]);
export const paused = computed(() => (state.value?.pauses ?? []).length > 0);

// What was said names what is here, so it goes with the page when that is locked.
const locked = () => ["unlock", undefined].includes(state.value?.stage);
effect(() => {
  if (locked()) toasts.value = [];
});

const undos = [];
let newest = null; // the act that was wanted last, while it is not answered
let underway = Promise.resolve(); // the acts that can be taken back and are not answered yet
let toastNumber = 0;

// The screen survives a reload without a trace in the address or the history's list. It is shown once what it shows is here.
let wanted = screen.value;
look(needs(wanted));

export const show = async (name) => {
  wanted = name;
  history.replaceState({ screen: name }, "");
  await look(needs(name));
  if (wanted !== name || screen.value === name) return;
  screen.value = name;
  setTimeout(() => scrollTo(0, 0)); // once it is shown, since the one before may have been longer
};

export const say = (text, { undo = null, problem = false } = {}) => {
  if (!text) return;
  const id = ++toastNumber;
  toasts.value = [{ id, text, undo, problem }]; // the newest alone: a pile would cover the page
  setTimeout(() => dismiss(id), TOAST_MILLISECONDS * (problem ? 2 : 1));
};

export const dismiss = (id) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

// Do it; say so, or say what went wrong. `back` is the intention that takes it back, where one exists.
// The caller shows a problem itself where a toast would lie behind a dialog (`inPlace`). What is pressed once more before it
// is answered is the same act.
export const perform = (what, fields, { said = "", back = null, inPlace = false } = {}) => {
  const wanted = JSON.stringify([what, fields]);
  if (newest?.wanted === wanted) return newest.done;
  const done = carryOut(what, fields, { said, back, inPlace });
  const mine = (newest = { wanted, done });
  done.then(() => newest === mine && (newest = null));
  if (back) underway = Promise.allSettled([underway, done]);
  return done;
};

const carryOut = async (what, fields, { said, back, inPlace }) => {
  const release = hold(fields?.draft); // what is being sent is not half typed any more
  const atLock = locked();
  const { problem } = await act(what, fields);
  const hidden = !atLock && locked(); // it was locked while this was on its way: nothing of it is said there
  release(problem === null);
  if (problem !== null) {
    if (!inPlace && !hidden) say(problem, { problem: true });
    return { ok: false, problem };
  }
  let undo = null;
  if (back) {
    undo = { ...back };
    undos.push(undo);
    if (undos.length > UNDO_MAX) undos.shift();
  } else if (said) undos.length = 0; // what is not taken back here hides what came before it: nothing older goes in its place
  if (!hidden) say(said, { undo });
  catchFocus();
  return { ok: true, problem: null };
};

// Without an argument the newest act, which a quick hand may ask to take back before it is answered.
export const takeBack = async (undo = null) => {
  if (!undo) {
    await underway;
    undo = undos.at(-1);
  }
  if (!undos.includes(undo)) {
    say(words.app.nothingToUndo);
    return;
  }
  undos.splice(undos.indexOf(undo), 1);
  toasts.value = toasts.value.filter((toast) => toast.undo !== undo);
  const { problem } = await act(undo.do, undo.fields);
  if (!locked()) say(problem ?? words.app.undone, { problem: problem !== null });
  catchFocus();
};

// What the app itself remembers as my last act; what this window remembers may be the same one.
export const takeBackLast = () => {
  undos.length = 0;
  return carryOut("undo.last", {}, { said: words.app.undone }); // twice is two of them
};

export const pause = () => perform("pause.add");

// After my own act the thing I pressed may be gone: then I stand at the top of the screen, not nowhere.
export const catchFocus = () => {
  setTimeout(() => {
    if (document.activeElement === document.body || document.activeElement === null) {
      document.querySelector("main:not([hidden]) h1")?.focus({ preventScroll: true });
    }
  }, 60);
};

// The same where what was pressed goes only once its screen has looked again.
export const catchFocusAfter = (pressed) => {
  const watch = new MutationObserver(() => {
    if (pressed.isConnected) return;
    watch.disconnect();
    catchFocus();
  });
  watch.observe(document.body, { childList: true, subtree: true });
};
