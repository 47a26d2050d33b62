// Proposing an agreement, in two steps: three questions for oneself and the terms; then read once more, with other ways to say
// what may press somebody. The wording never blocks. What comes from fear, or cannot be refused, is not offered: the app says so.

import { useRef, useState } from "../lib/hooks.mjs";
import { catchFocus, opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { dateField, endOfDay } from "../format.js";
import { act } from "../link.js";
import { Dialog, People, useParties, useSteps } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Field, html } from "../ui.js";
import { Points } from "./consents.js";
import { USUAL_DAYS } from "./flow.js";
import { Access, accessOf, lines } from "./offer.js";

const KINDS = ["rule", "protocol", "ritual", "tracking", "consequence", "repair loop"];
const EMPTY = { kind: "rule", purpose: "", includes: [], excludes: [], access: [], until: null, howToPause: words.offer.howDefault, supersedes: [] };

const FLOWS = "tracking"; // the kind under which something flows: it has an end, two weeks ahead where nobody chooses
const usualEnd = () => endOfDay(dateField(Date.now() + USUAL_DAYS * 86_400_000));
export const tracking = () => ({ ...EMPTY, kind: FLOWS, until: usualEnd() });

const Choices = ({ name, legend, hint, options, chosen, problem, disabled }) =>
  html`<fieldset aria-describedby=${problem ? `${name}-problem` : undefined}>
    <legend>${legend}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    <div class="row">
      ${options.map(
        ([value, label]) =>
          html`<label class="choice" key=${value}
            ><input type="radio" name=${name} value=${value} autocomplete="off" defaultChecked=${chosen === value} disabled=${disabled} /><span
              >${label}</span
            ></label
          >`,
      )}
    </div>
    ${problem && html`<p class="problem" id="${name}-problem" role="alert">${problem}</p>`}
  </fieldset>`;

const Write = ({ terms, name, me, others, asked, problem, onNext, onCancel }) => {
  const at = (field) => problem?.field === field && problem.text;
  const flows = terms.kind === FLOWS;
  const read = ({ elements }) => {
    const kind = elements.kind.value || terms.kind;
    onNext({
      ...terms,
      kind,
      purpose: elements.need.value.trim(),
      free: elements.free.value,
      source: elements.source.value,
      includes: lines(elements.includes.value),
      excludes: lines(elements.excludes.value),
      access: lines(elements.access.value),
      until: elements.until.value ? endOfDay(elements.until.value) : kind === FLOWS ? usualEnd() : null,
      howToPause: elements.how.value.trim(),
    });
  };
  return html`<p class="hint">${words.propose.stepOne}</p>
    <${Drafted} draft=${name} named=${words.propose.title} onSubmit=${read}>
      <${Field} id="need" label=${words.propose.need} hint=${words.propose.needHint} defaultValue=${terms.purpose} problem=${at("need")} required />
      <${Choices} name="free" legend=${words.propose.free} hint=${words.propose.onlyYou} options=${words.propose.freeOptions} chosen=${terms.free} problem=${at("free")} />
      <${Choices} name="source" legend=${words.propose.source} options=${words.propose.sourceOptions} chosen=${terms.source} problem=${at("source")} />
      <${Choices}
        name="kind"
        legend=${words.propose.kind}
        options=${KINDS.map((kind) => [kind, words.agreements.kinds[kind]])}
        chosen=${terms.kind}
        disabled=${terms.supersedes.length > 0}
      />
      <${Field} id="includes" label=${flows ? words.habits.which : words.propose.includes} hint=${words.offer.lines} defaultValue=${terms.includes.join("\n")} problem=${at("includes")} multiline required />
      <${Field} id="excludes" label=${words.offer.excludes} hint=${words.offer.lines} defaultValue=${terms.excludes.join("\n")} multiline />
      <${Access} terms=${terms} me=${me} others=${others} />
      <${Field}
        id="until"
        label=${flows ? words.flow.until : words.offer.until}
        hint=${flows && words.flow.untilHint}
        type="date"
        defaultValue=${terms.until ? dateField(terms.until) : ""}
      />
      <${Field} id="how" label=${words.offer.how} defaultValue=${terms.howToPause} />
      ${others.length > 1 && terms.supersedes.length === 0 && html`<${People} legend=${words.offer.whom} hint=${words.offer.whomHint} others=${others} asked=${asked} />`}
      ${at("people") && html`<p class="problem" role="alert">${at("people")}</p>`}
      <div class="row end">
        <${Button} onClick=${onCancel}>${words.app.cancel}<//>
        <${Button} type="submit" kind="primary">${words.offer.next}<//>
      </div>
    <//>`;
};

