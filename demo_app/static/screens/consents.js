// Consents: what each of us is willing to do now. Narrowing is one press, unconfirmed; widening takes two steps and both.

import { useLayoutEffect, useRef, useState } from "../lib/hooks.mjs";
import { catchFocus, opened, perform } from "../desk.js";
import { dayOf, when, who } from "../format.js";
import { HideButton } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Chip, Empty, Heading, html } from "../ui.js";
import { Offer } from "./offer.js";

const TONES = { active: "good", upcoming: "good", paused: "stop" };
export const PAST = ["declined", "revoked", "expired", "superseded"];

const standingWords = (consent) => {
  if (consent.spacePaused) return words.consents.spacePause;
  if (consent.state === "proposed") {
    if (consent.mayGrant) return words.consents.offeredBy(who(consent.by), when(consent.when));
    return words.consents.waitsFor(consent.waitsFor.map(who));
  }
  if (consent.state === "expired") return words.consents.ended(dayOf(consent.until));
  if (["active", "upcoming"].includes(consent.state)) return words.consents.between(consent.parties.map(who));
  return consent.lastBy ? words.consents.by(who(consent.lastBy), when(consent.lastWhen)) : "";
};

const duration = ({ starts, until }) => {
  const from = starts && starts > Date.now() ? `${words.consents.from(dayOf(starts))}, ` : "";
  return from + (until ? words.consents.until(dayOf(until)) : words.consents.ongoing);
};

const Lines = ({ lines }) =>
  lines.length === 0
    ? words.consents.nothing
    : lines.length === 1
      ? lines[0]
      : html`<ul class="lines">
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>`;

export const Points = ({ terms }) =>
  html`<dl class="points">
    <dt>${words.consents.parties}</dt>
    <dd>${words.consents.people(terms.parties.map(who))}</dd>
    <dt>${words.consents.includes}</dt>
    <dd><${Lines} lines=${terms.includes} /></dd>
    <dt>${words.consents.excludes}</dt>
    <dd><${Lines} lines=${terms.excludes} /></dd>
    ${terms.flow && html`<dt>${words.consents.whose[terms.flow]}</dt>`}
    ${terms.flow && html`<dd>${words.consents.people(terms.whose.map(who))}</dd>`}
    <dt>${words.consents.access}</dt>
    <dd><${Lines} lines=${terms.access} /></dd>
    <dt>${words.consents.duration}</dt>
    <dd>${duration(terms)}</dd>
    <dt>${words.consents.revocability}</dt>
    <dd>${terms.howToPause}</dd>
  </dl>`;

// An agreement is a consent with a kind: the same acts, the same buttons.
const nounOf = (offer) => (offer.kind ? "agreement" : "consent");
const act = (what, offer, said) => () => perform(`offer.${what}`, { noun: nounOf(offer), id: offer.id }, { said });

const Narrow = ({ consent, may, what, label, said }) =>
  may &&
  html`<${Button} aria-label=${words.consents.actOf(label, consent.purpose)} onClick=${act(what, consent, said)}>${label}<//>`;

const Withdraw = ({ consent }) =>
  html`<${Narrow}
    consent=${consent}
    may=${consent.mayRevoke}
    what="revoke"
    label=${words.consents.withdraw}
    said=${words.consents.withdrawn}
  />`;

const Grant = ({ consent, onDone }) => {
  const first = useRef(null);
  useLayoutEffect(() => first.current.focus(), []);
  const grant = async () => {
    const { ok } = await act("grant", consent, words.consents.granted)();
    if (ok) onDone();
  };
  return html`<div class="confirm" role="group" aria-label=${words.consents.grantTitle}>
    <h3 tabindex="-1" ref=${first}>${words.consents.grantTitle}</h3>
    <p>${words.consents.grantBody(consent.parties.filter((each) => !each.mine).map(who))}</p>
    <div class="row">
      <${Button} kind="primary" onClick=${grant}>${words.consents.grantYes}<//>
      <${Button} onClick=${onDone}>${words.consents.grantNo}<//>
    </div>
  </div>`;
};

export const Standing = ({ consent }) =>
  html`<p class="states">
    <${Chip} name=${consent.state} tone=${TONES[consent.state]}>${words.consents.states[consent.state]}<//>
    <span class="meta">${standingWords(consent)}</span>
  </p>`;

