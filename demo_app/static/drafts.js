// What is half typed in a form is kept by the app a moment after typing stops, in its encrypted store and never in the browser,
// and stands in the form again whenever it is opened: after another screen, a reload, the lock. It goes once it is sent or
// discarded. Only fields that are other than they were at first are kept.

import { useLayoutEffect, useRef, useState } from "./lib/hooks.mjs";
import { act, state } from "./link.js";
import { words } from "./strings.js";
import { Form, html } from "./ui.js";

const SETTLE_MILLISECONDS = 1_200;
const WAIT_MILLISECONDS_MAX = 15_000; // while somebody types without a stop

const kept = new Map(); // what keeps each form that is on the page, by its name

const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !["FIELDSET", "BUTTON"].includes(field.tagName));

const collect = (form) => {
  const found = {};
  for (const field of fieldsOf(form)) {
    if (!isTicked(field)) found[field.name] = field.value;
    else found[field.name] = [found[field.name], field.checked && field.value].filter(Boolean).join("\n");
  }
  return found;
};

const put = (form, some) => {
  for (const field of fieldsOf(form)) {
    const value = some[field.name];
    if (value === undefined) continue;
    if (!isTicked(field)) {
      if (field.value === value) continue;
      field.value = value;
      field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
    } else {
      const on = value.split("\n").includes(field.value);
      if (field.checked !== on && (on || field.type === "checkbox")) field.click(); // as a hand would, so the page knows
    }
  }
};

class Keeper {
  constructor(name, form, tell, line) {
    Object.assign(this, { name, form, tell, line, space: state.value.space.id, alive: true, unkept: null, since: null });
    this.blank = collect(form);
    this.typed = null; // what was kept last
    this.names = new Set(); // of fields that are kept
    kept.get(name)?.keep(); // the same form elsewhere: on the screen that a pause took away
    kept.set(name, this);
    this.restore();
  }

  send(what, fields = {}) {
    return act(what, { space: this.space, form: this.name, ...fields });
  }

  async restore() {
    const { seen } = await this.send("draft.look");
    const found = Object.entries(seen?.words ?? {});
    if (!this.alive || found.length === 0) return;
    for (const [name] of found) this.names.add(name);
    const typed = this.unkept ?? this.typed; // by a quick hand, already
    if (this.unkept) this.unkept = { ...seen.words, ...typed };
    this.fill({ ...seen.words, ...typed });
    this.tell(this.line);
  }

  // What was chosen may bring more fields, so it is filled in again once they are there; never over what was typed since.
  fill(some) {
    this.put(some);
    setTimeout(() => this.alive && this.put({ ...some, ...this.unkept }), 0);
  }

  put(some) {
    this.filling = true; // what follows at once is no hand's doing
    put(this.form, some);
    this.filling = false;
  }

  changed() {
    if (this.filling) return;
    const now = collect(this.form);
    this.unkept = Object.fromEntries(Object.entries(now).filter(([name, value]) => this.names.has(name) || value !== this.blank[name]));
    this.since ??= Date.now();
    this.keepWithin(Math.min(SETTLE_MILLISECONDS, this.since + WAIT_MILLISECONDS_MAX - Date.now()));
  }

  keepWithin(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), milliseconds);
  }

  async keep() {
    clearTimeout(this.timer);
    const some = this.unkept;
    if (some === null) return;
    this.unkept = this.since = null;
    this.typed = some;
    for (const name of Object.keys(some)) this.names.add(name);
    const { problem } = await this.send("draft.keep", { words: some });
    if (!this.alive || this.sent) return;
    if (problem === "") {
      this.unkept ??= some; // the line broke: once it is back
      this.keepWithin(SETTLE_MILLISECONDS);
    } else this.tell(problem ?? (Object.values(some).some((value) => value.trim()) ? this.line : null));
  }

  // While it is being sent nothing is kept; answers what to do once that is over.
  hold() {
    clearTimeout(this.timer);
    this.sent = true;
    const sent = JSON.stringify(collect(this.form));
    return (ok) => {
      this.sent = false;
      if (!this.alive) return;
      if (ok && JSON.stringify(collect(this.form)) !== sent) this.changed(); // its person wrote on
      else if (ok) this.forget();
      else if (this.unkept) this.keepWithin(SETTLE_MILLISECONDS);
    };
  }

  forget() {
    this.unkept = this.since = null;
    this.names.clear();
    this.tell(null);
    setTimeout(() => this.alive && (this.blank = collect(this.form)), 0); // as the page leaves it
  }

  discard() {
    clearTimeout(this.timer);
    this.unkept = this.since = null;
    this.names.clear();
    this.tell(null);
    this.fill(this.blank);
    this.send("draft.discard");
  }

  leave() {
    if (!this.sent) this.keep();
    this.alive = false;
    if (kept.get(this.name) === this) kept.delete(this.name);
  }
}

export const keepAll = () => kept.forEach((each) => each.keep());

export const hold = (name) => kept.get(name)?.hold() ?? (() => {});

// A form of which what is half typed is kept under that name; whoever sends it passes the name on. What is `own` goes nowhere
// when it is kept for good, so nothing is said of sending it.
export const Drafted = ({ draft, named, own = false, children, ...rest }) => {
  const form = useRef(null);
  const keeper = useRef(null);
  const [line, setLine] = useState(null);
  // Before anybody can type: what is typed is other than what stood there.
  useLayoutEffect(() => {
    keeper.current = new Keeper(draft, form.current, setLine, own ? words.drafts.own : words.drafts.kept);
    return () => keeper.current.leave();
  }, [draft]);
  const changed = () => keeper.current?.changed();
  const discard = () => {
    keeper.current.discard();
    form.current.querySelector("input, textarea, select, button")?.focus();
  };
  return html`<${Form} ...${rest} formRef=${form} onInput=${changed} onChange=${changed}>
    ${children}
    ${
      line &&
      html`<p class="hint draft">
        <span>${line}</span>
        <button type="button" class="button quiet small" aria-label=${words.drafts.discardOf(named ?? rest["aria-label"])} onClick=${discard}>
          ${words.drafts.discard}
        </button>
      </p>`
    }
  <//>`;
};

document.addEventListener("visibilitychange", () => document.hidden && keepAll());
window.addEventListener("pagehide", keepAll);
