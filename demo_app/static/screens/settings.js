// Settings: this laptop itself. Its names, its lock and passphrase, its backup, where its data lies, and the end.

import { useRef, useState } from "../lib/hooks.mjs";
import { opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { moment } from "../format.js";
import { Aloud } from "../reminders.js";
import { SingleKeys } from "../shortcuts.js";
import { words } from "../strings.js";
import { Asked, backTo, Button, emptied, Field, Form, Heading, html } from "../ui.js";
import { Secret, Show } from "./entry.js";

const DRAFT = "backup";

const Section = ({ title, children }) =>
  html`<section class="card" aria-label=${title}>
    <h2>${title}</h2>
    ${children}
  </section>`;

const Names = ({ view }) =>
  html`<${Section} title=${words.settings.names}>
    <dl class="points">
      <dt>${words.settings.me}</dt>
      <dd>${view.space.me.name}</dd>
      <dt>${words.settings.device}</dt>
      <dd>${view.settings.device}</dd>
      <dt>${words.settings.space}</dt>
      <dd>${view.space.name}</dd>
    </dl>
    <p class="hint">${words.settings.namesHint}</p>
  <//>`;

const lock = () => {
  opened.value = null;
  perform("hide");
};

const Lock = () =>
  html`<${Section} title=${words.settings.lock}>
    <p class="hint">${words.settings.lockHint}</p>
    <div class="row"><${Button} onClick=${lock}>${words.settings.lockNow}<//></div>
  <//>`;

const Passphrase = ({ id }) => {
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const [changed, setChanged] = useState(false);
  const old = useRef(null);
  const fresh = useRef(null);
  const again = useRef(null);
  const change = async () => {
    if (busy) return;
    if (fresh.current.value !== again.current.value) {
      setProblem({ field: "again", text: words.first.mismatch });
      again.current.focus();
      return;
    }
    setProblem(null);
    setChanged(false);
    setBusy(true);
    const fields = { old: old.current.value, new: fresh.current.value };
    const answer = await perform("settings.passphrase", fields, { inPlace: true });
    setBusy(false);
    setChanged(answer.ok);
    setProblem(answer.ok ? null : { field: "old", text: answer.problem });
    if (answer.ok) for (const field of [old, fresh, again]) emptied(field.current, field.current?.value);
    backTo(old.current);
  };
  const said = (field) => problem?.field === field && problem.text;
  return html`<${Section} title=${words.settings.passphrase}>
    <p>${words.settings.passphraseLead}</p>
    <details class="fold">
      <summary>${words.settings.change}</summary>
      <${Form} onSubmit=${change}>
        <${Secret} id="${id}old" label=${words.settings.old} shown=${shown} inputRef=${old} problem=${said("old")} />
        <${Secret} id="${id}fresh" label=${words.settings.fresh} hint=${words.first.passphraseHint} shown=${shown} inputRef=${fresh} />
        <${Secret} id="${id}again" label=${words.settings.again} shown=${shown} inputRef=${again} problem=${said("again")} />
        <${Show} shown=${shown} setShown=${setShown} />
        <p class="hint">${words.settings.passphraseHint}</p>
        <p role="status">${changed && words.settings.changed}</p>
        <div class="row end">
          <${Button} type="submit" kind="primary" aria-disabled=${busy}>${busy ? words.settings.changing : words.settings.change}<//>
        </div>
      <//>
    </details>
  <//>`;
};

const Making = ({ backup }) =>
  html`<progress max="100" value=${backup.percent} aria-label=${words.settings.backup}></progress>
    <p class="hint">${words.settings.making(backup.percent)}</p>
    <div class="row"><${Button} onClick=${() => perform("settings.stopBackup")}>${words.settings.stop}<//></div>`;

const Backup = ({ id, settings }) => {
  const { backup, suggestion } = settings;
  const make = (form) => perform("settings.backup", { path: form.elements.path.value, draft: DRAFT });
  return html`<${Section} title=${words.settings.backup}>
    <p>${words.settings.backupLead}</p>
    <ul class="lines">
      ${words.settings.backupLines.map((line) => html`<li>${line}</li>`)}
    </ul>
    ${
      backup.running
        ? html`<${Making} backup=${backup} />`
        : html`<${Drafted} draft=${DRAFT} own named=${words.settings.backup} onSubmit=${make}>
            <${Field}
              id="${id}path"
              name="path"
              label=${words.settings.path}
              defaultValue=${suggestion}
              problem=${backup.problem}
              autocapitalize="none"
              required
            />
            <div class="row end"><${Button} type="submit" kind="primary">${words.settings.make}<//></div>
          <//>`
    }
    <p role="status">${backup.made && words.settings.made(backup.made)}</p>
  <//>`;
};

// Only where there is something to believe again.
const Clock = ({ ahead }) =>
  ahead !== null &&
  html`<${Section} title=${words.settings.clock}>
    <p>${words.settings.clockLead(moment(ahead))}</p>
    <${Asked}
      label=${words.settings.believe}
      title=${words.settings.believeTitle}
      lines=${words.settings.believeLines}
      back=${words.settings.believeNot}
    >
      <${Button} onClick=${() => perform("settings.believeClock", {}, { said: words.settings.believed })}>
        ${words.settings.believeNow}
      <//>
    <//>
  <//>`;

const Data = ({ directory }) =>
  html`<${Section} title=${words.settings.data}>
    <p class="said">${directory}</p>
    <p class="hint">${words.settings.dataHint}</p>
  <//>`;

const Quit = () =>
  html`<${Section} title=${words.settings.quit}>
    <p class="hint">${words.settings.quitHint}</p>
    <div class="row"><${Button} onClick=${() => perform("quit")}>${words.app.quit}<//></div>
  <//>`;

// All of it, also where it is shown while everything is paused; `id` tells the fields of the one from those of the other.
export const ThisLaptop = ({ view, id = "" }) =>
  html`<${Lock} />
    <${Passphrase} id=${id} />
    <${Backup} id=${id} settings=${view.settings} />
    <${Section} title=${words.reminders.title}>
      <p>${words.reminders.lead}</p>
      <${Aloud} />
    <//>
    <${Data} directory=${view.settings.directory} />
    <${Clock} ahead=${view.settings.ahead} />
    <${Names} view=${view} />
    <${Section} title=${words.settings.keys}><${SingleKeys} /><//>
    <${Quit} />`;

export const Settings = ({ view }) =>
  html`<div class="head">
      <div><${Heading}>${words.app.settings}<//><p class="hint">${words.settings.lead}</p></div>
    </div>
    <${ThisLaptop} view=${view} />`;
