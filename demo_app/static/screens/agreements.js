// Agreements: rules, rituals and what else two people give themselves. The same machinery as consents, with a kind, three
// questions before one is offered, a day to look at it again, and rival versions side by side, never merged.

import { useState } from "../lib/hooks.mjs";
import { opened } from "../desk.js";
import { dayOf, who } from "../format.js";
import { words } from "../strings.js";
import { Button, Chip, Empty, Heading, html } from "../ui.js";
import { Acts, PAST, Points, Standing } from "./consents.js";
import { Propose } from "./propose.js";

const Change = ({ agreement, onChange }) =>
  agreement.mayChange &&
  html`<div class="row">
    <${Button}
      aria-label=${words.consents.actOf(words.agreements.change, agreement.purpose)}
      onClick=${() => onChange(agreement)}
    >
      ${words.agreements.change}
    <//>
  </div>`;

const Limited = ({ agreement }) =>
  agreement.limited.length > 0 && html`<p class="problem">${words.agreements.limited(agreement.limited)}</p>`;

const HeldBack = ({ agreement }) => agreement.heldBack && html`<p class="hint">${agreement.heldBack}</p>`;

const Card = ({ agreement, onChange }) => {
  const reading = agreement.mayGrant;
  return html`<li class="card consent ${reading ? "reading" : ""}">
    <h2>${agreement.purpose}</h2>
    <p class="meta">${words.agreements.kinds[agreement.kind]} · ${words.agreements.version(agreement.version)}</p>
    <${Standing} consent=${agreement} />
    <${Limited} agreement=${agreement} />
    ${
      reading
        ? html`<${Points} terms=${agreement} />`
        : html`<ul class="lines">
              ${agreement.includes.map((line) => html`<li>${line}</li>`)}
            </ul>
            <details><summary>${words.consents.points}</summary><${Points} terms=${agreement} /></details>`
    }
    ${!PAST.includes(agreement.state) && html`<p class="meta">${words.agreements.review(dayOf(agreement.review))}</p>`}
    <${Acts} consent=${agreement} />
    <${Change} agreement=${agreement} onChange=${onChange} />
    <${HeldBack} agreement=${agreement} />
  </li>`;
};

const Side = ({ agreement }) =>
  html`<div class="side" role="group" aria-label=${words.agreements.sideOf(who(agreement.by))}>
    <h3>${words.agreements.sideOf(who(agreement.by))}</h3>
    <p><strong>${agreement.purpose}</strong></p>
    <${Standing} consent=${agreement} />
    <${Points} terms=${agreement} />
    <${Acts} consent=${agreement} />
    <${HeldBack} agreement=${agreement} />
  </div>`;

const Rivals = ({ versions, onChange }) =>
  html`<li class="card reading consent">
    <h2>${words.agreements.rivals(versions.length)}</h2>
    <p class="states"><${Chip} name="superseded" tone="stop">${words.agreements.kinds[versions[0].kind]}<//></p>
    <p>${words.agreements.rivalsBody}</p>
    <div class="sides">${versions.map((each) => html`<${Side} key=${each.id} agreement=${each} />`)}</div>
    <p class="hint">${words.agreements.talkFirst}</p>
    ${
      versions.some((each) => each.mayChange) &&
      html`<div class="row">
        <${Button} onClick=${() => onChange(versions[0], versions)}>${words.agreements.newVersion}<//>
      </div>`
    }
  </li>`;

// Open versions of one thing stand together; each other agreement by itself.
const grouped = (agreements) => {
  const byId = new Map(agreements.map((each) => [each.id, each]));
  const seen = new Set();
  const groups = [];
  for (const each of agreements) {
    if (seen.has(each.id)) continue;
    const versions = [each, ...each.rivals.map((id) => byId.get(id)).filter(Boolean)];
    for (const version of versions) seen.add(version.id);
    groups.push(versions.sort((one, other) => Number(other.by.mine) - Number(one.by.mine)));
  }
  return groups;
};

export const Agreements = ({ view }) => {
  const [draft, setDraft] = useState(null);
  const paired = view.space.others.length > 0;
  const propose = (agreement = null, replaced = agreement ? [agreement] : []) => {
    setDraft(agreement && { ...agreement, supersedes: replaced.map((each) => each.id) });
    opened.value = "propose";
  };
  const current = view.agreements.filter((each) => !PAST.includes(each.state));
  const past = view.agreements.filter((each) => PAST.includes(each.state));
  const [pastOpen] = useState(current.length === 0); // from the start, or by hand: it does not move under the hand
  const cards = (groups) =>
    html`<ul class="cards">
      ${groups.map((versions) =>
        versions.length === 1
          ? html`<${Card} key=${versions[0].id} agreement=${versions[0]} onChange=${propose} />`
          : html`<${Rivals} key=${versions[0].id} versions=${versions} onChange=${propose} />`,
      )}
    </ul>`;
  return html`<div class="head">
      <div><${Heading}>${words.app.agreements}<//><p class="hint">${words.agreements.lead}</p></div>
      ${paired && !view.over && html`<${Button} kind="primary" onClick=${() => propose()}>${words.agreements.propose}<//>`}
    </div>
    ${
      view.agreements.length === 0 &&
      html`<${Empty} title=${words.agreements.emptyTitle}>${words.agreements.empty} ${!paired && words.agreements.emptyAlone}<//>`
    }
    ${current.length > 0 && cards(grouped(current))}
    ${
      past.length > 0 &&
      html`<details class="fold" open=${pastOpen}>
        <summary>${words.consents.past} <span class="meta">${past.length}</span></summary>
        ${cards(past.map((each) => [each]))}
      </details>`
    }
    ${view.agreements.length > 0 && html`<p class="hint">${words.consents.willingness}</p>`}
    <${Propose} view=${view} draft=${draft} />`;
};
