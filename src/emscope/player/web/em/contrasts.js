// How the points of each cluster differ from all points, feature by feature.

/** @typedef {import("./data.js").Data} Data */
/** @typedef {{feature: number, mean: number, overall: number, deviations: number}} Contrast  deviations: mean minus overall mean, in standard deviations */

/**
 * Contrasts of every cluster, largest first; none of a cluster without points.
 * @param {Data} data @param {ArrayLike<number>} labels @param {number} k @returns {Contrast[][]}
 */
export function contrasts({ points, d, m }, labels, k) {
  const sums = new Float64Array(k * d), squares = new Float64Array(d), counts = new Float64Array(k), overall = new Float64Array(d);
  points.forEach((x, at) => (overall[at % d] += x / m));
  points.forEach((x, at) => {
    const f = at % d, away = x - overall[f], j = labels[(at - f) / d];
    squares[f] += (away * away) / m;
    sums[j * d + f] += away;
    if (!f) counts[j] += 1;
  });
  return Array.from(counts, (count, j) => count === 0 ? [] : Array.from(overall, (whole, feature) => {
    const difference = sums[j * d + feature] / count, spread = Math.sqrt(squares[feature]);
    return { feature, mean: whole + difference, overall: whole, deviations: spread > 1e-12 * Math.abs(whole) ? difference / spread : 0 };
  }).sort((a, b) => Math.abs(b.deviations) - Math.abs(a.deviations)));
}
