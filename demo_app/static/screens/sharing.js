// Sharing: what I type for another to see, while a consent covers it; that I am here; and what others let me see. Of what is
// not there no reason is known here, so none is shown: paused, over, withdrawn and offline are one and the same nothing.

import { useRef, useState } from "../lib/hooks.mjs";
import { opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { dayOf, time } from "../format.js";
import { usePressed } from "../pieces.js";
import { words } from "../strings.js";
import { backTo, Button, emptied, Empty, Field, Heading, html } from "../ui.js";
import { Card, PAST } from "./consents.js";
import { Flow } from "./flow.js";

const DRAFT = "sharing/now";
const HOUR = 3_600_000;
const names = (people) => people.map((each) => each.name);

const Value = ({ value }) =>
  html`<li class="card">
    <p class="states">
      <span class="meta">${words.sharing.what[value.what]}</span>
      ${
        value.here &&
        html`<${Button}
          kind="small"
          aria-label=${words.sharing.stopOneOf(words.sharing.what[value.what])}
          onClick=${() => perform("sharing.stop", { what: value.what }, { said: words.sharing.stoppedOne })}
        >
          ${words.sharing.stopOne}
        <//>`
      }
    </p>
    <p class="said">${value.text}</p>
    <p class="meta">
      ${
        value.here
          ? [words.sharing.with(names(value.to)), words.sharing.since(time(value.since)), words.sharing.ends(time(value.until))].join(" · ")
          : words.sharing.elsewhere
      }
    </p>
  </li>`;

const Shown = ({ shown }) => {
  const what = shown.habit ? words.sharing.entries(shown.habit) : words.sharing.progress;
  return html`<li class="card">
    <p class="states">
      <span>${what}</span>
      <${Button}
        kind="small"
        aria-label=${words.sharing.pauseShownOf(what)}
        onClick=${() => perform("offer.pause", { noun: shown.noun, id: shown.id }, { said: words.sharing.pausedShown })}
      >
        ${words.sharing.pauseShown}
      <//>
    </p>
    <p class="meta">${words.sharing.shownTo(names(shown.to), dayOf(shown.until))}</p>
  </li>`;
};

const Now = ({ sharing }) => {
  const some = sharing.mine.length + sharing.hereTo.length + sharing.shown.length > 0;
  return html`<section class="group" aria-label=${words.sharing.now}>
    <h2>${words.sharing.now}</h2>
    ${!some && html`<p class="hint">${words.sharing.nothing}</p>`}
    <ul>
      ${sharing.mine.map((each) => html`<${Value} key=${each.what} value=${each} />`)}
      ${sharing.hereTo.length > 0 && html`<li class="card" key="here">${words.sharing.hereTo(names(sharing.hereTo))}</li>`}
      ${sharing.shown.map((each) => html`<${Shown} key=${each.id + each.habit} shown=${each} />`)}
    </ul>
    ${sharing.shown.length > 0 && html`<p class="hint under">${words.sharing.shownHint}</p>`}
  </section>`;
};

const Choice = ({ name, value, chosen, onChoose, children }) =>
  html`<label class="choice"
    ><input type="radio" name=${name} value=${value} autocomplete="off" checked=${chosen === value} onChange=${() => onChoose(value)} /><span>${children}</span></label
  >`;

const Share = ({ sharing }) => {
  const [chosen, setWhat] = useState(null);
  const [hours, setHours] = useState("4");
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const covered = sharing.covered.find((each) => each.what === chosen) ?? sharing.covered[0];
  const { what } = covered;
  const tell = async () => {
    const fields = { what, text: field.current.value, milliseconds: Number(hours) * HOUR, draft: DRAFT };
    const { ok, problem: refused } = await perform("sharing.tell", fields, { said: words.sharing.told, inPlace: true });
    setProblem(refused);
    if (ok) emptied(field.current, fields.text);
    backTo(field.current);
  };
  return html`<${Drafted} draft=${DRAFT} class="card add" onSubmit=${tell} aria-label=${words.sharing.share}>
    <fieldset>
      <legend>${words.sharing.which}</legend>
      <div class="row">
        ${sharing.covered.map(
          (each) =>
            html`<${Choice} key=${each.what} name="what" value=${each.what} chosen=${what} onChoose=${setWhat}>${words.sharing.what[each.what]}<//>`,
        )}
      </div>
    </fieldset>
    <${Field} id="value" label=${words.sharing.text} hint=${words.sharing.examples[what]} inputRef=${field} problem=${problem} required />
    <fieldset>
      <legend>${words.sharing.howLong}</legend>
      <div class="row">
        ${Object.entries(words.sharing.hours).map(
          ([value, label]) => html`<${Choice} key=${value} name="hours" value=${value} chosen=${hours} onChoose=${setHours}>${label}<//>`,
        )}
      </div>
    </fieldset>
    <p class="hint">${words.sharing.covers(names(covered.to), dayOf(covered.until))}</p>
    <div class="row end">
      <${Button} type="submit" kind="primary">${sharing.mine.some((each) => each.what === what) ? words.sharing.replace : words.sharing.tell}<//>
    </div>
  <//>`;
};

