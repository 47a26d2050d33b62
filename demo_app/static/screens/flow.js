// Offering a consent under which something flows: live values, or a picture of follow-through. In two steps, as every offer:
// write it, then read it once more as the other will read it. Nobody can be asked here to be the only one who shares.

import { useState } from "../lib/hooks.mjs";
import { catchFocus, opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { dateField, endOfDay } from "../format.js";
import { Dialog, People, useAsked, useSteps, useTexts } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Field, html } from "../ui.js";
import { Points } from "./consents.js";
import { accessOf, lines } from "./offer.js";

const DAY = 86_400_000;
export const USUAL_DAYS = 13; // to the end of that day: two weeks
const DAYS_MAX = 89; // to the end of that day: 90
const KINDS = ["place", "mood", "free"];
const ahead = (days) => dateField(Date.now() + days * DAY);

const What = ({ chosen, problem }) =>
  html`<fieldset aria-describedby=${problem ? "what-problem" : undefined}>
    <legend>${words.flow.what}</legend>
    <div class="row">
      ${KINDS.map(
        (kind) =>
          html`<label class="choice" key=${kind}
            ><input type="checkbox" name="what" value=${kind} autocomplete="off" defaultChecked=${chosen.includes(kind)} /><span
              >${words.sharing.what[kind]}</span
            ></label
          >`,
      )}
    </div>
    ${problem && html`<p class="problem" id="what-problem" role="alert">${problem}</p>`}
  </fieldset>`;

const Whose = ({ chosen }) => {
  const [whose, setWhose] = useState(chosen);
  return html`<fieldset>
    <legend>${words.flow.whose}</legend>
    <div class="row">
      ${["mine", "each"].map(
        (name) =>
          html`<label class="choice" key=${name}
            ><input type="radio" name="whose" value=${name} autocomplete="off" checked=${whose === name} onChange=${() => setWhose(name)} /><span
              >${words.flow.whoses[name]}</span
            ></label
          >`,
      )}
    </div>
    <p class="hint">${words.flow.whoseHints[whose]}</p>
  </fieldset>`;
};

const Write = ({ kind, draft, others, asked, problem, onNext, onCancel }) => {
  const at = (field) => problem?.field === field && problem.text;
  const read = (form) =>
    onNext({
      what: kind === "sharing" ? KINDS.filter((each) => form.querySelector(`[name="what"][value="${each}"]`).checked) : [],
      whose: form.elements.whose.value,
      purpose: form.elements.purpose.value.trim(),
      excludes: lines(form.elements.excludes.value),
      until: form.elements.until.value,
    });
  return html`<p class="hint">${words.flow.leads[kind]}</p>
    <p class="note">${words.offer.before}</p>
    <${Drafted} draft="flow/${kind}" named=${words.flow.titles[kind]} onSubmit=${read}>
      ${kind === "sharing" ? html`<${What} chosen=${draft.what} problem=${at("what")} />` : html`<p>${words.flow.progress}</p>`}
      <${Whose} chosen=${draft.whose} />
      ${others.length > 1 && html`<${People} legend=${words.flow.people} others=${others} asked=${asked} />`}
      ${at("people") && html`<p class="problem" role="alert">${at("people")}</p>`}
      <${Field} id="purpose" label=${words.flow.purpose} hint=${words.flow.purposeHint} defaultValue=${draft.purpose} problem=${at("purpose")} required />
      <${Field} id="excludes" label=${words.flow.excludes} hint=${words.offer.lines} defaultValue=${draft.excludes.join("\n")} multiline />
      <${Field}
        id="until"
        label=${words.flow.until}
        hint=${words.flow.untilHint}
        type="date"
        min=${ahead(1)}
        max=${ahead(DAYS_MAX)}
        defaultValue=${draft.until}
        problem=${at("until")}
        required
      />
      <div class="row end">
        <${Button} onClick=${onCancel}>${words.app.cancel}<//>
        <${Button} type="submit" kind="primary">${words.offer.next}<//>
      </div>
    <//>`;
};

const Read = ({ terms, names, problem, onBack, onSend }) =>
  html`<p class="hint">${words.offer.stepTwo}</p>
    <h3>${terms.purpose}</h3>
    <${Points} terms=${terms} />
    <p class="hint">${words.offer.yourGrant}</p>
    ${problem && html`<p class="problem" role="alert">${problem.text}</p>`}
    <div class="row end">
      <${Button} onClick=${onBack}>${words.app.back}<//>
      <${Button} kind="primary" onClick=${onSend}>${words.offer.send(names)}<//>
    </div>`;

const missing = (kind, draft, people) => {
  if (kind === "sharing" && draft.what.length === 0) return "what";
  if (people.length === 0) return "people";
  if (!draft.purpose) return "purpose";
  return draft.until < ahead(0) || draft.until > ahead(DAYS_MAX) ? "until" : null;
};

export const Flow = ({ view, kind }) => {
  const empty = { what: [], whose: "mine", purpose: "", excludes: [], until: ahead(USUAL_DAYS) };
  const { step, problem, setProblem, top, focus, move, restart } = useSteps();
  const [draft, setDraft] = useState(empty);
  const asked = useAsked(view.space.others);
  const texts = useTexts("flow.texts"); // what is offered, word for word
  const others = view.space.others.filter((each) => asked.ids.includes(each.id));
  const close = () => {
    opened.value = null;
    setDraft(empty);
    restart();
    catchFocus();
  };
  const next = (written) => {
    setDraft(written);
    const field = missing(kind, written, others);
    if (field === null) move(2);
    else {
      setProblem({ field, text: words.flow.missing[field] });
      focus(`[name="${field}"]`);
    }
  };
  const whose = draft.whose === "each" ? [view.space.me, ...others] : [view.space.me];
  const terms = {
    purpose: draft.purpose,
    excludes: draft.excludes,
    access: accessOf([], [view.space.me, ...others]),
    until: draft.until ? endOfDay(draft.until) : null,
  };
  const send = async () => {
    const fields = { ...terms, whose: whose.map((each) => each.id), people: others.map((each) => each.id), draft: `flow/${kind}` };
    const what = kind === "sharing" ? { what: draft.what } : {};
    const { ok, problem: refused } = await perform(`${kind}.offer`, { ...fields, ...what }, { said: words.offer.sent, inPlace: true });
    if (ok) close();
    else setProblem({ field: "all", text: refused });
  };
  const shown = {
    ...terms,
    includes: kind === "sharing" ? draft.what.map((each) => texts?.lines[each]) : [texts?.followThrough],
    flow: kind === "sharing" ? "sharing" : "tracking",
    whose,
    parties: [view.space.me, ...others],
    starts: null,
    howToPause: texts?.howToPause,
  };
  const names = others.map((each) => each.name);
  return html`<${Dialog} title=${words.flow.titles[kind]} open=${opened.value === kind} onClose=${close}>
    <div ref=${top}>
      ${
        step === 1 || !texts
          ? html`<${Write}
              kind=${kind}
              draft=${draft}
              others=${view.space.others}
              asked=${asked}
              problem=${problem}
              onNext=${next}
              onCancel=${close}
            />`
          : html`<${Read} terms=${shown} names=${names} problem=${problem} onBack=${() => move(1)} onSend=${send} />`
      }
    </div>
  <//>`;
};
