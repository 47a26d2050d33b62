// What people tell each other unasked: small moments, in one line and uncounted; and open updates, which nobody can request.

import { useLayoutEffect, useRef, useState } from "../lib/hooks.mjs";
import { catchFocus, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { when, who } from "../format.js";
import { HideButton } from "../pieces.js";
import { words } from "../strings.js";
import { backTo, Button, emptied, Field, html } from "../ui.js";

const Moment = ({ moment, over }) =>
  html`<li class="card">
    <p class="as-written">${moment.text}</p>
    <p class="meta">${words.told.by(who(moment.by), when(moment.when))}</p>
    ${!moment.by.mine && !over && html`<div class="row"><${HideButton} kind="quiet" id=${moment.id} name=${moment.text} /></div>`}
  </li>`;

export const Moments = ({ view }) => {
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const { moments } = view.today;
  const note = async () => {
    const text = field.current.value;
    const { ok, problem: refused } = await perform("moment.share", { text, draft: "moment" }, { said: words.told.noted, inPlace: true });
    setProblem(refused);
    if (ok) emptied(field.current, text);
    backTo(field.current);
  };
  const alone = view.over || view.space.others.length === 0;
  if (alone && moments.length === 0) return null;
  return html`<section class="group" aria-label=${words.told.moments}>
    <h2>${words.told.moments}</h2>
    ${
      !alone &&
      html`<${Drafted} draft="moment" class="card one-line" onSubmit=${note} aria-label=${words.told.moments}>
        <${Field} id="moment" label=${words.told.moment} inputRef=${field} problem=${problem} />
        <${Button} type="submit">${words.told.note}<//>
      <//>`
    }
    <ul>
      ${moments.map((each) => html`<${Moment} key=${each.id} moment=${each} over=${view.over} />`)}
    </ul>
  </section>`;
};

const Update = ({ update, over }) => {
  const title = words.told.updateOf(who(update.by));
  return html`<li class="card">
    <h3>${title}</h3>
    <p class="meta">${when(update.when)}</p>
    <dl class="points">
      ${["changed", "feeling", "inPlace"].map(
        (part) => update[part] && html`<dt>${words.told.parts[part]}</dt><dd class="as-written">${update[part]}</dd>`,
      )}
    </dl>
    ${!update.by.mine && !over && html`<div class="row"><${HideButton} kind="quiet" id=${update.id} name=${title} /></div>`}
  </li>`;
};

const Write = ({ onDone }) => {
  const [problem, setProblem] = useState(null);
  const first = useRef(null);
  useLayoutEffect(() => first.current.focus(), []);
  const offer = async ({ elements }) => {
    const fields = { changed: elements.changed.value, feeling: elements.feeling.value, inPlace: elements.inPlace.value, draft: "update" };
    const { ok, problem: refused } = await perform("update.share", fields, { said: words.told.offered, inPlace: true });
    setProblem(refused);
    if (ok) onDone();
  };
  return html`<${Drafted} draft="update" class="card" onSubmit=${offer} onKeyDown=${(event) => event.key === "Escape" && onDone()} aria-label=${words.told.update}>
    <p class="hint">${words.told.updateHint}</p>
    <${Field} id="changed" label=${words.told.asks.changed} inputRef=${first} multiline />
    <${Field} id="feeling" label=${words.told.asks.feeling} multiline />
    <${Field} id="inPlace" label=${words.told.asks.inPlace} multiline />
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <div class="row end">
      <${Button} onClick=${onDone}>${words.app.cancel}<//>
      <${Button} type="submit" kind="primary">${words.told.offer}<//>
    </div>
  <//>`;
};

export const Updates = ({ view }) => {
  const [writing, setWriting] = useState(false);
  const { updates } = view.today;
  const done = () => {
    setWriting(false);
    catchFocus();
  };
  const alone = view.over || view.space.others.length === 0;
  if (alone && updates.length === 0) return null;
  return html`<section class="group" aria-label=${words.told.updates}>
    <h2>${words.told.updates}</h2>
    ${
      !alone &&
      (writing
        ? html`<${Write} onDone=${done} />`
        : html`<p class="hint">${words.told.updatesHint}</p>
            <p><${Button} onClick=${() => setWriting(true)}>${words.told.write}<//></p>`)
    }
    <ul>
      ${updates.map((each) => html`<${Update} key=${each.id} update=${each} over=${view.over} />`)}
    </ul>
  </section>`;
};
