// Today: what waits for my yes, how we arrive, what is on my list and on the other's, what we tell each other. Only its own person marks a task done.

import { useRef, useState } from "../lib/hooks.mjs";
import { catchFocus, opened, perform, show } from "../desk.js";
import { day, today } from "../format.js";
import { HideButton, HideIcon, usePressed } from "../pieces.js";
import { Remind, reminderWords } from "../reminders.js";
import { words } from "../strings.js";
import { atWords, oftenWords, timeOf, whenWords } from "../times.js";
import { Button, Empty, Heading, html, Icon } from "../ui.js";
import { AsksToTick } from "./checklists.js";
import { CheckIns } from "./checkin.js";
import { AsksToErase } from "./parting.js";
import { AsksToFocus } from "./focus.js";
import { Add, Change } from "./task.js";
import { Moments, Updates } from "./told.js";

const titleOf = (task) => task.title || words.today.untitled;

const dueWords = (task) => {
  if (!task.due) return null;
  if (task.timing === "resting") return words.today.rests;
  const at = atWords(task.due, task.terms, task.dueAt);
  return task.timing === "missed" ? words.today.overdue(at) : words.today.due(at);
};

// What is other than it was said yes to, each with how it was and how it is.
const changes = (task) => {
  const { was, terms: now } = task;
  const [before, after] = [whenWords(task.wasDue, was), whenWords(task.due, now)];
  return [
    was.title !== now.title && words.today.changedTitle(was.title, now.title),
    before !== after && words.today.changedTime(before, after),
    was.repeat !== now.repeat && words.today.changedRepeat(oftenWords(was), oftenWords(now)),
  ].filter(Boolean);
};

const Row = ({ task, lead, details, reminder, mayRemind }) => {
  const [changing, setChanging] = useState(false);
  const [reminding, setReminding] = useState(false);
  const button = useRef(null);
  const bell = useRef(null);
  const stop = () => {
    setChanging(false);
    setTimeout(() => button.current?.focus(), 0);
  };
  const stopReminding = () => {
    setReminding(false);
    setTimeout(() => bell.current?.focus(), 0);
  };
  const title = titleOf(task);
  const often = task.terms.repeat && oftenWords(task.terms);
  return html`<li class="task ${task.state}">
    ${lead}
    <div class="what">
      <span class="title" id="title-${task.id}" hidden=${changing}>${title}</span>
      ${
        changing
          ? html`<${Change} task=${task} onDone=${stop} />`
          : html`<span class="meta">${[...details, dueWords(task), often].filter(Boolean).join(" · ")}</span>
              ${task.details && html`<details class="more"><summary>${words.today.details}</summary><p class="as-written">${task.details}</p></details>`}`
      }
      ${mayRemind && reminding && html`<${Remind} task=${{ id: task.id, time: timeOf(task.terms) }} title=${title} kept=${reminder} onDone=${stopReminding} />`}
    </div>
    ${
      mayRemind &&
      !reminding &&
      !changing &&
      html`<button
        type="button"
        class="icon-button ${reminder ? "on" : ""}"
        ref=${bell}
        aria-label=${words.reminders.of(words.reminders.set, title)}
        title=${reminder ? reminderWords(reminder) : words.reminders.set}
        onClick=${() => setReminding(true)}
      >
        <${Icon} name="bell" />
      </button>`
    }
    ${
      task.mayChange &&
      !changing &&
      !reminding &&
      html`<button
        type="button"
        class="icon-button"
        ref=${button}
        aria-label=${words.today.changeOf(title)}
        title=${words.today.change}
        onClick=${() => setChanging(true)}
      >
        <${Icon} name="rename" />
      </button>`
    }
    ${!task.of.mine && !task.by.mine && html`<${HideIcon} id=${task.id} name=${title} />`}
  </li>`;
};

