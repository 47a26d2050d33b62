// Words that help in a hard talk and words better left unsaid: for anyone, and for a dynamic with roles. Everyone's own to
// change, on this laptop alone. A role chooses a text here and does nothing else.

import { useLook } from "../pieces.js";
import { words } from "../strings.js";
import { html } from "../ui.js";
import { lines } from "./offer.js";
import { Add, Card } from "./own.js";

const texts = (script = { helps: [], avoid: [] }) => [
  { name: "helps", label: words.scripts.helps, hint: words.scripts.lines, value: script.helps.join("\n"), multiline: true, rows: 7 },
  { name: "avoid", label: words.scripts.avoid, hint: words.scripts.lines, value: script.avoid.join("\n"), multiline: true, rows: 6 },
];
const inLines = ({ helps, avoid, ...rest }) => ({ ...rest, helps: lines(helps), avoid: lines(avoid) });

const Side = ({ title, some }) =>
  some.length > 0 &&
  html`<div class="side">
    <p><strong>${title}</strong></p>
    <ul class="lines">
      ${some.map((each) => html`<li key=${each}>${each}</li>`)}
    </ul>
  </div>`;

const removalOf = (script) => {
  if (!script.ours) return {};
  return script.edited ? { label: words.scripts.reset, said: words.scripts.wasReset } : null;
};

const Script = ({ script }) =>
  html`<li class="card">
    <details>
      <summary>
        ${script.title} ${script.ours && script.edited && html`<span class="meta">${words.scripts.yours}</span>`}
      </summary>
      <${Card}
        what="script"
        id=${script.id}
        edit="script.edit"
        name=${script.title}
        fields=${texts(script)}
        toSend=${inLines}
        removal=${removalOf(script)}
      >
        <div class="sides">
          <${Side} title=${words.scripts.helps} some=${script.helps} /><${Side} title=${words.scripts.avoid} some=${script.avoid} />
        </div>
      <//>
    </details>
  </li>`;

const Write = () =>
  html`<details class="fold">
    <summary>${words.scripts.write}</summary>
    <${Add}
      what="script.write"
      label=${words.scripts.write}
      fields=${[{ name: "title", label: words.scripts.name }, ...texts()]}
      toSend=${(values, form) => ({ ...inLines(values), roles: form.elements.roles.checked })}
      button=${words.scripts.add}
      said=${words.scripts.added}
    >
      <label class="check"><input type="checkbox" name="roles" autocomplete="off" /><span>${words.scripts.aboutRoles}</span></label>
    <//>
  </details>`;

export const Scripts = () => {
  const seen = useLook("scripts.look");
  if (seen === null) return null;
  const list = (roles) =>
    html`<ul>
      ${seen.scripts.filter((each) => each.roles === roles).map((each) => html`<${Script} key=${each.id} script=${each} />`)}
    </ul>`;
  return html`<p class="hint">${words.scripts.lead}</p>
    <h3>${words.scripts.plain}</h3>
    ${list(false)}
    <h3>${words.scripts.roles}</h3>
    <p class="hint">${words.scripts.rolesHint}</p>
    ${list(true)}
    <${Write} />`;
};
