// A task's words and times: its own form, for what is new and for what is there. Whoever it is for says yes to a change that
// another makes; each change shows there as it was and as it is.

import { useLayoutEffect, useRef, useState } from "../lib/hooks.mjs";
import { catchFocus, opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { words } from "../strings.js";
import { readTimes, timeOf, Times } from "../times.js";
import { Button, Field, html } from "../ui.js";

const DETAILS_CHARACTERS_MAX = 10_000;

// What keeps a form from being sent: which field, and what to do.
const lacking = (title, { due, time }) => {
  if (!title) return { field: "title", text: words.add.empty };
  return time && !due ? { field: "due", text: words.add.noDay } : null;
};

const Words = ({ id, task, field, problem }) =>
  html`<${Field}
    id="what${id}"
    name="title"
    label=${words.add.what}
    inputRef=${field}
    maxlength="200"
    defaultValue=${task?.title ?? ""}
    problem=${problem?.field === "title" && problem.text}
    required
  />`;

const Details = ({ id, task, problem }) =>
  html`<${Field} id="details${id}" name="details" label=${words.add.details} hint=${words.add.detailsHint} maxlength=${DETAILS_CHARACTERS_MAX} defaultValue=${task?.details ?? ""} multiline />
    ${problem?.field === "form" && html`<p class="problem" role="alert">${problem.text}</p>`}`;

export const Add = ({ view }) => {
  const [whom, setWhom] = useState(view.space.me.id);
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  useLayoutEffect(() => field.current.focus(), []);
  const close = () => {
    opened.value = null;
    catchFocus();
  };
  const other = view.space.others.find((each) => each.id === whom);
  const add = async (form) => {
    const title = field.current.value.trim();
    const times = readTimes(form);
    const missing = lacking(title, times);
    setProblem(missing);
    if (missing) {
      form.elements[missing.field].focus();
      return;
    }
    const said = other ? words.add.asked(other.name) : words.add.added;
    const fields = { title, of: whom, ...times, details: form.elements.details.value.trim(), draft: "task" };
    const { ok, problem: refused } = await perform("task.add", fields, { said, inPlace: true });
    if (ok) close();
    else setProblem({ field: "form", text: refused });
  };
  const choice = (person, label) =>
    html`<label class="choice"
      ><input
        type="radio"
        name="of"
        value=${person.id}
        autocomplete="off"
        checked=${whom === person.id}
        onChange=${() => setWhom(person.id)}
      /><span>${label}</span></label
    >`;
  return html`<section class="card add" aria-label=${words.add.title}>
    <${Drafted} draft="task" named=${words.add.title} onSubmit=${add} onKeyDown=${(event) => event.key === "Escape" && close()}>
      <${Words} id="" field=${field} problem=${problem} />
      ${
        view.space.others.length > 0 &&
        html`<fieldset>
          <legend>${words.add.who}</legend>
          <div class="row">
            ${choice(view.space.me, words.add.me)} ${view.space.others.map((each) => choice(each, each.name))}
          </div>
        </fieldset>`
      }
      <p class="hint">${other ? words.add.themHint(other.name) : words.add.meHint}</p>
      <${Times} problem=${problem?.field === "due" && problem.text} />
      <${Details} id="" problem=${problem} />
      <div class="row end">
        <${Button} onClick=${close}>${words.app.cancel}<//>
        <${Button} type="submit" kind="primary">${other ? words.add.ask(other.name) : words.add.promise}<//>
      </div>
    <//>
  </section>`;
};

const timesOf = ({ terms }) => ({ due: terms.due?.slice(0, 10) ?? null, time: timeOf(terms), repeat: terms.repeat });
const same = (one, other) => Object.keys(one).every((name) => one[name] === other[name]);

// Only what is other than before is sent; taking it back puts back exactly that.
export const Change = ({ task, onDone }) => {
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  useLayoutEffect(() => field.current.select(), []);
  const name = `task/${task.id}`;
  const save = async (form) => {
    const now = { title: field.current.value.trim(), times: readTimes(form, task.terms), details: form.elements.details.value.trim() };
    const was = { title: task.title, times: timesOf(task), details: task.details };
    const missing = lacking(now.title, now.times);
    setProblem(missing);
    if (missing) {
      form.elements[missing.field].focus();
      return;
    }
    const other = Object.keys(now).filter((each) => (each === "times" ? !same(was.times, now.times) : was[each] !== now[each]));
    if (other.length > 0) {
      const pick = (from) => Object.fromEntries(other.map((each) => [each, from[each]]));
      const asks = !task.of.mine && task.state === "accepted" && (other.includes("title") || other.includes("times"));
      const said = asks ? words.toasts.changedFor(task.of.name) : words.toasts.changed;
      const back = { do: "task.change", fields: { task: task.id, ...pick(was) } };
      const fields = { task: task.id, ...pick(now), draft: name };
      const { ok, problem: refused } = await perform("task.change", fields, { said, back, inPlace: true });
      if (!ok) {
        setProblem({ field: "form", text: refused });
        return;
      }
    }
    onDone();
  };
  return html`<${Drafted}
    class="change"
    draft=${name}
    aria-label=${words.today.changeOf(task.title)}
    onSubmit=${save}
    onKeyDown=${(event) => event.key === "Escape" && onDone()}
  >
    <${Words} id="-${task.id}" task=${task} field=${field} problem=${problem} />
    <${Times} id="-${task.id}" terms=${task.terms} problem=${problem?.field === "due" && problem.text} />
    <${Details} id="-${task.id}" task=${task} problem=${problem} />
    ${!task.of.mine && html`<p class="hint">${words.today.changeHint(task.of.name)}</p>`}
    <div class="row end">
      <${Button} onClick=${onDone}>${words.app.cancel}<//>
      <${Button} type="submit" kind="primary">${words.today.save}<//>
    </div>
  <//>`;
};
