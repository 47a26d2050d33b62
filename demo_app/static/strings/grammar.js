// How names are strung together and things counted, in the language of this catalogue.

const conjunction = new Intl.ListFormat("en", { type: "conjunction" });

export const list = (names) => conjunction.format(names);
export const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
