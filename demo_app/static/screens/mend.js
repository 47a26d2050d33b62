// One repair: pause, debrief, amend, review. Each stage opens when all are ready, can be left and entered again, and has no
// deadline. What comes next, and in what words, the app says; here is where it is written.

import { useState } from "../lib/hooks.mjs";
import { perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { moment, when, who } from "../format.js";
import { HideButton } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Chip, Field, html } from "../ui.js";
import { lines } from "./offer.js";

const STAGES = ["pause", "debrief", "amend", "review"];
const HOUR = 3_600_000;

export const Hints = ({ hints }) =>
  hints.length > 0 &&
  html`<div class="note">
    <p>${words.repair.hints}</p>
    <ul class="lines">
      ${hints.map((each) => html`<li key=${each.phrase}>“${each.phrase}”: ${each.why}</li>`)}
    </ul>
  </div>`;

// Two repairs may be on the page at once: an id is of one of them, a name of the field in its form.
const named = (repair, name) => ({ id: `${name}-${repair.id}`, name });

const step =
  (repair, name, said, inPlace = false) =>
  () =>
    perform("repair.step", { repair: repair.id, step: name }, { said, inPlace });

const Lines = ({ title, lines: some }) => some.length > 0 && html`<dt>${title}</dt><dd>${some.join("; ")}</dd>`;

const Plan = ({ plan }) =>
  html`<dl class="points">
    <${Lines} title=${words.mend.onPause} lines=${plan.onPause} />
    <${Lines} title=${words.mend.limits} lines=${plan.temporaryLimits} />
    <${Lines} title=${words.mend.changes} lines=${plan.changes} />
    <${Lines} title=${words.mend.amends} lines=${plan.amends} />
    <${Lines} title=${words.mend.promises} lines=${plan.promises.map((each) => words.mend.promiseOf(who(each.whose), each.title))} />
  </dl>`;

const Text = ({ version }) => {
  if (version.at !== null) return html`<p class="said">${moment(version.at)}</p>`;
  if (version.plan !== null) return html`<${Plan} plan=${version.plan} />`;
  if (version.weekday !== null) {
    return html`<p class="said">${words.mend.weekly(words.mend.weekdays[version.weekday], version.starts, version.ends)}</p>`;
  }
  return html`<p class="said">${version.text}</p>`;
};

// What all have to agree on: each text as it stands, who signed exactly that one, and the way to write another.
const Sheet = ({ title, sheet, repair, children }) =>
  html`<div class="sheet" role="group" aria-label=${title}>
    <h3>${title}</h3>
    ${sheet.versions.length > 1 && html`<p class="hint">${words.mend.several}</p>`}
    ${sheet.versions.map((version) => {
      const signed = version.signed.some((each) => each.mine);
      const send = (what, said) => () => perform(what, { repair: repair.id, version: version.id }, { said });
      return html`<div class="side" key=${version.id}>
        <${Text} version=${version} />
        <p class="states">
          ${
            sheet.agreed === version.id
              ? html`<${Chip} name="done" tone="good">${words.mend.agreed}<//>`
              : html`<${Chip} name="waiting">${words.mend.notAgreed}<//>`
          }
          <span class="meta">${words.mend.signedBy(version.signed.map(who))}</span>
        </p>
        <div class="row">
          ${
            signed
              ? html`<${Button} onClick=${send("repair.take_back", words.mend.unsigned)}>${words.mend.unsign}<//>`
              : html`<${Button} kind="primary" onClick=${send("repair.sign", words.mend.signed)}>${words.mend.sign}<//>`
          }
        </div>
      </div>`;
    })}
    ${
      sheet.versions.length > 0
        ? html`<details><summary>${words.mend.another}</summary>${children}</details>`
        : children
    }
  </div>`;

// A form that says what is wrong in its own place, and empties nothing.
const Say = ({ what, repair, fields, button, said, extra, children }) => {
  const [problem, setProblem] = useState(null);
  const draft = `${what}/${repair.id}`;
  const send = async (elements) => {
    const { ok, problem: refused } = await perform(what, { ...fields(elements), draft }, { said, inPlace: true });
    setProblem(refused);
    return ok;
  };
  const also = async (event) => {
    if (await send(event.currentTarget.form.elements)) setProblem((await extra.act()).problem);
  };
  return html`<${Drafted} draft=${draft} onSubmit=${(form) => send(form.elements)}>
    ${children} ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <div class="row end">
      <${Button} type="submit" kind=${extra ? "" : "primary"}>${button}<//>
      ${extra && html`<${Button} kind="primary" onClick=${also}>${extra.label}<//>`}
    </div>
  <//>`;
};

