// Limits: what is not to be. Each says their own; it holds at once, nobody is asked, and only its author loosens it.

import { useRef, useState } from "../lib/hooks.mjs";
import { perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { when } from "../format.js";
import { words } from "../strings.js";
import { Asked, backTo, Button, Chip, emptied, Field, Heading, html } from "../ui.js";

const KINDS = ["boundary", "hard limit"];

const Add = ({ id }) => {
  const [kind, setKind] = useState(KINDS[0]);
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const set = async () => {
    const text = field.current.value;
    const { ok, problem: refused } = await perform("limit.set", { text, kind, draft: id }, { said: words.limits.set, inPlace: true });
    setProblem(refused);
    if (ok) emptied(field.current, text);
    backTo(field.current);
  };
  const choice = (name) =>
    html`<label class="choice" key=${name}
      ><input type="radio" name="${id}-kind" value=${name} autocomplete="off" checked=${kind === name} onChange=${() => setKind(name)} /><span
        >${words.limits.kinds[name]}</span
      ></label
    >`;
  return html`<${Drafted} draft=${id} class="card add" onSubmit=${set} aria-label=${words.limits.add}>
    <${Field} id=${id} label=${words.limits.what} hint=${words.limits.whatHint} inputRef=${field} problem=${problem} required />
    <fieldset>
      <legend>${words.limits.kind}</legend>
      <div class="row">${KINDS.map(choice)}</div>
    </fieldset>
    <p class="hint">${words.limits.kindHints[kind]}</p>
    <div class="row end"><${Button} type="submit" kind="primary">${words.limits.say}<//></div>
  <//>`;
};

const Limit = ({ limit }) =>
  html`<li class="card limit">
    <p class="states">
      <span class="said">${limit.text}</span>
      <${Chip} name=${limit.kind === "boundary" ? "boundary" : "hard"} tone=${limit.kind === "boundary" ? "" : "stop"}>
        ${words.limits.kinds[limit.kind]}
      <//>
    </p>
    <p class="meta">${words.limits.since(when(limit.when))}</p>
    ${
      limit.mayLoosen &&
      html`<${Asked}
        label=${words.limits.loosen}
        name=${words.limits.of(words.limits.loosen, limit.text)}
        title=${words.limits.loosenTitle}
        lines=${words.limits.loosenLines}
        back=${words.limits.keep}
      >
        <${Button} onClick=${() => perform("limit.loosen", { limit: limit.id }, { said: words.limits.loosened })}>
          ${words.limits.loosenNow}
        <//>
      <//>`
    }
  </li>`;

const List = ({ limits, none }) =>
  limits.length === 0
    ? html`<p class="hint">${none}</p>`
    : html`<ul>
        ${limits.map((limit) => html`<${Limit} key=${limit.id} limit=${limit} />`)}
      </ul>`;

// Also on the Pause screen: saying what is not to be never waits for a pause to end.
export const Mine = ({ view, id }) =>
  html`${!view.over && html`<${Add} id=${id} />`}
    <${List} limits=${view.limits.filter((each) => each.by.mine)} none=${words.limits.noneOfMine} />`;

export const Limits = ({ view }) =>
  html`<div class="head">
      <div><${Heading}>${words.app.limits}<//><p class="hint">${words.limits.lead}</p></div>
    </div>
    <section class="group" aria-label=${words.limits.mine}>
      <h2>${words.limits.mine}</h2>
      <${Mine} view=${view} id="limit" />
    </section>
    ${view.space.others.map(
      (other) =>
        html`<section class="group" key=${other.id} aria-label=${words.limits.theirs(other.name)}>
          <h2>${words.limits.theirs(other.name)}</h2>
          <${List} limits=${view.limits.filter((each) => each.by.id === other.id)} none=${words.limits.noneOfTheirs(other.name)} />
        </section>`,
    )}
    <p class="hint">${words.limits.holds}</p>`;
