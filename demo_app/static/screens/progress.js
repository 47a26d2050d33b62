// Follow-through, above the timeline: mine, and that of whoever lets me see it. A picture first; numbers folded away in words.

import { useState } from "../lib/hooks.mjs";
import { opened } from "../desk.js";
import { dayOf } from "../format.js";
import { useLook } from "../pieces.js";
import { InWords, Plot, Strip } from "../strip.js";
import { words } from "../strings.js";
import { Button, html } from "../ui.js";
import { Flow } from "./flow.js";

const Followed = ({ followed }) => {
  const whose = words.progress.whose(followed.person);
  const marked = followed.days.some((each) => each.marks.length > 0);
  return html`<div class="side" role="group" aria-label=${whose}>
    <h3>${whose}</h3>
    ${
      marked || followed.weeks.length > 0
        ? html`<${Strip} days=${followed.days} label=${words.progress.picture(whose)} />
            ${followed.weeks.length > 1 && html`<${Plot} weeks=${followed.weeks} label=${words.progress.weeks(whose)} /><p class="meta">${words.progress.bars}</p>`}
            <${InWords} name=${whose} days=${followed.days} weeks=${followed.weeks} />`
        : html`<p class="hint">${words.progress.none}</p>`
    }
  </div>`;
};

export const FollowThrough = ({ view }) => {
  const seen = useLook("progress.look");
  const paired = view.space.others.length > 0 && !view.over;
  const [open] = useState(() => matchMedia("(min-width: 46.01rem)").matches); // from the start, or by hand
  return html`<details class="fold follow" open=${open}>
    <summary><h2>${words.progress.title}</h2></summary>
    <p class="hint">${words.progress.lead}</p>
    <div class="sides">${(seen?.followed ?? []).map((each) => html`<${Followed} key=${each.person.id} followed=${each} />`)}</div>
    ${
      paired &&
      html`<div class="row">
        <${Button} onClick=${() => (opened.value = "progress")}>${words.progress.offer}<//>
        <span class="meta">
          ${
            seen?.shown.length > 0
              ? words.progress.shownTo(seen.shown.flatMap((each) => each.to.map((other) => other.name)), dayOf(Math.max(...seen.shown.map((each) => each.until))))
              : words.progress.offerHint
          }
        </span>
      </div>`
    }
    <${Flow} view=${view} kind="progress" />
  </details>`;
};
