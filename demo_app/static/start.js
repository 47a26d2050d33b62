// Sees that the page arrives whole. A browser drops what it is loading when the network changes, also from this very laptop,
// and a page of modules stays blank when one is missing: it is loaded again a few times, and then says what to do. A plain
// script without imports, since it must run where nothing else does. The number of tries lives in this window's history entry.
"use strict";

{
  const waits = [200, 600, 2000]; // milliseconds; a laptop that wakes up changes its network more than once
  const { loads = 0, ...state } = history.state ?? {};
  let broken = false;

  const isPart = (target) => target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === "stylesheet");

  const onMissing = (event) => {
    if (broken || !isPart(event.target)) return;
    broken = true;
    if (loads < waits.length) {
      history.replaceState({ ...state, loads: loads + 1 }, "");
      setTimeout(() => location.reload(), waits[loads]);
    } else {
      history.replaceState(state, ""); // whoever reloads by hand begins anew
      document.querySelector("#late")?.classList.add("now");
    }
  };

  document.addEventListener("error", onMissing, true);
  window.addEventListener("load", () => {
    if (!broken && history.state?.loads) history.replaceState(state, "");
  });
}
