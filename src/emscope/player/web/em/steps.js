// The half-steps of a run in the page: from a start, on the shown points.

import { inFitUnits } from "./data.js";
import { lloyd } from "./kmeans.js";
import { fromCenters } from "./mixture.js";
import { mixtureSteps } from "./mixture_steps.js";
import { settingsOf, toleranceOf } from "./rules.js";

/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./kmeans.js").HalfStep} HalfStep */
/** @typedef {import("./mixture.js").Structure} Structure */
/** @typedef {{centers: Float64Array, origin: string, palette: number[], update: import("./data.js").Update}} Start */

/** @param {Data} data @param {Start} start @returns {HalfStep[]} */
export function stepsFrom(data, { centers, update }) {
  const points = inFitUnits(data, data.points), begun = inFitUnits(data, centers), { d } = data;
  const { max_iter: maxIter, tol, reg_covar: regCovar, covariance_type } = settingsOf(data, update);
  if (update === "gaussian") {
    const structure = /** @type {Structure} */ (covariance_type);
    return mixtureSteps(points, d, fromCenters(points, d, begun, structure, regCovar), { regCovar, tol, maxIter });
  }
  const single = data.told.settings.dtype === "float32";
  return lloyd(points, d, begun, { maxIter, tolerance: toleranceOf(data), single });
}
