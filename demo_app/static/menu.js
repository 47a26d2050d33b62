// The screens, in groups. Beside the page where there is room; on a narrow window behind one button that names the current one.

import { useEffect, useRef, useState } from "./lib/hooks.mjs";
import { groups, opened, paused, screen, show } from "./desk.js";
import { words } from "./strings.js";
import { html, Icon } from "./ui.js";

const Entry = ({ name, onPick }) =>
  html`<button type="button" aria-current=${screen.value === name ? "page" : undefined} onClick=${() => onPick(name)}>
    <${Icon} name=${name} /><span>${words.app[name]}</span>
  </button>`;

const Group = ({ name, onPick }) =>
  html`<div class="nav-group" role="group" aria-labelledby="nav-${name}">
    <p id="nav-${name}">${words.app.groups[name]}</p>
    ${groups[name].map((each) => html`<${Entry} key=${each} name=${each} onPick=${onPick} />`)}
  </div>`;

// Whatever leaves the open menu closes it: a choice, Escape, the keyboard or a press elsewhere, a pause.
const useClosing = (nav, button, open, setOpen) => {
  useEffect(() => setOpen(false), [paused.value]);
  useEffect(() => {
    if (!open) return undefined;
    const elsewhere = (event) => nav.current.contains(event.target) || setOpen(false);
    const escape = (event) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current.focus();
    };
    const listened = { pointerdown: elsewhere, focusin: elsewhere, keydown: escape };
    for (const [event, listener] of Object.entries(listened)) document.addEventListener(event, listener);
    return () => Object.entries(listened).forEach(([event, listener]) => document.removeEventListener(event, listener));
  }, [open]);
};

export const Menu = () => {
  const [open, setOpen] = useState(false);
  const nav = useRef(null);
  const button = useRef(null);
  const chosen = useRef(null); // from the open menu, until it is shown
  useClosing(nav, button, open, setOpen);
  useEffect(() => {
    if (open || chosen.current !== screen.value) return;
    chosen.current = null;
    document.querySelector("main h1")?.focus({ preventScroll: true }); // what was pressed went with the menu
  }, [open, screen.value]);
  const pick = (name) => {
    chosen.current = open ? name : null;
    setOpen(false);
    show(name);
  };
  const keys = () => {
    setOpen(false);
    opened.value = "shortcuts";
  };
  return html`<nav ref=${nav} class=${open ? "open" : ""} aria-label=${words.app.screens}>
    <button type="button" class="menu" ref=${button} aria-expanded=${open} aria-controls="screens" onClick=${() => setOpen(!open)}>
      <${Icon} name="menu" /><span>${words.app.menu}</span><span class="current">${words.app[screen.value]}</span>
    </button>
    <div class="screens" id="screens">
      ${Object.keys(groups).map((name) => html`<${Group} key=${name} name=${name} onPick=${pick} />`)}
      <button type="button" class="quiet-link" onClick=${keys}>${words.app.shortcuts}</button>
    </div>
  </nav>`;
};
