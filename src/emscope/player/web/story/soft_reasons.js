// Why a point is shared as it is: weight times density of every component, and the responsibilities.

import { logJoint, responsibilitiesOf } from "../em/mixture.js";
import { certainty, logUnits } from "../em/soft.js";
import { number, signed, subscript } from "../wording.js";

/** @typedef {import("../em/mixture.js").Mixture} Mixture */
/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {{cluster: number, r: number, weight: number, joint: number, away: number}} Part  joint: logarithm of weight times density, in the units of the fit */

const MOST_PARTS = 3;

/** @param {Data} data @param {import("../em/data.js").Run} run @param {Frame} frame @param {number} i  shown point */
export function softReasons(data, run, frame, i) {
  const common = {
    measure: "Responsibility of each component", more: "have less",
    changed: "Its most likely component changed",
  };
  const deciding = frame.deciding ?? (run.card.owners === "gaussian" ? frame.mixture : null);
  if (frame.responsibilities) return { ...common, ...recordedReasons(frame.responsibilities, i, data.k) };
  if (!deciding || deciding.plane) return { ...common, ...roughly(data, frame, i) };
  const parts = partsOf(data, deciding, i);
  const later = frame.phase === "maximization" && frame.mixture ? partsOf(data, frame.mixture, i)[0] : null;
  return {
    ...common,
    bars: parts.map(({ cluster, r, weight, joint, away }) => ({
      cluster, length: r, value: number(r, 5),
      detail: `${number(weight, 3)} × ${exponential(joint - Math.log(weight))} = ${exponential(joint)}; ln density ${signed(joint - Math.log(weight))}; ${number(away, 3)} σ away`,
    })),
    brief: parts.slice(0, 2).map(({ cluster, r }) => `component ${cluster} ${percent(r, parts.length)}`).join(", "),
    verdict: softVerdict(parts, frame.labels !== null, later),
    formula: softFormula(parts) + (data.scaled ? "; densities in the units of the fit" : ""),
  };
}

/** What decides, largest first. @param {Data} data @param {Mixture} mixture @param {number} i @returns {Part[]} */
function partsOf(data, mixture, i) {
  const { points, d } = data, { means, weights } = mixture, k = weights.length, units = logUnits(data);
  const joint = logJoint(points.subarray(i * d, (i + 1) * d), d, mixture), responsibilities = responsibilitiesOf(joint, k);
  const tops = logJoint(means, d, mixture);
  return Array.from(responsibilities, (r, cluster) => ({
    cluster, r, weight: weights[cluster], joint: joint[cluster] + units,
    away: Math.sqrt(Math.max(0, 2 * (tops[cluster * k + cluster] - joint[cluster]))), // Mahalanobis' distance
  })).sort((a, b) => b.joint - a.joint || a.cluster - b.cluster);
}

/** @param {Part[]} parts @param {boolean} assigned @param {Part|null} later */
function softVerdict([first, second], assigned, later) {
  if (!second) return assigned ? "The one component is responsible for all of it." : "The one component will be responsible for all of it.";
  if (!assigned) return `No component is responsible for it yet. In the first expectation step component ${first.cluster} will be responsible for ${percent(first.r)} of it.`;
  const next = `, component ${second.cluster} for ${percent(second.r)}`;
  const told = `Component ${first.cluster} is responsible for ${percent(first.r)} of it, because its weight times density is the largest${next}.`;
  if (!later) return told;
  return `${told.replaceAll(" is ", " was ")} In the next expectation step component ${later.cluster} will be responsible for ${percent(later.r)} of it.`;
}

/** @param {Part[]} parts */
function softFormula(parts) {
  const j = subscript(parts[0].cluster);
  const term = (/** @type {Part} */ { weight, joint }) => `${number(weight, 3)} × ${exponential(joint - Math.log(weight))}`;
  const shown = parts.slice(0, MOST_PARTS).map(term);
  if (parts.length > MOST_PARTS) {
    const rest = parts.slice(MOST_PARTS).reduce((sum, { r }) => sum + r, 0);
    shown.push(`${exponential(Math.log(rest) + parts[0].joint - Math.log(parts[0].r))} from ${parts.length - MOST_PARTS} more`);
  }
  return `r${j} = w${j} N(x | μ${j}, Σ${j}) / Σ w N = ${term(parts[0])} / ( ${shown.join(" + ")} ) = ${number(parts[0].r, 5)}`;
}

/** Responsibilities of a model whose formula is not known here. @param {Float64Array} recorded @param {number} i @param {number} k */
function recordedReasons(recorded, i, k) {
  const parts = Array.from({ length: k }, (_, cluster) => ({ cluster, r: recorded[i * k + cluster] }))
    .sort((a, b) => b.r - a.r || a.cluster - b.cluster);
  const told = parts.slice(0, 2).map(({ cluster, r }) => `component ${cluster} ${percent(r, k)}`);
  const [first, second] = parts, next = second ? `, component ${second.cluster} for ${percent(second.r)}` : "";
  return {
    bars: parts.map(({ cluster, r }) => ({ cluster, length: r, value: number(r, 5) })),
    brief: told.join(", "), verdict: `Component ${first.cluster} is responsible for ${percent(first.r, k)} of it${next}.`, formula: "",
  };
}

/** Where responsibilities take too much room, at best the largest is known. @param {Data} data @param {Frame} frame @param {number} i */
function roughly(data, frame, i) {
  const { k, told: { card } } = data, likeliest = frame.labels?.[i], r = frame.certain ? ((k - 1) * certainty(data, frame)(i) + 1) / k : null;
  if (likeliest === undefined) return { bars: [], brief: "", verdict: "No component is responsible for it yet.", formula: "" };
  const most = r === null ? "most" : `about ${number(100 * r, 2)} %`;
  return {
    bars: r === null ? [] : [{ cluster: likeliest, length: r, value: `about ${number(r, 2)}` }],
    brief: `component ${likeliest} ${most}`,
    verdict: `Component ${likeliest} is responsible for ${most} of it. The ${card.owners ? "covariances" : "responsibilities"} of this run take more room than a page has, so the responsibilities of the others are not known here.`,
    formula: "",
  };
}

/** @param {number} r @param {number} [k]  of two components none has all, though the other's part may be less than the last digit */
function percent(r, k = 2) {
  if (r > 0.9995 && k > 1) return "over 99.9 %";
  return r < 0.0005 ? "under 0.1 %" : `${number(100 * r, 3)} %`;
}

/** What a logarithm is of, also where that is no number of the machine. @param {number} log */
function exponential(log) {
  if (log === -Infinity) return "0";
  return Math.abs(log) < 690 ? number(Math.exp(log), 4) : `e^(${signed(log)})`;
}
