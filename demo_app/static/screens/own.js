// What is one's own on this laptop: a card that is changed or taken away in its place, and a form that adds one. What is
// taken away can be put back as long as this window remembers it.

import { useId, useLayoutEffect, useRef, useState } from "../lib/hooks.mjs";
import { catchFocusAfter, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { words } from "../strings.js";
import { backTo, Button, Field, html } from "../ui.js";

const Fields = ({ fields, place, first, problem }) =>
  fields.map(
    ({ name, value = "", ...field }, index) =>
      html`<${Field}
        key=${name}
        ...${field}
        id="${name}-${place}"
        name=${name}
        defaultValue=${value}
        inputRef=${index === 0 ? first : undefined}
        problem=${index === 0 ? problem : null}
      />`,
  );

const valuesOf = (fields, { elements }) => Object.fromEntries(fields.map(({ name }) => [name, elements[name].value]));

const Change = ({ id, edit, name, fields, toSend, onDone }) => {
  const [problem, setProblem] = useState(null);
  const first = useRef(null);
  const place = useId();
  useLayoutEffect(() => first.current.focus(), []);
  const save = async (form) => {
    const changed = { id, ...toSend(valuesOf(fields, form)), draft: `own/${id}` };
    const { ok, problem: refused } = await perform(edit, changed, { said: words.own.changed, inPlace: true });
    setProblem(refused);
    if (ok) onDone();
  };
  return html`<${Drafted} own draft="own/${id}" onSubmit=${save} aria-label=${words.consents.actOf(words.own.change, name)}>
    <${Fields} fields=${fields} place=${place} first=${first} problem=${problem} />
    <div class="row end">
      <${Button} onClick=${onDone}>${words.app.cancel}<//>
      <${Button} type="submit" kind="primary">${words.own.save}<//>
    </div>
  <//>`;
};

// `name` says which one it is, for whoever cannot see that a button stands in its card. `removal` is what taking it away
// is called, where it is something else; null where it cannot be.
export const Card = ({ what, id, edit, name, fields, toSend = (values) => values, removal = {}, children }) => {
  const [changing, setChanging] = useState(false);
  const button = useRef(null);
  const back = () => {
    setChanging(false);
    setTimeout(() => button.current?.focus(), 0);
  };
  if (changing) {
    return html`<${Change} id=${id} edit=${edit} name=${name} fields=${fields} toSend=${toSend} onDone=${back} />`;
  }
  const { label = words.own.takeAway, said = words.own.takenAway } = removal ?? {};
  const remove = async ({ currentTarget }) => {
    const { ok } = await perform("own.remove", { what, id }, { said, back: { do: "own.restore", fields: { what, id } } });
    if (ok) catchFocusAfter(currentTarget);
  };
  return html`${children}
    <div class="row own-acts">
      <button
        type="button"
        class="button quiet"
        ref=${button}
        aria-label=${words.consents.actOf(words.own.change, name)}
        onClick=${() => setChanging(true)}
      >
        ${words.own.change}
      </button>
      ${removal && html`<${Button} kind="quiet" aria-label=${words.consents.actOf(label, name)} onClick=${remove}>${label}<//>`}
    </div>`;
};

export const Add = ({ what, label, fields, toSend = (values) => values, button, said, children }) => {
  const [problem, setProblem] = useState(null);
  const first = useRef(null);
  const place = useId();
  const add = async (form) => {
    const sent = JSON.stringify(valuesOf(fields, form));
    const added = { ...toSend(valuesOf(fields, form), form), draft: `own/${what}` };
    const { ok, problem: refused } = await perform(what, added, { said, inPlace: true });
    setProblem(refused);
    if (ok && JSON.stringify(valuesOf(fields, form)) === sent) form.reset(); // nothing was typed since
    backTo(first.current);
  };
  const send = html`<${Button} type="submit">${button}<//>`;
  const alone = fields.length === 1; // one field and its button share a line
  return html`<${Drafted} own draft="own/${what}" class="card ${alone ? "one-line" : ""}" onSubmit=${add} aria-label=${label}>
    <${Fields} fields=${fields} place=${place} first=${first} problem=${problem} />
    ${children} ${alone ? send : html`<div class="row end">${send}</div>`}
  <//>`;
};
