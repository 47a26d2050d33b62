// The one line to the app: what changed of the state comes in, intentions go out, each is answered. Nothing is kept on this
// machine by the page: no cache, no storage but for two switches, and when the app is gone, so is what was shown. The app
// sends news of the state after every answer, and an act is over when they are here: whoever waits for it sees what came of it.

import { zone } from "./format.js";
import { signal } from "./lib/signals.mjs";

const RETRY_MILLISECONDS = 700;
const RETRY_LOST_MILLISECONDS = 3_000;
const GONE_AFTER_MILLISECONDS = 2_500; // a short gap is no news
const CLOSED_BY_QUIT = 4001;

export const KEPT = "notices"; // the other thing that this page keeps on the machine, beside the browser's own permission
export const aloud = signal(localStorage.getItem(KEPT) === "on" && globalThis.Notification?.permission === "granted");
export const state = signal(null);
export const connection = signal("connecting"); // connecting, open, lost, closed, stranger

const waiting = new Map();
let answered = []; // acts whose answer is here and the state after it is not
let socket = null;
let number = 0;
let lostAt = null;
let looksAt = null; // the parts that this window shows of those that are dear to make

export const connect = () => {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.onopen = () => {
    lostAt = null;
    connection.value = "open";
    greet();
    if (looksAt) act("look", { parts: looksAt });
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.answers === undefined) {
      state.value = message.stage ? message : { ...state.value, ...message }; // whole, or what changed
      settle();
    } else {
      const resolve = waiting.get(message.answers);
      waiting.delete(message.answers);
      if (message.seen) resolve?.(message); // it only looked, so no other state follows
      else if (resolve) answered.push(() => resolve(message));
    }
  };
  socket.onclose = (event) => {
    settle();
    for (const answer of waiting.values()) answer({ problem: "" });
    waiting.clear();
    if (event.code === CLOSED_BY_QUIT) forget("closed");
    else if (socket !== null) lookAgain();
  };
};

const settle = () => {
  const over = answered;
  answered = [];
  for (const resolve of over) resolve();
};

// For hiding: nothing more may arrive.
export const hangUp = () => {
  const line = socket;
  socket = null;
  if (line?.readyState === WebSocket.OPEN) {
    line.send(JSON.stringify({ do: "hide", number: ++number }));
    line.close();
  }
};

// Resolves to {problem: sentence or null}.
export const act = (what, fields = {}) =>
  new Promise((resolve) => {
    if (socket?.readyState !== WebSocket.OPEN) {
      resolve({ problem: "" });
      return;
    }
    number += 1;
    waiting.set(number, resolve);
    socket.send(JSON.stringify({ do: what, number, ...fields }));
  });

// Resolves once these parts are as new as the rest.
export const look = (parts) => {
  looksAt = parts;
  return act("look", { parts });
};

// Who is here, and whether this browser shows notices of the system.
export const greet = () => act("hello", { zone: zone(), aloud: aloud.value });

// Whoever comes back to the page may wait for what the others wrote.
document.addEventListener("visibilitychange", () => document.hidden || greet());

const forget = (why) => {
  connection.value = why;
  state.value = null;
};

const lookAgain = async () => {
  lostAt ??= Date.now();
  if (Date.now() - lostAt > GONE_AFTER_MILLISECONDS) forget("lost");
  else if (connection.value === "open") connection.value = "connecting";
  await new Promise((resolve) => setTimeout(resolve, connection.value === "lost" ? RETRY_LOST_MILLISECONDS : RETRY_MILLISECONDS));
  try {
    const answer = await fetch("/static/icon.svg", { cache: "no-store" });
    if (answer.status === 401) {
      forget("stranger");
      return;
    }
    connect();
  } catch {
    lookAgain();
  }
};
