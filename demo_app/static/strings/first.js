// What the page says: the first run.

export const first = {
  title: "Welcome",
  promise: "Everything you write stays on your own devices.",
  lead: "There is no account and no server. Start alone; invite one person whenever you like, or never.",
  name: "What should we call you?",
  nameHint: "The person you pair with will see this name.",
  passphrase: "Choose a passphrase",
  passphraseHint: "It locks everything on this laptop. A few words that only you would put together are best.",
  again: "The same passphrase again",
  show: "Show what I type",
  warningTitle: "There is no way back in without it",
  warning:
    "Nobody can reset this passphrase or recover it: not us, not the person you pair with. If it is forgotten, what is on this laptop stays locked. Keep it somewhere safe.",
  otherTitle: "If somebody else uses this laptop",
  other:
    "Someone who has this laptop unlocked, knows your passphrase, or has an administrator account here can read everything you write. If that worries you, use a device that only you can open.",
  otherMore: "What that means, in full",
  firewallTitle: "Your system may ask one question",
  firewall:
    "When you start, it may ask whether this app may use your local network. That is how two laptops on the same Wi-Fi find each other. Nothing leaves your home network. If you say no, everything still works alone.",
  backupTitle: "If you have a backup",
  backup: "This laptop can take the place of one that broke or was lost. From then on use only this one, never both.",
  backupOpen: "Begin from a backup",
  backupPath: "Where is it? The whole path of the file",
  backupPathHint: "Like /media/disk/copy.bin or D:\\copy.bin.",
  backupSecret: "The passphrase of the day it was made",
  restore: "Make this laptop out of it",
  restoring: "Reading all of it…",
  restored: (percent) => `${percent} % done. Nothing is made here before all of it was found good.`,
  stopRestoring: "Stop it",
  start: "Start",
  starting: "Making your keys…",
  mismatch: "The two passphrases are not the same. Type them once more.",
  unnamed: "One thing is missing: the name you go by here.",
};
