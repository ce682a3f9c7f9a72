// The points on their canvas. Every kind of point is drawn once and its pixels are laid down from then on, so
// that many points cost little; between two half-steps two finished pictures are blended.

import { certainty } from "../em/soft.js";
import { markerCorners } from "./markers.js";
import { rgb, tones } from "./mixing.js";

/** @typedef {import("../em/data.js").Data} Data */
/** @typedef {import("../em/data.js").Frame} Frame */
/** @typedef {import("../em/data.js").Look} Look */
/** @typedef {{left: number, top: number, width: number, height: number, total: [number, number]}} Box */
/** @typedef {import("./mixing.js").Tone} Tone */
/** @typedef {import("./mixing.js").Triple} Triple */
/** @typedef {{half: number, pixels: Uint8ClampedArray}} Sprite  a square of 2 half x 2 half: shares of fill, rim and ink, and opacity */
/** @typedef {{look: Look, palette: number[], rings: boolean}} Manner */

const SIZES = 6; // of points, by certainty
const SMALLEST = 0.4; // area of a point that could be anybody's, to that of a certain one
const MANY = 2000; // points from which on those that moved get a dark rim instead of a ring

export class Points {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.canvas = document.createElement("canvas");
    this.layers = [0, 1].map(() => document.createElement("canvas"));
    /** @type {Map<string, Sprite>} */
    this.sprites = new Map();
    this.density = densityMask(data);
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
    this.painted(this.layers[0], frame, manner);
    this.settle();
  }

  /** Show what was painted last. */
  settle() {
    cleared(this.canvas).drawImage(this.layers[0], 0, 0);
  }

  /** Prepare the change from what is seen to another half-step. @param {Frame} to @param {Manner} manner */
  prepare(to, manner) {
    cleared(this.layers[1]).drawImage(this.canvas, 0, 0);
    this.painted(this.layers[0], to, manner);
  }

  /** @param {number} t  share of the change that is done */
  blend(t) {
    const context = cleared(this.canvas);
    context.globalAlpha = 1 - t;
    context.drawImage(this.layers[1], 0, 0);
    context.globalCompositeOperation = "lighter"; // shares add up: what stays the same does not flicker
    context.globalAlpha = t;
    context.drawImage(this.layers[0], 0, 0);
    context.globalCompositeOperation = "source-over";
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

  /** Paint the backdrop and all points; those that moved come last. @param {HTMLCanvasElement} canvas @param {Frame} frame
   * @param {Manner} manner */
  painted(canvas, frame, { look, palette, rings }) {
    const { width, height } = canvas, context = cleared(canvas);
    const pixels = new Uint8ClampedArray(4 * width * height);
    const tone = tones(this.data, frame, look, palette), sure = certainty(this.data, frame), { markers } = this.data.told;
    const ink = rgb(look.ink);
    const lay = (/** @type {number} */ i, /** @type {boolean} */ ring) => {
      const marker = markers && frame.labels ? markers[palette[frame.labels[i]]] : 0;
      const sprite = this.sprite(marker, ring, Math.round(sure(i) * (SIZES - 1)));
      layDown(pixels, width, height, sprite, this.places[2 * i], this.places[2 * i + 1], tone(i), ink);
    };
    for (let i = 0; i < this.data.m; i++) lay(i, false);
    if (rings) for (let n = 0; n < frame.changed.length; n++) lay(frame.changed[n], true);
    withoutOpacity(pixels);
    context.putImageData(new ImageData(pixels, width, height), 0, 0);
    context.globalCompositeOperation = "destination-over";
    this.backdrop(context, look);
    context.globalCompositeOperation = "source-over";
    return canvas;
  }

  /** @param {number} marker @param {boolean} ringed @param {number} size  from 0 to SIZES - 1 @returns {Sprite} */
  sprite(marker, ringed, size) {
    const key = `${marker} ${ringed} ${size}`;
    let sprite = this.sprites.get(key);
    if (!sprite) this.sprites.set(key, (sprite = this.newSprite(marker, ringed, size)));
    return sprite;
  }

  /** @param {number} marker @param {boolean} ringed @param {number} size @returns {Sprite} */
  newSprite(marker, ringed, size) {
    const rimmed = ringed && this.data.m > MANY, corners = markerCorners(marker);
    const radius = (rimmed ? 1.3 : 1) * this.radius * Math.sqrt(SMALLEST + ((1 - SMALLEST) * size) / (SIZES - 1));
    const ring = ringed && !rimmed ? 1.45 * radius + 1.8 * this.ratio : 0;
    const half = Math.ceil(Math.max(ring + this.ratio, radius * Math.max(...corners.flat().map(Math.abs)) + 1.2));
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * half;
    const context = contextOf(canvas, { willReadFrequently: true });
    context.translate(half, half);
    context.beginPath();
    for (const [x, y] of corners) context.lineTo(radius * x, radius * y);
    context.closePath();
    context.globalAlpha = 0.88;
    context.fillStyle = "#f00"; // stands for the fill, green for the rim, blue for ink
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = rimmed ? Math.max(1, 0.9 * this.ratio) : Math.min(1.2, Math.max(0.5, 0.2 * radius));
    context.strokeStyle = rimmed ? "#00f" : "#0f0";
    context.stroke();
    if (ring) {
      context.beginPath();
      context.arc(0, 0, ring, 0, 2 * Math.PI);
      context.lineWidth = 1.3 * this.ratio;
      context.strokeStyle = "#00f";
      context.stroke();
    }
    const pixels = context.getImageData(0, 0, 2 * half, 2 * half).data;
    for (let at = 0; at < pixels.length; at += 4) {
      for (let c = at; c < at + 3; c++) pixels[c] = (pixels[c] * pixels[at + 3]) / 255;
    }
    return { half, pixels };
  }

  /** What lies behind the points: the density of all rows. @param {CanvasRenderingContext2D} context @param {Look} look */
  backdrop(context, look) {
    const { left, top, width, height } = this.box, r = this.ratio;
    if (this.density) context.drawImage(tinted(this.density, look.muted), left * r, top * r, width * r, height * r);
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

/** Lay a sprite over pixels whose colors are times their opacity. @param {Uint8ClampedArray} pixels @param {number} width
 * @param {number} height @param {Sprite} sprite @param {number} x @param {number} y @param {Tone} tone @param {Triple} ink */
function layDown(pixels, width, height, { half, pixels: source }, x, y, { fill, rim }, ink) {
  const left = x - half, top = y - half, size = 2 * half;
  if (left < 0 || top < 0 || left + size > width || top + size > height) return; // never: margins are wider
  for (let row = 0; row < size; row++) {
    let from = 4 * row * size, to = 4 * ((top + row) * width + left);
    for (let column = 0; column < size; column++, from += 4, to += 4) {
      const opacity = source[from + 3];
      if (opacity === 0) continue;
      const rest = (255 - opacity) / 255, a = source[from] / 255, b = source[from + 1] / 255, c = source[from + 2] / 255;
      for (let part = 0; part < 3; part++) {
        pixels[to + part] = a * fill[part] + b * rim[part] + c * ink[part] + pixels[to + part] * rest;
      }
      pixels[to + 3] = opacity + pixels[to + 3] * rest;
    }
  }
}

/** Divide colors by their opacity, as a canvas wants them. @param {Uint8ClampedArray} pixels */
function withoutOpacity(pixels) {
  for (let at = 3; at < pixels.length; at += 4) {
    const opacity = pixels[at];
    if (opacity === 0 || opacity === 255) continue;
    for (let c = at - 3; c < at; c++) pixels[c] = (pixels[c] * 255) / opacity;
  }
}

/** @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings] */
function contextOf(canvas, settings) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));
}

/** @param {HTMLCanvasElement} canvas */
function cleared(canvas) {
  canvas.width += 0; // on paper clearRect would leave white
  return contextOf(canvas);
}

/** The density as opacity alone. @param {Data} data */
function densityMask(data) {
  if (!data.density) return null;
  const { width, height } = data.told.density;
  const mask = document.createElement("canvas");
  mask.width = width;
  mask.height = height;
  const image = new ImageData(width, height);
  data.density.forEach((value, at) => {
    const row = height - 1 - Math.floor(at / width); // the lowest row of cells comes first
    image.data[4 * (row * width + (at % width)) + 3] = 255 * 0.5 * (value / 255) ** 1.5;
  });
  contextOf(mask).putImageData(image, 0, 0);
  return mask;
}

/** @param {HTMLCanvasElement} mask @param {string} color */
function tinted(mask, color) {
  const context = contextOf(mask);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = color;
  context.fillRect(0, 0, mask.width, mask.height);
  context.globalCompositeOperation = "source-over";
  return mask;
}
