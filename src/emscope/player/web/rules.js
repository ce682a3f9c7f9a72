// By which settings a run in the page goes: those of the recorded run for its own model, the package's for another.

import { inFitUnits, isComparable } from "./unpack.js";

/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Model} Model */

/** @typedef {{max_iter: number, tol: number, reg_covar: number, covariance_type: string}} Settings */

/** @type {Record<Model, Settings>} */
const DEFAULTS = {
  kmeans: { max_iter: 300, tol: 1e-4, reg_covar: 0, covariance_type: "" },
  gaussian_mixture: { max_iter: 100, tol: 1e-3, reg_covar: 1e-6, covariance_type: "full" },
};

const STRUCTURES = ["full", "tied", "diag", "spherical"];

/** What a model's objective is called. @type {Record<Model, string>} */
export const OBJECTIVES = { kmeans: "inertia", gaussian_mixture: "negative log-likelihood per point" };

/** Settings under the names that Python has for them; a limit that let the recorded run converge is none for others.
 * @param {Data} data @param {Model} model @returns {Settings} */
export function settingsOf({ told }, model) {
  const defaults = DEFAULTS[model];
  if (told.model !== model) return defaults;
  /** @type {any} */
  const found = { ...defaults };
  for (const [name, usual] of Object.entries(defaults)) {
    const value = told.settings[name], known = name !== "covariance_type" || STRUCTURES.includes(value);
    if (typeof value === typeof usual && known) found[name] = value;
  }
  return told.converged ? { ...found, max_iter: Math.max(found.max_iter, defaults.max_iter) } : found;
}

/** What of a model's settings a call has to name. @param {Record<string, any>} settings @param {Model} model @returns {[string, any][]} */
export function unusual(settings, model) {
  return Object.entries(DEFAULTS[model]).flatMap(([name, usual]) => {
    const value = settings[name];
    return usual === "" || usual === value || value === null || value === undefined ? [] : [[name, JSON.stringify(value)]];
  });
}

/** When the centers of k-means count as standing still; as the package has it. @param {Data} data */
export function toleranceOf(data) {
  const { settings, model } = data.told, { tol } = settingsOf(data, "kmeans");
  if (model === "kmeans" && (isComparable(data) || !settings.tol)) return settings.tolerance ?? 0;
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
