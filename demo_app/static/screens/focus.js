// Focus time: a shared time with one clock. It ticks here, by what the app says of it once: nothing is sent for a second that
// passes. When the minutes are over nothing ends by itself.

import { useEffect, useRef, useState } from "../lib/hooks.mjs";
import { perform, show } from "../desk.js";
import { minutes, when, who } from "../format.js";
import { HideButton, People, useAsked, useTexts } from "../pieces.js";
import { words } from "../strings.js";
import { backTo, Button, Chip, Empty, Field, Form, Heading, html } from "../ui.js";

const MINUTE = 60_000;
const TICK_MILLISECONDS = 250; // so that each second is shown for about as long as it takes
const USUAL_MINUTES = 25;
const MORE_MINUTES = 10;

const nameOf = (kind) => words.focus.kinds[kind] ?? kind;

// What is left now, in milliseconds; looked at again while the clock runs, by this component alone.
const useLeft = ({ until, left, minutes: all }) => {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (until === null) return undefined;
    setNow(Date.now());
    const ticking = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS);
    return () => clearInterval(ticking);
  }, [until]);
  return until === null ? left : Math.max(0, Math.min(until - now, all * MINUTE));
};

const step = (session, name, said) => () => perform("focus.step", { session: session.id, step: name }, { said });

const Acts = ({ session, up, others }) => {
  const resting = session.onBreak.some((each) => each.mine);
  const together = session.inside.length > 1;
  const people = session.people.map((each) => each.id).filter((id) => others.some((each) => each.id === id)); // nobody who left
  const more = () => perform("focus.begin", { kind: session.kind, minutes: MORE_MINUTES, people }, { said: words.focus.begun });
  return html`<div class="row">
    ${
      !up &&
      (resting
        ? html`<${Button} kind="primary" onClick=${step(session, "resume", words.focus.wentOn)}>${words.focus.goOn}<//>`
        : html`<${Button} onClick=${step(session, "takeBreak", words.focus.tookBreak)}>${words.focus.takeBreak}<//>`)
    }
    ${up && html`<${Button} onClick=${more}>${words.focus.more(MORE_MINUTES)}<//>`}
    ${together && html`<${Button} onClick=${step(session, "leave", words.focus.left)}>${words.focus.leave}<//>`}
    <${Button} onClick=${step(session, "end", words.focus.ended)}>${together ? words.focus.endAll : words.focus.end}<//>
  </div>`;
};

const Going = ({ session, view }) => {
  const left = useLeft(session);
  const up = left === 0;
  const others = session.inside.filter((each) => !each.mine);
  const resting = session.onBreak.map(who);
  return html`<section class="card focus" aria-label=${words.focus.current}>
    <h2>${nameOf(session.kind)}</h2>
    <p class="clock" role="timer" aria-label=${words.focus.clock}>${minutes(left)}</p>
    <p role="status">
      ${up ? words.focus.up : resting.length > 0 ? words.focus.breaks(resting) : ""}
    </p>
    <p class="meta">${words.focus.of(session.minutes)} · ${others.length > 0 ? words.focus.with(others.map(who)) : words.focus.alone}</p>
    <${Acts} session=${session} up=${up} others=${view.space.others} />
  </section>`;
};

const Over = ({ session }) =>
  html`<section class="card" aria-label=${words.focus.last}>
    <h2>${nameOf(session.kind)}</h2>
    <p>${session.state === "stopped" ? words.focus.stopped : words.focus.over}</p>
  </section>`;

// On Today, among what waits for an answer.
export const AsksToFocus = ({ session }) =>
  html`<li class="card asked">
    <p class="meta">${words.focus.began(session.by.name, when(session.when))}</p>
    <h3>${words.focus.what(nameOf(session.kind), session.minutes)}</h3>
    <div class="row">
      <${Button} kind="primary" aria-label=${words.consents.actOf(words.focus.look, nameOf(session.kind))} onClick=${() => show("focus")}>
        ${words.focus.look}
      <//>
      <${HideButton} kind="quiet" id=${session.id} name=${nameOf(session.kind)} />
    </div>
  </li>`;

const Open = ({ session, inAnother }) =>
  html`<li class="card asked">
    <p class="meta">${words.focus.began(session.by.name, when(session.when))}</p>
    <h3>${words.focus.what(nameOf(session.kind), session.minutes)}</h3>
    <p class="hint">${inAnother ? words.focus.joinLeaves : words.focus.joinHint}</p>
    <div class="row">
      <${Button} kind="primary" aria-label=${words.consents.actOf(words.focus.join, nameOf(session.kind))} onClick=${step(session, "join", words.focus.joined)}>
        ${words.focus.join}
      <//>
      <${HideButton} kind="quiet" id=${session.id} name=${nameOf(session.kind)} />
    </div>
  </li>`;

const Begin = ({ view, kinds }) => {
  const [kind, setKind] = useState(kinds[0]);
  const asked = useAsked(view.space.others);
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const begin = async () => {
    const fields = { kind, minutes: Math.round(Number(field.current.value)) || 0, people: asked.ids };
    const { ok, problem: refused } = await perform("focus.begin", fields, { said: words.focus.begun, inPlace: true });
    setProblem(refused);
    if (!ok) backTo(field.current);
  };
  return html`<${Form} class="card add" onSubmit=${begin} aria-label=${words.focus.begin}>
    <fieldset>
      <legend>${words.focus.kind}</legend>
      <div class="row">
        ${kinds.map(
          (each) =>
            html`<label class="choice" key=${each}
              ><input type="radio" name="kind" autocomplete="off" checked=${kind === each} onChange=${() => setKind(each)} /><span
                >${nameOf(each)}</span
              ></label
            >`,
        )}
      </div>
    </fieldset>
    <${Field} id="minutes" label=${words.focus.minutes} type="number" min="1" inputRef=${field} defaultValue=${USUAL_MINUTES} problem=${problem} />
    ${view.space.others.length > 0 && html`<${People} legend=${words.focus.people} hint=${words.focus.peopleHint} others=${view.space.others} asked=${asked} />`}
    <div class="row end"><${Button} type="submit" kind="primary">${words.focus.begin}<//></div>
  <//>`;
};

export const Focus = ({ view }) => {
  const texts = useTexts("day.texts");
  const { mine, others } = view.focus;
  const going = mine !== null && !["ended", "stopped"].includes(mine.state);
  return html`<div class="head">
      <div><${Heading}>${words.app.focus}<//><p class="hint">${words.focus.lead}</p></div>
    </div>
    ${mine && (going ? html`<${Going} key=${mine.id} session=${mine} view=${view} />` : html`<${Over} session=${mine} />`)}
    ${
      others.length > 0 &&
      html`<section class="group" aria-label=${words.focus.others}>
        <h2>${words.focus.others}</h2>
        <ul>
          ${others.map((each) => html`<${Open} key=${each.id} session=${each} inAnother=${going} />`)}
        </ul>
      </section>`
    }
    ${
      !view.over &&
      texts &&
      html`<section class="group" aria-label=${words.focus.beginTitle}>
        <h2>${words.focus.beginTitle}</h2>
        <p class="hint">${going ? words.focus.beginLeaves : words.focus.beginHint}</p>
        <${Begin} view=${view} kinds=${texts.kinds} />
      </section>`
    }
    ${view.over && html`<${Empty} title=${words.focus.emptyTitle}>${words.focus.empty}<//>`}`;
};
