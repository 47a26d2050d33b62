// Paused: takes the place of the page. It can never trap: what narrows, what informs and the way out stay in reach.

import { useLayoutEffect, useState } from "../lib/hooks.mjs";
import { opened, pause, perform } from "../desk.js";
import { day, moment, time } from "../format.js";
import { words } from "../strings.js";
import { Button, Heading, html, Icon } from "../ui.js";
import { Withdrawable } from "./consents.js";
import { Mine as MyJournal } from "./journal.js";
import { Mine } from "./limits.js";
import { Devices } from "./pairing.js";
import { Parting } from "./parting.js";
import { Places } from "./places.js";
import { Others } from "./records.js";
import { Towards } from "./sharing.js";

const SUGGESTED_MILLISECONDS = 20 * 60_000;

const Who = ({ standing }) => {
  const said = standing.by.mine
    ? words.pause.mine(moment(standing.when.at))
    : words.pause.theirs(standing.by.name, day(standing.when.day));
  return html`<li class="card who">
    <p>${said}</p>
    ${[true, false].map((reached) => {
      const devices = [...new Set(standing.reached.filter((each) => each.reached === reached).map((each) => each.device))];
      return (
        devices.length > 0 &&
        html`<p class="meta" key=${reached}>
          <${Icon} name=${reached ? "done" : "waiting"} />
          <span>${reached ? words.pause.reached(devices) : words.pause.notReached(devices)}</span>
        </p>`
      );
    })}
    ${standing.by.mine && standing.reached.length === 0 && html`<p class="meta">${words.pause.nobody}</p>`}
  </li>`;
};

export const Paused = ({ view }) => {
  const [look, setLook] = useState(() => Date.now() + SUGGESTED_MILLISECONDS);
  useLayoutEffect(() => document.querySelector("main.paused h1").focus({ preventScroll: true }), []);
  const mine = view.pauses.some((each) => each.by.mine);
  const others = view.pauses.filter((each) => !each.by.mine).map((each) => each.by.name);
  const seenBy = view.sharing.theirs.filter((each) => each.presenceUntil !== null);
  const lift = () => perform("pause.lift", {}, { said: words.pause.lifted });
  return html`<${Heading}>${words.pause.title}<//>
    <p class="lead">${words.pause.lead}</p>
    <ul>
      ${view.pauses.map((each) => html`<${Who} key=${each.by.id} standing=${each} />`)}
    </ul>
    <div class="row">
      ${
        mine
          ? html`<${Button} kind="primary" onClick=${lift}>${words.pause.lift}<//>`
          : html`<${Button} kind="pause" onClick=${pause}>${words.pause.add}<//>`
      }
    </div>
    <p class="hint">${mine && others.length > 0 ? words.pause.liftOthers(others) : mine ? "" : words.pause.addHint}</p>
    <${Others} space=${view.space} />
    <p class="look">
      ${words.pause.look(time(look))}
      <${Button} kind="small" onClick=${() => setLook(look + SUGGESTED_MILLISECONDS)}>${words.pause.more}<//>
    </p>
    <section class="reach">
      <h2>${words.pause.reach}</h2>
      <details class="fold">
        <summary>${words.pause.consents}</summary>
        <${Withdrawable} consents=${[...view.consents, ...view.agreements]} />
      </details>
      ${
        seenBy.length > 0 &&
        html`<details class="fold">
          <summary>${words.sharing.being}</summary>
          ${seenBy.map((each) => html`<${Towards} key=${each.person.id} theirs=${each} />`)}
        </details>`
      }
      <details class="fold" open=${opened.value === "reach"}>
        <summary>${words.app.pairing}</summary>
        <${Devices} view=${view} />
      </details>
      <details class="fold">
        <summary>${words.limits.mine}</summary>
        <${Mine} view=${view} id="limit-while-paused" />
      </details>
      <details class="fold">
        <summary>${words.app.journal}</summary>
        <${MyJournal} view=${view} />
      </details>
      <details class="fold">
        <summary>${words.places.title}</summary>
        <${Places} />
      </details>
      <${Parting} view=${view} />
      <div class="row">
        <${Button} onClick=${() => (opened.value = "help")}>${words.app.help}<//>
        <${Button} onClick=${() => (opened.value = "settings")}>${words.app.settings}<//>
        <${Button} onClick=${() => (opened.value = "copy")}>${words.copy.open}<//>
        <${Button} onClick=${() => perform("quit")}>${words.app.quit}<//>
      </div>
    </section>`;
};
