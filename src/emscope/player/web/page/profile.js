// Which features set each cluster apart: of the recorded run over all rows, of a run in the page over its points.

import { contrasts } from "../em/contrasts.js";
import { h } from "../picture/dom.js";
import { breakable, painted, swatch } from "./table.js";
import { counted, grouped, signed } from "../wording.js";

/** @typedef {import("../em/contrasts.js").Contrast} Contrast */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Run} Run */

const FEW_RANKED = 3; // features that are seen at once where there is one column
const SOME_RANKED = 5; // and where there are two
const MOST_RANKED = 30; // that are listed at all
const MOST_PROFILES = 50;

/** @param {Data} data */
export function profilePanel(data) {
  const note = h("p", { class: "hint" }), body = h("div", { class: "profile" });
  const element = h("section", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, "What sets each one apart")), note, body);
  return {
    element,
    /** @param {Run} run @param {boolean} narrow */
    tell(run, narrow) {
      const { told, d } = data, profile = profileOf(data, run), few = narrow ? FEW_RANKED : SOME_RANKED;
      element.hidden = profile.length === 0;
      note.textContent = basisOf(data, run);
      const longest = Math.max(...profile.flatMap((all) => all.map(({ deviations }) => Math.abs(deviations)))) || 1;
      const item = (/** @type {number} */ j) => (/** @type {Contrast} */ { feature, mean, overall, deviations }) => {
        const bar = painted(h("span", { class: "bar", "aria-hidden": "true" }), run.palette[j]), width = (50 * Math.abs(deviations)) / longest;
        bar.style.width = `${width}%`;
        bar.style.marginLeft = `${deviations < 0 ? 50 - width : 50}%`;
        return h("li", {}, h("span", {}, ...breakable(told.features[feature])), h("span", { class: "track" }, bar), h("span", { class: "value", title: String(deviations) }, inDeviations(deviations)),
          h("span", { class: "detail" }, `mean ${signed(mean)}, of all ${signed(overall)}`));
      };
      const list = (/** @type {Contrast[]} */ some, /** @type {number} */ j) => h("ul", { class: "bars" }, ...some.map(item(j)));
      body.replaceChildren(...profile.slice(0, MOST_PROFILES).map((all, j) => {
        const shown = all.slice(0, MOST_RANKED), left = d - shown.length, rest = shown.slice(few);
        const more = rest.length ? [h("details", {}, h("summary", {}, `${counted(rest.length, "more feature")}`), list(rest, j))] : [];
        return h("section", {}, swatch(run, j), h("div", {}, ...(all.length ? [list(shown.slice(0, few), j), ...more] : ["no points"]),
          ...(all.length && left ? [h("p", { class: "hint" }, `${counted(left, "feature")} left out here`)] : [])));
      }), ...(profile.length > MOST_PROFILES ? [h("p", { class: "hint" }, `${grouped(String(profile.length - MOST_PROFILES))} more are left out here.`)] : []));
    },
  };
}

/** The same on paper, where nothing can be opened. @param {Data} data @param {Run} run */
export function printedProfile(data, run) {
  const profile = profileOf(data, run).slice(0, MOST_PROFILES);
  if (!profile.length) return [];
  const told = (/** @type {Contrast} */ { feature, deviations }) => `${data.told.features[feature]} ${inDeviations(deviations)}`;
  return [h("h2", {}, "What sets each one apart"), h("p", { class: "hint" }, basisOf(data, run)),
    ...profile.map((all, j) => h("p", {}, swatch(run, j), ` ${all.slice(0, FEW_RANKED).map(told).join(", ")}${data.d > FEW_RANKED ? `; ${data.d - FEW_RANKED} more` : ""}`))];
}

/** @param {number} deviations */
function inDeviations(deviations) {
  return `${deviations > 0 ? "+" : ""}${signed(deviations, 3)} sd`;
}

/** What is compared. @param {Data} data @param {Run} run */
function basisOf({ m, contrasts: exact, told: { nSamples, settings, private: hidden } }, run) {
  const table = run.name === "recorded" && exact !== null, noun = table ? "rows" : "points";
  const all = table ? "rows of the table" : m < nSamples || hidden ? `${grouped(String(m))} shown points` : "points";
  const weights = settings.weighted && !table ? ", without their weights" : "";
  return `At the end: mean of the ${noun} of each ${run.card.noun} against that of all ${all}${weights}, in standard deviations (sd) of the feature.`;
}

/** @param {Data} data @param {Run} run @returns {Contrast[][]} */
function profileOf(data, run) {
  const labels = run.frames[run.frames.length - 1].labels;
  if (run.name === "recorded" && data.contrasts) return data.contrasts;
  return labels && run.curve.length ? contrasts(data, labels, run.palette.length) : [];
}
