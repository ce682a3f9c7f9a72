// Shapes of points: one for every cluster, all of the same area.

/** @typedef {[number, number]} Corner */

/** @param {number} corners @param {number} turn  in degrees @param {number} [inner]  of a star @returns {Corner[]} */
function polygon(corners, turn, inner) {
  const count = inner === undefined ? corners : 2 * corners;
  return Array.from({ length: count }, (_, i) => {
    const angle = ((turn + (360 / count) * i) * Math.PI) / 180;
    const radius = inner !== undefined && i % 2 ? inner : 1;
    return /** @type {Corner} */ ([radius * Math.cos(angle), radius * Math.sin(angle)]);
  });
}

/** @param {number} turn @returns {Corner[]} */
function cross(turn) {
  const arms = [[3, 1], [1, 1], [1, 3], [-1, 3], [-1, 1], [-3, 1], [-3, -1], [-1, -1], [-1, -3], [1, -3], [1, -1], [3, -1]];
  const c = Math.cos((turn * Math.PI) / 180), s = Math.sin((turn * Math.PI) / 180);
  return arms.map(([x, y]) => /** @type {Corner} */ ([c * x - s * y, s * x + c * y]));
}

/** In the order of the package's markers; the y axis points down. */
const SHAPES = [
  polygon(48, 0), polygon(4, 45), polygon(3, -90), polygon(4, 0), polygon(3, 90),
  cross(0), cross(45), polygon(5, -90, 0.382), polygon(3, 180), polygon(3, 0),
];

/** Corners of a marker with the area of a circle of radius 1. @param {number} number @returns {Corner[]} */
export function markerCorners(number) {
  const corners = SHAPES[number];
  let area = 0;
  corners.forEach(([x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    area += (x * nextY - nextX * y) / 2;
  });
  const size = Math.sqrt(Math.PI / Math.abs(area));
  return corners.map(([x, y]) => [size * x, size * y]);
}
