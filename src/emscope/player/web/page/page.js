// The page: finds the data, shows the player, keeps the half-step in the address.

import { Player } from "./player.js";

const root = /** @type {HTMLElement} */ (document.getElementById("emscope-player"));
const told = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("emscope-run")).textContent ?? "");
const player = new Player(root, told, { onStep: remember });

let timer = 0;

/** Put the step into the address once the player rests on it. @param {number} step */
function remember(step) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    try {
      history.replaceState(null, "", `#step=${step}`);
    } catch {
      // a page within a page has no address of its own
    }
  }, 250);
}

function recall() {
  const found = /^#step=(\d{1,6})$/.exec(location.hash);
  if (found) player.do({ type: "to", step: Number(found[1]) });
}

recall();
addEventListener("hashchange", recall);
// the page is the player: keys work without a click first
document.addEventListener("keydown", (event) => {
  if (!root.contains(/** @type {Node} */ (event.target))) player.pressed(event);
});