const Mine = ({ task, reminders }) => {
  const title = titleOf(task);
  const [done, toggle] = usePressed(task.state === "done", (tick) => {
    const [doIt, back] = tick ? ["task.done", "task.take_back"] : ["task.take_back", "task.done"];
    const said = tick ? words.toasts.done(title) : words.toasts.undone(title);
    return perform(doIt, { task: task.id }, { said, back: { do: back, fields: { task: task.id } } });
  });
  const lead = html`<input
    type="checkbox"
    class="tick"
    autocomplete="off"
    checked=${done}
    disabled=${!task.mayAnswer}
    aria-labelledby="title-${task.id}"
    onChange=${toggle}
  />`;
  const from = task.by.mine ? words.today.promised : words.today.askedBy(task.by.name);
  const reminder = reminders.kept.find((each) => each.task === task.id);
  const details = [
    reminders.here.includes(task.id) && words.reminders.mark,
    from,
    done && task.answered && words.today.doneOn(day(task.answered.day)),
    reminder && reminderWords(reminder),
  ];
  const mayRemind = task.mayAnswer && task.terms.due !== null && (!done || task.terms.repeat !== null);
  return html`<${Row} task=${task} lead=${lead} details=${details} reminder=${reminder} mayRemind=${mayRemind} />`;
};

const Theirs = ({ task }) => {
  const { name } = task.of;
  const own = task.by.id === task.of.id;
  const asked = own ? words.today.promisedBy(name) : task.by.mine ? words.today.youAsked : words.today.askedBy(task.by.name);
  const standing = {
    asked: !task.was ? words.today.waitsFor(name) : words.today.waitsAgain(name),
    accepted: own ? null : words.today.saidYes(name),
    declined: words.today.saidNo(name),
    done: task.answered ? words.today.doneOn(day(task.answered.day)) : words.today.doneState,
  }[task.state];
  const icon = { asked: "waiting", accepted: "open", declined: "declined", done: "done" }[task.state];
  const lead = html`<span class="standing"><${Icon} name=${icon} /></span>`;
  return html`<${Row} task=${task} lead=${lead} details=${[asked, standing]} />`;
};

const Asked = ({ task }) => {
  const title = titleOf(task);
  const { terms, was } = task;
  const times = [task.due && whenWords(task.due, terms, task.dueAt), terms.repeat && oftenWords(terms)];
  const details = [task.by.mine ? words.today.promised : words.today.asks(task.by.name), ...times].filter(Boolean).join(" · ");
  return html`<li class="card asked">
    <p class="meta">${details}</p>
    <h3>${title}</h3>
    ${task.details && html`<p class="as-written">${task.details}</p>`}
    ${was && html`<p class="hint">${words.today.changed}</p>`}
    ${was && html`<ul class="hint">${changes(task).map((each) => html`<li key=${each}>${each}</li>`)}</ul>`}
    <div class="row">
      <${Button}
        kind="primary"
        aria-label=${words.today.acceptOf(title)}
        onClick=${() => perform("task.accept", { task: task.id, terms }, { said: words.toasts.accepted })}
      >
        ${words.today.accept}
      <//>
      <${Button}
        aria-label=${words.today.declineOf(title)}
        onClick=${() => perform("task.decline", { task: task.id }, { said: words.toasts.declined })}
      >
        ${words.today.decline}
      <//>
      ${!task.by.mine && html`<${HideButton} kind="quiet" id=${task.id} name=${title} />`}
    </div>
  </li>`;
};

const Offered = ({ consent }) =>
  html`<li class="card asked">
    <p class="meta">${consent.kind ? words.today.proposes(consent.by.name) : words.today.offers(consent.by.name)}</p>
    <h3>${consent.purpose}</h3>
    <div class="row">
      <${Button} kind="primary" aria-label=${words.today.readOf(consent.purpose)} onClick=${() => show(consent.kind ? "agreements" : "consents")}>
        ${words.today.read}
      <//>
      <${HideButton} kind="quiet" id=${consent.id} name=${consent.purpose} />
    </div>
  </li>`;

const Group = ({ title, children, hint }) =>
  html`<section class="group" aria-label=${title}>
    <h2>${title}</h2>
    ${hint && html`<p class="hint">${hint}</p>`}
    <ul>
      ${children}
    </ul>
  </section>`;

