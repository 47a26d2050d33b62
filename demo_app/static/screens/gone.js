// The app behind this page is not running: said plainly, with what to do, and without anything that was shown before.

import { words } from "../strings.js";
import { Heading, html } from "../ui.js";

const Closed = () => html`<${Heading}>${words.lost.closedTitle}<//><p>${words.lost.closed}</p>`;

const Stranger = () =>
  html`<${Heading}>${words.lost.strangerTitle}<//>
    <p>${words.lost.stranger}</p>
    <p><a class="button primary" href="/">${words.lost.open}</a></p>`;

const Lost = () =>
  html`<${Heading}>${words.lost.title}<//>
    <p>${words.lost.body}</p>
    <p>${words.lost.again}</p>
    <p class="hint">${words.lost.trying}</p>`;

const SAID = { closed: Closed, stranger: Stranger, lost: Lost };

export const Gone = ({ why }) => html`<main><div class="entry" role="status"><${SAID[why]} /></div></main>`;
