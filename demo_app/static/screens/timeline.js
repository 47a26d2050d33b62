// Timeline: who did what, day by day, in plain sentences; what can be taken back; and a copy of one's own.

import { useState } from "../lib/hooks.mjs";
import { opened, takeBackLast } from "../desk.js";
import { day, time } from "../format.js";
import { Dialog, useLook } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Empty, Heading, html } from "../ui.js";
import { FollowThrough } from "./progress.js";

const LINES = 50;
const LINES_MAX = 2_000;

const Line = ({ line }) =>
  html`<li class="line-of-day">
    <span class="meta time">${line.at === null ? "" : time(line.at)}</span>
    <span>${line.text}</span>
  </li>`;

const Day = ({ each }) =>
  html`<section class="group" aria-label=${day(each.day)}>
    <h2>${day(each.day)}</h2>
    <ul class="day">
      ${each.lines.map((line) => html`<${Line} key=${line.id} line=${line} />`)}
    </ul>
    ${each.more > 0 && html`<p class="hint">${words.timeline.more(each.more)}</p>`}
  </section>`;

const KINDS = ["markdown", "json", "automerge"];

// One's own act, with what it means said first. The browser saves the file; the page stays where it is.
export const Copy = ({ view }) => {
  const [kind, setKind] = useState(KINDS[0]);
  const close = () => (opened.value = null);
  const choice = (name) =>
    html`<label class="choice" key=${name}
      ><input type="radio" name="kind" value=${name} autocomplete="off" checked=${kind === name} onChange=${() => setKind(name)} /><span
        >${words.copy.kinds[name]}</span
      ></label
    >`;
  return html`<${Dialog} title=${words.copy.title} open=${opened.value === "copy"} onClose=${close} alsoPaused>
    <form method="post" action="/copy" autocomplete="off" onSubmit=${() => setTimeout(close, 0)}>
      <p class="note important">${view.copyWarning}</p>
      <fieldset>
        <legend>${words.copy.which}</legend>
        <div class="row">${KINDS.map(choice)}</div>
      </fieldset>
      <p class="hint">${words.copy.hints[kind]}</p>
      <label class="check"
        ><input type="checkbox" name="journal" autocomplete="off" /><span>${words.copy.journal}</span></label
      >
      <div class="row end">
        <${Button} onClick=${close}>${words.app.cancel}<//>
        <${Button} type="submit" kind="primary">${words.copy.save}<//>
      </div>
    </form>
  <//>`;
};

export const Timeline = ({ view }) => {
  const [lines, setLines] = useState(LINES);
  const past = useLook("timeline.look", { lines });
  const shown = past?.days ?? [];
  return html`<div class="head">
      <div><${Heading}>${words.app.timeline}<//><p class="hint">${words.timeline.lead}</p></div>
      <${Button} onClick=${() => (opened.value = "copy")}>${words.copy.open}<//>
    </div>
    ${
      past?.undo &&
      html`<div class="card line undo">
        <span>${past.undo}</span>
        <${Button} onClick=${takeBackLast}>${words.timeline.undo}<//>
      </div>`
    }
    <${FollowThrough} view=${view} />
    ${past !== null && shown.length === 0 && html`<${Empty} title=${words.timeline.emptyTitle}>${words.timeline.empty}<//>`}
    ${shown.map((each) => html`<${Day} key=${each.day} each=${each} />`)}
    ${
      past?.further &&
      (lines < LINES_MAX
        ? html`<p><${Button} onClick=${() => setLines(Math.min(lines * 2, LINES_MAX))}>${words.timeline.earlier}<//></p>`
        : html`<p class="hint">${words.timeline.further}</p>`)
    }`;
};
