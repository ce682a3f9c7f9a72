// Where all starts of the fit ended: how many came to each end, and its centers beside those of the run.

import { h } from "../picture/dom.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Action} Action */
/** @typedef {import("../em/data.js").Data} Data */

/** @param {Data} data @param {(action: Action) => void} act */
export function endsPanel(data, act) {
  const { ends } = data.told;
  const buttons = (ends?.listed ?? []).map((/** @type {any} */ { text, share }, /** @type {number} */ end) => {
    const one = h("button", { type: "button", disabled: !data.ends[end], click: () => act({ type: "end", end }) }, text);
    one.style.setProperty("--share", `${100 * share}%`);
    return one;
  });
  const element = h("section", { class: "panel ends", hidden: !ends }, h("div", { class: "panel-head" }, h("h2", {}, "Where the starts ended")),
    h("p", {}, ends?.sentence ?? ""), h("p", { class: "hint" }, "Press one to see its centers in the picture, as dashed rings."), ...buttons, h("p", { class: "hint" }, ends?.left ?? ""));
  return {
    element,
    /** @param {State} state */
    tell(state) {
      buttons.forEach((/** @type {HTMLElement} */ one, /** @type {number} */ end) => one.setAttribute("aria-pressed", String(state.end === end)));
    },
  };
}

/** The same on paper. @param {Data} data */
export function printedEnds({ told: { ends } }) {
  return ends ? [h("h2", {}, "Where the starts ended"), h("p", {}, ends.sentence), ...ends.listed.map((/** @type {any} */ { text }) => h("p", {}, text))] : [];
}
