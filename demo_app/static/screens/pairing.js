// Pairing & sync: one code, once; then each device with what it has and what it lacks, in words.

import { useEffect, useRef, useState } from "../lib/hooks.mjs";
import { perform } from "../desk.js";
import { day, minutes } from "../format.js";
import { act } from "../link.js";
import { words } from "../strings.js";
import { backTo, Button, Chip, Field, Form, Heading, html } from "../ui.js";
import { OfDevice, Parting } from "./parting.js";
import { Records } from "./records.js";

const STANDING = {
  in_step: ["done", "good", "inStep"],
  waiting: ["waiting", "open", "waiting"],
  away: ["away", "", "away"],
  refused: ["declined", "stop", "refused"],
  parted: ["declined", "", "parted"],
};

const Countdown = ({ until }) => {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`<p class="hint">${words.pairing.countdown(minutes(until - now))}</p>`;
};

const Picture = ({ qr }) =>
  html`<svg class="qr" viewBox="0 0 ${qr.size} ${qr.size}" role="img" aria-label=${words.pairing.qr}>
    <rect width=${qr.size} height=${qr.size} fill="#fff" />
    <path d=${qr.path} stroke="#000" fill="none" />
  </svg>`;

const ShowCode = ({ pairing, others }) => {
  if (pairing.code === null) {
    return html`<section class="card" aria-label=${words.pairing.showTitle}>
      <h2>${words.pairing.showTitle}</h2>
      <p>${words.pairing.showBody}</p>
      <p class=${others.length > 0 ? "note" : "hint"}>${words.pairing.readsAll} ${others.length > 0 && words.pairing.readsOthers(others.map((each) => each.name))}</p>
      ${pairing.showingProblem && html`<p class="problem" role="alert">${pairing.showingProblem}</p>`}
      <div class="row">
        <${Button} kind="primary" onClick=${() => perform("pairing.show")}>${words.pairing.show}<//>
        <${Button} onClick=${() => perform("pairing.show", { own: true })}>${words.pairing.showOwn}<//>
      </div>
    </section>`;
  }
  return html`<section class="card" aria-label=${words.pairing.codeIs}>
    <h2>${words.pairing.codeIs}</h2>
    <${Picture} qr=${pairing.qr} />
    <p class="code" data-code=${pairing.code}>${pairing.code}</p>
    <${Countdown} until=${pairing.expiresAt} />
    <p class="hint">${words.pairing.addresses(pairing.addresses)}</p>
    <div class="row">
      <${Button} onClick=${() => perform("pairing.stop", {}, { said: words.pairing.stoppedShowing })}>${words.pairing.stop}<//>
    </div>
  </section>`;
};

