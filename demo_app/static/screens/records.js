// Several records on one laptop: which there are, which one is looked at, one more; and the stop of each, whichever that is.

import { useRef, useState } from "../lib/hooks.mjs";
import { perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { words } from "../strings.js";
import { Button, Chip, Field, html } from "../ui.js";

const DRAFT = "record";
const of = (act, record) => words.records.of(act, words.app.choice(record.name, record.others));

const look = (record) => perform("space.choose", { space: record.id });
const pause = (record) => perform("record.pause", { record: record.id }, { said: words.records.pausedNow(record.name) });
const hush = (record) => perform("record.hush", { record: record.id }, { said: words.records.stopped });

const Stops = ({ record }) =>
  html`${
      record.flows &&
      html`<${Button} kind="small" aria-label=${of(words.records.stop, record)} onClick=${() => hush(record)}>${words.records.stop}<//>`
    }
    ${
      !record.paused &&
      !record.over &&
      html`<${Button} kind="small" aria-label=${of(words.records.pause, record)} onClick=${() => pause(record)}>${words.records.pause}<//>`
    }`;

const Record = ({ record, here }) =>
  html`<li class="card">
    <h3>${record.name}</h3>
    <p class="states">
      ${record.paused && html`<${Chip} name="paused" tone="stop">${words.records.paused}<//>`}
      ${record.over && html`<${Chip} name="declined">${words.records.over}<//>`}
      <span class="meta">${[words.records.withNames(record.others), here && words.records.here].filter(Boolean).join(" · ")}</span>
    </p>
    ${
      !here &&
      html`<div class="row">
        <${Button} kind="small" aria-label=${of(words.records.open, record)} onClick=${() => look(record)}>${words.records.open}<//>
        <${Stops} record=${record} />
      </div>`
    }
  </li>`;

const Begin = () => {
  const [problem, setProblem] = useState(null);
  const title = useRef(null);
  const begin = async ({ elements }) => {
    const fields = { title: title.current.value.trim(), called: elements.called.value, draft: DRAFT };
    if (!fields.title) {
      setProblem(words.records.empty);
      title.current.focus();
      return;
    }
    const { problem: refused } = await perform("record.begin", fields, { said: words.records.begun, inPlace: true });
    setProblem(refused);
    if (refused) title.current?.focus();
  };
  return html`<details class="fold">
    <summary>${words.records.begin}</summary>
    <${Drafted} draft=${DRAFT} own named=${words.records.begin} onSubmit=${begin}>
      <${Field} id="record" label=${words.records.name} hint=${words.records.nameHint} inputRef=${title} maxlength="80" problem=${problem} required />
      <${Field} id="called-there" name="called" label=${words.records.called} hint=${words.records.calledHint} maxlength="80" />
      <div class="row end"><${Button} type="submit" kind="primary">${words.records.beginNow}<//></div>
    <//>
  </details>`;
};

export const Records = ({ view }) => {
  const { choices, id } = view.space;
  return html`<section class="group" aria-label=${words.records.title}>
    <h2>${words.records.title}</h2>
    <p class="hint">${words.records.lead}</p>
    ${
      choices.length > 1 &&
      html`<ul class="cards">
        ${choices.map((each) => html`<${Record} key=${each.id} record=${each} here=${each.id === id} />`)}
      </ul>`
    }
    <${Begin} />
  </section>`;
};

// In a pause: that it is of one record alone, with the stop of each other.
export const Others = ({ space }) => {
  const others = space.choices.filter((each) => each.id !== space.id && !each.over && !each.paused);
  return (
    others.length > 0 &&
    html`<section class="group" aria-label=${words.records.onlyThisOf}>
      <p class="hint">${words.records.onlyThis(space.name)}</p>
      <ul>
        ${others.map(
          (each) =>
            html`<li class="card" key=${each.id}>
              <p class="states"><span>${words.app.choice(each.name, each.others)}</span><${Stops} record=${each} /></p>
            </li>`,
        )}
      </ul>
    </section>`
  );
};

// In the frame: something of mine is shared in a record that is not looked at.
export const Elsewhere = ({ space }) => {
  const flowing = space.choices.filter((each) => each.id !== space.id && each.flows);
  return (
    flowing.length > 0 &&
    html`<div class="live" role="group" aria-label=${words.records.onlyThisOf}>
      <button type="button" class="what" onClick=${() => look(flowing[0])}>
        <span class="dot" aria-hidden="true"></span><span>${words.records.flows(flowing.map((each) => each.name))}</span>
      </button>
      <${Button} kind="small" onClick=${() => flowing.forEach(hush)}>${words.sharing.stop}<//>
    </div>`
  );
};
