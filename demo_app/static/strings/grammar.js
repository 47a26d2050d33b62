// How names are strung together and things counted, in the language of this catalogue.

const conjunction = new Intl.ListFormat("en", { type: "conjunction" });

export const list = (names) => conjunction.format(names);
export const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// A sentence ends once: with the stop that somebody's own words bring, or else with ours.
const STOPPED = /[.!?\u2026\u203c\u203d\u2047-\u2049\u061f\u06d4\u0964\u0965\u3002\uff01\uff0e\uff1f\uff61]["'\u2018\u2019\u201c\u201d\u00ab\u00bb\u2039\u203a\u300d\u300f)\]\uff09]*$/u;

export const ended = (sentence) => (STOPPED.test(sentence) ? sentence : `${sentence}.`);
