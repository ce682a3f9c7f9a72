// k-means in double precision, half-step by half-step as the package runs it: labels by direct squared
// distances with the features in index order, ties to the lowest index, sums about the current center.

/**
 * @typedef {object} HalfStep
 * @property {"initialization"|"expectation"|"maximization"} phase
 * @property {number} iteration
 * @property {Float64Array} centers
 * @property {number|null} objective
 * @property {number[]|null} counts
 * @property {Int32Array|null} labels
 * @property {number|null} moved
 * @property {number[]|null} shift
 * @property {Relocation[]} relocations
 * @property {"converged"|"tolerance"|"stopped"|"max_iter"|"collapsed"|""} ending  how the run ends here; "stopped" after "tolerance", and after "converged" of a mixture
 * @property {import("./mixture.js").Mixture} [mixture]
 * @property {Float64Array} [sureness]  largest responsibility of every point
 * @property {Float64Array} [masses]  sum of the responsibilities of every component
 * @property {number[]} [emptied]  components that are empty from here on
 * @property {[number, number][]} [twins]  components that are the same from here on
 * @property {import("./collapse.js").Fall[]} [falls]  components that nothing but reg_covar keeps from vanishing from here on
 * @property {Record<string, number[]>} [lost]  at the end, components that have collapsed, and those that are empty or the same
 * @property {number} [collapsed]  component that ended the run
 */

/** @typedef {{cluster: number, row: number, donor: number, distance: number}} Relocation */

/**
 * Sums over the points x of each cluster, about its center c.
 * @typedef {object} Statistics
 * @property {Float64Array} about  the centers c
 * @property {number[]} counts
 * @property {Float64Array} sums  of x - c
 * @property {Float64Array} scatter  of |x - c|^2
 */

/** A closed form that ends below this fraction of what it started from has lost too many digits. */
const CANCELS = 1e-3;

/**
 * Squared distance of point i from center j.
 * @param {ArrayLike<number>} points @param {number} i @param {ArrayLike<number>} centers @param {number} j @param {number} d
 */
export function squaredDistance(points, i, centers, j, d) {
  let squared = 0;
  for (let f = 0; f < d; f++) {
    const difference = points[i * d + f] - centers[j * d + f];
    squared += difference * difference;
  }
  return squared;
}

/**
 * Give every point its nearest center.
 * @param {Float64Array} points @param {number} d @param {Float64Array} centers @param {Int32Array} labels  written to
 */
export function expectation(points, d, centers, labels) {
  const k = centers.length / d;
  for (let i = 0; i < labels.length; i++) {
    let nearest = 0, least = Infinity;
    for (let j = 0; j < k; j++) {
      const squared = squaredDistance(points, i, centers, j, d);
      if (squared < least) {
        least = squared;
        nearest = j;
      }
    }
    labels[i] = nearest;
  }
}

/**
 * Sum up points whose labels are known.
 * @param {Float64Array} points @param {number} d @param {Float64Array} centers @param {ArrayLike<number>} labels
 * @returns {Statistics}
 */
export function sumUp(points, d, centers, labels) {
  const k = centers.length / d;
  const counts = new Array(k).fill(0), sums = new Float64Array(k * d), scatter = new Float64Array(k);
  for (let i = 0; i < labels.length; i++) {
    const j = labels[i];
    counts[j] += 1;
    scatter[j] += squaredDistance(points, i, centers, j, d);
    for (let f = 0; f < d; f++) sums[j * d + f] += points[i * d + f] - centers[j * d + f];
  }
  return { about: centers, counts, sums, scatter };
}

/**
 * Move every center to the mean of its points; one that owns nothing stays.
 * @param {Statistics} statistics @param {number} d @param {boolean} single  whether centers are single precision
 */
export function maximization(statistics, d, single) {
  const centers = Float64Array.from(statistics.about);
  statistics.counts.forEach((count, j) => {
    for (let f = j * d; count > 0 && f < (j + 1) * d; f++) centers[f] += statistics.sums[f] / count;
  });
  return single ? centers.map(Math.fround) : centers;
}

/** Inertia about new centers: W - 2 delta.S + n |delta|^2 per cluster.
 * @param {Statistics} statistics @param {number} d @param {Float64Array} centers */
export function objective(statistics, d, centers) {
  let total = 0;
  statistics.counts.forEach((count, j) => {
    let cross = 0, squared = 0;
    for (let f = j * d; f < (j + 1) * d; f++) {
      const delta = centers[f] - statistics.about[f];
      cross += delta * statistics.sums[f];
      squared += delta * delta;
    }
    total += statistics.scatter[j] - 2 * cross + count * squared;
  });
  return total;
}

/**
 * Give each empty cluster one of the points farthest from the center that owns them.
 * @param {Statistics} statistics @param {Float64Array} points @param {number} d @param {Int32Array} labels
 * @returns {{statistics: Statistics, relocations: Relocation[], stuck: number[]}}
 */