const Theirs = ({ theirs }) =>
  html`<section class="group" aria-label=${words.sharing.theirs(theirs.person.name)}>
    <h2>${words.sharing.theirs(theirs.person.name)}</h2>
    ${theirs.values.length === 0 && !theirs.here && html`<p class="hint">${words.sharing.nobody(theirs.person.name)}</p>`}
    <ul>
      ${theirs.here && html`<li class="card" key="here">${words.sharing.isHere(theirs.person.name)}</li>`}
      ${theirs.values.map(
        (each) =>
          html`<li class="card" key=${each.what}>
            <p class="meta">${words.sharing.whats[each.what]}</p>
            <p class="said">${each.text}</p>
          </li>`,
      )}
    </ul>
  </section>`;

// Also on the Pause screen: not being seen any more never waits for a pause to end.
export const Towards = ({ theirs }) => {
  const { id, name } = theirs.person;
  const shown = theirs.presenceUntil !== null;
  const [on, change] = usePressed(shown, (show) =>
    perform(show ? "presence.show" : "presence.hide", { to: id }, { said: show ? words.sharing.shown(name) : words.sharing.hidden(name) }),
  );
  return html`<p class="states">
    <label class="check"
      ><input type="checkbox" autocomplete="off" checked=${on} onChange=${change} /><span>${words.sharing.show(name)}</span></label
    >
    ${shown && html`<span class="meta">${words.sharing.shownUntil(dayOf(theirs.presenceUntil))}</span>`}
  </p>`;
};


const Being = ({ sharing }) => {
  const shows = sharing.theirs.some((each) => each.presenceUntil !== null);
  const here = sharing.hereTo.length > 0;
  return html`<section class="group" aria-label=${words.sharing.being}>
    <h2>${words.sharing.being}</h2>
    <p class="hint">${words.sharing.beingLead}</p>
    <div class="card">
      ${sharing.theirs.map((each) => html`<${Towards} key=${each.person.id} theirs=${each} />`)}
      ${
        shows &&
        html`<div class="row">
          ${
            here
              ? html`<${Button} onClick=${() => perform("presence.away", {}, { said: words.sharing.awaySaid })}>${words.sharing.away}<//>`
              : html`<${Button} onClick=${() => perform("presence.here", {}, { said: words.sharing.said })}>${words.sharing.say}<//>`
          }
        </div>`
      }
    </div>
  </section>`;
};

const Covering = ({ consents }) =>
  consents.length > 0 &&
  html`<section class="group" aria-label=${words.sharing.consents}>
    <h2>${words.sharing.consents}</h2>
    <p class="hint">${words.sharing.consentsHint}</p>
    <ul class="cards">
      ${consents.map((each) => html`<${Card} key=${each.id} consent=${each} />`)}
    </ul>
  </section>`;

export const Sharing = ({ view }) => {
  const { sharing } = view;
  const paired = view.space.others.length > 0 && !view.over;
  // what is another's alone to share is under Consents once it is answered: its state would tell here why nothing is shown
  const consents = view.consents.filter(
    (each) =>
      each.flow === "sharing" && !PAST.includes(each.state) && (each.state === "proposed" || each.whose.some((person) => person.mine)),
  );
  return html`<div class="head">
      <div><${Heading}>${words.app.sharing}<//><p class="hint">${words.sharing.lead}</p></div>
      ${paired && html`<${Button} kind="primary" onClick=${() => (opened.value = "sharing")}>${words.sharing.offer}<//>`}
    </div>
    ${paired && html`<${Now} sharing=${sharing} />`}
    ${paired && sharing.theirs.map((each) => html`<${Theirs} key=${each.person.id} theirs=${each} />`)}
    ${
      sharing.covered.length > 0
        ? html`<section class="group" aria-label=${words.sharing.share}><h2>${words.sharing.share}</h2><${Share} sharing=${sharing} /></section>`
        : html`<${Empty} title=${words.sharing.noneTitle}>${paired ? words.sharing.none : words.sharing.noneAlone}<//>`
    }
    ${paired && html`<${Being} sharing=${sharing} />`}
    <${Covering} consents=${consents} />
    <${Flow} view=${view} kind="sharing" />`;
};
