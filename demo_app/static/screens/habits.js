// Habits: what people named together, and each one's own entries. Mutual or not at all; gone from the others with the agreement.

import { useRef, useState } from "../lib/hooks.mjs";
import { opened, perform } from "../desk.js";
import { Drafted } from "../drafts.js";
import { day, dayOf } from "../format.js";
import { useLook } from "../pieces.js";
import { Strip } from "../strip.js";
import { words } from "../strings.js";
import { backTo, Button, emptied, Empty, Field, Heading, html } from "../ui.js";
import { Acts, PAST, Points, Standing } from "./consents.js";
import { Propose, tracking } from "./propose.js";

const Entry = ({ entry, named }) =>
  html`<li class="card line">
    <span>
      <span class="meta">${day(entry.day)}${named ? ` · ${entry.habit}` : ""}</span><br />
      ${entry.note || html`<span class="meta">${words.habits.noNote}</span>`}
    </span>
    ${
      entry.id &&
      html`<${Button}
        kind="small"
        aria-label=${words.habits.removeOf(day(entry.day), entry.habit)}
        onClick=${() => perform("habit.remove", { id: entry.id }, { said: words.habits.removed, back: { do: "habit.restore", fields: { id: entry.id } } })}
      >
        ${words.habits.remove}
      <//>`
    }
  </li>`;

const Side = ({ side }) => {
  const whose = words.habits.sideOf(side.person);
  const written = side.days.filter((each) => each.marks.length > 0).map((each) => day(each.day));
  return html`<div class="side" role="group" aria-label=${whose}>
    <h3>${whose}</h3>
    <${Strip} days=${side.days} label=${words.habits.picture(whose, written)} legend=${false} />
    ${
      side.entries.length === 0
        ? html`<p class="hint">${side.person.mine ? words.habits.noneOfMine : words.habits.noneOfTheirs(side.person.name)}</p>`
        : html`<details>
            <summary aria-label="${words.habits.entries}: ${whose}">${words.habits.entries}</summary>
            <ul>
              ${side.entries.map((each, at) => html`<${Entry} key=${each.id || at} entry=${each} />`)}
            </ul>
          </details>`
    }
  </div>`;
};

const Write = ({ habit, today, id }) => {
  const [problem, setProblem] = useState(null);
  const note = useRef(null);
  const when = useRef(null);
  const write = async () => {
    const fields = { agreement: habit.id, habit: habit.habit, note: note.current.value, day: when.current.value || today, draft: `habit/${habit.id}` };
    const { ok, problem: refused } = await perform("habit.write", fields, { said: words.habits.wrote, inPlace: true });
    setProblem(refused);
    if (ok) emptied(note.current, fields.note);
    backTo(note.current);
  };
  return html`<${Drafted} draft="habit/${habit.id}" onSubmit=${write} aria-label=${words.habits.entryOf(habit.habit)}>
    <div class="one-line row">
      <${Field} id="${id}-note" name="note" label=${words.habits.note} inputRef=${note} problem=${problem} />
      <${Field} id="${id}-day" name="day" label=${words.habits.day} type="date" inputRef=${when} max=${today} defaultValue=${today} />
      <${Button} type="submit" kind="primary">${words.habits.write}<//>
    </div>
  <//>`;
};

const Habit = ({ habit, today, id }) =>
  html`<section class="card habit" aria-label=${habit.habit}>
    <div class="states">
      <h2>${habit.habit}</h2>
      <${Button}
        kind="small"
        aria-label=${words.habits.stopOf(habit.habit)}
        onClick=${() => perform("offer.pause", { noun: "agreement", id: habit.id }, { said: words.habits.stopped })}
      >
        ${words.habits.stop}
      <//>
    </div>
    <p class="meta">${habit.purpose}${habit.until ? ` · ${words.habits.until(dayOf(habit.until))}` : ""}</p>
    <p class="hint">${words.habits.mutual(habit.sides.slice(1).map((side) => side.person.name))}</p>
    <${Write} habit=${habit} today=${today} id=${id} />
    <div class="sides">${habit.sides.map((side) => html`<${Side} key=${side.person.id} side=${side} />`)}</div>
  </section>`;

// What is proposed, rests or waits: it can be answered here as well as among the agreements.
const Waiting = ({ agreement }) =>
  html`<li class="card consent ${agreement.mayGrant ? "reading" : ""}">
    <h2>${agreement.purpose}</h2>
    <${Standing} consent=${agreement} />
    <${Points} terms=${agreement} />
    <${Acts} consent=${agreement} />
  </li>`;

const Before = () => {
  const entries = useLook("habit.earlier")?.entries;
  return html`${entries?.length === 0 && html`<p>${words.habits.noneEarlier}</p>`}
    <ul>
      ${(entries ?? []).map((each) => html`<${Entry} key=${each.id} entry=${each} named />`)}
    </ul>`;
};

// Read when they are asked for.
const Earlier = () => {
  const [open, setOpen] = useState(false);
  return html`<details class="fold" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${words.habits.earlier}</summary>
    <p class="hint">${words.habits.earlierHint}</p>
    ${open && html`<${Before} />`}
  </details>`;
};

export const Habits = ({ view }) => {
  const { habits, today } = view.habits;
  const [draft, setDraft] = useState(null);
  const propose = () => {
    setDraft(tracking());
    opened.value = "propose";
  };
  const paired = view.space.others.length > 0 && !view.over;
  const waiting = view.agreements.filter((each) => each.kind === "tracking" && each.state !== "active" && !PAST.includes(each.state));
  return html`<div class="head">
      <div><${Heading}>${words.app.habits}<//><p class="hint">${words.habits.lead}</p></div>
      ${paired && html`<${Button} kind="primary" onClick=${propose}>${words.habits.propose}<//>`}
    </div>
    ${
      habits.length + waiting.length === 0 &&
      html`<${Empty} title=${words.habits.emptyTitle}>${words.habits.empty} ${!paired && words.habits.emptyAlone}<//>`
    }
    ${habits.map((each, at) => html`<${Habit} key=${each.id + each.habit} habit=${each} today=${today} id="habit-${at}" />`)}
    ${
      waiting.length > 0 &&
      html`<section class="group" aria-label=${words.habits.resting}>
        <h2>${words.habits.resting}</h2>
        <ul class="cards">
          ${waiting.map((each) => html`<${Waiting} key=${each.id} agreement=${each} />`)}
        </ul>
      </section>`
    }
    <${Earlier} />
    <${Propose} view=${view} draft=${draft} />`;
};
