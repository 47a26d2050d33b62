// What is set aside on this laptop: what is hidden here, who is muted, and the way back of each. Nobody is told of any of it.

import { catchFocusAfter, perform } from "../desk.js";
import { who } from "../format.js";
import { useLook } from "../pieces.js";
import { words } from "../strings.js";
import { Button, Chip, html } from "../ui.js";

const nameOf = (each) =>
  each.noun === null
    ? words.aside.gone
    : words.aside.from(words.aside.nouns[each.noun], who(each.by), each.noun === "focus" ? words.focus.kinds[each.title] : each.title);

// One person, muted or not.
export const Muting = ({ person, muted }) => {
  const unmute = { do: "aside.show", fields: { id: person.id } };
  const mute = { do: "aside.mute", fields: { person: person.id } };
  const [act, back, label, said] = muted
    ? [unmute, mute, words.aside.unmute(person.name), words.aside.unmuted(person.name)]
    : [mute, unmute, words.aside.mute(person.name), words.aside.muted(person.name)];
  return html`<p class="hint">${words.aside.muteHint(person.name)}</p>
    <div class="row">
      ${muted && html`<${Chip} name="hidden">${words.aside.isMuted}<//>`}
      <${Button} onClick=${() => perform(act.do, act.fields, { said, back })}>${label}<//>
    </div>`;
};

// The same beside a laptop of theirs.
export const MuteThem = ({ person }) => {
  const seen = useLook("aside.look");
  return seen && html`<${Muting} person=${person} muted=${seen.muted.some((each) => each.id === person.id)} />`;
};

const Hidden = ({ each }) => {
  const again = async ({ currentTarget }) => {
    const back = { do: "aside.hide", fields: { id: each.id } };
    const { ok } = await perform("aside.show", { id: each.id }, { said: words.aside.shown, back });
    if (ok) catchFocusAfter(currentTarget);
  };
  return html`<li class="card line">
    <span>${nameOf(each)}</span>
    <${Button} aria-label=${words.consents.actOf(words.aside.show, nameOf(each))} onClick=${again}>${words.aside.show}<//>
  </li>`;
};

export const SetAside = ({ view }) => {
  const seen = useLook("aside.look");
  if (seen === null) return null;
  const isMuted = (person) => seen.muted.some((each) => each.id === person.id);
  const gone = seen.muted.filter((each) => view.space.others.every((other) => other.id !== each.id));
  const people = [...view.space.others.filter((each) => !view.over || isMuted(each)), ...gone];
  return html`<p class="hint">${words.aside.lead}</p>
    ${
      people.length > 0 &&
      html`<h3>${words.aside.people}</h3>
        <ul>
          ${people.map((each) => html`<li class="card" key=${each.id}><${Muting} person=${each} muted=${isMuted(each)} /></li>`)}
        </ul>`
    }
    <h3>${words.aside.things}</h3>
    ${seen.hidden.length === 0 && html`<p class="hint">${words.aside.nothing}</p>`}
    <ul>
      ${seen.hidden.map((each) => html`<${Hidden} key=${each.id} each=${each} />`)}
    </ul>`;
};
