// What nobody should have to look for, above every screen: that nothing can be saved, and what was done in one's own name.

import { catchFocus, perform, show } from "./desk.js";
import { words } from "./strings.js";
import { Button, html } from "./ui.js";

export const Heed = ({ view, screen }) => {
  const { stopped, notices } = view.heed;
  const read = async (notice) => {
    await perform("notice.read", { notice });
    catchFocus();
  };
  return html`<div role="status">
    ${
      stopped.length > 0 &&
      html`<div class="note important heed">
        <h2>${words.heed.stopped}</h2>
        ${stopped.map((each) => html`<p key=${each}>${each}</p>`)}
        <div class="row"><${Button} onClick=${() => perform("quit")}>${words.app.quit}<//></div>
      </div>`
    }
    ${notices.map(
      (notice) =>
        html`<div class="note over" key=${notice}>
          <p>${notice}</p>
          ${screen !== "pairing" && html`<${Button} kind="small" onClick=${() => show("pairing")}>${words.heed.notice}<//>`}
          <${Button} kind="small" onClick=${() => read(notice)}>${words.heed.read}<//>
        </div>`,
    )}
  </div>`;
};
