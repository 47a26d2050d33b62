// Repair: the day after. A slip-up is written for oneself first, and shared or never; what is about safety stays on this laptop
// and is answered with help. What was shared can go through four stages together (mend.js).

import { useEffect, useRef, useState } from "../lib/hooks.mjs";
import { perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { when, who } from "../format.js";
import { People, useAsked, useTexts } from "../pieces.js";
import { words } from "../strings.js";
import { Asked, Button, Field, Group, Heading, html } from "../ui.js";
import { PeopleToCall } from "./journal.js";
import { Hints, Mend } from "./mend.js";
import { Places } from "./places.js";
import { Scripts } from "./scripts.js";

const Choice = ({ name, value, label, chosen, onChoose }) =>
  html`<label class="choice"
    ><input type="radio" name=${name} value=${String(value)} autocomplete="off" checked=${chosen === value} onChange=${() => onChoose(value)} /><span
      >${label}</span
    ></label
  >`;

const Kinds = ({ legend, hint, kinds, chosen, onChoose }) =>
  html`<fieldset>
    <legend>${legend}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    <div class="row">
      ${kinds.map((kind) => html`<${Choice} key=${kind.value} name="kind" ...${kind} chosen=${chosen} onChoose=${onChoose} />`)}
    </div>
  </fieldset>`;

const Write = ({ texts, onDone }) => {
  const [kind, setKind] = useState(null);
  const [mine, setMine] = useState(true);
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const isSafety = texts.safetyKinds.some((each) => each.value === kind);
  const save = async () => {
    if (kind === null) {
      setProblem(words.repair.chooseKind);
      return;
    }
    const text = field.current.value;
    const { ok, problem: refused } = isSafety
      ? await perform("safety.write", { kind, text, draft: "slip" }, { said: words.repair.noted, inPlace: true })
      : await perform("slip.write", { sentence: text, kind, mine, draft: "slip" }, { said: words.repair.written, inPlace: true });
    setProblem(refused);
    if (ok) onDone();
  };
  return html`<${Drafted} own draft="slip" class="card add" onSubmit=${save} aria-label=${words.repair.write}>
    <p class="hint">${words.repair.first}</p>
    <${Kinds} legend=${words.repair.kind} kinds=${texts.kinds} chosen=${kind} onChoose=${setKind} />
    <${Kinds} legend=${words.repair.safetyKind} hint=${words.repair.safetyHint} kinds=${texts.safetyKinds} chosen=${kind} onChoose=${setKind} />
    <${Field}
      id="sentence"
      label=${isSafety ? words.repair.note : words.repair.sentence}
      hint=${isSafety ? words.repair.noteHint : texts.oneSentence}
      inputRef=${field}
      problem=${problem}
      multiline
    />
    ${
      !isSafety &&
      html`<fieldset>
        <legend>${words.repair.whose}</legend>
        <div class="row">
          <${Choice} name="mine" value=${true} label=${words.repair.mine} chosen=${mine} onChoose=${setMine} />
          <${Choice} name="mine" value=${false} label=${words.repair.lived} chosen=${mine} onChoose=${setMine} />
        </div>
      </fieldset>`
    }
    <div class="row end">
      <${Button} onClick=${onDone}>${words.app.cancel}<//>
      <${Button} type="submit" kind="primary">${words.repair.keep}<//>
    </div>
  <//>`;
};

const Draft = ({ draft, others: people, over }) => {
  const asked = useAsked(people);
  const others = people.map((each) => each.name);
  return html`<li class="card">
    <h3>${draft.sentence}</h3>
    <p class="meta">${draft.label} · ${words.repair.onlyYou}</p>
    <${Hints} hints=${draft.hints} />
    ${
      !over &&
      others.length > 0 &&
      html`<${Asked}
        label=${words.repair.share(others)}
        name=${words.consents.actOf(words.repair.share(others), draft.sentence)}
        title=${words.repair.shareTitle(others)}
        lines=${words.repair.shareLines}
        back=${words.repair.keepMine}
        final
      >
        ${people.length > 1 && html`<${People} legend=${words.repair.takePart} hint=${words.repair.takePartHint} others=${people} asked=${asked} />`}
        <${Button}
          onClick=${() => perform("slip.share", { id: draft.id, people: people.length > 1 ? asked.ids : null }, { said: words.repair.shared })}
        >
          ${words.repair.shareNow}
        <//>
      <//>`
    }
    <div class="row">
      <${Button}
        aria-label=${words.consents.actOf(words.repair.remove, draft.sentence)}
        onClick=${() => perform("slip.remove", { id: draft.id }, { said: words.repair.removed })}
      >
        ${words.repair.remove}
      <//>
    </div>
  </li>`;
};

// For this person alone, and before everything else.
const Safety = ({ safety }) =>
  html`<section class="card important" aria-label=${safety.title}>
    <p><strong>${safety.opening}</strong></p>
    <h2>${safety.title}</h2>
    ${safety.paragraphs.map((each) => html`<p key=${each}>${each}</p>`)}
    <h3>${words.repair.places}</h3>
    <ul class="lines">
      ${safety.places.map((each) => html`<li key=${each.name}><strong>${each.name}</strong> ${each.reach}</li>`)}
    </ul>
    <details>
      <summary>${words.places.edit}</summary>
      <${Places} opened />
    </details>
    <details>
      <summary>${words.journal.people}</summary>
      <${PeopleToCall} />
    </details>
    <p>${safety.pause}</p>
    <details>
      <summary>${words.repair.notes}</summary>
      <ul>
        ${safety.notes.map(
          (each) =>
            html`<li class="card" key=${each.id}>
              <p>${each.label}</p>
              ${each.text && html`<p>${each.text}</p>`}
              <p class="meta">${when(each.when)}</p>
              <div class="row">
                <${Button}
                  aria-label=${words.consents.actOf(words.repair.settle, each.label)}
                  onClick=${() => perform("safety.settle", { id: each.id }, { said: words.repair.settled })}
                >
                  ${words.repair.settle}
                <//>
              </div>
              <p class="hint">${words.repair.settleHint}</p>
            </li>`,
        )}
      </ul>
    </details>
  </section>`;

export const Repair = ({ view }) => {
  const [writing, setWriting] = useState(false);
  const texts = useTexts("repair.texts");
  const unread = view.today.slips.length;
  useEffect(() => {
    if (unread > 0) perform("slip.looked");
  }, [unread]);
  const { repairs, drafts, safety } = view.repair;
  const closed = repairs.filter((each) => each.stage === "closed");
  const current = repairs.filter((each) => each.stage !== "closed");
  const mend = (each) => html`<${Mend} key=${each.id} repair=${each} texts=${texts} view=${view} />`;
  return html`<div class="head">
      <div><${Heading}>${words.app.repair}<//><p class="hint">${words.repair.lead}</p></div>
      ${!writing && html`<${Button} kind="primary" onClick=${() => setWriting(true)}>${words.repair.write}<//>`}
    </div>
    ${safety && html`<${Safety} safety=${safety} />`}
    ${writing && texts && html`<${Write} texts=${texts} onDone=${() => setWriting(false)} />`}
    ${texts && html`<${Group} title=${words.repair.current}>${current.map(mend)}<//>`}
    <${Group} title=${words.repair.drafts}>
      ${drafts
        .filter((each) => !each.shared)
        .map((each) => html`<${Draft} key=${each.id} draft=${each} others=${view.space.others} over=${view.over} />`)}
    <//>
    ${
      closed.length > 0 &&
      html`<details class="fold">
        <summary>${words.repair.closed} <span class="meta">${closed.length}</span></summary>
        <ul>
          ${closed.map(
            (each) =>
              html`<li class="card" key=${each.id}>
                <h3>${each.sentence}</h3>
                <p class="meta">${each.label} · ${words.repair.sharedBy(who(each.by), when(each.when))}</p>
                ${
                  !view.over &&
                  html`<div class="row">
                    <${Button} onClick=${() => perform("repair.step", { repair: each.id, step: "again" })}>${words.repair.again}<//>
                  </div>`
                }
              </li>`,
          )}
        </ul>
      </details>`
    }
    <details class="fold">
      <summary><h2>${words.scripts.title}</h2></summary>
      <${Scripts} />
    </details>
    <p class="hint">${words.repair.forgiveness}</p>`;
};
