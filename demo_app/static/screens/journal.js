// Journal: for its person alone, on this laptop; it says so, and who can read it all the same. Its words are handed to this
// window when it is open and are part of no state. Also on the Pause screen: writing for oneself never waits.

import { effect, signal } from "../lib/signals.mjs";
import { useId, useRef, useState } from "../lib/hooks.mjs";
import { catchFocusAfter, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { moment } from "../format.js";
import { state } from "../link.js";
import { useLook } from "../pieces.js";
import { words } from "../strings.js";
import { Asked, backTo, Button, Empty, Field, Heading, html } from "../ui.js";
import { SetAside } from "./aside.js";
import { Add, Card } from "./own.js";
import { Places } from "./places.js";
import { Scripts } from "./scripts.js";

const ENTRIES = 5;
const ENTRIES_MAX = 2_000;
const CHARACTERS_MAX = 50_000; // as the library takes them; a longer text would be refused as a whole

// What is half written outlives a pause, which has a form of its own; the lock it outlives as a draft alone.
const EMPTY = { prompt: "", text: "" };
const half = signal(EMPTY);
effect(() => {
  if (state.value?.stage === "unlock") half.value = EMPTY;
});

const Prompt = ({ value, label }) =>
  html`<label class="choice"
    ><input
      type="radio"
      name="prompt"
      value=${value}
      autocomplete="off"
      checked=${half.value.prompt === value}
      onChange=${() => (half.value = { ...half.value, prompt: value })}
    /><span>${label}</span></label
  >`;

const Write = ({ prompts }) => {
  const [problem, setProblem] = useState(null);
  const field = useRef(null);
  const id = useId();
  const { prompt, text } = half.value;
  const keep = async () => {
    const sent = half.value;
    const { ok, problem: refused } = await perform("journal.write", { ...sent, draft: "journal" }, { said: words.journal.kept, inPlace: true });
    setProblem(refused);
    if (ok && half.value === sent) half.value = EMPTY;
    backTo(field.current);
  };
  return html`<${Drafted} own draft="journal" class="card add" onSubmit=${keep} aria-label=${words.journal.write}>
    <fieldset>
      <legend>${words.journal.begin}</legend>
      <div class="row">
        <${Prompt} value="" label=${words.journal.freely} />
        ${Object.entries(prompts).map(([value, label]) => html`<${Prompt} key=${value} value=${value} label=${label} />`)}
      </div>
    </fieldset>
    <${Field}
      id="entry-${id}"
      name="text"
      label=${prompts[prompt] ?? words.journal.text}
      inputRef=${field}
      problem=${problem}
      value=${text}
      onInput=${(event) => (half.value = { ...half.value, text: event.currentTarget.value })}
      rows="6"
      maxlength=${CHARACTERS_MAX}
      multiline
    />
    <div class="row end"><${Button} type="submit" kind="primary">${words.journal.keep}<//></div>
  <//>`;
};

const Entry = ({ entry, prompts }) => {
  const at = moment(entry.at);
  const fields = [{ name: "text", label: words.journal.change, value: entry.text, multiline: true, rows: 8, maxlength: CHARACTERS_MAX }];
  return html`<li class="card">
    <p class="meta">${at}</p>
    ${prompts[entry.prompt] && html`<p class="asked-oneself">${prompts[entry.prompt]}</p>`}
    <${Card} what="entry" id=${entry.id} edit="journal.edit" name=${words.journal.entryOf(at)} fields=${fields}>
      <p class="as-written">${entry.text}</p>
    <//>
  </li>`;
};

const Draft = ({ draft, names, over }) => {
  const say =
    (kind) =>
    async ({ currentTarget }) => {
      const { ok } = await perform("draft.say", { id: draft.id, kind }, { said: words.journal.said });
      if (ok) catchFocusAfter(currentTarget);
    };
  return html`<li class="card">
    <${Card}
      what="draft"
      id=${draft.id}
      edit="draft.edit"
      name=${draft.text}
      fields=${[{ name: "text", label: words.journal.draft, value: draft.text, multiline: true }]}
    >
      <p class="as-written said">${draft.text}</p>
      <p class="meta">${words.journal.sinceDraft(moment(draft.at))}</p>
      ${
        !over &&
        html`<${Asked}
          label=${words.journal.say}
          name=${words.consents.actOf(words.journal.say, draft.text)}
          title=${words.journal.sayTitle}
          lines=${words.journal.sayLines(names)}
          back=${words.journal.keepThinking}
          final
        >
          ${Object.entries(words.journal.sayAs).map(([kind, label]) => html`<${Button} key=${kind} onClick=${say(kind)}>${label}<//>`)}
        <//>`
      }
    <//>
  </li>`;
};

const Drafts = ({ drafts, view }) => {
  const names = view.space.others.map((each) => each.name);
  return html`<section class="group" aria-label=${words.journal.drafts}>
    <h2>${words.journal.drafts}</h2>
    <p class="hint">${words.journal.draftsHint}</p>
    <${Add}
      what="draft.write"
      label=${words.journal.drafts}
      fields=${[{ name: "text", label: words.journal.draft }]}
      button=${words.journal.keepDraft}
      said=${words.journal.keptDraft}
    />
    <ul>
      ${drafts.map((each) => html`<${Draft} key=${each.id} draft=${each} names=${names} over=${view.over !== ""} />`)}
    </ul>
  </section>`;
};

const about = (person = {}) => [
  { name: "name", label: words.journal.name, value: person.name },
  { name: "reach", label: words.journal.reach, value: person.reach },
  { name: "knows", label: words.journal.knows, value: person.knows },
];

const Contacts = ({ contacts }) =>
  html`${contacts.length === 0 && html`<p class="hint">${words.journal.noPeople}</p>`}
    <ul>
      ${contacts.map(
        (each) =>
          html`<li class="card" key=${each.id}>
            <${Card} what="contact" id=${each.id} edit="contact.edit" name=${each.name} fields=${about(each)}>
              <p class="said">${each.name}</p>
              ${each.reach && html`<p>${each.reach}</p>`} ${each.knows && html`<p class="meta">${words.journal.knowsAlready(each.knows)}</p>`}
            <//>
          </li>`,
      )}
    </ul>
    <details>
      <summary>${words.journal.addSomebody}</summary>
      <${Add} what="contact.write" label=${words.journal.people} fields=${about()} button=${words.journal.add} said=${words.journal.added} />
    </details>`;

// Also where help is shown: whom to call should not have to be looked for.
export const PeopleToCall = () => {
  const journal = useLook("journal.look", { entries: 1 });
  return journal && html`<${Contacts} contacts=${journal.contacts} />`;
};

const Entries = ({ journal, entries, onMore }) =>
  journal.entries.length === 0
    ? html`<${Empty} title=${words.journal.emptyTitle}>${words.journal.empty}<//>`
    : html`<section class="group" aria-label=${words.journal.entries}>
        <h2>${words.journal.entries}</h2>
        <ul>
          ${journal.entries.map((each) => html`<${Entry} key=${each.id} entry=${each} prompts=${journal.prompts} />`)}
        </ul>
        ${
          journal.further &&
          (entries < ENTRIES_MAX
            ? html`<p class="more"><${Button} onClick=${onMore}>${words.journal.earlier}<//></p>`
            : html`<p class="hint">${words.journal.further}</p>`)
        }
      </section>`;

export const Mine = ({ view }) => {
  const [entries, setEntries] = useState(ENTRIES);
  const journal = useLook("journal.look", { entries });
  if (journal === null) return null;
  return html`<div class="note who-reads">
      <p>${journal.note}</p>
      <details>
        <summary>${words.journal.more}</summary>
        <ul class="lines">
          ${words.journal.stays.map((each) => html`<li key=${each}>${each}</li>`)}
        </ul>
      </details>
    </div>
    <${Write} prompts=${journal.prompts} />
    <${Entries} journal=${journal} entries=${entries} onMore=${() => setEntries(Math.min(entries * 4, ENTRIES_MAX))} />
    <${Drafts} drafts=${journal.drafts} view=${view} />
    <section class="group" aria-label=${words.journal.people}>
      <h2>${words.journal.people}</h2>
      <p class="hint">${words.journal.peopleHint}</p>
      <${Contacts} contacts=${journal.contacts} />
    </section>`;
};

const Fold = ({ title, children }) =>
  html`<details class="fold">
    <summary><h2>${title}</h2></summary>
    ${children}
  </details>`;

export const Journal = ({ view }) =>
  html`<div class="head">
      <div><${Heading}>${words.app.journal}<//><p class="hint">${words.journal.lead}</p></div>
    </div>
    <${Mine} view=${view} />
    <${Fold} title=${words.places.title}><${Places} /><//>
    <${Fold} title=${words.scripts.title}><${Scripts} /><//>
    <${Fold} title=${words.aside.title}><${SetAside} view=${view} /><//>`;
