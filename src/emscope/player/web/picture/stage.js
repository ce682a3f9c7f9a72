// The picture: points on a canvas between two layers of SVG, regions and axes below, centers above.

import { badgeSize, keptApart } from "./badges.js";
import { set, short, svg } from "./dom.js";
import { gaussians } from "./gaussians.js";
import { Points } from "./points.js";
import { voronoi } from "./regions.js";
import { ticks } from "./ticks.js";
import { counted } from "../wording.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Look} Look */
/** @typedef {import("../em/data.js").Run} Run */
/** @typedef {[number, number]} Place */

/**
 * What is to be seen.
 * @typedef {object} View
 * @property {Run} run
 * @property {number} step
 * @property {Look} look
 * @property {{regions: boolean, trails: boolean, moved: boolean}} show
 * @property {number|null} cluster
 * @property {number|null} point
 * @property {Float64Array|null} ghosts  centers that another start came to
 * @property {boolean} movable  whether centers can be taken hold of
 */

const INSET = 0.035; // how far from the border a center stands that lies beyond it
const TOUCH = 22; // pixels around a center that hold it
const SMALL_PICTURE = 420; // pixels of a picture with small letters
const SHORTEST = 0.02; // arrow, in the size of the picture

export class Stage {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.points = new Points(data);
    this.element = document.createElement("div");
    this.element.className = "picture";
    this.back = svg("svg", { class: "layer", "aria-hidden": "true" });
    this.front = svg("svg", { class: "layer front" });
    set(this.points.canvas, { role: "img", "aria-label": nameOfPlot(data) });
    this.under = svg("g", { "aria-hidden": "true" });
    this.badges = svg("g");
    this.front.append(this.under, this.badges);
    this.element.append(this.back, this.points.canvas, this.front);
    this.box = this.points.box;
    /** @type {Place[]} */
    this.badgePlaces = [];
  }

  /** Height over width of what is drawn. */
  get shape() {
    const { limits } = this.data.told;
    if (limits.equal) return (limits.y[1] - limits.y[0]) / (limits.x[1] - limits.x[0]);
    return this.data.told.kind === "strip" ? 0.45 : 0.8;
  }

  /** @param {number} width @param {number} tallest @param {number} ratio */
  resize(width, tallest, ratio) {
    const left = width < SMALL_PICTURE ? 38 : 52;
    this.box = this.fitted(width, tallest, left);
    if (this.labelRoom > left) this.box = this.fitted(width, tallest, this.labelRoom);
    const { total } = this.box;
    this.points.resize(this.box, ratio);
    this.element.style.height = `${total[1]}px`;
    for (const layer of [this.back, this.front]) {
      set(layer, { width, height: total[1], viewBox: `0 0 ${width} ${total[1]}` });
    }
  }

  /** What the axes enclose, beside their labels. @param {number} width @param {number} tallest @param {number} left */
  fitted(width, tallest, left) {
    const [right, top, bottom] = width < SMALL_PICTURE ? [6, 6, 36] : [12, 10, 44];
    const most = width - left - right;
    const inner = Math.max(60, Math.min(most, (tallest - top - bottom) / this.shape));
    const height = inner * this.shape;
    /** @type {Place} */
    const total = [width, height + top + bottom];
    return { left: left + Math.max(0, most - inner) / 2, top, width: inner, height, total };
  }

  /** Ticks of the upright axis. */
  get upright() {
    const [low, high] = this.data.told.limits.y;
    return ticks(low, high, Math.max(2, Math.min(7, Math.round(this.box.height / 70))), { years: true });
  }

  /** How wide the labels of the upright axis are, with its name. */
  get labelRoom() {
    if (this.data.told.kind === "strip") return 0;
    return Math.max(...this.upright.labels.map((one) => one.length)) * (this.box.total[0] < SMALL_PICTURE ? 6 : 7) + 30;
  }

  /** From fractions of the limits to pixels. @param {Place} fraction @returns {Place} */
  place([x, y]) {
    return [this.box.left + x * this.box.width, this.box.top + (1 - y) * this.box.height];
  }

  /** Where all centers are, as fractions; those beyond the limits just inside the border. @param {Float64Array} centers */
  positions(centers) {
    const all = Array.from({ length: centers.length / this.data.d }, (_, j) => this.data.project(centers, j));
    const outside = all.map(([x, y]) => x < 0 || x > 1 || y < 0 || y > 1);
    const clamp = (/** @type {number} */ v) => Math.min(1 - INSET, Math.max(INSET, v));
    return { at: all.map(([x, y], j) => /** @type {Place} */ (outside[j] ? [clamp(x), clamp(y)] : [x, y])), true: all, outside };
  }

  /** Draw a frame as it stands. @param {View} view */
  draw(view) {
    const frame = view.run.frames[view.step];
    this.points.draw(frame, this.manner(view));
    this.drawLines(view, null, 1);
  }

  /** Make ready to go from what is seen to this frame. @param {View} view */
  prepare(view) {
    this.points.prepare(view.run.frames[view.step], this.manner(view));
  }

  /** Draw the way from the frame before. @param {View} view @param {number} t */
  between(view, t) {
    this.points.blend(t);
    this.drawLines(view, view.run.frames[view.step - 1], t);
  }

  /** Draw the frame that the way led to. @param {View} view */
  settle(view) {
    this.points.settle();
    this.drawLines(view, null, 1);
  }

  /** @param {View} view */
  manner({ look, run, show }) {
    return { look, palette: run.palette, rings: show.moved };
  }

  /** @param {View} view @param {Frame|null} from @param {number} t */
  drawLines(view, from, t) {
    const regions = view.show.regions ? this.regions(view, view.run.frames[view.step], from, t) : [];
    this.back.replaceChildren(...regions, ...this.axes(view.look));
    this.drawFront(view, t);
  }

  /** Draw what lies above the points. @param {View} view @param {number} [t] */
  drawFront(view, t = 1) {
    const frame = view.run.frames[view.step], under = [];
    if (view.cluster !== null && frame.labels && t === 1) under.push(this.ties(view, frame));
    if (view.show.trails) under.push(...this.trails(view, t));
    if (view.show.regions) under.push(...gaussians(this.data, this.box, view, t));
    if (frame.old) under.push(...this.arrows(view, frame, t));
    if (view.ghosts) under.push(...this.ghosts(view, view.ghosts));
    if (view.point !== null && t === 1) under.push(...this.reasons(view, frame, view.point));
    this.under.replaceChildren(...under);
    this.drawBadges(view, frame, t);
  }

  /** The centers that explain the labels. @param {View} view @param {Frame|null} frame */
  bordering({ run }, frame) {
    if (!frame || !frame.labels || run.card.owners !== "nearest" || this.data.told.kind === "projection") return null;
    return frame.phase === "maximization" ? frame.old : frame.centers;
  }

  /** @param {View} view @param {Frame} frame @param {Frame|null} from @param {number} t */
  regions(view, frame, from, t) {
    let centers = this.bordering(view, frame);
    if (!centers) return [];
    const before = this.bordering(view, from);
    if (before && t < 1) {
      const [old, now] = [before, centers];
      centers = now.map((c, at) => old[at] + t * (c - old[at]));
    }
    const fading = from && !before ? t : 1;
    const { limits, unit } = this.data.told;
    const sides = [(limits.x[1] - limits.x[0]) / unit[0], (limits.y[1] - limits.y[0]) / unit[1]];
    const longest = Math.max(...sides);
    const sites = this.positions(centers).true;
    const { polygons, borders } = voronoi(sites, [sides[0] / longest, sides[1] / longest]);
    const path = (/** @type {Place[]} */ corners) => corners.map((corner) => this.place(corner).map(short).join(" ")).join("L");
    const { look, run } = view;
    const areas = polygons.map((corners, j) =>
      svg("path", { d: corners.length ? `M${path(corners)}Z` : "", fill: look.clusters[run.palette[j]].tint, "fill-opacity": fading }),
    );
    const dashed = frame.phase === "maximization" ? "5 4" : "none";
    const lines = svg("path", {
      d: borders.map((border) => `M${path(border)}`).join(""), fill: "none", stroke: look.border,
      "stroke-width": 1.2, "stroke-dasharray": dashed, "stroke-opacity": fading,
    });
    return [...areas, lines];
  }

  /** @param {Look} look */
  axes(look) {
    const { left, top, width, height, total } = this.box;
    const { limits, axes, kind } = this.data.told;
    const parts = [svg("rect", { x: left, y: top, width, height, fill: "none", stroke: look.line })];
    const small = total[0] < SMALL_PICTURE;
    const text = (/** @type {any} */ attributes, /** @type {string} */ words) =>
      svg("text", { fill: look.muted, "font-size": small ? 10.5 : 12, ...attributes }, words);
    const across = ticks(limits.x[0], limits.x[1], Math.max(2, Math.min(7, Math.round(width / (small ? 52 : 80)))), { years: true });
    across.values.forEach((value, i) => {
      const [x] = this.place([(value - limits.x[0]) / (limits.x[1] - limits.x[0]), 0]);
      parts.push(svg("path", { d: `M${short(x)} ${short(top + height)}v4`, stroke: look.line }));
      parts.push(text({ x: short(x), y: short(top + height + (small ? 14 : 17)), "text-anchor": "middle" }, across.labels[i]));
    });
    const middle = { "text-anchor": "middle", fill: look.ink };
    parts.push(text({ x: left + width / 2, y: total[1] - 5, ...middle }, axes[0] + across.offset));
    if (kind === "strip") return parts;
    const up = this.upright;
    up.values.forEach((value, i) => {
      const [, y] = this.place([0, (value - limits.y[0]) / (limits.y[1] - limits.y[0])]);
      parts.push(svg("path", { d: `M${short(left)} ${short(y)}h-4`, stroke: look.line }));
      parts.push(text({ x: left - 7, y: short(y + 4), "text-anchor": "end" }, up.labels[i]));
    });
    const x = Math.max(10, left - this.labelRoom + 14), y = top + height / 2;
    parts.push(text({ transform: `translate(${short(x)} ${short(y)}) rotate(-90)`, ...middle }, axes[1] + up.offset));
    return parts;
  }

  /** Lines from the points of one cluster to its center. @param {View} view @param {Frame} frame */
  ties(view, frame) {
    const cluster = /** @type {number} */ (view.cluster);
    const labels = /** @type {ArrayLike<number>} */ (frame.labels);
    const [cx, cy] = this.place(this.positions(frame.centers).at[cluster]).map(short);
    let d = "";
    for (let i = 0; i < this.data.m; i++) {
      if (labels[i] === cluster) d += `M${this.points.place(i).join(" ")}L${cx} ${cy}`;
    }
    const stroke = view.look.clusters[view.run.palette[cluster]].outline;
    return svg("path", { d: d, stroke, fill: "none", "stroke-width": 1, "stroke-opacity": 0.55 });
  }

  /** The way of every center so far. @param {View} view @param {number} t */
  trails(view, t) {
    const { run, step, look } = view;
    const stops = run.frames.slice(0, step + (t === 1 ? 1 : 0)).filter((frame) => frame.phase !== "expectation");
    const places = stops.map((frame) => this.positions(frame.centers).at.map((at) => this.place(at).map(short)));
    return run.palette.flatMap((color, j) => {
      const { outline } = look.clusters[color];
      const d = places.map((all, i) => `${i ? "L" : "M"}${all[j].join(" ")}`).join("");
      const line = { d: d, fill: "none", "stroke-linejoin": "round" };
      const dots = places.map((all) => svg("circle", { cx: all[j][0], cy: all[j][1], r: 2.6, fill: outline, stroke: look.paper }));
      return [
        svg("path", { ...line, stroke: look.paper, "stroke-width": 4.5, "stroke-opacity": 0.8 }),
        svg("path", { ...line, stroke: outline, "stroke-width": 2 }),
        ...dots,
      ];
    });
  }

  /** Where centers were, and the way to where they are. @param {View} view @param {Frame} frame @param {number} t */
  arrows(view, frame, t) {
    const { look, run } = view;
    const old = this.positions(/** @type {Float64Array} */ (frame.old)).at, now = this.positions(frame.centers).at;
    const { radius } = badgeSize(run.palette.length, this.scale);
    return old.flatMap((from, j) => {
      const paint = look.clusters[run.palette[j]];
      const a = this.place(from), b = this.place(now[j]);
      const ring = { cx: short(a[0]), cy: short(a[1]) };
      const parts = [
        svg("circle", { ...ring, r: 0.72 * radius + 1.2, fill: look.paper, "fill-opacity": 0.75 }),
        svg("circle", { ...ring, r: 0.72 * radius, fill: paint.tint, stroke: paint.outline, "stroke-width": 1.8, opacity: 0.8 }),
      ];
      const away = Math.hypot(now[j][0] - from[0], now[j][1] - from[1]);
      if (away > SHORTEST) parts.push(...arrow(a, b, t, 0.72 * radius, radius + 2, look));
      return parts;
    });
  }

  /** Centers of another end, as dashed rings. @param {View} view @param {Float64Array} centers */
  ghosts({ look, run }, centers) {
    const { radius } = badgeSize(run.palette.length, this.scale);
    return this.positions(centers).at.flatMap((at, j) => {
      const [cx, cy] = this.place(at).map(short), ring = { cx, cy, r: radius + 3, fill: "none" };
      return [svg("circle", { ...ring, stroke: look.paper, "stroke-width": 5 }), svg("circle", { ...ring, stroke: look.clusters[j].outline, "stroke-width": 2.4, "stroke-dasharray": "4 3" })];
    });
  }

  /** Ring a point, and tie it to its owner and the center next to it. @param {View} view @param {Frame} frame @param {number} i */
  reasons(view, frame, i) {
    const [x, y] = this.points.place(i), { look } = view;
    const deciding = frame.phase === "maximization" && frame.old ? frame.old : frame.centers;
    const at = this.positions(deciding).at.map((one) => this.place(one).map(short));
    const label = frame.labels ? frame.labels[i] : null;
    const lines = label === null ? [] : [
      svg("path", { d: `M${x} ${y}L${at[label].join(" ")}`, stroke: look.paper, "stroke-width": 5, "stroke-opacity": 0.8 }),
      svg("path", { d: `M${x} ${y}L${at[label].join(" ")}`, stroke: look.ink, "stroke-width": 1.8 }),
    ];
    const r = this.points.radius / this.points.ratio + 4.5;
    const ring = { cx: x, cy: y, r, fill: "none" };
    return [
      ...lines,
      svg("circle", { ...ring, stroke: look.paper, "stroke-width": 5 }),
      svg("circle", { ...ring, stroke: look.ink, "stroke-width": 2.4 }),
    ];
  }

  /** Size of badges in this picture. */
  get scale() {
    return Math.min(1, Math.max(0.55, this.box.width / 420));
  }

  /** Numbered badges, the same elements from frame to frame, so that one keeps the focus it has.
   * @param {View} view @param {Frame} frame @param {number} t */
  drawBadges(view, frame, t) {
    const { look, run } = view;
    const now = this.positions(frame.centers);
    let at = now.at;
    if (frame.old && t < 1) {
      const old = this.positions(frame.old).at;
      at = at.map(([x, y], j) => [old[j][0] + t * (x - old[j][0]), old[j][1] + t * (y - old[j][1])]);
    }
    const places = at.map((one) => this.place(one));
    const { radius, numbered } = badgeSize(run.palette.length, this.scale);
    this.badgePlaces = numbered ? keptApart(places, 2 * radius + 3) : places;
    while (this.badges.children.length > places.length) this.badges.lastChild?.remove();
    while (this.badges.children.length < places.length) this.badges.append(newBadge());
    places.forEach((place, j) => {
      const paint = look.clusters[run.palette[j]];
      const badge = /** @type {SVGElement} */ (this.badges.children[j]);
      const [bx, by] = this.badgePlaces[j].map(short);
      const [hold, tie, dot, halo, disc, plate, text, out] = badge.children;
      const gaveWay = Math.hypot(place[0] - bx, place[1] - by) > 0.75 * radius;
      set(hold, { cx: bx, cy: by, r: view.movable ? TOUCH : 0 });
      set(tie, { d: gaveWay ? `M${place.map(short).join(" ")}L${bx} ${by}` : "", stroke: look.ink });
      set(dot, { cx: short(place[0]), cy: short(place[1]), r: gaveWay ? 3.6 : 0, fill: paint.rim, stroke: look.paper });
      set(halo, { cx: bx, cy: by, r: short(radius + 1.8), fill: look.paper });
      set(disc, { cx: bx, cy: by, r: short(radius), fill: paint.fill, stroke: numbered ? paint.rim : look.ink });
      set(plate, { cx: bx, cy: by, r: numbered ? short(0.7 * radius) : 0, fill: look.ink });
      const size = radius * (j < 10 ? 1.05 : j < 100 ? 0.85 : 0.65);
      set(text, { x: bx, y: short(by + 0.36 * size), "font-size": short(size), fill: look.paper });
      text.textContent = numbered ? String(j) : "";
      set(out, { d: now.outside[j] ? pointer([bx, by], now.true[j], radius) : "", fill: look.ink });
      badge.classList.toggle("chosen", view.cluster === j);
      this.nameBadge(badge, view, j);
    });
  }

  /** Centers that can be moved are named and in the order of the tab key. @param {SVGElement} badge @param {View} view @param {number} j */
  nameBadge(badge, view, j) {
    if (!view.movable) {
      for (const name of ["tabindex", "role", "aria-label", "data-center"]) badge.removeAttribute(name);
      badge.setAttribute("aria-hidden", "true");
      return;
    }
    badge.removeAttribute("aria-hidden");
    set(badge, { tabindex: 0, role: "button", "data-center": j });
    badge.setAttribute("aria-label", `${view.run.card.soft ? "Mean" : "Center"} ${j}. Arrow keys move it, Delete removes it.`);
  }

  /** The badge at a place. @param {Place} place @param {number} reach @returns {number|null} */
  badgeAt([x, y], reach) {
    let nearest = null, least = reach;
    this.badgePlaces.forEach(([bx, by], j) => {
      const away = Math.hypot(bx - x, by - y);
      if (away < least) [nearest, least] = [j, away];
    });
    return nearest;
  }
}

