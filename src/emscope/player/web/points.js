// The points on their canvas. Between two half-steps only what changes is drawn again.

import { markerCorners } from "./markers.js";

/** @typedef {import("./unpack.js").Data} Data */
/** @typedef {import("./unpack.js").Frame} Frame */
/** @typedef {import("./unpack.js").Look} Look */
/** @typedef {{left: number, top: number, width: number, height: number, total: [number, number]}} Box */

const MANY = 2000; // points from which on those that moved get a dark rim instead of a ring

/** @typedef {{look: Look, palette: number[], rings: boolean}} Manner */

export class Points {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.canvas = document.createElement("canvas");
    this.layers = [0, 1, 2].map(() => document.createElement("canvas"));
    /** @type {Map<string, HTMLCanvasElement>} */
    this.sprites = new Map();
    this.density = densityPicture(data);
    /** @type {Int32Array} */
    this.places = new Int32Array(2 * data.m);
    this.radius = 3;
    this.ratio = 1;
    /** @type {Box} */
    this.box = { left: 0, top: 0, width: 1, height: 1, total: [1, 1] };
  }

  /** @param {Box} box @param {number} ratio  device pixels per pixel */
  resize(box, ratio) {
    this.box = box;
    this.ratio = ratio;
    for (const canvas of [this.canvas, ...this.layers]) {
      canvas.width = Math.round(box.total[0] * ratio);
      canvas.height = Math.round(box.total[1] * ratio);
    }
    this.canvas.style.width = `${box.total[0]}px`;
    this.canvas.style.height = `${box.total[1]}px`;
    const area = Math.min(46, Math.max(4.5, 30 * (300 / Math.max(1, this.data.m)) ** 0.55));
    this.radius = Math.max(1.3, (Math.sqrt(area) / 2) * (box.width / 360) * ratio * (box.width < 400 ? 1.25 : 1));
    this.sprites.clear();
    const { positions, m } = this.data;
    for (let i = 0; i < m; i++) {
      this.places[2 * i] = Math.round((box.left + positions[2 * i] * box.width) * ratio);
      this.places[2 * i + 1] = Math.round((box.top + (1 - positions[2 * i + 1]) * box.height) * ratio);
    }
  }

  /** @param {Frame} frame @param {Manner} manner */
  draw(frame, manner) {
    const context = cleared(this.canvas);
    this.backdrop(context, manner.look);
    this.scatter(context, frame, manner, null, false);
    if (manner.rings) this.scatter(context, frame, manner, frame.changed, true);
  }

  /** Prepare the change from one half-step to the next. @param {Frame} from @param {Frame} to @param {Manner} manner */
  prepare(from, to, manner) {
    const changing = from.labels ? to.changed : null;
    const [still, before, after] = this.layers.map(cleared);
    this.backdrop(still, manner.look);
    if (changing) this.scatter(still, to, manner, changing, false, true);
    this.scatter(before, from, manner, changing, false);
    this.scatter(after, to, manner, changing, manner.rings && changing !== null);
  }

  /** @param {number} t  share of the change that is done */
  blend(t) {
    const context = cleared(this.canvas);
    const [still, before, after] = this.layers;
    context.drawImage(still, 0, 0);
    context.globalAlpha = 1 - t;
    context.drawImage(before, 0, 0);
    context.globalAlpha = t;
    context.drawImage(after, 0, 0);
    context.globalAlpha = 1;
  }

  /** The nearest point within reach of a place. @param {number} x @param {number} y @param {number} reach @returns {number|null} */
  at(x, y, reach) {
    let nearest = null, least = (reach * this.ratio) ** 2;
    const px = x * this.ratio, py = y * this.ratio;
    for (let i = 0; i < this.data.m; i++) {
      const squared = (this.places[2 * i] - px) ** 2 + (this.places[2 * i + 1] - py) ** 2;
      if (squared < least) {
        least = squared;
        nearest = i;
      }
    }
    return nearest;
  }

  /** @param {number} i @returns {[number, number]} */
  place(i) {
    return [this.places[2 * i] / this.ratio, this.places[2 * i + 1] / this.ratio];
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Frame} frame @param {Manner} manner
   * @param {ArrayLike<number>|null} chosen  which points; all for null @param {boolean} ringed
   * @param {boolean} [others]  the points that were not chosen instead
   */
  scatter(context, frame, manner, chosen, ringed, others = false) {
    const { palette } = manner;
    const skip = others ? new Set(/** @type {number[]} */ (chosen)) : null;
    const count = chosen && !others ? chosen.length : this.data.m;
    for (let n = 0; n < count; n++) {
      const i = chosen && !others ? chosen[n] : n;
      if (skip && skip.has(i)) continue;
      const color = frame.labels ? palette[frame.labels[i]] : -1;
      const sprite = this.sprite(color, ringed, manner.look);
      const half = sprite.width >> 1;
      context.drawImage(sprite, this.places[2 * i] - half, this.places[2 * i + 1] - half);
    }
  }

  /** A point as it is drawn once and copied from then on. @param {number} color @param {boolean} ringed @param {Look} look */
  sprite(color, ringed, look) {
    const key = `${color} ${ringed} ${look.paper} ${look.ink}`;
    const known = this.sprites.get(key);
    if (known) return known;
    const many = this.data.m > MANY;
    const radius = ringed && many ? 1.3 * this.radius : this.radius;
    const ring = ringed && !many ? 1.45 * radius + 1.8 * this.ratio : 0;
    const half = Math.ceil(Math.max(1.8 * radius, ring) + 3);
    const sprite = document.createElement("canvas");
    sprite.width = sprite.height = 2 * half;
    const context = /** @type {CanvasRenderingContext2D} */ (sprite.getContext("2d"));
    context.translate(half, half);
    const paint = look.clusters[color];
    context.beginPath();
    const { markers } = this.data.told;
    for (const [x, y] of markerCorners(markers && color >= 0 ? markers[color] : 0)) context.lineTo(radius * x, radius * y);
    context.closePath();
    context.globalAlpha = 0.88;
    context.fillStyle = paint ? paint.fill : look.unowned;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = ringed && many ? Math.max(1, 0.9 * this.ratio) : Math.min(1.2, Math.max(0.5, 0.2 * radius));
    context.strokeStyle = ringed && many ? look.ink : paint ? paint.rim : look.unowned_rim;
    context.stroke();
    if (ring) {
      context.beginPath();
      context.arc(0, 0, ring, 0, 2 * Math.PI);
      context.lineWidth = 1.3 * this.ratio;
      context.strokeStyle = look.ink;
      context.stroke();
    }
    this.sprites.set(key, sprite);
    return sprite;
  }

  /** What lies behind the points: the density of all rows. @param {CanvasRenderingContext2D} context @param {Look} look */
  backdrop(context, look) {
    const { left, top, width, height } = this.box, r = this.ratio;
    if (this.density) {
      const tinted = cleared(this.density.tinted);
      tinted.drawImage(this.density.mask, 0, 0);
      tinted.globalCompositeOperation = "source-in";
      tinted.fillStyle = look.muted;
      tinted.fillRect(0, 0, this.density.mask.width, this.density.mask.height);
      tinted.globalCompositeOperation = "source-over";
      context.drawImage(this.density.tinted, left * r, top * r, width * r, height * r);
    }
    const { profile } = this.data;
    if (!profile) return;
    context.beginPath();
    profile.forEach((value, i) => {
      const y = top + (1 - 0.52 - (0.42 * value) / 65535) * height;
      context.lineTo((left + ((i + 0.5) / profile.length) * width) * r, y * r);
    });
    context.strokeStyle = look.muted;
    context.lineWidth = 1.4 * r;
    context.stroke();
    context.lineTo((left + width) * r, (top + 0.48 * height) * r);
    context.lineTo(left * r, (top + 0.48 * height) * r);
    context.globalAlpha = 0.5;
    context.fillStyle = look.unowned;
    context.fill();
    context.globalAlpha = 1;
  }
}

/** @param {HTMLCanvasElement} canvas */
function cleared(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}

/** The density as opacity; its colour is the look's. @param {Data} data */
function densityPicture(data) {
  if (!data.density) return null;
  const { width, height } = data.told.density;
  const [mask, tinted] = [0, 1].map(() => document.createElement("canvas"));
  mask.width = tinted.width = width;
  mask.height = tinted.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (mask.getContext("2d"));
  const image = context.createImageData(width, height);
  data.density.forEach((value, at) => {
    const row = height - 1 - Math.floor(at / width); // the lowest row of cells comes first
    image.data[4 * (row * width + (at % width)) + 3] = 255 * 0.5 * (value / 255) ** 1.5;
  });
  context.putImageData(image, 0, 0);
  return { mask, tinted };
}
