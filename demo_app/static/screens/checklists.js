// Checklists: before a scene, and for the care after it. Everyone ticks every line afresh, each time; silence means not ready,
// and whoever takes a tick back stops the round at once, for everyone.

import { useRef, useState } from "../lib/hooks.mjs";
import { perform, show } from "../desk.js";
import { Drafted } from "../drafts.js";
import { when, who } from "../format.js";
import { HideButton, People, useAsked, usePressed, useTexts } from "../pieces.js";
import { words } from "../strings.js";
import { backTo, Button, Chip, Field, Group, Heading, html } from "../ui.js";
import { lines } from "./offer.js";

const OCCASIONS = ["scene", "aftercare"];

const titleOf = (round) => round.title || words.checklists.occasions[round.occasion];

const step = (round, name, said) => perform("checklist.step", { round: round.id, step: name }, { said });

const Line = ({ round, line }) => {
  const [mine, toggle] = usePressed(
    line.ticked.some((each) => each.mine),
    (tick) => (tick ? perform("checklist.tick", { round: round.id, line: line.text }) : step(round, "untick", words.checklists.stopped)),
  );
  const others = line.ticked.filter((each) => !each.mine).map(who);
  return html`<li class="tick-line">
    <label class="check"
      ><input type="checkbox" class="tick" autocomplete="off" checked=${mine} disabled=${!round.mayTick} onChange=${toggle} /><span
        >${line.text}</span
      ></label
    >
    ${others.length > 0 && html`<span class="meta">${words.checklists.tickedBy(others)}</span>`}
  </li>`;
};

const Standing = ({ round }) => {
  if (round.state === "ready") return html`<${Chip} name="done" tone="good">${words.checklists.ready}<//>`;
  return html`<${Chip} name="waiting">${words.checklists.notReady}<//>
    <span class="meta">${words.checklists.waitsFor(round.waitsFor.map(who))}</span>`;
};

const Round = ({ round }) =>
  html`<li class="card">
    <h3>${titleOf(round)}</h3>
    <p class="meta">${words.checklists.begunBy(who(round.by), when(round.when))}</p>
    <div class="states" role="status"><${Standing} round=${round} /></div>
    <ul class="ticks" aria-label=${titleOf(round)}>
      ${round.lines.map((line) => html`<${Line} key=${line.text} round=${round} line=${line} />`)}
    </ul>
    <p class="hint">${words.checklists.untick}</p>
    ${
      round.mayStop &&
      html`<div class="row">
        <${Button} aria-label=${words.consents.actOf(words.checklists.stop, titleOf(round))} onClick=${() => step(round, "untick", words.checklists.stopped)}>
          ${words.checklists.stop}
        <//>
        <${Button} aria-label=${words.consents.actOf(words.checklists.finish, titleOf(round))} onClick=${() => step(round, "end", words.checklists.finished)}>
          ${words.checklists.finish}
        <//>
      </div>`
    }
  </li>`;

const Stopped = ({ round }) =>
  html`<li class="card">
    <h3>${titleOf(round)}</h3>
    <p class="states"><${Chip} name="paused" tone="stop">${words.checklists.isStopped}<//></p>
    <p>${words.checklists.stoppedHint}</p>
    <div class="row">
      <${Button} aria-label=${words.consents.actOf(words.checklists.again, titleOf(round))} onClick=${() => step(round, "again", words.checklists.begun)}>
        ${words.checklists.again}
      <//>
    </div>
  </li>`;

const Begin = ({ view, starters }) => {
  const [occasion, setOccasion] = useState(OCCASIONS[0]);
  const asked = useAsked(view.space.others);
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const title = useRef(null);
  // Lines that somebody wrote stay; those that were only offered make room for the other list.
  const choose = (name) => {
    if (field.current.value === starters[occasion].join("\n")) field.current.value = starters[name].join("\n");
    setOccasion(name);
  };
  const begin = async () => {
    const fields = { occasion, title: title.current.value, lines: lines(field.current.value), people: asked.ids, draft: "checklist" };
    const { ok, problem: refused } = await perform("checklist.begin", fields, { said: words.checklists.begun, inPlace: true });
    setProblem(refused);
    if (!ok) backTo(field.current);
  };
  return html`<${Drafted} draft="checklist" class="card add" onSubmit=${begin} aria-label=${words.checklists.beginTitle}>
    <fieldset>
      <legend>${words.checklists.occasion}</legend>
      <div class="row">
        ${OCCASIONS.map(
          (name) =>
            html`<label class="choice" key=${name}
              ><input type="radio" name="occasion" value=${name} autocomplete="off" checked=${occasion === name} onChange=${() => choose(name)} /><span
                >${words.checklists.occasions[name]}</span
              ></label
            >`,
        )}
      </div>
    </fieldset>
    <${Field}
      id="lines"
      label=${words.checklists.lines}
      hint=${words.checklists.linesHint}
      inputRef=${field}
      defaultValue=${starters[OCCASIONS[0]].join("\n")}
      problem=${problem}
      rows="8"
      multiline
    />
    <${Field} id="title" label=${words.checklists.name} inputRef=${title} />
    ${view.space.others.length > 1 && html`<${People} legend=${words.checklists.people} others=${view.space.others} asked=${asked} />`}
    <div class="row end"><${Button} type="submit" kind="primary">${words.checklists.begin}<//></div>
  <//>`;
};

// On Today, among what waits for an answer.
export const AsksToTick = ({ round }) =>
  html`<li class="card asked">
    <p class="meta">${words.checklists.began(round.by.name)}</p>
    <h3>${titleOf(round)}</h3>
    <div class="row">
      <${Button} kind="primary" aria-label=${words.consents.actOf(words.checklists.look, titleOf(round))} onClick=${() => show("checklists")}>
        ${words.checklists.look}
      <//>
      <${HideButton} kind="quiet" id=${round.id} name=${titleOf(round)} />
    </div>
  </li>`;

export const Checklists = ({ view }) => {
  const texts = useTexts("day.texts");
  const { open, stopped } = view.checklists;
  return html`<div class="head">
      <div><${Heading}>${words.app.checklists}<//><p class="hint">${words.checklists.lead}</p></div>
    </div>
    <${Group} title=${words.checklists.open}>
      ${open.map((each) => html`<${Round} key=${each.id} round=${each} />`)}
    <//>
    <${Group} title=${words.checklists.stoppedTitle}>
      ${stopped.map((each) => html`<${Stopped} key=${each.id} round=${each} />`)}
    <//>
    ${
      !view.over &&
      texts &&
      html`<section class="group" aria-label=${words.checklists.beginTitle}>
        <h2>${words.checklists.beginTitle}</h2>
        <${Begin} view=${view} starters=${texts.starters} />
      </section>`
    }
    <p class="hint">${words.checklists.permits}</p>`;
};