const Parts = ({ title, written, labels }) =>
  written.length > 0 &&
  html`<div role="group" aria-label=${title}>
    <h3>${title}</h3>
    ${written.map(
      (each) =>
        html`<div class="side" key=${each.by.id + each.when.day}>
          <p class="meta">${words.mend.writtenBy(who(each.by), when(each.when))}</p>
          <dl class="points">
            ${Object.entries(each.parts)
              .filter(([, text]) => text)
              .map(([name, text]) => html`<dt>${labels[name]}</dt><dd>${text}</dd>`)}
          </dl>
          ${each.stillWary && html`<p>${words.mend.stillWary}</p>`}
        </div>`,
    )}
  </div>`;

const localTime = (at) => {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
};

const Talk = ({ repair, texts }) =>
  html`<div class="note">
      <p>${words.mend.aftercare}</p>
      <ul class="lines">
        ${texts.aftercare.map((each) => html`<li key=${each}>${each}</li>`)}
      </ul>
    </div>
    <${Sheet} title=${words.mend.talk} sheet=${repair.talk} repair=${repair}>
      <${Say}
        what="repair.talk"
        repair=${repair}
        fields=${(elements) => ({ repair: repair.id, at: new Date(elements.at.value).getTime() || 0 })}
        button=${words.mend.suggest}
        said=${words.mend.suggested}
      >
        <${Field} ...${named(repair, "at")} label=${words.mend.talkAt} hint=${words.mend.talkHint} type="datetime-local" defaultValue=${localTime(Date.now() + 2 * HOUR)} />
      <//>
    <//>`;

const Debrief = ({ repair, texts }) => {
  const part = repair.partDraft;
  const field = (name) =>
    html`<${Field} ...${named(repair, name)} label=${words.mend.part[name]} defaultValue=${part[name]} multiline />`;
  return html`<details class="note">
      <summary>${words.mend.helps}</summary>
      <ul class="lines">
        ${repair.hints.map((each) => html`<li key=${each}>${each}</li>`)}
      </ul>
    </details>
    <div class="sheet" role="group" aria-label=${words.mend.ownPart}>
      <h3>${words.mend.ownPart}</h3>
      <p class="hint">${words.mend.ownPartHint}</p>
      <${Say}
        what="repair.part"
        repair=${repair}
        fields=${({ facts, impact, meaning, request, roots }) => ({
          repair: repair.id,
          facts: facts.value,
          impact: impact.value,
          meaning: meaning.value,
          request: request.value,
          roots: roots.value,
        })}
        button=${words.mend.saveMine}
        said=${words.mend.savedMine}
        extra=${{ label: words.mend.sharePart, act: step(repair, "sharePart", words.mend.sharedPart, true) }}
      >
        ${["facts", "impact", "meaning", "request"].map(field)}
        <${Field} ...${named(repair, "roots")} label=${words.mend.part.roots} hint=${texts.roots} defaultValue=${part.roots} multiline />
      <//>
    </div>
    <${Parts} title=${words.mend.parts} written=${repair.parts} labels=${words.mend.part} />
    <${Sheet} title=${words.mend.facts} sheet=${repair.facts} repair=${repair}>
      <${Say}
        what="repair.facts"
        repair=${repair}
        fields=${(elements) => ({ repair: repair.id, text: elements.text.value })}
        button=${words.mend.suggest}
        said=${words.mend.suggested}
      >
        <${Field} ...${named(repair, "text")} label=${words.mend.factsText} hint=${words.mend.factsHint} defaultValue=${repair.facts.versions[0]?.text ?? ""} multiline />
      <//>
    <//>`;
};

