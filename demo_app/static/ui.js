// The small parts every screen is made of. They know no state of the app and no sentence of their own.

import htm from "./lib/htm.mjs";
import { useLayoutEffect, useRef, useState } from "./lib/hooks.mjs";
import { h } from "./lib/preact.mjs";

export const html = htm.bind(h);

const SHAPES = {
  menu: "M4 7h16M4 12h16M4 17h16",
  today: "M3 11 12 4l9 7M6 9.5V20h12V9.5",
  consents: "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6z",
  agreements: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  repair: "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
  limits: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M6 6l12 12",
  focus: "M12 8v5l3 2M9 2h6M12 5a8 8 0 1 0 0 16 8 8 0 0 0 0-16",
  checklists: "m4 6 1.5 1.5L8 5M4 12l1.5 1.5L8 11M4 18l1.5 1.5L8 17M12 6h8M12 12h8M12 18h8",
  journal: "M6 3h12v18H6zM9 3v18M12 8h3M12 12h3",
  hidden: "M4 4l16 16M6.5 7.5C4 9 3 12 3 12s3 6 9 6c1.500 0 2.800-.4 4-1M10 6.200c.6-.1 1.300-.2 2-.2 6 0 9 6 9 6s-.7 1.600-2.300 3.200M10 10.200a3 3 0 0 0 4 4",
  boundary: "M4 12h16",
  hard: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M6 6l12 12",
  sharing: "M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8",
  habits: "M4 5h16v15H4zM4 10h16M9 3v4M15 3v4M9 15l2 2 4-4",
  timeline: "M5 4v16M5 7h9M5 12h13M5 17h7",
  pairing: "M4 5h16v11H4zM9 20h6M12 16v4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17h.01",
  active: "m5 12.5 4.5 4.5L19 7",
  proposed: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  paused: "M8.5 5v14M15.5 5v14",
  declined: "M6 12h12",
  revoked: "M6 12h12",
  expired: "M6 4h12M6 20h12M7 4c0 5 10 6 10 12v4M17 4c0 5-10 6-10 12v4",
  superseded: "M4 8h13l-3-3M20 16H7l3 3",
  upcoming: "m5 12.5 4.5 4.5L19 7",
  done: "m5 12.5 4.5 4.5L19 7",
  open: "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14",
  waiting: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  rename: "m5 19 1-4L16 5l3 3L9 18zM14 7l3 3",
  away: "M5 5l14 14M4 12a11 11 0 0 1 4-3M20 12a11 11 0 0 0-7-4M8 15a6 6 0 0 1 6-.5M12 19h.01",
  leaf: "M6 18C5 9 11 5 19 5c0 8-4 14-12 13M6 18c1-4 4-7 8-9",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10.5 20.5h3",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
};

export const Icon = ({ name }) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${SHAPES[name]} /></svg>`;

export const Chip = ({ name, tone, children }) =>
  html`<span class="chip ${tone ?? ""}"><${Icon} name=${name} />${children}</span>`;

export const Empty = ({ title, children }) =>
  html`<div class="empty"><${Icon} name="leaf" /><h2>${title}</h2><p>${children}</p></div>`;

// A list of cards under a name; nothing where there is none.
export const Group = ({ title, children }) =>
  children.length > 0 &&
  html`<section class="group" aria-label=${title}>
    <h2>${title}</h2>
    <ul>
      ${children}
    </ul>
  </section>`;

export const Button = ({ kind = "", children, ...rest }) =>
  html`<button type="button" class="button ${kind}" ...${rest}>${children}</button>`;

// An act that is asked once more: a button opens what it means and the buttons that do it; the way back closes it again.
// `final` says that it cannot be undone.
export const Asked = ({ label, name, title, lines, back, final, children }) => {
  const [open, setOpen] = useState(false);
  const heading = useRef(null);
  const button = useRef(null);
  const moved = useRef(false);
  useLayoutEffect(() => {
    if (moved.current) (open ? heading : button).current?.focus();
    moved.current = true;
  }, [open]);
  if (!open) {
    return html`<p><button type="button" class="button" ref=${button} aria-label=${name} onClick=${() => setOpen(true)}>${label}</button></p>`;
  }
  return html`<div class="confirm ${final ? "final" : ""}" role="group" aria-label=${title}>
    <h3 tabindex="-1" ref=${heading}>${title}</h3>
    ${lines.map((line) => html`<p>${line}</p>`)}
    <div class="row">${children} <${Button} kind="primary" onClick=${() => setOpen(false)}>${back}<//></div>
  </div>`;
};

// Forms never offer what was typed before, check no spelling elsewhere, and translate nothing.
export const Form = ({ onSubmit, formRef, children, ...rest }) => {
  const submit = (event) => {
    event.preventDefault();
    onSubmit(event.currentTarget);
  };
  return html`<form autocomplete="off" spellcheck=${false} translate=${false} novalidate ref=${formRef} ...${rest} onSubmit=${submit}>
    ${children}
  </form>`;
};

export const Field = ({ id, label, hint, problem, multiline, inputRef, ...rest }) => {
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ") || undefined;
  const common = {
    id,
    name: id,
    ref: inputRef,
    autocomplete: "off",
    spellcheck: false,
    translate: false,
    "aria-describedby": described,
    "aria-invalid": problem ? "true" : undefined,
    ...rest,
  };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${multiline ? html`<textarea rows="3" ...${common}></textarea>` : html`<input ...${common} />`}
    ${problem && html`<p class="problem" id="${id}-problem" role="alert">${problem}</p>`}
  </div>`;
};

// What a form does once it is answered, which may be late: its person may be on another screen by then, or type on.
export const emptied = (field, sent) => {
  if (field?.value === sent) field.value = "";
};

export const backTo = (field) => {
  const on = document.activeElement;
  const pressed = on?.type === "submit" && on.form === field?.form;
  if (on === null || on === document.body || pressed) field?.focus();
};

export const Heading = ({ children }) => html`<h1 tabindex="-1">${children}</h1>`;
