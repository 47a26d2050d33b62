// Every sentence the page says, gathered from one catalogue, `strings/`, with a file for each topic: it can be read as a whole
// and put into another language. Plain, warm, about adults who chose this. Nothing there knows the state or the page.

import { add } from "./strings/add.js";
import { agreements } from "./strings/agreements.js";
import { app } from "./strings/app.js";
import { aside } from "./strings/aside.js";
import { checkIn } from "./strings/checkIn.js";
import { checklists } from "./strings/checklists.js";
import { consents } from "./strings/consents.js";
import { copy } from "./strings/copy.js";
import { drafts } from "./strings/drafts.js";
import { first } from "./strings/first.js";
import { focus } from "./strings/focus.js";
import { habits } from "./strings/habits.js";
import { help } from "./strings/help.js";
import { journal } from "./strings/journal.js";
import { heed } from "./strings/heed.js";
import { limits } from "./strings/limits.js";
import { lost } from "./strings/lost.js";
import { mend } from "./strings/mend.js";
import { offer } from "./strings/offer.js";
import { own } from "./strings/own.js";
import { pairing } from "./strings/pairing.js";
import { parting } from "./strings/parting.js";
import { pause } from "./strings/pause.js";
import { places } from "./strings/places.js";
import { progress } from "./strings/progress.js";
import { propose } from "./strings/propose.js";
import { records } from "./strings/records.js";
import { reminders } from "./strings/reminders.js";
import { repair } from "./strings/repair.js";
import { scripts } from "./strings/scripts.js";
import { flow, sharing } from "./strings/sharing.js";
import { shortcuts } from "./strings/shortcuts.js";
import { settings } from "./strings/settings.js";
import { sync } from "./strings/sync.js";
import { timeline } from "./strings/timeline.js";
import { times } from "./strings/times.js";
import { toasts } from "./strings/toasts.js";
import { today } from "./strings/today.js";
import { told } from "./strings/told.js";
import { unlock } from "./strings/unlock.js";

export const words = {
  add,
  agreements,
  app,
  aside,
  checkIn,
  checklists,
  consents,
  copy,
  drafts,
  first,
  flow,
  focus,
  habits,
  help,
  journal,
  heed,
  limits,
  lost,
  mend,
  offer,
  own,
  pairing,
  parting,
  pause,
  places,
  progress,
  propose,
  records,
  reminders,
  repair,
  scripts,
  settings,
  sharing,
  shortcuts,
  sync,
  timeline,
  times,
  toasts,
  today,
  told,
  unlock,
};