// Everything that this person may do about it just now.
export const Acts = ({ consent, onAgain }) => {
  const [granting, setGranting] = useState(false);
  const stop = () => {
    setGranting(false);
    catchFocus();
  };
  return html`${
      granting && consent.mayGrant
        ? html`<${Grant} consent=${consent} onDone=${stop} />`
        : html`<div class="row">
            ${
              consent.mayGrant &&
              html`<${Button}
                kind="primary"
                aria-label=${words.consents.actOf(words.consents.grant, consent.purpose)}
                onClick=${() => setGranting(true)}
              >
                ${words.consents.grant}
              <//>`
            }
            <${Narrow}
              consent=${consent}
              may=${consent.mayDecline}
              what="decline"
              label=${words.consents.decline}
              said=${words.consents.declined}
            />
            <${Narrow}
              consent=${consent}
              may=${consent.mayPause}
              what="pause"
              label=${words.consents.pauseThis}
              said=${words.consents.paused}
            />
            <${Narrow}
              consent=${consent}
              may=${consent.mayResume}
              what="resume"
              label=${words.consents.resume}
              said=${words.consents.resumed}
            />
            <${Withdraw} consent=${consent} />
            ${
              consent.mayOfferAgain &&
              onAgain &&
              html`<${Button}
                aria-label=${words.consents.actOf(words.consents.again, consent.purpose)}
                onClick=${() => onAgain(consent)}
              >
                ${words.consents.again}
              <//>`
            }
            ${
              consent.mayGrant &&
              !consent.by.mine &&
              html`<${HideButton} kind="quiet" id=${consent.id} name=${consent.purpose} />`
            }
          </div>`
    }`;
};

export const Card = ({ consent, onAgain }) => {
  const reading = consent.mayGrant;
  return html`<li class="card consent ${consent.state} ${reading ? "reading" : ""}">
    <h2>${consent.purpose}</h2>
    <${Standing} consent=${consent} />
    ${
      !PAST.includes(consent.state) &&
      html`<p class="meta">${duration(consent)}</p>`
    }
    ${
      reading
        ? html`<${Points} terms=${consent} />`
        : html`<details><summary>${words.consents.points}</summary><${Points} terms=${consent} /></details>`
    }
    <${Acts} consent=${consent} onAgain=${onAgain} />
  </li>`;
};

// On the Pause screen: withdrawing never waits for a pause to end.
export const Withdrawable = ({ consents }) => {
  const some = consents.filter((consent) => consent.mayRevoke || consent.mayDecline);
  if (some.length === 0) return html`<p class="hint">${words.pause.noConsents}</p>`;
  return html`<ul>
    ${some.map(
      (consent) =>
        html`<li class="card line" key=${consent.id}>
          <span>${consent.purpose}</span>
          <${Withdraw} consent=${consent} />
          <${Narrow}
            consent=${consent}
            may=${consent.mayDecline}
            what="decline"
            label=${words.consents.decline}
            said=${words.consents.declined}
          />
        </li>`,
    )}
  </ul>`;
};

export const Consents = ({ view }) => {
  const [draft, setDraft] = useState(null);
  const paired = view.space.others.length > 0;
  const offer = (again = null) => {
    setDraft(again);
    opened.value = "offer";
  };
  const current = view.consents.filter((consent) => !PAST.includes(consent.state));
  const past = view.consents.filter((consent) => PAST.includes(consent.state));
  const [pastOpen] = useState(current.length === 0); // from the start, or by hand: it does not move under the hand
  const cards = (some) =>
    html`<ul class="cards">
      ${some.map((consent) => html`<${Card} key=${consent.id} consent=${consent} onAgain=${consent.flow ? null : offer} />`)}
    </ul>`;
  return html`<div class="head">
      <div><${Heading}>${words.app.consents}<//><p class="hint">${words.consents.lead}</p></div>
      ${paired && !view.over && html`<${Button} kind="primary" onClick=${() => offer()}>${words.consents.offer}<//>`}
    </div>
    ${
      view.consents.length === 0 &&
      html`<${Empty} title=${words.consents.emptyTitle}>
        ${words.consents.empty} ${!paired && words.consents.emptyAlone}
      <//>`
    }
    ${current.length > 0 && cards(current)}
    ${
      past.length > 0 &&
      html`<details class="fold" open=${pastOpen}>
        <summary>${words.consents.past} <span class="meta">${past.length}</span></summary>
        ${cards(past)}
      </details>`
    }
    ${view.consents.length > 0 && html`<p class="hint">${words.consents.willingness}</p>`}
    <${Offer} view=${view} draft=${draft} />`;
};