const Fold = ({ title, children }) =>
  children.length > 0 &&
  html`<details class="fold">
    <summary>${title} <span class="meta">${children.length}</span></summary>
    <ul>
      ${children}
    </ul>
  </details>`;

const untouched = (round) => !round.lines.some((line) => line.ticked.some((each) => each.mine));

// Said once, until it was looked at or put off; nothing is asked.
const SlipsShared = ({ people }) =>
  people.length > 0 &&
  html`<div class="note over">
    <p>${words.today.slips(people.map((each) => each.name))}</p>
    <${Button} kind="small" onClick=${() => show("repair")}>${words.today.slipsRead}<//>
    <${Button} kind="small" onClick=${() => perform("slip.looked")}>${words.today.slipsLater}<//>
  </div>`;

export const Today = ({ view }) => {
  const mineOr = (task) => (task.of.mine ? html`<${Mine} key=${task.id} task=${task} reminders=${view.reminders} />` : html`<${Theirs} key=${task.id} task=${task} />`);
  const { tasks, consents, space } = view;
  const asked = tasks.filter((task) => task.mayAnswer && task.state === "asked");
  const erasing = view.over ? [] : view.erasing.requests.filter((each) => !each.by.mine);
  const offered = [...consents, ...view.agreements].filter((consent) => consent.mayGrant && consent.state === "proposed" && !consent.by.mine);
  const rounds = view.checklists.open.filter((each) => each.mayTick && !each.by.mine && untouched(each));
  const times = view.focus.others;
  const listed = tasks.filter((task) => !asked.includes(task) && (task.state !== "declined") && !task.folded);
  const declined = tasks.filter((task) => task.state === "declined");
  const done = tasks.filter((task) => task.folded && task.state !== "declined");
  const mine = listed.filter((task) => task.of.mine);
  const adding = opened.value === "add";
  const waiting = asked.length + offered.length + rounds.length + times.length + erasing.length;
  const nothing = listed.length + waiting === 0;
  return html`<div class="head">
      <div><${Heading}>${words.app.today}<//><p class="hint">${today()}</p></div>
      ${!adding && !view.over && html`<${Button} kind="primary" onClick=${() => (opened.value = "add")}>${words.today.add}<//>`}
    </div>
    ${adding && !view.over && html`<${Add} view=${view} />`}
    <${SlipsShared} people=${view.today.slips} />
    ${
      waiting > 0 &&
      html`<${Group} title=${words.today.yes} hint=${words.today.yesHint}>
        ${asked.map((task) => html`<${Asked} key=${task.id} task=${task} />`)}
        ${offered.map((consent) => html`<${Offered} key=${consent.id} consent=${consent} />`)}
        ${rounds.map((round) => html`<${AsksToTick} key=${round.id} round=${round} />`)}
        ${times.map((session) => html`<${AsksToFocus} key=${session.id} session=${session} />`)}
        ${erasing.map((request) => html`<${AsksToErase} key=${request.id} request=${request} />`)}
      <//>`
    }
    <${CheckIns} view=${view} />
    ${nothing && !adding && html`<${Empty} title=${words.today.emptyTitle}>${words.today.empty}<//>`}
    ${mine.length > 0 && html`<${Group} title=${words.today.mine}>${mine.map(mineOr)}<//>`}
    ${space.others.map((other) => {
      const theirs = listed.filter((task) => task.of.id === other.id);
      return theirs.length > 0 && html`<${Group} key=${other.id} title=${words.today.theirs(other.name)}>${theirs.map(mineOr)}<//>`;
    })}
    <${Moments} view=${view} /><${Updates} view=${view} />
    <${Fold} title=${words.today.done}>${done.map(mineOr)}<//>
    <${Fold} title=${words.today.declined}>
      ${declined.map(
        (task) =>
          html`<${Row}
            key=${task.id}
            task=${task}
            lead=${html`<span class="standing"><${Icon} name="declined" /></span>`}
            details=${[task.of.mine ? words.today.youSaidNo : words.today.saidNo(task.of.name)]}
          />`,
      )}
    <//>`;
};
