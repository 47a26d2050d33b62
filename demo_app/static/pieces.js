// Parts that several screens share and that know the desk: Pause, the dialog that keeps Pause in reach, the sync state in words,
// the library's own words.

import { useEffect, useLayoutEffect, useRef, useState } from "./lib/hooks.mjs";
import { pause, paused, perform } from "./desk.js";
import { day } from "./format.js";
import { act, state } from "./link.js";
import { words } from "./strings.js";
import { Button, html, Icon } from "./ui.js";

export const PauseButton = ({ where }) =>
  html`<${Button} kind="pause ${where}" onClick=${pause} title=${words.pause.hint} aria-keyshortcuts="Alt+P">
    ${words.pause.button}
  <//>`;

export const syncWords = (sync) => {
  if (sync.standing === "alone" || sync.standing === "apart") return words.sync[sync.standing];
  const { device, many } = sync;
  if (sync.standing === "in_step") return many ? words.sync.all : words.sync.in_step(device);
  if (sync.standing === "coming") return words.sync.coming(device);
  if (sync.standing === "waiting") return many ? words.sync.waitingFor(sync.waiting, device) : words.sync.waiting(sync.waiting);
  return many ? words.sync.awayOf(device, day(sync.day)) : words.sync.away(day(sync.day));
};

// A modal makes the header unreachable, so it carries a Pause of its own. A pause takes it away and leaves what was typed in
// it; it is there again when the pause is over.
// `closable` is for one that has no button of its own to end it: not every window has an Esc.
export const Dialog = ({ title, open, onClose, alsoPaused = false, closable = false, children }) => {
  const ref = useRef(null);
  const shown = open && (alsoPaused || !paused.value);
  useLayoutEffect(() => {
    if (shown && !ref.current.open) ref.current.showModal();
    if (!shown && ref.current.open) ref.current.close();
  }, [shown]);
  const close = (event) => {
    event.preventDefault();
    if (shown) onClose();
  };
  return html`<dialog ref=${ref} aria-label=${title} onCancel=${close} onClose=${close}>
    <h2 tabindex="-1" autofocus>${title}</h2>
    <div class="dialog-body">${open && children}</div>
    ${closable && html`<div class="dialog-foot row end"><${Button} onClick=${onClose}>${words.app.close}<//></div>`}
    ${state.value?.mayPause && !paused.value && html`<div class="dialog-foot"><${PauseButton} where="in-dialog" /></div>`}
  </dialog>`;
};

// Here alone, and nobody is told.
const hide = (id) => () => perform("aside.hide", { id }, { said: words.aside.hidden, back: { do: "aside.show", fields: { id } } });

export const HideButton = ({ id, name, kind }) =>
  html`<${Button}
    kind=${kind}
    aria-label=${name && words.consents.actOf(words.aside.hide, name)}
    onClick=${hide(id)}
  >
    ${words.aside.hide}
  <//>`;

// Where there is room for no words.
export const HideIcon = ({ id, name }) =>
  html`<button type="button" class="icon-button" aria-label=${words.consents.actOf(words.aside.hide, name)} title=${words.aside.hide} onClick=${hide(id)}>
    <${Icon} name="hidden" />
  </button>`;

// What is handed over when somebody looks: looked at again whenever the state says that something is different. Null until it
// is here.
export const useLook = (what, fields = {}) => {
  const [seen, setSeen] = useState(null);
  const now = state.value;
  useEffect(() => {
    let wanted = true;
    act(what, fields).then((answer) => wanted && answer.seen && setSeen(answer.seen));
    return () => (wanted = false);
  }, [now, ...Object.values(fields)]);
  return seen;
};

// What the library says on a screen, which does not change: read once a window. Null until it is here.
const texts = new Map();

export const useTexts = (what) => {
  const [found, setFound] = useState(texts.get(what) ?? null);
  useEffect(() => {
    if (found) return undefined;
    let wanted = true;
    act(what).then(({ seen }) => {
      if (seen) texts.set(what, seen);
      if (seen && wanted) setFound(seen);
    });
    return () => (wanted = false);
  }, []);
  return found;
};

// A box that the app has to answer: it shows what was pressed until then, and other news does not undo it.
export const usePressed = (now, act) => {
  const [wanted, setWanted] = useState(null);
  const last = useRef(0);
  const shown = wanted ?? now;
  const press = async () => {
    const number = ++last.current;
    setWanted(!shown);
    await act(!shown);
    if (number === last.current) setWanted(null);
  };
  return [shown, press];
};

// Who else takes part in something: everybody, but for those who are left out.
export const useAsked = (others) => {
  const [out, setOut] = useState([]);
  return {
    ids: others.map((each) => each.id).filter((id) => !out.includes(id)),
    toggle: (id) => setOut(out.includes(id) ? out.filter((each) => each !== id) : [...out, id]),
  };
};

// Whom an offer is for: those it named before, or everybody, until somebody is left out.
export const useParties = (others, draft) => {
  const [chosen, setChosen] = useState(null);
  const before = others.filter((each) => !draft?.parties || draft.parties.some((party) => party.id === each.id)).map((each) => each.id);
  const ids = chosen ?? before;
  return {
    ids,
    toggle: (id) => setChosen(ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id]),
    afresh: () => setChosen(null),
  };
};

export const People = ({ legend, hint, others, asked }) =>
  html`<fieldset>
    <legend>${legend}</legend>
    ${hint && html`<p class="hint">${hint}</p>`}
    <div class="row">
      ${others.map(
        (each) =>
          html`<label class="choice" key=${each.id}
            ><input type="checkbox" name="people" value=${each.id} autocomplete="off" checked=${asked.ids.includes(each.id)} onChange=${() => asked.toggle(each.id)} /><span
              >${each.name}</span
            ></label
          >`,
      )}
    </div>
  </fieldset>`;

// The steps of an offer: which one is shown, what is wrong in it, and where the keyboard stands once it is another.
export const useSteps = () => {
  const [step, setStep] = useState(1);
  const [problem, setProblem] = useState(null);
  const top = useRef(null);
  const focus = (selector) => setTimeout(() => top.current?.closest("dialog").querySelector(selector)?.focus(), 0);
  const move = (number) => {
    setStep(number);
    setProblem(null);
    focus("h2");
  };
  const restart = () => {
    setStep(1);
    setProblem(null);
  };
  return { step, problem, setProblem, top, focus, move, restart };
};