/** @param {Data} data */
function nameOfPlot({ m, told: { axes, kind } }) {
  return `Plot of ${counted(m, "point")}: ${kind === "strip" ? `along ${axes[0]}` : `${axes[1]} over ${axes[0]}`}`;
}

function newBadge() {
  const parts = ["circle.hold", "path", "circle", "circle.halo", "circle.disc", "circle", "text", "path"];
  return svg("g", { class: "badge" }, ...parts.map((part) => {
    const [name, kind] = part.split(".");
    return svg(name, kind ? { class: kind } : {});
  }));
}

/** @param {Place} a @param {Place} b @param {number} t @param {number} start @param {number} end @param {Look} look */
function arrow(a, b, t, start, end, look) {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  const from = start, to = t * length - end;
  if (to - from < 4) return [];
  const ux = (b[0] - a[0]) / length, uy = (b[1] - a[1]) / length;
  const along = (/** @type {number} */ s, /** @type {number} */ w) => `${short(a[0] + s * ux - w * uy)} ${short(a[1] + s * uy + w * ux)}`;
  const head = Math.min(9, to - from);
  const shaft = `M${along(from, 0)}L${along(to - head + 1, 0)}`;
  const tip = `M${along(to, 0)}L${along(to - head, 0.45 * head)}L${along(to - head, -0.45 * head)}Z`;
  const halo = { stroke: look.paper, "stroke-width": 4.5, "stroke-linejoin": "round", fill: "none" };
  return [
    svg("path", { d: shaft + tip, ...halo }),
    svg("path", { d: shaft, stroke: look.ink, "stroke-width": 1.9 }),
    svg("path", { d: tip, fill: look.ink }),
  ];
}

/** A head that points out of the picture, beside a badge. @param {Place} place @param {Place} beyond @param {number} radius */
function pointer([x, y], beyond, radius) {
  const angle = Math.atan2(-(beyond[1] - 0.5), beyond[0] - 0.5);
  const along = (/** @type {number} */ s, /** @type {number} */ w) =>
    `${short(x + s * Math.cos(angle) - w * Math.sin(angle))} ${short(y + s * Math.sin(angle) + w * Math.cos(angle))}`;
  const r = radius + 3;
  return `M${along(r + 6, 0)}L${along(r, 4)}L${along(r, -4)}Z`;
}
