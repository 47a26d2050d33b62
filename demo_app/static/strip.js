// Small pictures of days and weeks: a calendar strip of whole weeks, and a plot with a bar for each week. Each comes with the
// same in words, folded away. They know the days they are given, and nothing of what is drawn.

import { day as nameOf } from "./format.js";
import { words } from "./strings.js";
import { html } from "./ui.js";

const MARKS_MAX = 3; // of a day: more would not fit its square
const BAR = { width: 22, step: 32, height: 64 };

const ORDER = ["done", "written", "due", "resting", "missed"]; // of what is to come nothing is drawn

const Mark = ({ name }) => html`<span class="mark ${name}"></span>`;

const Square = ({ each, last }) =>
  html`<span class="square ${last ? "today" : ""}">
    <span>${Number(each.day.slice(8))}</span>
    <span class="marks">${each.marks.slice(0, MARKS_MAX).map((name) => html`<${Mark} name=${name} />`)}</span>
  </span>`;

const Legend = ({ days }) => {
  const found = ORDER.filter((name) => days.some((each) => each.marks.includes(name)));
  return html`<p class="legend meta" aria-hidden="true">
    ${found.map((name) => html`<span key=${name}><${Mark} name=${name} /> ${words.progress.marks[name]}</span>`)}
  </p>`;
};

// The first of the days is a Monday.
export const Strip = ({ days, label, legend = true }) =>
  html`<div class="strip" role="img" aria-label=${label}>
      ${words.progress.weekdays.map((name, at) => html`<span class="weekday" key=${at}>${name}</span>`)}
      ${days.map((each, at) => html`<${Square} key=${each.day} each=${each} last=${at === days.length - 1} />`)}
    </div>
    ${legend && html`<${Legend} days=${days} />`}`;

export const Plot = ({ weeks, label }) =>
  html`<svg class="plot" role="img" aria-label=${label} viewBox="0 0 ${weeks.length * BAR.step} ${BAR.height + 2}" width=${weeks.length * BAR.step} height=${BAR.height + 2}>
    ${weeks.map((each, at) => {
      const filled = Math.round((BAR.height * each.done) / each.due);
      return html`<g key=${each.monday}>
        <rect class="whole" x=${at * BAR.step + 1} y="1" width=${BAR.width} height=${BAR.height} rx="5" />
        ${filled > 0 && html`<rect class="part" x=${at * BAR.step + 1} y=${BAR.height - filled + 1} width=${BAR.width} height=${filled} rx="5" />`}
      </g>`;
    })}
  </svg>`;

export const InWords = ({ name, days, weeks = [] }) =>
  html`<details>
    <summary aria-label=${words.progress.inWordsOf(name)}>${words.progress.inWords}</summary>
    <ul class="lines">
      ${days
        .filter((each) => each.marks.length > 0)
        .map((each) => html`<li key=${each.day}>${words.progress.dayWords(nameOf(each.day), each.marks.map((mark) => words.progress.marks[mark]))}</li>`)}
      ${weeks.map((each) => html`<li key=${each.monday}>${words.progress.weekWords(nameOf(each.monday), each.done, each.due)}</li>`)}
    </ul>
  </details>`;
