// Starts the page: puts it into the document, opens the line to the app, listens to the keyboard.

import { h, render } from "./lib/preact.mjs";
import { Frame } from "./frame.js";
import { listenToKeys } from "./keys.js";
import { connect } from "./link.js";
import { listenToReminders } from "./notices.js";

render(h(Frame), document.getElementById("page"));
listenToKeys();
listenToReminders();
connect();
