// Clusters of two runs matched one to one: by where they ended, and by the points that they share.

import { inFitUnits } from "./data.js";

/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./data.js").Frame} Frame */

/**
 * Colors for clusters that ended near clusters of the recorded run: nearest pairs first.
 * @param {Data} data @param {Float64Array} ended  final centers @returns {number[]}
 */
export function matchedPalette(data, ended) {
  const { d } = data, last = /** @type {Frame} */ (data.recorded.frames.at(-1)).centers;
  const one = inFitUnits(data, ended), other = inFitUnits(data, last);
  const pairs = [];
  for (let i = 0; i < one.length / d; i++) {
    for (let j = 0; j < other.length / d; j++) {
      let squared = 0;
      for (let f = 0; f < d; f++) squared += (one[i * d + f] - other[j * d + f]) ** 2;
      pairs.push({ i, j, squared });
    }
  }
  pairs.sort((a, b) => a.squared - b.squared || a.i - b.i || a.j - b.j);
  /** @type {number[]} */
  const palette = new Array(one.length / d).fill(-1);
  for (const { i, j } of oneToOne(pairs)) palette[i] = j;
  for (let i = 0; i < palette.length; i++) if (palette[i] < 0) palette[i] = freeColor(palette);
  return palette;
}

/**
 * How many points two runs group alike: clusters are matched by the points that they share, most first.
 * @param {ArrayLike<number>} mine  labels @param {ArrayLike<number>} theirs
 */
export function groupedAlike(mine, theirs) {
  /** @type {Map<string, {i: number, j: number, shared: number}>} */
  const pairs = new Map();
  Array.from(mine, (i, row) => {
    const j = theirs[row], name = `${i} ${j}`, pair = pairs.get(name) ?? { i, j, shared: 0 };
    pair.shared += 1;
    pairs.set(name, pair);
  });
  const most = [...pairs.values()].sort((a, b) => b.shared - a.shared || a.i - b.i || a.j - b.j);
  return oneToOne(most).reduce((sum, { shared }) => sum + shared, 0);
}

/** Those pairs, from the first on, that have nothing in common with one before. @template {{i: number, j: number}} Pair
 * @param {Pair[]} pairs @returns {Pair[]} */
function oneToOne(pairs) {
  const first = new Set(), second = new Set();
  return pairs.filter(({ i, j }) => !first.has(i) && !second.has(j) && first.add(i) && second.add(j));
}

/** The first color that no cluster has. @param {number[]} palette */
export function freeColor(palette) {
  let color = 0;
  while (palette.includes(color)) color++;
  return color;
}