const TypeCode = ({ pairing }) => {
  const [problem, setProblem] = useState(null);
  const code = useRef(null);
  const join = async (form) => {
    const answer = await act("pairing.join", { code: code.current.value, address: form.elements.address.value, called: form.elements.called.value });
    setProblem(answer.problem);
    if (answer.problem) backTo(code.current);
  };
  const busy = pairing.joining;
  return html`<section class="card" aria-label=${words.pairing.typeTitle}>
    <h2>${words.pairing.typeTitle}</h2>
    <p>${words.pairing.typeBody}</p>
    <${Form} onSubmit=${join}>
      <${Field} id="code" label=${words.pairing.code} inputRef=${code} inputmode="numeric" problem=${problem ?? pairing.joiningProblem} required />
      <details>
        <summary>${words.pairing.nameIt}</summary>
        <${Field} id="called" label=${words.pairing.called} hint=${words.pairing.calledHint} maxlength="60" />
      </details>
      <details>
        <summary>${words.pairing.cannotFind}</summary>
        <${Field} id="address" label=${words.pairing.address} hint=${words.pairing.addressHint} />
      </details>
      <div class="row">
        ${
          busy
            ? html`<p role="status">${words.pairing.joining}</p>
                <${Button} onClick=${() => perform("pairing.stop")}>${words.app.cancel}<//>`
            : html`<${Button} type="submit" kind="primary">${words.pairing.join}<//>`
        }
      </div>
    <//>
  </section>`;
};

const Words = ({ pairing }) =>
  html`<section class="card important" aria-label=${words.pairing.sameWords}>
    <h2>${pairing.own ? words.pairing.meetOwn(pairing.partner) : words.pairing.meet(pairing.partner)}</h2>
    <p>${words.pairing.sameWords}</p>
    <p class="code words">${pairing.words.join(" · ")}</p>
    <p class="hint">${words.pairing.wordsHint}</p>
    <div class="row">
      ${
        pairing.compared
          ? html`<p role="status">${words.pairing.otherCompares(pairing.partner)}</p>
              <${Button} onClick=${() => perform("pairing.stop")}>${words.app.cancel}<//>`
          : html`<${Button} kind="primary" onClick=${() => perform("pairing.checked", { same: true })}>${words.pairing.same}<//>
              <${Button} onClick=${() => perform("pairing.checked", { same: false })}>${words.pairing.differ}<//>`
      }
    </div>
  </section>`;

const Paired = ({ pairing }) =>
  html`<section class="card" role="status">
    <h2>${pairing.own ? words.pairing.pairedOwn : words.pairing.pairedTitle(pairing.partner)}</h2>
    <p>${words.pairing.pairedBody}</p>
  </section>`;

const Device = ({ device }) => {
  const [icon, tone, label] = STANDING[device.allowable ? "refused" : device.parted ? "parted" : device.standing];
  const last = device.reachedDay ? words.pairing.reached(day(device.reachedDay)) : words.pairing.never;
  return html`<li class="card device">
    <h3>${device.name}</h3>
    <p class="states">
      <${Chip} name=${icon} tone=${tone}>${words.pairing[label]}<//>
      ${device.person && html`<span class="meta">${device.person.mine ? words.pairing.yours : device.person.name}</span>`}
    </p>
    <p>
      ${last} ${!device.parted && words.pairing.waitingOut(device.waitingOut)}
      ${device.waitingIn > 0 && ` ${words.pairing.waitingIn(device.waitingIn)}`}
    </p>
    ${device.why && html`<p class="hint">${device.why}</p>`}
    <${OfDevice} device=${device} />
  </li>`;
};

export const Devices = ({ view }) =>
  html`${
    view.devices.length === 0
      ? html`<p class="hint">${words.pairing.none}</p>`
      : html`<ul class="cards">
          ${view.devices.map((device) => html`<${Device} key=${device.id} device=${device} />`)}
        </ul>`
  }
  ${view.notices.map((notice) => html`<p class="note" key=${notice}>${notice}</p>`)}`;

const Troubles = ({ problems }) =>
  problems.length > 0 &&
  html`<section class="card important" aria-label=${words.pairing.troubles}>
    <h2>${words.pairing.troubles}</h2>
    <ul class="lines">
      ${problems.map((problem) => html`<li key=${problem}>${problem}</li>`)}
    </ul>
  </section>`;

const Help = ({ addresses }) =>
  html`<section class="help">
    <details class="fold">
      <summary>${words.pairing.helpTitle}</summary>
      <ul class="lines">
        ${words.pairing.help.map((line) => html`<li>${line}</li>`)}
        <li>${words.pairing.addresses(addresses)}</li>
      </ul>
    </details>
    <details class="fold">
      <summary>${words.pairing.firewallTitle}</summary>
      <ul class="lines">
        ${words.pairing.firewall.map((line) => html`<li>${line}</li>`)}
      </ul>
    </details>
  </section>`;

export const Pairing = ({ view }) => {
  const { pairing } = view;
  const paired = view.devices.length > 0;
  const asked = view.over !== "" || view.erasing.requests.length > 0;
  const devices = html`<section class="group" aria-label=${words.pairing.devices}>
    <h2>${words.pairing.devices}</h2>
    <${Devices} view=${view} />
  </section>`;
  return html`<div class="head">
      <div><${Heading}>${words.app.pairing}<//><p class="hint">${words.pairing.lead}</p></div>
    </div>
    ${asked && html`<${Parting} view=${view} />`}
    <${Troubles} problems=${view.problems} />
    ${pairing.words !== null && html`<${Words} pairing=${pairing} />`}
    ${pairing.paired && html`<${Paired} pairing=${pairing} />`} ${paired && devices}
    ${
      pairing.words === null &&
      !view.over &&
      html`<div class="pair"><${ShowCode} pairing=${pairing} others=${view.space.others} /><${TypeCode} pairing=${pairing} /></div>`
    }
    ${!paired && devices}
    <${Records} view=${view} />
    <${Help} addresses=${pairing.addresses} />
    ${!asked && html`<${Parting} view=${view} />`}
    <p><${Button} kind="quiet" onClick=${() => perform("quit")}>${words.pairing.leave}<//></p>`;
};
