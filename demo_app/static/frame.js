// What is the same everywhere: the space's name, how in step we are, Pause, the screens, what was just said.

import { useEffect, useRef } from "./lib/hooks.mjs";
import { catchFocus, dismiss, opened, paused, perform, say, screen, show, takeBack, toasts } from "./desk.js";
import { connection, state } from "./link.js";
import { Live } from "./live.js";
import { Menu } from "./menu.js";
import { narrowed } from "./needs.js";
import { Dialog, PauseButton, syncWords } from "./pieces.js";
import { Heed } from "./heed.js";
import { Reminded } from "./reminders.js";
import { Shortcuts } from "./shortcuts.js";
import { words } from "./strings.js";
import { Button, html } from "./ui.js";
import { Agreements } from "./screens/agreements.js";
import { Checklists } from "./screens/checklists.js";
import { Consents } from "./screens/consents.js";
import { FirstRun, Unlock } from "./screens/entry.js";
import { Focus } from "./screens/focus.js";
import { Gone } from "./screens/gone.js";
import { Help, Topics } from "./screens/help.js";
import { Habits } from "./screens/habits.js";
import { Journal } from "./screens/journal.js";
import { Limits } from "./screens/limits.js";
import { Pairing } from "./screens/pairing.js";
import { Over } from "./screens/parting.js";
import { Paused } from "./screens/paused.js";
import { Elsewhere } from "./screens/records.js";
import { Repair } from "./screens/repair.js";
import { Settings, ThisLaptop } from "./screens/settings.js";
import { Sharing } from "./screens/sharing.js";
import { Copy, Timeline } from "./screens/timeline.js";
import { Today } from "./screens/today.js";

const SCREENS = { today: Today, consents: Consents, agreements: Agreements, repair: Repair, focus: Focus, checklists: Checklists, journal: Journal, limits: Limits, sharing: Sharing, habits: Habits, timeline: Timeline, pairing: Pairing, settings: Settings, help: Help };

const Sync = ({ sync }) => {
  const open = () => (paused.value ? (opened.value = "reach") : show("pairing"));
  return html`<button type="button" class="sync ${sync.standing}" onClick=${open} title=${words.sync.link}>
    <span class="dot" aria-hidden="true"></span>
    <span>${connection.value === "open" ? syncWords(sync) : words.lost.retrying}</span>
  </button>`;
};

const SpaceName = ({ space }) =>
  space.choices.length < 2
    ? html`<p class="space">${space.name}</p>`
    : html`<select
        class="space"
        aria-label=${words.app.spaces}
        autocomplete="off"
        value=${space.id}
        onChange=${(event) => perform("space.choose", { space: event.currentTarget.value })}
      >
        ${space.choices.map(
          (each) =>
            html`<option key=${each.id} value=${each.id}>${words.records.option(words.app.choice(each.name, each.others), each.paused)}</option>`,
        )}
      </select>`;

const Toasts = () =>
  html`<div class="toasts">
    <div role="status">
      ${toasts.value
        .filter((toast) => !toast.problem)
        .map(
          (toast) =>
            html`<div class="toast" key=${toast.id}>
              <span>${toast.text}</span>
              ${toast.undo && html`<${Button} kind="small" onClick=${() => takeBack(toast.undo)}>${words.app.undo}<//>`}
            </div>`,
        )}
    </div>
    <div role="alert">
      ${toasts.value
        .filter((toast) => toast.problem)
        .map(
          (toast) =>
            html`<div class="toast problem" key=${toast.id}>
              <span>${toast.text}</span>
              <${Button} kind="small" onClick=${() => dismiss(toast.id)}>${words.app.close}<//>
            </div>`,
        )}
    </div>
  </div>`;

// A pause that comes in takes the place of the page, so it is said aloud; nothing else of the partner's moves the focus.
const useAnnouncedPause = (pauses) => {
  const before = useRef(null);
  const theirs = pauses.filter((each) => !each.by.mine).map((each) => each.by.name);
  useEffect(() => {
    const known = before.current;
    before.current = { count: pauses.length, theirs: theirs.length };
    if (known === null) return;
    if (pauses.length > 0 && known.count === 0) {
      toasts.value = []; // what was said before the pause is over
      if (["copy", "help", "settings"].includes(opened.value)) opened.value = null;
    }
    if (theirs.length > known.theirs) say(words.pause.arrived(theirs.at(-1)));
    const saidSo = toasts.value.some((toast) => toast.text === words.pause.lifted); // by whoever lifted it here, just before
    if (pauses.length === 0 && known.count > 0 && !saidSo) say(words.pause.over);
    if ((pauses.length === 0) !== (known.count === 0)) catchFocus();
  }, [pauses.length, theirs.length]);
};

// What stays in reach in a pause, on top of it.
const InReach = ({ view }) => {
  const close = () => (opened.value = null);
  const open = (name) => paused.value && opened.value === name;
  return html`<${Dialog} title=${words.app.help} open=${open("help")} onClose=${close} alsoPaused closable>
      <div><${Topics} addresses=${view.pairing.addresses} /></div>
    <//>
    <${Dialog} title=${words.app.settings} open=${open("settings")} onClose=${close} alsoPaused closable>
      <div><${ThisLaptop} view=${view} id="paused-" /></div>
    <//>`;
};

const Space = ({ view }) => {
  useAnnouncedPause(view.pauses);
  const stopped = paused.value;
  const Current = SCREENS[screen.value];
  return html`<a class="skip" href="#content">${words.app.skip}</a>
    <header>
      <${SpaceName} space=${view.space} />
      ${!stopped && html`<${Live} sharing=${view.sharing} />`}<${Elsewhere} space=${view.space} />
      <${Sync} sync=${view.sync} />
      ${!stopped && view.mayPause && html`<${PauseButton} where="in-header" />`}
    </header>
    <div class="body" hidden=${stopped}>
      <${Menu} />
      <main id="content" key=${view.space.id} hidden=${stopped}>
        <${Heed} view=${view} screen=${screen.value} /><${Over} view=${view} screen=${screen.value} />
        ${!view.over && html`<${Reminded} view=${view} screen=${screen.value} />`}
        <${Current} view=${narrowed(view, screen.value)} />
      </main>
    </div>
    ${stopped && html`<main class="paused"><${Heed} view=${view} screen="pairing" /><${Paused} view=${view} /></main>`}
    ${!stopped && view.mayPause && html`<div class="pause-bar"><${PauseButton} where="in-bar" /></div>`}
    <${Shortcuts} /><${Copy} view=${view} /><${InReach} view=${view} /><${Toasts} />`;
};

// Back after hiding lands on the page that came before: while locked, it is as blank as the one it came from.
const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";

export const Frame = () => {
  const view = state.value;
  useEffect(() => {
    document.title = view?.stage === "open" ? words.app.title : words.app.neutralTitle;
  }, [view?.stage]);
  if (cameBack && view?.stage === "unlock" && view.mayPause) {
    location.replace("/blank");
    return null;
  }
  if (["lost", "closed", "stranger"].includes(connection.value)) return html`<${Gone} why=${connection.value} />`;
  if (view === null) return html`<main class="entry"><p role="status">${cameBack ? "" : words.app.loading}</p></main>`;
  if (view.stage === "open") return html`<${Space} view=${view} />`;
  const pauseBar = view.mayPause && html`<div class="pause-bar always"><${PauseButton} where="in-bar" /></div>`;
  return html`<main class="entry">
      ${view.stage === "unlock" ? html`<${Unlock} view=${view} />` : html`<${FirstRun} view=${view} />`}
    </main>
    ${pauseBar}<${Toasts} />`;
};
