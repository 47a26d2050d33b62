// How I arrive, and how the other did. Written for oneself first, shared or kept; "not now" is a whole answer, and no answer is
// none that anybody sees.

import { useLayoutEffect, useRef, useState } from "../lib/hooks.mjs";
import { catchFocus, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { when } from "../format.js";
import { HideButton, useTexts } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Chip, Field, html } from "../ui.js";

const Points = ({ checkIn }) =>
  html`<dl class="points">
    ${checkIn.arriving.length > 0 && html`<dt>${words.checkIn.arrives}</dt><dd>${words.checkIn.arriving(checkIn.arriving)}</dd>`}
    ${checkIn.need && html`<dt>${words.checkIn.needs}</dt><dd class="as-written">${checkIn.need}</dd>`}
    ${checkIn.gratitude && html`<dt>${words.checkIn.grateful}</dt><dd class="as-written">${checkIn.gratitude}</dd>`}
  </dl>`;

const Write = ({ names, onDone }) => {
  const texts = useTexts("day.texts");
  const [chosen, setChosen] = useState([]);
  const [problem, setProblem] = useState(null);
  const heading = useRef(null);
  const form = useRef(null);
  useLayoutEffect(() => heading.current.focus(), []);
  const toggle = (word) => setChosen(chosen.includes(word) ? chosen.filter((each) => each !== word) : [...chosen, word]);
  const save = async (share) => {
    const { own, need, gratitude } = form.current.querySelector("form").elements;
    const fields = { arriving: [...chosen, own.value], need: need.value, gratitude: gratitude.value, share, draft: "check-in" };
    const said = share ? words.checkIn.shared(names) : words.checkIn.kept;
    const { ok, problem: refused } = await perform("checkin.write", fields, { said, inPlace: true });
    setProblem(refused);
    if (ok) onDone();
  };
  return html`<div class="card" ref=${form}>
    <h3 tabindex="-1" ref=${heading}>${words.checkIn.ask}</h3>
    <${Drafted} own draft="check-in" onSubmit=${() => save(false)} onKeyDown=${(event) => event.key === "Escape" && onDone()} aria-label=${words.checkIn.title}>
      <fieldset>
        <legend>${words.checkIn.words}</legend>
        <div class="row">
          ${(texts?.arriving ?? []).map(
            (word) =>
              html`<label class="choice" key=${word}
                ><input type="checkbox" name="arriving" value=${word} autocomplete="off" checked=${chosen.includes(word)} onChange=${() => toggle(word)} /><span
                  >${word}</span
                ></label
              >`,
          )}
        </div>
      </fieldset>
      <${Field} id="own" label=${words.checkIn.own} />
      <${Field} id="need" label=${words.checkIn.need} />
      <${Field} id="gratitude" label=${words.checkIn.gratitude} />
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${names.length > 0 && html`<p class="hint">${words.checkIn.sharing}</p>`}
      <div class="row end">
        <${Button} onClick=${onDone}>${words.app.cancel}<//>
        <${Button} type="submit" kind="primary">${words.checkIn.keep}<//>
        ${names.length > 0 && html`<${Button} onClick=${() => save(true)}>${words.checkIn.share(names)}<//>`}
      </div>
    <//>
  </div>`;
};

const Said = ({ checkIn, names, over, onAgain }) =>
  html`<div class="card">
    ${checkIn.notNow ? html`<p>${words.checkIn.youSaidNotNow}</p>` : html`<${Points} checkIn=${checkIn} />`}
    <p class="states">
      ${
        checkIn.shared
          ? html`<${Chip} name="done" tone="good">${words.checkIn.isShared}<//>`
          : html`<${Chip} name="lock">${words.repair.onlyYou}<//>`
      }
      <span class="meta">${when(checkIn.when)}</span>
    </p>
    <div class="row">
      ${
        !checkIn.shared &&
        names.length > 0 &&
        html`<${Button} onClick=${() => perform("checkin.share", { id: checkIn.id }, { said: words.checkIn.shared(names) })}>
          ${words.checkIn.share(names)}
        <//>`
      }
      ${
        !checkIn.shared &&
        !over &&
        html`<${Button} onClick=${() => perform("checkin.remove", { id: checkIn.id }, { said: words.checkIn.removed })}>
          ${words.checkIn.remove}
        <//>`
      }
      ${!over && html`<${Button} onClick=${onAgain}>${words.checkIn.again}<//>`}
    </div>
  </div>`;

const Ask = ({ onOpen }) =>
  html`<div class="card">
    <h3>${words.checkIn.ask}</h3>
    <p class="hint">${words.checkIn.hint}</p>
    <div class="row">
      <${Button} onClick=${onOpen}>${words.checkIn.open}<//>
      <${Button} onClick=${() => perform("checkin.notNow", {}, { said: words.checkIn.saidNotNow })}>${words.checkIn.notNow}<//>
    </div>
  </div>`;

const Theirs = ({ checkIn, over }) =>
  html`<li class="card">
    <p class="meta">${words.checkIn.theirs(checkIn.by.name, when(checkIn.when))}</p>
    ${checkIn.notNow ? html`<p>${words.checkIn.theySaidNotNow}</p>` : html`<${Points} checkIn=${checkIn} />`}
    ${!over && html`<div class="row"><${HideButton} kind="quiet" id=${checkIn.id} name=${words.checkIn.theirs(checkIn.by.name, when(checkIn.when))} /></div>`}
  </li>`;

export const CheckIns = ({ view }) => {
  const [writing, setWriting] = useState(false);
  const { mine, theirs } = view.today;
  const names = view.space.others.map((each) => each.name);
  const done = () => {
    setWriting(false);
    catchFocus();
  };
  if (view.over && !mine && theirs.length === 0) return null;
  return html`<section class="group" aria-label=${words.checkIn.title}>
    <h2>${words.checkIn.title}</h2>
    <ul>
      ${
        writing && !view.over
          ? html`<li key="write"><${Write} names=${names} onDone=${done} /></li>`
          : mine
            ? html`<li key="mine"><${Said} checkIn=${mine} names=${view.over ? [] : names} over=${view.over} onAgain=${() => setWriting(true)} /></li>`
            : !view.over && html`<li key="ask"><${Ask} onOpen=${() => setWriting(true)} /></li>`
      }
      ${theirs.map((each) => html`<${Theirs} key=${each.id} checkIn=${each} over=${view.over} />`)}
    </ul>
  </section>`;
};
