// By which settings a run in the page goes: those of the recorded run for its own model, the package's for another.

import { inFitUnits, isComparable } from "./data.js";

/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./data.js").Update} Update */

/** @typedef {{max_iter: number, tol: number, reg_covar: number, covariance_type: string}} Settings */

/** Of the estimators that run the models whose formulas are known here. @type {Record<Update, Settings>} */
const DEFAULTS = {
  mean: { max_iter: 300, tol: 1e-4, reg_covar: 0, covariance_type: "" },
  gaussian: { max_iter: 100, tol: 1e-3, reg_covar: 1e-6, covariance_type: "full" },
};

const STRUCTURES = ["full", "tied", "diag", "spherical"];

/** Settings under the names that Python has for them; a limit that let the recorded run converge is none for others.
 * @param {Data} data @param {Update} update @returns {Settings} */
export function settingsOf({ told }, update) {
  const defaults = DEFAULTS[update];
  if (told.card.update !== update) return defaults;
  /** @type {any} */
  const found = { ...defaults };
  for (const [name, usual] of Object.entries(defaults)) {
    const value = told.settings[name], known = name !== "covariance_type" || STRUCTURES.includes(value);
    if (typeof value === typeof usual && known) found[name] = value;
  }
  return told.converged ? { ...found, max_iter: Math.max(found.max_iter, defaults.max_iter) } : found;
}

/** What of a model's settings a call has to name: all that tell when it stops, where their defaults are not known here.
 * @param {Record<string, any>} settings @param {Update|null} update @returns {[string, any][]} */
export function unusual(settings, update) {
  return Object.entries(update ? DEFAULTS[update] : { max_iter: null, tol: null }).flatMap(([name, usual]) => {
    const value = settings[name];
    return usual === "" || usual === value || value === null || value === undefined ? [] : [[name, JSON.stringify(value)]];
  });
}

/** When the centers of k-means count as standing still; as the package has it. @param {Data} data */
export function toleranceOf(data) {
  const { settings, card } = data.told, { tol } = settingsOf(data, "mean");
  if (card.update === "mean" && (isComparable(data) || !settings.tol)) return settings.tolerance ?? 0;
  const x = inFitUnits(data, data.points), { m, d } = data;
  let total = 0;
  for (let f = 0; f < d; f++) {
    let mean = 0, squares = 0;
    for (let i = 0; i < m; i++) mean += x[i * d + f] / m;
    for (let i = 0; i < m; i++) squares += (x[i * d + f] - mean) ** 2 / m;
    total += squares / d;
  }
  return tol * total;
}
