// Offering a consent, in two steps: write the five points, then read them once more as the other will read them.

import { useState } from "../lib/hooks.mjs";
import { catchFocus, opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { dateField, endOfDay } from "../format.js";
import { Dialog, People, useParties, useSteps } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Field, html } from "../ui.js";
import { Points } from "./consents.js";

const EMPTY = { purpose: "", includes: [], excludes: [], access: [], until: null, howToPause: words.offer.howDefault };

export const lines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

// Whoever writes nothing of who may see it means those between whom it is.
export const accessOf = (written, parties) => (written.length > 0 ? written : [words.offer.accessOf(parties.map((each) => each.name))]);

// With one other it is clear who that is; with several it hangs on whom it is offered to.
export const Access = ({ terms, me, others }) =>
  html`<${Field}
    id="access"
    label=${words.offer.access}
    hint=${others.length > 1 ? words.offer.accessHint : words.offer.lines}
    defaultValue=${(others.length > 1 ? terms.access : accessOf(terms.access, [me, ...others])).join("\n")}
    multiline
  />`;

const Write = ({ terms, name, me, others, asked, problem, onNext, onCancel }) =>
  html`<p class="hint">${words.offer.stepOne}</p>
    <p class="note">${words.offer.before}</p>
    <${Drafted}
      draft=${name}
      named=${words.offer.title}
      onSubmit=${({ elements }) =>
        onNext({
          purpose: elements.purpose.value.trim(),
          includes: lines(elements.includes.value),
          excludes: lines(elements.excludes.value),
          access: lines(elements.access.value),
          until: elements.until.value ? endOfDay(elements.until.value) : null,
          howToPause: elements.how.value.trim(),
        })}
    >
      <${Field}
        id="purpose"
        label=${words.offer.purpose}
        hint=${words.offer.purposeHint}
        defaultValue=${terms.purpose}
        problem=${problem?.field === "purpose" && problem.text}
        required
      />
      <${Field}
        id="includes"
        label=${words.offer.includes}
        hint=${words.offer.lines}
        defaultValue=${terms.includes.join("\n")}
        problem=${problem?.field === "includes" && problem.text}
        multiline
        required
      />
      <${Field} id="excludes" label=${words.offer.excludes} hint=${words.offer.lines} defaultValue=${terms.excludes.join("\n")} multiline />
      <${Access} terms=${terms} me=${me} others=${others} />
      <${Field} id="until" label=${words.offer.until} type="date" defaultValue=${terms.until ? dateField(terms.until) : ""} />
      <${Field} id="how" label=${words.offer.how} defaultValue=${terms.howToPause} />
      ${others.length > 1 && html`<${People} legend=${words.offer.whom} hint=${words.offer.whomHint} others=${others} asked=${asked} />`}
      ${problem?.field === "people" && html`<p class="problem" role="alert">${problem.text}</p>`}
      <div class="row end">
        <${Button} onClick=${onCancel}>${words.app.cancel}<//>
        <${Button} type="submit" kind="primary">${words.offer.next}<//>
      </div>
    <//>`;

const Read = ({ terms, parties, names, problem, onBack, onSend }) =>
  html`<p class="hint">${words.offer.stepTwo}</p>
    <h3>${terms.purpose}</h3>
    <${Points} terms=${{ ...terms, parties }} />
    <p class="hint">${words.offer.yourGrant}</p>
    ${problem && html`<p class="problem" role="alert">${problem.text}</p>`}
    <div class="row end">
      <${Button} onClick=${onBack}>${words.app.back}<//>
      <${Button} kind="primary" onClick=${onSend}>${words.offer.send(names)}<//>
    </div>`;

export const Offer = ({ view, draft }) => {
  const { step, problem, setProblem, top, move, restart } = useSteps();
  const [terms, setTerms] = useState(null);
  const open = opened.value === "offer";
  const name = draft?.id ? `offer/${draft.id}` : "offer"; // of what is half typed: a new version is another form
  const start = terms ?? draft ?? EMPTY;
  const { others } = view.space;
  const asked = useParties(others, draft);

  const close = () => {
    opened.value = null;
    setTerms(null);
    restart();
    asked.afresh();
    catchFocus();
  };
  const next = (written) => {
    setTerms(written);
    const missing = written.purpose === "" ? "purpose" : written.includes.length === 0 ? "includes" : null;
    if (missing === null && asked.ids.length === 0) setProblem({ field: "people", text: words.offer.nobody });
    else if (missing === null) move(2);
    else {
      setProblem({ field: missing, text: words.offer.missing[missing] });
      top.current.closest("dialog").querySelector(`#${missing}`).focus();
    }
  };
  const chosen = others.filter((each) => asked.ids.includes(each.id));
  const parties = [view.space.me, ...chosen];
  const send = async () => {
    const { purpose, includes, excludes, until, howToPause } = terms;
    const people = others.length > 1 ? asked.ids : null;
    const access = accessOf(terms.access, parties);
    const fields = { purpose, includes, excludes, access, until, howToPause, people, draft: name };
    const { ok, problem: refused } = await perform("consent.offer", fields, { said: words.offer.sent, inPlace: true });
    if (ok) close();
    else setProblem({ field: "all", text: refused });
  };
  return html`<${Dialog} title=${words.offer.title} open=${open} onClose=${close}>
    <div ref=${top}>
      ${
        step === 1
          ? html`<${Write} terms=${start} name=${name} me=${view.space.me} others=${others} asked=${asked} problem=${problem} onNext=${next} onCancel=${close} />`
          : html`<${Read} terms=${{ ...terms, access: accessOf(terms.access, parties) }} parties=${parties} names=${chosen.map((each) => each.name)} problem=${problem} onBack=${() => move(1)} onSend=${send} />`
      }
    </div>
  <//>`;
};