const Rewrites = ({ rewrites }) =>
  rewrites.length > 0 &&
  html`<section class="note" aria-label=${words.propose.rewrites}>
    <h3>${words.propose.rewrites}</h3>
    <ul class="lines">
      ${rewrites.map((each) => html`<li key=${each.found}>${words.propose.rewrite(each.found, each.why, each.instead)}</li>`)}
    </ul>
    <p class="hint">${words.propose.yours}</p>
  </section>`;

const Read = ({ terms, parties, names, rewrites, problem, onBack, onSend }) =>
  html`<p class="hint">${words.offer.stepTwo}</p>
    <h3>${terms.purpose}</h3>
    <p class="meta">${words.agreements.kinds[terms.kind]}</p>
    <${Points} terms=${{ ...terms, parties, ...(terms.kind === FLOWS && { flow: FLOWS, whose: parties }) }} />
    <${Rewrites} rewrites=${rewrites} />
    <p class="hint">${terms.supersedes.length > 0 ? words.propose.replaces : words.offer.yourGrant}</p>
    ${problem && html`<p class="problem" role="alert">${problem.text}</p>`}
    <div class="row end">
      <${Button} onClick=${onBack}>${words.app.back}<//>
      <${Button} kind="primary" onClick=${onSend}>${words.offer.send(names)}<//>
    </div>`;

const missing = (written) => {
  if (!written.purpose) return "need";
  if (!written.free) return "free";
  if (!written.source) return "source";
  return written.includes.length === 0 ? "includes" : null;
};

export const Propose = ({ view, draft }) => {
  const { step, problem, setProblem, top, focus, move, restart } = useSteps();
  const [terms, setTerms] = useState(null);
  const [rewrites, setRewrites] = useState([]);
  const start = terms ?? draft ?? EMPTY;
  const { others } = view.space;
  const asked = useParties(others, draft);
  const reading = useRef(0); // which time it is read once more: closed meanwhile, none
  const name = start.supersedes.length > 0 ? `agreement/${start.supersedes[0]}` : "agreement"; // of what is half typed
  const close = () => {
    opened.value = null;
    reading.current += 1;
    setTerms(null);
    restart();
    asked.afresh();
    catchFocus();
  };
  const next = async (written) => {
    setTerms(written);
    const field = missing(written);
    if (field !== null) {
      setProblem({ field, text: words.propose.missing[field] });
      focus(`[name="${field}"]`);
      return;
    }
    if (asked.ids.length === 0) {
      setProblem({ field: "people", text: words.offer.nobody });
      return;
    }
    const mine = ++reading.current;
    const { seen } = await act("agreement.wording", { texts: [written.purpose, ...written.includes, ...written.excludes] });
    if (reading.current !== mine) return;
    setRewrites(seen?.rewrites ?? []);
    move(2);
  };
  const chosen = others.filter((each) => asked.ids.includes(each.id));
  const parties = [view.space.me, ...chosen];
  const send = async () => {
    const { kind, purpose, free, source, includes, excludes, until, howToPause, supersedes } = terms;
    const access = accessOf(terms.access, parties);
    const people = others.length > 1 && supersedes.length === 0 ? asked.ids : null;
    const fields = { people, kind, need: purpose, freeToRefuse: free === "yes", source, includes, excludes, access, until, howToPause, supersedes, draft: name };
    const { ok, problem: refused } = await perform("agreement.offer", fields, { said: words.offer.sent, inPlace: true });
    if (ok) close();
    else setProblem({ field: "all", text: refused });
  };
  return html`<${Dialog} title=${words.propose.title} open=${opened.value === "propose"} onClose=${close}>
    <div ref=${top}>
      ${
        step === 1
          ? html`<${Write} terms=${start} name=${name} me=${view.space.me} others=${others} asked=${asked} problem=${problem} onNext=${next} onCancel=${close} />`
          : html`<${Read} terms=${{ ...terms, access: accessOf(terms.access, parties) }} parties=${parties} names=${chosen.map((each) => each.name)} rewrites=${rewrites} problem=${problem} onBack=${() => move(1)} onSend=${send} />`
      }
    </div>
  <//>`;
};
