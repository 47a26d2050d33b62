// First run and Unlock: the two ways in. A passphrase lives in its field until it is sent, and nowhere after.

import { useLayoutEffect, useRef, useState } from "../lib/hooks.mjs";
import { perform } from "../desk.js";
import { act } from "../link.js";
import { words } from "../strings.js";
import { Button, Field, Form, Heading, html, Icon } from "../ui.js";

export const Secret = ({ id, label, hint, problem, shown, inputRef }) =>
  html`<${Field}
    id=${id}
    label=${label}
    hint=${hint}
    problem=${problem}
    inputRef=${inputRef}
    type=${shown ? "text" : "password"}
    autocapitalize="none"
    required
  />`;

export const Show = ({ shown, setShown }) =>
  html`<label class="check"
    ><input type="checkbox" autocomplete="off" checked=${shown} onChange=${(event) => setShown(event.currentTarget.checked)} />
    ${words.first.show}</label
  >`;

const Note = ({ title, tone = "", children }) =>
  html`<section class="note ${tone}"><h2>${title}</h2>${children}</section>`;

const IfShared = () => {
  const { lines } = words.help.topics.find((each) => each.name === "device");
  return html`<${Note} title=${words.first.otherTitle}>
    <p>${words.first.other}</p>
    <details>
      <summary>${words.first.otherMore}</summary>
      <ul class="lines">
        ${lines.map((line) => html`<li key=${line}>${line}</li>`)}
      </ul>
    </details>
  <//>`;
};

// Another way to begin: in the place of a laptop that broke or was lost.
const FromBackup = ({ restored }) => {
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const fold = useRef(null);
  const underway = restored !== null;
  useLayoutEffect(() => {
    if (underway) fold.current.open = true; // it may have been begun in another window, or before a reload
  }, [underway]);
  const restore = async ({ elements }) => {
    if (busy) return;
    setProblem(null);
    setBusy(true);
    const answer = await act("setup.restore", { path: elements.backup.value, passphrase: elements["backup-secret"].value });
    setBusy(false);
    if (answer.problem) setProblem(answer.problem);
  };
  return html`<${Note} title=${words.first.backupTitle}>
    <p>${words.first.backup}</p>
    <details ref=${fold}>
      <summary>${words.first.backupOpen}</summary>
      <${Form} onSubmit=${restore}>
        <${Field} id="backup" label=${words.first.backupPath} hint=${words.first.backupPathHint} autocapitalize="none" required />
        <${Secret} id="backup-secret" label=${words.first.backupSecret} shown=${shown} />
        <${Show} shown=${shown} setShown=${setShown} />
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        ${
          !underway
            ? html`<${Button} type="submit" aria-disabled=${busy}>${busy ? words.first.restoring : words.first.restore}<//>`
            : html`<progress max="100" value=${restored} aria-label=${words.first.restoring}></progress>
                <p class="hint">${words.first.restored(restored)}</p>
                <${Button} onClick=${() => act("setup.stopRestoring")}>${words.first.stopRestoring}<//>`
        }
      <//>
    </details>
  <//>`;
};

export const FirstRun = ({ view }) => {
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const again = useRef(null);
  const unnamed = view.stage === "unnamed";

  const start = async (form) => {
    if (busy) return;
    const { name, passphrase } = form.elements;
    if (!unnamed && passphrase.value !== form.elements.again.value) {
      setProblem({ field: "again", text: words.first.mismatch });
      again.current.focus();
      return;
    }
    setProblem(null);
    setBusy(true);
    const answer = unnamed
      ? await act("setup.name", { name: name.value })
      : await act("setup.start", { name: name.value, passphrase: passphrase.value });
    setBusy(false);
    if (answer.problem) setProblem({ field: "form", text: answer.problem });
  };

  return html`<${Heading}>${words.first.title}<//>
    <p class="promise"><${Icon} name="leaf" />${unnamed ? words.first.unnamed : words.first.promise}</p>
    ${!unnamed && html`<p>${words.first.lead}</p>`}
    <${Form} onSubmit=${start}>
      <${Field} id="name" label=${words.first.name} hint=${words.first.nameHint} defaultValue=${view.nameHint} maxlength="80" required />
      ${
        !unnamed &&
        html`<${Secret} id="passphrase" label=${words.first.passphrase} hint=${words.first.passphraseHint} shown=${shown} />
          <${Secret}
            id="again"
            label=${words.first.again}
            shown=${shown}
            inputRef=${again}
            problem=${problem?.field === "again" && problem.text}
          />
          <${Show} shown=${shown} setShown=${setShown} />
          <${Note} tone="important" title=${words.first.warningTitle}><p>${words.first.warning}</p><//>`
      }
      ${problem?.field === "form" && html`<p class="problem" role="alert">${problem.text}</p>`}
      <${Button} type="submit" kind="primary wide" aria-disabled=${busy}>${busy ? words.first.starting : words.first.start}<//>
    <//>
    ${
      !unnamed &&
      html`<div class="notes">
        <${IfShared} /><${FromBackup} restored=${view.restored} />
        <${Note} title=${words.first.firewallTitle}><p>${words.first.firewall}</p><//>
      </div>`
    }`;
};

export const Unlock = ({ view }) => {
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const field = useRef(null);

  useLayoutEffect(() => field.current.focus(), []);

  const unlock = async () => {
    if (busy) return;
    setBusy(true);
    const answer = await act("setup.unlock", { passphrase: field.current.value });
    setBusy(false);
    if (answer.problem) {
      setProblem(answer.problem);
      field.current?.focus();
      field.current?.select();
    }
  };

  return html`<${Heading}>${view.mayPause ? words.unlock.hiddenTitle : words.unlock.title}<//>
    <p>${view.mayPause ? words.unlock.hidden : words.unlock.lead}</p>
    <${Form} onSubmit=${unlock}>
      <${Secret} id="passphrase" label=${words.unlock.passphrase} shown=${shown} inputRef=${field} problem=${problem} />
      <${Show} shown=${shown} setShown=${setShown} />
      <${Button} type="submit" kind="primary wide" aria-disabled=${busy}>${busy ? words.unlock.opening : words.unlock.open}<//>
    <//>
    <p><${Button} kind="quiet" onClick=${() => perform("quit")}>${words.app.quit}<//></p>`;
};
