// In the frame of every screen, for as long as it is so: that something of mine is shared, with whom, and its stop.

import { perform, show } from "./desk.js";
import { words } from "./strings.js";
import { Button, html } from "./ui.js";

const named = (people) => [...new Map(people.map((each) => [each.id, each.name])).values()];

// At once and unasked: everything that was typed here, and that I am here.
const stop = () => perform("sharing.stop", {}, { said: words.sharing.stopped });

// Whether one press here ends something.
const flows = (sharing) => sharing.mine.some((each) => each.here) || sharing.hereTo.length > 0;

export const Live = ({ sharing }) => {
  const told = named([...sharing.mine.flatMap((each) => each.to), ...sharing.hereTo]);
  const shown = named(sharing.shown.flatMap((each) => each.to));
  const kinds = new Set(sharing.shown.map((each) => (each.habit ? "entries" : "progress")));
  const whats = [...kinds].map((kind) => words.sharing.chipWhats[kind]);
  const text =
    told.length > 0
      ? words.sharing.chip(told)
      : sharing.mine.length > 0
        ? words.sharing.chipElsewhere
        : shown.length > 0 && words.sharing.chipShown(shown, whats);
  return (
    text &&
    html`<div class="live" role="group" aria-label=${words.sharing.group}>
      <button type="button" class="what" title=${words.sharing.chipTitle} onClick=${() => show("sharing")}>
        <span class="dot" aria-hidden="true"></span><span>${text}</span>
      </button>
      ${flows(sharing) && html`<${Button} kind="small" onClick=${stop}>${words.sharing.stop}<//>`}
    </div>`
  );
};
