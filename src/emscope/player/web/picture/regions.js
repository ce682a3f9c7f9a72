// The part of the picture that each center owns: its Voronoi cell, cut off at the limits.

/** @typedef {[number, number, number]} Corner  x, y, and the center behind the edge that starts there */
/** @typedef {[number, number]} Place */

/**
 * Cells of centers within the unit square, for distances measured as its sides are long; of centers in the
 * same place the first owns the cell.
 * @param {Place[]} sites  fractions of the square
 * @param {Place} metric  lengths of its sides
 * @returns {{polygons: Place[][], borders: [Place, Place][]}}
 */
export function voronoi(sites, metric) {
  const [width, height] = metric;
  const scaled = sites.map(([x, y]) => /** @type {Place} */ ([x * width, y * height]));
  /** @type {Corner[]} */
  const box = [[0, 0, -1], [width, 0, -1], [width, height, -1], [0, height, -1]];
  const cells = scaled.map((_, i) => cell(i, scaled, box));
  const polygons = cells.map((one) => one.map(([x, y]) => /** @type {Place} */ ([x / width, y / height])));
  /** @type {[Place, Place][]} */
  const borders = [];
  cells.forEach((one, i) =>
    one.forEach(([, , behind], at) => {
      if (behind > i) borders.push([polygons[i][at], polygons[i][(at + 1) % one.length]]);
    }),
  );
  return { polygons, borders };
}

/** @param {number} i @param {Place[]} sites @param {Corner[]} box @returns {Corner[]} */
function cell(i, sites, box) {
  const [x, y] = sites[i];
  const away = sites.map(([sx, sy]) => Math.hypot(sx - x, sy - y));
  let cell = box, far = reach(box, x, y);
  const order = sites.map((_, j) => j).sort((a, b) => away[a] - away[b] || a - b);
  for (const j of order) {
    if (j === i || (away[j] === 0 && j > i)) continue;
    if (away[j] === 0) return [];
    if (away[j] > 2 * far) break;
    const kept = cut(cell, sites[i], sites[j], j);
    if (!kept.length) return [];
    if (kept !== cell) {
      cell = kept;
      far = reach(cell, x, y);
    }
  }
  return cell;
}

/** @param {Corner[]} cell @param {number} x @param {number} y */
function reach(cell, x, y) {
  return Math.max(...cell.map(([cx, cy]) => Math.hypot(cx - x, cy - y)));
}

/** Keep what lies nearer to one center than to another (Sutherland and Hodgman's clipping).
 * @param {Corner[]} cell @param {Place} own @param {Place} other @param {number} j @returns {Corner[]} */
function cut(cell, own, other, j) {
  const nx = other[0] - own[0], ny = other[1] - own[1];
  const offset = (nx * (other[0] + own[0])) / 2 + (ny * (other[1] + own[1])) / 2;
  const sides = cell.map(([cx, cy]) => nx * cx + ny * cy - offset);
  if (Math.max(...sides) <= 0) return cell;
  /** @type {Corner[]} */
  const kept = [];
  cell.forEach(([cx, cy, behind], at) => {
    const after = (at + 1) % cell.length;
    const side = sides[at], next = sides[after];
    const leaving = side <= 0 && next > 0;
    if (side <= 0) kept.push([cx, cy, side === 0 && leaving ? j : behind]);
    if (side * next < 0) {
      const t = side / (side - next);
      const [nextX, nextY] = cell[after];
      kept.push([cx + t * (nextX - cx), cy + t * (nextY - cy), leaving ? j : behind]);
    }
  });
  return kept.length > 2 ? kept : [];
}
