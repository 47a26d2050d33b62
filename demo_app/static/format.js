// Dates and times in the reader's own language. Another person's acts show the day, never the minute.

import { words } from "./strings.js";

const locale = undefined; // the browser's
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long" });
const dayMonth = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
const dayMonthYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const full = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });

// "2026-05-01" as a local day; new Date("2026-05-01") would be midnight in London.
const localDay = (text) => {
  const [year, month, day] = text.split("-").map(Number);
  return new Date(year, month - 1, day);
};

const daysFromToday = (date) => {
  const today = new Date();
  const there = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((there - new Date(today.getFullYear(), today.getMonth(), today.getDate())) / 86_400_000);
};

const name = (date) => {
  const away = daysFromToday(date);
  if (Math.abs(away) <= 1) return relative.format(away, "day");
  if (away > -7 && away < 7) return weekday.format(date);
  return (date.getFullYear() === new Date().getFullYear() ? dayMonth : dayMonthYear).format(date);
};

export const day = (text) => (text ? name(localDay(text)) : "");
export const dayOf = (milliseconds) => name(new Date(milliseconds));
export const endOfDay = (text) => {
  const date = localDay(text);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime() - 1;
};
export const dateField = (milliseconds) => {
  const date = new Date(milliseconds);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
};
export const zone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;
export const moment = (milliseconds) => `${name(new Date(milliseconds))}, ${clock.format(new Date(milliseconds))}`;
export const time = (milliseconds) => clock.format(new Date(milliseconds));
export const today = () => full.format(new Date());

// When something happened: mine with the minute, another's by the day.
export const when = (moment_) => (moment_.at === null ? day(moment_.day) : moment(moment_.at));

export const who = (person) => (person.mine ? words.app.you : person.name);

export const minutes = (milliseconds) => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
