// Reminders: set for a task of one's own, on this laptop alone. When one comes, a quiet line says that there is something to
// remember; what it is stands in Today.

import { useLayoutEffect, useRef, useState } from "./lib/hooks.mjs";
import { catchFocus, perform, show } from "./desk.js";
import { aloud } from "./link.js";
import { blocked, switchAloud } from "./notices.js";
import { words } from "./strings.js";
import { Button, Field, Form, html } from "./ui.js";

const MORNING = "09:00";
const DAYS = [0, 1, 2, 7];

const dayWords = (daysBefore) =>
  words.reminders.days[daysBefore] ?? (daysBefore === 7 ? words.reminders.weekBefore : words.reminders.daysBefore(daysBefore));

export const reminderWords = ({ time, daysBefore }) => words.reminders.is(time, dayWords(daysBefore));

// Whether this browser may show a notice of the system: here, where a reminder is set, and in the settings.
export const Aloud = () =>
  html`<div>
    <label class="check"
      ><input type="checkbox" autocomplete="off" checked=${aloud.value} onChange=${(event) => switchAloud(event.currentTarget.checked)} /><span
        >${words.reminders.aloud}</span
      ></label
    >
    <p class="hint">${words.reminders.aloudHint}</p>
    ${blocked.value && html`<p class="problem" role="alert">${words.reminders.blocked}</p>`}
  </div>`;

export const Remind = ({ task, title, kept, onDone }) => {
  const [problem, setProblem] = useState(null);
  const first = useRef(null);
  useLayoutEffect(() => first.current.focus(), []);
  const save = async ({ elements }) => {
    const time = elements[`time-${task.id}`];
    if (!time.value) {
      setProblem(words.reminders.noTime);
      time.focus();
      return;
    }
    const fields = { task: task.id, daysBefore: Number(elements[`days-${task.id}`].value), time: time.value };
    const { ok, problem: refused } = await perform("reminder.set", fields, { said: words.reminders.saved, inPlace: true });
    setProblem(refused);
    if (ok) onDone();
  };
  const remove = async () => {
    const { ok } = await perform("reminder.remove", { task: task.id }, { said: words.reminders.removed });
    if (ok) onDone();
  };
  const days = kept && !DAYS.includes(kept.daysBefore) ? [...DAYS, kept.daysBefore] : DAYS;
  return html`<${Form}
    class="remind"
    onSubmit=${save}
    onKeyDown=${(event) => event.key === "Escape" && onDone()}
    aria-label=${words.reminders.of(words.reminders.set, title)}
  >
    <div class="row">
      <div class="field">
        <label for="days-${task.id}">${words.reminders.day}</label>
        <select id="days-${task.id}" name="days-${task.id}" ref=${first} autocomplete="off" defaultValue=${kept?.daysBefore ?? 0}>
          ${days.map((each) => html`<option key=${each} value=${each} selected=${each === (kept?.daysBefore ?? 0)}>${dayWords(each)}</option>`)}
        </select>
      </div>
      <${Field} id="time-${task.id}" label=${words.reminders.time} type="time" required problem=${problem} defaultValue=${kept?.time ?? task.time ?? MORNING} />
    </div>
    <p class="hint">${words.reminders.hint}</p>
    <${Aloud} />
    <div class="row end">
      ${kept && html`<${Button} onClick=${remove}>${words.reminders.remove}<//>`}
      <${Button} onClick=${onDone}>${words.app.cancel}<//>
      <${Button} type="submit" kind="primary">${words.reminders.save}<//>
    </div>
  <//>`;
};

// On every screen, one line however many there are. It moves no focus and hides nothing; with a press it is gone.
export const Reminded = ({ view, screen }) => {
  const { here, elsewhere, goneBy } = view.reminders;
  const now = here.length > 0 || elsewhere.length > 0;
  const seen = async () => {
    await perform("reminder.seen");
    catchFocus();
  };
  const look = async () => {
    if (here.length === 0 && elsewhere.length > 0) await perform("space.choose", { space: elsewhere[0] });
    show("today");
    catchFocus();
  };
  const away = here.length === 0 && elsewhere.length > 0;
  return html`<div role="status">
    ${
      (now || goneBy) &&
      html`<div class="note over reminded">
        <p>${now ? words.reminders.note : words.reminders.goneBy}</p>
        ${(away || screen !== "today") && now && html`<${Button} kind="small" onClick=${look}>${away ? words.reminders.lookThere : words.reminders.look}<//>`}
        ${!away && html`<${Button} kind="small" onClick=${seen}>${now ? words.reminders.seen : words.reminders.rest}<//>`}
      </div>`
    }
  </div>`;
};
