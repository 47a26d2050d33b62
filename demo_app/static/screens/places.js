// Places to turn to. The list opens with who may be looking, always; it is on this laptop alone, and its person's to change.

import { catchFocusAfter, perform } from "../desk.js";
import { useLook } from "../pieces.js";
import { words } from "../strings.js";
import { Button, html } from "../ui.js";
import { Add, Card } from "./own.js";

const about = (place = {}) => [
  { name: "name", label: words.places.name, value: place.name },
  { name: "reach", label: words.places.reach, value: place.reach, multiline: true },
];

const Reset = () => {
  const reset = async ({ currentTarget }) => {
    const { ok } = await perform("place.reset", {}, { said: words.places.wasReset });
    if (ok) catchFocusAfter(currentTarget);
  };
  return html`<p><${Button} onClick=${reset}>${words.places.reset}<//></p>`;
};

// `opened` says that the opening sentence stands above already.
export const Places = ({ opened = false }) => {
  const list = useLook("places.look");
  if (list === null) return null;
  return html`${!opened && html`<p class="note important"><strong>${list.opening}</strong></p>`}
    <p class="hint">${words.places.lead}</p>
    ${list.places.length === 0 && html`<p class="hint">${words.places.none}</p>`}
    <ul>
      ${list.places.map(
        (each) =>
          html`<li class="card" key=${each.id}>
            <${Card} what="place" id=${each.id} edit="place.edit" name=${each.name} fields=${about(each)}>
              <p class="said">${each.name}</p>
              ${each.reach && html`<p class="as-written">${each.reach}</p>`}
            <//>
          </li>`,
      )}
    </ul>
    <details>
      <summary>${words.places.addOne}</summary>
      <${Add} what="place.write" label=${words.places.title} fields=${about()} button=${words.places.add} said=${words.places.added} />
    </details>
    ${list.changed && html`<${Reset} />`}
    ${!opened && html`<p class="hint">${list.pause}</p>`}`;
};