const Apology = ({ repair }) =>
  html`<details class="sheet" open=${repair.step === "write-apology"}>
    <summary><h3>${words.mend.apology}</h3></summary>
    <p class="hint">${words.mend.apologyHint}</p>
    <${Hints} hints=${repair.apologyHints} />
    <${Say}
      what="repair.apology"
      repair=${repair}
      fields=${({ regret, ownership, harm, change, question }) => ({
        repair: repair.id,
        regret: regret.value,
        ownership: ownership.value,
        impact: harm.value,
        change: change.value,
        question: question.value,
      })}
      button=${words.mend.saveMine}
      said=${words.mend.savedMine}
      extra=${{ label: words.mend.offerApology, act: step(repair, "offerApology", words.mend.offeredApology, true) }}
    >
      ${[
        ["regret", "regret"],
        ["ownership", "ownership"],
        ["harm", "impact"],
        ["change", "change"],
        ["question", "question"],
      ].map(
        ([id, name]) => html`<${Field} ...${named(repair, id)} label=${words.mend.apologyParts[name]} defaultValue=${repair.apologyDraft[name]} multiline />`,
      )}
    <//>
  </details>`;

const PROMISES = [1, 2, 3];

const Amend = ({ repair, view }) => {
  const people = [view.space.me, ...view.space.others];
  const promise = (elements, n) => ({
    title: elements[`promise-${n}`].value.trim(),
    whose: elements[`whose-${n}`].value,
    repeat: elements[`repeat-${n}`].value || null,
  });
  return html`<p class="hint">${words.mend.focus(repair.focus, repair.better)}</p>
    <${Apology} repair=${repair} />
    <${Parts} title=${words.mend.apologies} written=${repair.apologies} labels=${words.mend.apologyParts} />
    <${Sheet} title=${words.mend.plan} sheet=${repair.plan} repair=${repair}>
      <${Say}
        what="repair.plan"
        repair=${repair}
        fields=${(elements) => ({
          repair: repair.id,
          onPause: lines(elements["on-pause"].value),
          temporaryLimits: lines(elements.limits.value),
          changes: lines(elements.changes.value),
          amends: lines(elements.amends.value),
          promises: PROMISES.map((n) => promise(elements, n)).filter((each) => each.title),
        })}
        button=${words.mend.suggest}
        said=${words.mend.suggested}
      >
        <p class="hint">${words.mend.planHint}</p>
        <${Field} ...${named(repair, "on-pause")} label=${words.mend.onPause} hint=${words.offer.lines} multiline />
        <${Field} ...${named(repair, "limits")} label=${words.mend.limits} hint=${words.offer.lines} multiline />
        <${Field} ...${named(repair, "changes")} label=${words.mend.changes} hint=${words.offer.lines} multiline />
        <${Field} ...${named(repair, "amends")} label=${words.mend.amends} hint=${words.offer.lines} multiline />
        ${PROMISES.map(
          (n) =>
            html`<fieldset key=${n}>
              <legend>${words.mend.promise(n)}</legend>
              <div class="row promise">
                <input name="promise-${n}" aria-label=${words.mend.promiseWhat(n)} autocomplete="off" spellcheck=${false} maxlength="200" />
                <select name="whose-${n}" aria-label=${words.mend.promiseWhose(n)} autocomplete="off">
                  ${people.map((each) => html`<option key=${each.id} value=${each.id}>${who(each)}</option>`)}
                </select>
                <select name="repeat-${n}" aria-label=${words.mend.promiseRepeat(n)} autocomplete="off">
                  ${words.mend.repeats.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}
                </select>
              </div>
            </fieldset>`,
        )}
      <//>
    <//>
    ${
      repair.mayPromise &&
      html`<div class="row"><${Button} onClick=${step(repair, "promise", words.mend.promised)}>${words.mend.makeTasks}<//></div>`
    }
    ${repair.promised.length > 0 && html`<p class="meta">${words.mend.tasks(repair.promised)}</p>`}`;
};

const Review = ({ repair }) =>
  html`<${Sheet} title=${words.mend.weeklyTitle} sheet=${repair.weekly} repair=${repair}>
      <${Say}
        what="repair.weekly"
        repair=${repair}
        fields=${({ weekday, starts, ends }) => ({ repair: repair.id, weekday: Number(weekday.value), starts: starts.value, ends: ends.value })}
        button=${words.mend.suggest}
        said=${words.mend.suggested}
      >
        <div class="row promise">
          <select name="weekday" aria-label=${words.mend.weekday} autocomplete="off">
            ${words.mend.weekdays.map((name, index) => html`<option key=${name} value=${index}>${name}</option>`)}
          </select>
          <${Field} ...${named(repair, "starts")} label=${words.mend.from} type="time" defaultValue="18:00" />
          <${Field} ...${named(repair, "ends")} label=${words.mend.to} type="time" defaultValue="18:30" />
        </div>
      <//>
    <//>
    <div class="sheet" role="group" aria-label=${words.mend.word}>
      <h3>${words.mend.word}</h3>
      <${Say}
        what="repair.word"
        repair=${repair}
        fields=${({ changed, recurred, wary }) => ({ repair: repair.id, changed: changed.value, recurred: recurred.value, stillWary: wary.checked })}
        button=${words.mend.say}
        said=${words.mend.wordSaid}
      >
        <${Field} ...${named(repair, "changed")} label=${words.mend.words.changed} multiline />
        <${Field} ...${named(repair, "recurred")} label=${words.mend.words.recurred} multiline />
        <label class="check"><input type="checkbox" name="wary" autocomplete="off" /><span>${words.mend.wary}</span></label>
      <//>
    </div>
    <${Parts} title=${words.mend.said} written=${repair.words} labels=${words.mend.words} />`;

const HERE = { pause: Talk, debrief: Debrief, amend: Amend, review: Review };

const Going = ({ repair }) => {
  const ready = repair.ready.some((each) => each.mine);
  const out = repair.out.some((each) => each.mine);
  const button = (name, label, said, kind = "") => html`<${Button} kind=${kind} onClick=${step(repair, name, said)}>${label}<//>`;
  if (repair.stage === "shared") return html`<div class="row">${button("begin", words.mend.begin, words.mend.begun, "primary")}</div>`;
  return html`<div class="row">
    ${!ready && repair.stage !== "review" && button("ready", words.mend.ready, words.mend.saidReady, "primary")}
    ${!ready && repair.stage === "review" && button("close", words.mend.close, words.mend.saidClose)}
    ${repair.stage === "review" && button("again", words.repair.again, words.mend.saidAgain)}
    ${(ready || repair.stage !== "pause") && button("notYet", words.mend.notYet, words.mend.saidNotYet)}
    ${out ? button("stepBack", words.mend.comeBack, words.mend.cameBack) : button("stepOut", words.mend.stepOut, words.mend.steppedOut)}
  </div>`;
};

