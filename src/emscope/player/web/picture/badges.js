// Where the numbered badges of centers stand, so that none covers another.

/** @typedef {[number, number]} Place */

const ROUNDS = 60;

/** Radius of badges, and whether there is room for numbers. @param {number} k @param {number} scale */
export function badgeSize(k, scale) {
  const radii = [[10, 12], [30, 10], [50, 8.5], [120, 6.5]];
  const fitting = radii.find(([most]) => k <= most);
  return { radius: (fitting ? fitting[1] : 4.2) * scale, numbered: fitting !== undefined };
}

/** Push places apart until no two are nearer than asked. @param {Place[]} places @param {number} least @returns {Place[]} */
export function keptApart(places, least) {
  const apart = places.map(([x, y]) => /** @type {Place} */ ([x, y]));
  for (let round = 0; round < ROUNDS; round++) {
    const pushes = apart.map(() => [0, 0]);
    let lacking = false;
    for (let i = 0; i < apart.length; i++) {
      for (let j = i + 1; j < apart.length; j++) {
        let dx = apart[i][0] - apart[j][0], dy = apart[i][1] - apart[j][1];
        let distance = Math.hypot(dx, dy);
        if (distance >= 0.99 * least) continue;
        if (distance === 0) { // places that coincide part in directions of their own
          dx = Math.cos(2.399963 * j);
          dy = Math.sin(2.399963 * j);
          distance = 1;
        }
        const push = (0.5 * Math.max(0, least - Math.hypot(apart[i][0] - apart[j][0], apart[i][1] - apart[j][1]))) / distance;
        pushes[i][0] += push * dx;
        pushes[i][1] += push * dy;
        pushes[j][0] -= push * dx;
        pushes[j][1] -= push * dy;
        lacking = true;
      }
    }
    if (!lacking) break;
    apart.forEach((place, i) => {
      place[0] += pushes[i][0];
      place[1] += pushes[i][1];
    });
  }
  return apart;
}
