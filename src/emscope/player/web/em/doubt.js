// When the end of a run in the page deserves doubt: the package's rules, by the thresholds that come with the run.

import { counted, general, grouped } from "../wording.js";

/** @typedef {import("./kmeans.js").HalfStep} HalfStep */
/** @typedef {{moving: number, remaining: number, negligible: number, slowest: number, certain: number, undecided: number, heavy: number}} Thresholds */

const LEAST_GAIN = 1e-10; // of an objective

/** Reasons to doubt a run, if it came to an end, with the words of their sentences.
 * @param {HalfStep[]} steps @param {import("./data.js").Card} card @param {Thresholds} thresholds
 * @param {(points: number[], count: number) => string} rows  how the first of so many points are called
 * @returns {{kind: string, case: string, words: Record<string, any>}[]} */
export function doubtsOf(steps, { soft, fromZero, noun, objective }, thresholds, rows) {
  const { phase, ending, moved, counts, labels, sureness, masses, lost, mixture } = steps[steps.length - 1];
  if (phase !== "expectation" || !ending || !counts || !labels) return [];
  const m = labels.length, limit = ending === "max_iter" ? ending : "tol";
  /** @type {ReturnType<typeof doubtsOf>} */
  const found = [];
  const tell = (/** @type {string} */ kind, which = "", words = {}) => found.push({ kind, case: which, words: { noun, objective, ...words } });
  const percent = (/** @type {number} */ part) => `${general(100 * part, 3)} %`;
  if (moved && moved / m > thresholds.moving) tell("still_moving", limit, { points: counted(moved, "point"), share: percent(moved / m) });
  const values = steps.flatMap((step) => (step.phase === "expectation" ? [/** @type {number} */ (step.objective)] : []));
  const [last, before, earlier] = values.slice(-3).reverse(), gain = before - last;
  if ((soft || moved) && gain > LEAST_GAIN * (fromZero ? last : Math.max(1, Math.abs(last))) && values.length > 2) {
    const shrinking = earlier > before ? gain / (earlier - before) : Infinity;
    const ratio = fromZero ? Math.min(shrinking, thresholds.slowest) : shrinking, left = ratio < 1 ? (gain * ratio) / (1 - ratio) : Infinity;
    const gained = Math.max(...values) - last;
    if (left > Math.max(thresholds.remaining * gained, thresholds.negligible * (fromZero ? last : 1))) {
      tell("plateau", left < Infinity ? limit : "growing", { gain, least: percent(thresholds.remaining) });
    }
  }
  for (const [which, components] of Object.entries(lost ?? {})) {
    if (components.length) tell("collapsed", which || (mixture?.structure === "tied" ? "shared" : ""), { who: theComponents(components) });
  }
  const owning = counts.filter((count) => count > 0).length, k = counts.length;
  if (owning < k) tell("fewer_distinct_points", soft ? "components" : "", { owning, clusters: k });
  const single = counts.flatMap((count, j) => (k > 1 && count === 1 && (masses?.[j] ?? 1) <= thresholds.heavy ? [j] : []));
  if (single.length) {
    const named = single.slice(0, LISTED_FEW).map((j) => labels.indexOf(j));
    tell("lone_row", single.length > 1 ? "several" : "", { cluster: single[0], count: single.length, rows: rows(named, single.length) });
  }
  const unsure = (sureness ?? []).filter((/** @type {number} */ r) => r < thresholds.certain).length;
  if (unsure / m > thresholds.undecided) {
    tell("undecided", "", { points: `${grouped(String(unsure))} of ${counted(m, "point")} (${percent(unsure / m)})`, certain: thresholds.certain });
  }
  return found;
}

const LISTED_FEW = 5; // components or rows

/** @param {number[]} components */
function theComponents(components) {
  const names = [...components.slice(0, LISTED_FEW), ...(components.length > LISTED_FEW ? ["others"] : [])], last = names.pop();
  return names.length ? `components ${names.join(", ")} and ${last}` : `component ${last}`;
}
