// When a task is due and how it repeats: in plain choices, and with the next days shown before anybody is asked. What there is
// of it in words, too. A rule that none of the choices makes stays as it is, unless another is chosen.

import { useEffect, useRef, useState } from "./lib/hooks.mjs";
import { dateField, day, time, zone } from "./format.js";
import { act } from "./link.js";
import { words } from "./strings.js";
import { Field, html } from "./ui.js";

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const WEEKDAYS = DAYS.slice(0, 5).join(",");
const LOOK_MILLISECONDS = 250; // after the last choice
const dayEnds = "T23:59"; // what is for a day and no time of it

export const timeOf = ({ due }) => (due && !due.endsWith(dayEnds) ? due.slice(11, 16) : null);

const city = (name) => name.split("/").at(-1).replaceAll("_", " ");

// In the zone of whoever it is for; where that is not mine, what it is here stands beside it.
export const atWords = (on, terms, at = null) => {
  const clock = timeOf(terms);
  if (!terms.zone || terms.zone === zone()) return clock ? words.today.at(day(on), clock) : day(on);
  const there = clock ? words.times.thereAt(day(on), clock, city(terms.zone)) : words.times.there(day(on), city(terms.zone));
  return clock && at !== null ? words.times.here(there, dateField(at) === on ? time(at) : words.today.at(day(dateField(at)), time(at))) : there;
};

// The day that comes first, not the one from which it may: it is what a yes is to.
export const whenWords = (comes, terms, at = null) => (comes ? atWords(comes, terms, at) : words.today.noTime);

// A rule as the choices have it: {often, on, until}; "rule" is one that they do not.
const chosen = (rule) => {
  if (!rule) return { often: "", on: [], until: "" };
  const parts = Object.fromEntries(rule.split(";").map((part) => part.split("=")));
  const { FREQ, BYDAY, UNTIL, ...rest } = parts;
  const until = /^\d{8}$/.test(UNTIL ?? "") ? `${UNTIL.slice(0, 4)}-${UNTIL.slice(4, 6)}-${UNTIL.slice(6)}` : "";
  const plain = Object.keys(rest).length === 0 && (!UNTIL || until);
  const on = BYDAY?.split(",") ?? [];
  if (plain && FREQ === "DAILY" && !BYDAY) return { often: "daily", on: [], until };
  if (plain && FREQ === "WEEKLY" && BYDAY === WEEKDAYS) return { often: "weekdays", on: [], until };
  if (plain && FREQ === "WEEKLY" && on.every((each) => DAYS.includes(each))) return { often: "weekly", on, until };
  if (plain && FREQ === "MONTHLY" && !BYDAY) return { often: "monthly", on: [], until };
  return { often: "rule", on: [], until: "" };
};

export const oftenWords = ({ repeat }) => {
  const { often, on, until } = chosen(repeat);
  const known = [...words.mend.repeats].find(([rule]) => rule === repeat);
  if (often === "rule") return known ? known[1] : words.today.rule(repeat);
  const plain = often === "weekly" && on.length > 0 ? words.times.weeklyOn(on.map((each) => words.mend.weekdays[DAYS.indexOf(each)])) : words.times.often[often];
  return until ? words.times.until(plain, day(until)) : plain;
};

const RULES = { daily: () => "FREQ=DAILY", weekdays: () => `FREQ=WEEKLY;BYDAY=${WEEKDAYS}`, monthly: () => "FREQ=MONTHLY" };

const ruleOf = ({ often, on, until }, before) => {
  if (!often) return null;
  if (often === "rule") return before;
  const rule = often === "weekly" ? `FREQ=WEEKLY${on.length > 0 ? `;BYDAY=${on.join(",")}` : ""}` : RULES[often]();
  return until ? `${rule};UNTIL=${until.replaceAll("-", "")}` : rule;
};

// What the fields of this say: what comes again begins today, unless it is said.
export const readTimes = ({ elements }, before) => {
  const on = [...(elements.on instanceof RadioNodeList ? elements.on : [])].filter((each) => each.checked).map((each) => each.value);
  const repeat = ruleOf({ often: elements.repeat.value, on, until: elements.until?.value ?? "" }, before?.repeat ?? null);
  const due = elements.due.value || (repeat ? dateField(Date.now()) : null);
  return { due, time: elements.time.value || null, repeat };
};

// The next days that a rule comes to, as the app finds them.
const Next = ({ times }) => {
  const [seen, setSeen] = useState(null);
  const { due, time: at, repeat } = times;
  useEffect(() => {
    setSeen(null);
    if (!repeat || !due) return undefined;
    let wanted = true;
    const timer = setTimeout(async () => {
      const { seen: found, problem } = await act("task.days", { due, time: at, repeat });
      if (wanted) setSeen({ days: found?.days ?? [], problem });
    }, LOOK_MILLISECONDS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [due, at, repeat]);
  if (!seen) return null;
  if (seen.problem) return html`<p class="problem" role="alert">${seen.problem}</p>`;
  return html`<p class="hint" role="status">${words.times.next(seen.days.map(day))}</p>`;
};

export const Times = ({ id = "", terms = null, problem }) => {
  const before = chosen(terms?.repeat);
  const [often, setOften] = useState(before.often);
  const [times, setTimes] = useState({ due: null, time: null, repeat: null });
  const box = useRef(null);
  const look = () => setTimes(readTimes(box.current.closest("form"), terms));
  useEffect(look, [often]);
  const choices = [...Object.keys(words.times.often), ...(before.often === "rule" ? ["rule"] : [])];
  return html`<div class="times" ref=${box} onInput=${look} onChange=${look}>
    <div class="one-line">
      <${Field} id="due${id}" name="due" label=${words.add.due} type="date" defaultValue=${terms?.due?.slice(0, 10) ?? ""} problem=${problem} />
      <${Field} id="time${id}" name="time" label=${words.add.time} type="time" defaultValue=${(terms && timeOf(terms)) ?? ""} />
    </div>
    <div class="one-line">
      <div class="field">
        <label for="repeat${id}">${words.add.often}</label>
        <select id="repeat${id}" name="repeat" autocomplete="off" value=${often} onChange=${(event) => setOften(event.currentTarget.value)}>
          ${choices.map((each) => html`<option key=${each} value=${each}>${words.times.often[each] ?? words.today.rule(terms.repeat)}</option>`)}
        </select>
      </div>
      ${often && often !== "rule" && html`<${Field} id="until${id}" name="until" label=${words.times.lastDay} type="date" defaultValue=${before.until} />`}
    </div>
    ${
      often === "weekly" &&
      html`<fieldset>
        <legend>${words.times.on}</legend>
        <div class="row">
          ${DAYS.map(
            (each, index) =>
              html`<label class="choice" key=${each}
                ><input type="checkbox" name="on" value=${each} autocomplete="off" defaultChecked=${before.on.includes(each)} /><span
                  >${words.mend.weekdays[index]}</span
                ></label
              >`,
          )}
        </div>
      </fieldset>`
    }
    <${Next} times=${times} />
  </div>`;
};
