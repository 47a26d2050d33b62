// What the page says: Help. All of it is here or in the library, so that it needs no network.

export const help = {
  lead: "It works without a network, and nothing you read here is noted anywhere.",
  topics: [
    {
      name: "stop",
      title: "How to stop",
      lines: [
        "Pause stops everything, for all of you, at once. No reason is needed and nobody has to agree. It is at the top of every page, at the foot of a narrow one, and on Alt+P; it works while the page is locked, too.",
        "The others see that you paused, and never why. Only you can lift your pause.",
        "Esc, pressed twice, leaves an empty page and locks. To come back, take “blank” off the address.",
        "A no, a withdrawal and a limit of yours hold from the moment you say them. None of them needs a network, a reason or a yes.",
        "Parting is your own as well: keeping another’s laptop away, leaving, erasing this record here. You find all of it under Pairing & sync, also during a pause.",
      ],
    },
    {
      name: "device",
      title: "What somebody with this laptop can read",
      lines: [
        "Whoever has this laptop while it is unlocked, knows your passphrase, or has an administrator account on it can read everything here. Your journal and your notes are no exception.",
        "That can be the person you are paired with. The encryption keeps out strangers and thieves. It does not keep out somebody who is let in.",
        "If that worries you, use a device that only you can open, and a passphrase that nobody could guess who knows you well. What they must never read is better not written here at all.",
        "Nobody can lock, read or set up this laptop from another one. The app does not start by itself, and nothing of it runs unseen: when it is closed, it is closed.",
        "What you hide here stays between you and this laptop. To the others it looks as if you had not answered.",
        "When you decline or withdraw from a consent or an agreement, nothing new that another offers is shown to you for 14 days. Nothing here can be granted all at once, and no consent is the condition of another.",
        "In the app, what you do shows to the others by the day and never by the minute, and whether you are here does not show unless you agreed to it.",
        "A yes that is given out of fear is none. You may press Pause, you may close this, and you may ask somebody from outside.",
      ],
    },
    {
      name: "back",
      title: "What cannot be called back",
      lines: [
        "What has reached another’s laptop. They may have read it, copied it or photographed it, and erasing it here erases nothing there.",
        "What you shared: a check-in, a sentence, your part of a repair. Until you share it, it is yours alone.",
        "A consent that you declined or withdrew: only a new offer can bring it back.",
        "Leaving, erasing, and removing a laptop of yours. To be together again, pair anew.",
        "A backup or a copy that was made: what is erased afterwards stays in it.",
        "A forgotten passphrase. Nobody keeps another copy of it.",
        "Much else can be taken back: Timeline says what was your last act, and Ctrl+Z takes it back. A pause, a no and a withdrawal are not undone like that.",
      ],
    },
    {
      name: "lost",
      title: "When a laptop is lost or breaks",
      lines: [
        "While it is switched off, whoever finds it reads nothing: all of it is encrypted under your passphrase.",
        "If you have another laptop of your own in the same record, remove the lost one there, under Pairing & sync. From then on it gets nothing new.",
        "With a backup, a new laptop can take its place: start the app there for the first time, and choose to begin from a backup. What was written since comes back from the others. Never use both beside each other.",
        "Without one, begin anew on another laptop and pair it with somebody of the record. There you come in as somebody new.",
      ],
    },
  ],
  screensTitle: "What each page is for",
  screens: {
    today: "What is due and what waits for your yes. How you arrive, a word of thanks, something you want to tell.",
    focus: "A time with one clock that all of you see. It ends softly, and anyone can take a break.",
    checklists: "What each of you ticks afresh before a scene, and for the care after it.",
    journal: "What you write for yourself. It never leaves this laptop.",
    consents: "What each of you is willing to do now, in five points. A pause or a withdrawal works at once.",
    agreements: "Rules, rituals and the rest of what you give yourselves, for as long as all of you want it.",
    limits: "What is not to be. Each says their own, and nobody has to agree.",
    sharing: "What you let others know live, for as long as a consent of yours covers it. You see it, and can stop it, at any time.",
    habits: "What each of you writes about a habit that each of you named. Own entries only, for as long as each agrees.",
    repair: "A calm way back after something went wrong: a pause, a debrief, amends, a review.",
    timeline: "Who did what, by day. Here you take back your last act, and save a copy of your own.",
    pairing: "Which laptops keep this record together and how in step they are; letting somebody in, and parting.",
    settings: "This laptop: its lock, passphrase and backup, and where the data lies.",
    help: "This page.",
  },
  pairingHint: "All of it is under Pairing & sync as well.",
  open: "Help",
};
