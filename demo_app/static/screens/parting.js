// Parting, in its ways: another's laptop refused, one's own removed, a space left, a record erased. Each is one person's own
// act. What can be taken back is one press; what cannot is said first and asked once.

import { perform, show } from "../desk.js";
import { when, who } from "../format.js";
import { HideButton } from "../pieces.js";
import { words } from "../strings.js";
import { MuteThem } from "./aside.js";
import { Asked, Button, html } from "../ui.js";

// What can be done about one device.
export const OfDevice = ({ device }) => {
  const act = (what, said) => () => perform(`device.${what}`, { device: device.id }, { said });
  return html`${
      device.refusable &&
      html`<details>
        <summary>${words.parting.refuse}</summary>
        <p class="hint">${words.parting.refuseHint(device.person?.name ?? device.name)}</p>
        <div class="row">
          <${Button} aria-label=${words.parting.of(words.parting.refuseNow, device.name)} onClick=${act("refuse", words.parting.refused)}>
            ${words.parting.refuseNow}
          <//>
        </div>
      </details>`
    }
    ${
      device.refusable &&
      device.person &&
      html`<details>
        <summary>${words.aside.mute(device.person.name)}</summary>
        <${MuteThem} person=${device.person} />
      </details>`
    }
    ${
      device.allowable &&
      html`<div class="row">
        <${Button} aria-label=${words.parting.of(words.parting.allow, device.name)} onClick=${act("allow", words.parting.allowed)}>
          ${words.parting.allow}
        <//>
      </div>`
    }
    ${
      device.removable &&
      html`<${Asked}
      final
        label=${words.parting.remove}
        name=${words.parting.of(words.parting.remove, device.name)}
        title=${words.parting.removeTitle(device.name)}
        lines=${words.parting.removeLines}
        back=${words.parting.keep}
      >
        <${Button} onClick=${act("remove", words.parting.removed)}>${words.parting.removeNow}<//>
      <//>`
    }`;
};

const Receipts = ({ request }) =>
  request.receipts.length > 0 &&
  html`<ul class="lines">
    ${request.receipts.map((each) => html`<li>${words.parting.receipt(each.device, when(each.when))}</li>`)}
  </ul>`;

// On the Pairing screen, in full; on Today another's is one line that can be set aside.
const Request = ({ request }) =>
  html`<li class="card">
    <h3>${words.parting.asks(who(request.by), when(request.when))}</h3>
    <p>${request.by.mine ? words.parting.askedByMe : words.parting.askedOfMe}</p>
    <${Receipts} request=${request} />
    ${
      !request.by.mine &&
      html`<div class="row"><${HideButton} id=${request.id} /></div>`
    }
  </li>`;

export const AsksToErase = ({ request }) =>
  html`<li class="card asked">
    <p class="meta">${words.parting.asksShort(request.by.name)}</p>
    <h3>${words.parting.eraseQuestion}</h3>
    <div class="row">
      <${Button} kind="primary" onClick=${() => show("pairing")}>${words.parting.readIt}<//>
      <${HideButton} kind="quiet" id=${request.id} />
    </div>
  </li>`;

const Leave = () =>
  html`<${Asked}
      final
    label=${words.parting.leave}
    title=${words.parting.leaveTitle}
    lines=${words.parting.leaveLines}
    back=${words.parting.stay}
  >
    <${Button} onClick=${() => perform("space.leave", { tell: false }, { said: words.parting.left })}>${words.parting.leaveSilently}<//>
    <${Button} onClick=${() => perform("space.leave", { tell: true }, { said: words.parting.left })}>${words.parting.leaveTelling}<//>
  <//>`;

const Erase = ({ view }) => {
  const asking = view.over ? [] : [...new Set(view.erasing.requests.filter((each) => !each.by.mine).map((each) => each.by.name))];
  const erase = (how) => async () => {
    const { ok } = await perform("erase.here", { receipt: false, ...how }, { said: words.parting.erased });
    if (ok) show("today");
  };
  return html`<${Asked}
      final
    label=${words.parting.erase}
    title=${words.parting.eraseTitle}
    lines=${[...words.parting.eraseLines, view.erasing.warning]}
    back=${words.parting.keepRecord}
  >
    <${Button} onClick=${erase({})}>${asking.length > 0 ? words.parting.eraseSilently : words.parting.eraseNow}<//>
    ${asking.length > 0 && html`<${Button} onClick=${erase({ receipt: true })}>${words.parting.eraseTelling(asking)}<//>`}
    <${Button} onClick=${erase({ private: true })}>${words.parting.eraseAll}<//>
  <//>`;
};

export const Parting = ({ view }) => {
  const { requests } = view.erasing;
  const paired = view.devices.length > 0;
  const open = requests.length > 0 || view.over !== "";
  return html`<details class="fold parting" open=${open}>
    <summary><h2>${words.parting.title}</h2></summary>
    <p class="hint">${words.parting.lead}</p>
    ${requests.length > 0 && html`<ul>${requests.map((each) => html`<${Request} key=${each.id} request=${each} />`)}</ul>`}
    ${paired && !view.over && html`<${Leave} />`}
    ${
      view.leftSilently &&
      html`<${Asked} final label=${words.parting.tell} title=${words.parting.tellTitle} lines=${words.parting.tellLines} back=${words.parting.tellNot}>
        <${Button} onClick=${() => perform("space.leave", { tell: true }, { said: words.parting.told })}>${words.parting.tellNow}<//>
      <//>`
    }
    ${
      paired &&
      !view.over &&
      html`<${Asked}
      final
        label=${words.parting.ask}
        title=${words.parting.askTitle}
        lines=${[...words.parting.askLines, view.erasing.warning]}
        back=${words.parting.notNow}
      >
        <${Button} onClick=${() => perform("erase.ask", {}, { said: words.parting.asked })}>${words.parting.askNow}<//>
      <//>`
    }
    <${Erase} view=${view} />
  </details>`;
};

// This laptop takes no part any more: said on every screen, as long as the record is still here to read.
export const Over = ({ view, screen }) =>
  view.over &&
  html`<div class="note over" role="status">
    <p>${view.over}</p>
    ${screen !== "pairing" && html`<${Button} kind="small" onClick=${() => show("pairing")}>${words.parting.whatNow}<//>`}
  </div>`;
