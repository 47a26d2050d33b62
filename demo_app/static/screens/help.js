// Help: offline, the same for everybody, and it records nothing. It also opens over a pause.

import { screens } from "../desk.js";
import { useTexts } from "../pieces.js";
import { KeyTable } from "../shortcuts.js";
import { words } from "../strings.js";
import { Heading, html } from "../ui.js";
import { Places } from "./places.js";
import { Scripts } from "./scripts.js";

const Topic = ({ title, open = false, children }) =>
  html`<details class="fold card topic" open=${open}>
    <summary><h2>${title}</h2></summary>
    ${children}
  </details>`;

const Lines = ({ lines }) =>
  html`<ul class="lines">
    ${lines.map((line) => html`<li key=${line}>${line}</li>`)}
  </ul>`;

const Pages = () =>
  html`<dl class="points">
    ${screens.map((name) => html`<dt key=${name}>${words.app[name]}</dt><dd>${words.help.screens[name]}</dd>`)}
  </dl>`;

export const Topics = ({ addresses }) => {
  const texts = useTexts("help.texts") ?? { pages: [] };
  const { pairing } = words;
  const [first, ...others] = words.help.topics;
  return html`<${Topic} title=${first.title} open><${Lines} lines=${first.lines} /><//>
    ${others.map((each) => html`<${Topic} key=${each.name} title=${each.title}><${Lines} lines=${each.lines} /><//>`)}
    <${Topic} title=${words.places.title}><${Places} /><//>
    <${Topic} title=${words.scripts.title}><${Scripts} /><//>
    <${Topic} title=${pairing.helpTitle}>
      <${Lines} lines=${[...pairing.help, pairing.addresses(addresses)]} />
      <h3>${pairing.firewallTitle}</h3>
      <${Lines} lines=${pairing.firewall} />
    <//>
    ${texts.pages.map(
      (page) =>
        html`<${Topic} key=${page.title} title=${page.title}>
          ${page.paragraphs.map((paragraph) => html`<p key=${paragraph}>${paragraph}</p>`)}
        <//>`,
    )}
    <${Topic} title=${words.help.screensTitle}><${Pages} /><//>
    <${Topic} title=${words.shortcuts.title}><${KeyTable} /><//>`;
};

export const Help = ({ view }) =>
  html`<div class="head">
      <div><${Heading}>${words.app.help}<//><p class="hint">${words.help.lead}</p></div>
    </div>
    <${Topics} addresses=${view.pairing.addresses} />`;