export function relocate(statistics, points, d, labels) {
  const empty = statistics.counts.flatMap((count, j) => (count === 0 ? [j] : []));
  if (!empty.length) return { statistics, relocations: [], stuck: [] };
  const about = Float64Array.from(statistics.about), counts = [...statistics.counts];
  const sums = Float64Array.from(statistics.sums), scatter = Float64Array.from(statistics.scatter);
  const farthest = farthestPoints(statistics.about, points, d, labels, empty.length);
  const relocations = farthest.map(({ row, squared }, i) => {
    const cluster = empty[i], donor = labels[row];
    counts[donor] -= 1;
    for (let f = 0; f < d; f++) {
      const at = donor * d + f;
      sums[at] = counts[donor] ? sums[at] - (points[row * d + f] - statistics.about[at]) : 0;
      about[cluster * d + f] = points[row * d + f];
      sums[cluster * d + f] = 0;
    }
    scatter[donor] = counts[donor] ? scatter[donor] - squared : 0;
    scatter[cluster] = 0;
    counts[cluster] = 1;
    return { cluster, row, donor, distance: Math.sqrt(squared) };
  });
  return { statistics: { about, counts, sums, scatter }, relocations, stuck: empty.slice(relocations.length) };
}

/** Farthest first; of equal ones the point that comes first. Points on their own center are never chosen.
 * @param {Float64Array} centers @param {Float64Array} points @param {number} d @param {Int32Array} labels @param {number} limit */
function farthestPoints(centers, points, d, labels, limit) {
  const found = Array.from(labels, (j, row) => ({ row, squared: squaredDistance(points, row, centers, j, d) }));
  return found
    .filter((one) => one.squared > 0)
    .sort((a, b) => b.squared - a.squared || a.row - b.row)
    .slice(0, limit);
}

/**
 * Run from a start to the end; the last half-step is an expectation step.
 * @param {Float64Array} points  m x d, in the units that distances are taken in
 * @param {number} d @param {Float64Array} start
 * @param {{maxIter: number, tolerance: number, single: boolean}} rules
 * @returns {HalfStep[]}
 */
export function lloyd(points, d, start, { maxIter, tolerance, single }) {
  const m = points.length / d;
  /** @type {Float64Array} */
  let centers = single ? start.map(Math.fround) : Float64Array.from(start);
  /** @type {HalfStep[]} */
  const steps = [halfStep("initialization", 0, centers, {})];
  /** @type {Int32Array|null} */
  let before = null;
  let stopped = false;
  for (let iteration = 0; ; iteration++) {
    const labels = new Int32Array(m);
    expectation(points, d, centers, labels);
    const statistics = sumUp(points, d, centers, labels);
    const moved = before && labels.reduce((count, j, i) => count + Number(j !== /** @type {any} */ (before)[i]), 0);
    const e = halfStep("expectation", iteration, centers, {
      objective: objective(statistics, d, centers), counts: statistics.counts, labels, moved,
    });
    steps.push(e);
    if (stopped) e.ending = "stopped";
    else if (moved === 0) e.ending = "converged";
    else if (iteration === maxIter) e.ending = "max_iter";
    if (e.ending) return steps;
    const step = maximize(points, d, centers, labels, statistics, iteration, single);
    const total = /** @type {number[]} */ (step.shift).reduce((sum, s) => sum + s * s, 0);
    if (total <= tolerance) {
      step.ending = "tolerance";
      stopped = true;
    }
    steps.push(step);
    centers = step.centers;
    before = labels;
  }
}

/** The maximization step, with empty clusters repaired and digits that cancel computed again.
 * @param {Float64Array} points @param {number} d @param {Float64Array} centers @param {Int32Array} labels
 * @param {Statistics} statistics @param {number} iteration @param {boolean} single @returns {HalfStep} */
function maximize(points, d, centers, labels, statistics, iteration, single) {
  const before = objective(statistics, d, centers);
  const { statistics: repaired, relocations, stuck } = relocate(statistics, points, d, labels);
  let after = maximization(repaired, d, single);
  let value = objective(repaired, d, after);
  if (value < CANCELS * before) {
    const reassigned = labels.slice();
    for (const { row, cluster } of relocations) reassigned[row] = cluster;
    const aboutNew = sumUp(points, d, after, reassigned);
    after = maximization(aboutNew, d, single);
    value = objective(aboutNew, d, after);
  }
  const k = centers.length / d;
  const shift = Array.from({ length: k }, (_, j) => Math.sqrt(squaredDistance(after, j, centers, j, d)));
  return halfStep("maximization", iteration, after, {
    objective: value, counts: repaired.counts, labels, shift,
    relocations: [...relocations, ...stuck.map((cluster) => ({ cluster, row: -1, donor: -1, distance: 0 }))],
  });
}

/** @param {HalfStep["phase"]} phase @param {number} iteration @param {Float64Array} centers
 * @param {Partial<HalfStep>} rest @returns {HalfStep} */
export function halfStep(phase, iteration, centers, rest) {
  return {
    phase, iteration, centers, objective: null, counts: null, labels: null, moved: null, shift: null,
    relocations: [], ending: "", ...rest,
  };
}
