// What the page says: Settings.

export const settings = {
  lead: "For this laptop alone. Nobody else sees or changes anything here.",
  names: "Names",
  me: "You, as the others read it",
  device: "This laptop",
  space: "This record",
  namesHint: "Each was given once, and the others know it. Nobody can change one yet: not they, and not you.",
  lock: "Lock",
  lockHint:
    "It locks by itself after ten minutes in which nobody is here, and after sleep. Pause works while it is locked. Esc, pressed twice, hides the page as well.",
  lockNow: "Lock it now",
  passphrase: "Passphrase",
  passphraseLead: "What opens this laptop’s record. Nobody can recover it for you, before or after you change it.",
  change: "Change the passphrase",
  old: "The passphrase of today",
  fresh: "A new one",
  again: "The new one again",
  changing: "Changing it…",
  changed: "Changed. From now on the new passphrase opens this laptop.",
  passphraseHint:
    "Backups that were made before still open with the old one, and so does a copy that somebody made of this laptop’s files. If somebody who knows it has them, what was in them until then is no secret any more.",
  backup: "Backup",
  backupLead:
    "One encrypted file with everything on this laptop, your journal and notes included. If this laptop breaks or is lost, a new one can be made from it.",
  backupLines: [
    "It opens with the passphrase of today, also when you change it later.",
    "What is erased afterwards stays in it. Keep it where nobody else comes by it, best on another disk.",
    "Use it once, in the place of this laptop, never beside it.",
  ],
  path: "Where to? The whole path of a new file",
  make: "Make the backup",
  making: (percent) => `${percent} % done. You can go on working.`,
  stop: "Stop it",
  made: (path) => `Made: ${path}`,
  data: "Where it all lies",
  dataHint: "Everything is in this folder, encrypted. Apart from backups and copies that you make yourself, nothing of it lies anywhere else on this laptop, and nothing is sent to a server.",
  clock: "The time here",
  clockLead: (when) =>
    `This laptop’s clock once said ${when}, so what had ended by then goes on reading as ended, and what you do here is dated then. If that was a wrong clock, it can be put right.`,
  believe: "Believe the clock again…",
  believeTitle: "Believe what the clock says now?",
  believeLines: [
    "Look at the clock of this laptop first: it must show the right day and time.",
    "What had ended only by the wrong time may read as going on again, a consent for one. Whoever wants to can pause or withdraw it at once.",
  ],
  believeNow: "The clock is right now",
  believeNot: "Leave it",
  believed: "The clock is believed again.",
  keys: "Single keys",
  quit: "Close",
  quitHint: "What you wrote is saved. While the app is closed nothing comes in and nothing goes out.",
};