// Help comes first for this person: nothing is suggested, and a yes can be taken back as at any other time.
const Quiet = ({ repair }) =>
  html`<p class="hint">${words.mend.quiet}</p>
    ${
      repair.ready.some((each) => each.mine) &&
      html`<div class="row"><${Button} onClick=${step(repair, "notYet", words.mend.saidNotYet)}>${words.mend.notYet}<//></div>`
    }`;

export const Mend = ({ repair, texts, view }) => {
  const Here = repair.takesPart && HERE[repair.stage];
  const quiet = repair.step === "help";
  return html`<li class="card mend">
    <h3>${repair.sentence}</h3>
    <p class="meta">${repair.label} · ${words.repair.sharedBy(who(repair.by), when(repair.when))}</p>
    ${
      Here &&
      html`<ol class="stages" aria-label=${words.mend.stagesOf(repair.round)}>
        ${STAGES.map(
          (name) => html`<li key=${name} aria-current=${repair.stage === name ? "step" : undefined}>${words.mend.stages[name]}</li>`,
        )}
      </ol>`
    }
    <p class="lead">${repair.takesPart ? repair.says : words.mend.between(repair.between.map(who))}</p>
    ${repair.before.map((each) => html`<p class="hint" key=${each}>${each}</p>`)}
    ${!quiet && Here && html`<${Here} repair=${repair} texts=${texts} view=${view} />`}
    ${Here && repair.ready.length > 0 && html`<p class="meta">${words.mend.readyAre(repair.ready.map(who))}</p>`}
    ${!view.over && repair.takesPart && (quiet ? Here && html`<${Quiet} repair=${repair} />` : html`<${Going} repair=${repair} />`)}
    ${!view.over && html`<div class="row"><${HideButton} kind="quiet" id=${repair.id} name=${repair.sentence} /></div>`}
  </li>`;
};
