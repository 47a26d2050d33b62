// The keyboard in words: what each key does, as a table and as a dialog of its own, and the switch for the single keys.

import { opened, screens } from "./desk.js";
import { hide, singles, useSingles } from "./keys.js";
import { Dialog } from "./pieces.js";
import { words } from "./strings.js";
import { Button, html } from "./ui.js";

const singleRows = () => [
  ["?", words.shortcuts.list],
  ...screens.slice(0, 9).map((name, index) => [String(index + 1), words.app[name]]),
  ["n", words.add.title],
];

const Row = ({ keys, what }) =>
  html`<tr>
    <th scope="row">${keys.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</th>
    <td>${what}</td>
  </tr>`;

export const KeyTable = () =>
  html`<table class="keys">
    <tbody>
      ${[...words.shortcuts.rows, ...(singles.value ? singleRows() : [])].map(
        ([keys, what]) => html`<${Row} key=${keys} keys=${keys} what=${what} />`,
      )}
    </tbody>
  </table>`;

export const SingleKeys = () =>
  html`<label class="check"
      ><input type="checkbox" autocomplete="off" checked=${singles.value} onChange=${(event) => useSingles(event.currentTarget.checked)} /><span
        >${words.shortcuts.single}</span
      ></label
    >
    <p class="hint">${words.shortcuts.singleHint}</p>`;

export const Shortcuts = () => {
  const close = () => (opened.value = null);
  return html`<${Dialog} title=${words.shortcuts.title} open=${opened.value === "shortcuts"} onClose=${close}>
    <${KeyTable} />
    <${SingleKeys} />
    <div class="row end">
      <${Button} onClick=${hide}>${words.shortcuts.hide}<//>
      <${Button} kind="primary" onClick=${close}>${words.app.close}<//>
    </div>
  <//>`;
};
