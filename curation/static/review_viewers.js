// Viewers: pictures that fit their place, are zoomed and moved, and are sharper where one looks closer.
import { showTiles } from "./review_tiles.js";

const FIRST_PX = 960;
const WHOLE_PX = 1600;
const FAST_MS = 700;
const MOST_ZOOM = 16;
const MARGIN_PX = 10; // so that boxes along the rim can be seen and taken hold of

export class Viewer {
  constructor(figure, key) {
    this.figure = figure;
    this.port = figure.querySelector(".port");
    this.sheet = figure.querySelector(".sheet");
    this.image = figure.querySelector("img");
    this.width = Number(figure.dataset.width);
    this.height = Number(figure.dataset.height);
    this.number = figure.dataset.number;
    this.key = key;
    this.look = "";
    this.side = FIRST_PX;
    this.turn = 0; // quarter turns to the right; 4 and more are mirrored first
    this.zoom = 1;
    this.x = this.y = 0.5; // what lies in the middle of the port, as shares of the picture
    this.changed = [];
    this.image.addEventListener("error", () => this.broken(true));
    this.image.addEventListener("load", () => this.broken(false));
    this.image.addEventListener("load", () => this.timed(), { once: true });
  }

  timed() {
    // On a line that brings pictures at once they may be as sharp as the screen is.
    const [told] = performance.getEntriesByName(this.image.currentSrc);
    this.isFast = Boolean(told) && told.duration < FAST_MS;
    if (this.scale) this.sharpen();
  }

  broken(is) {
    this.figure.querySelector(".broken").hidden = !is;
    this.sheet.classList.toggle("gone", is);
  }

  get size() {
    return this.turn % 2 ? [this.height, this.width] : [this.width, this.height];
  }

  get fit() {
    const [width, height] = this.size;
    const room = [this.port.clientWidth, this.port.clientHeight].map((side) => Math.max(32, side - 2 * MARGIN_PX));
    return Math.min(room[0] / width, room[1] / height, 4);
  }

  draw() {
    const fit = this.fit;
    const [width, height] = this.size.map((side) => side * fit);
    const [wide, tall] = [this.port.clientWidth, this.port.clientHeight];
    const kept = (at, side, room) => {
      const half = room / 2 / (side * this.zoom);
      return half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, at));
    };
    [this.x, this.y] = [kept(this.x, width, wide), kept(this.y, height, tall)];
    const left = wide / 2 - this.x * width * this.zoom;
    const top = tall / 2 - this.y * height * this.zoom;
    const { style } = this.sheet;
    [style.width, style.height] = [`${width}px`, `${height}px`];
    style.transform = `translate(${left}px, ${top}px) scale(${this.zoom})`;
    this.placeImage(fit);
    this.scale = fit * this.zoom; // CSS px of the screen for a px of the picture
    this.corner = [left, top];
    this.sharpen();
    for (const heard of this.changed) heard(this);
  }

  placeImage(fit) {
    const { style } = this.image;
    [style.width, style.height] = [`${this.width * fit}px`, `${this.height * fit}px`];
    const mirrored = this.turn >= 4 ? " scaleX(-1)" : "";
    style.transform = `translate(-50%, -50%) rotate(${90 * (this.turn % 4)}deg)${mirrored}`;
  }

  sharpen() {
    const shown = Math.max(this.width, this.height) * this.scale * devicePixelRatio;
    const needs = shown > FIRST_PX * 1.15 && Math.max(this.width, this.height) > FIRST_PX && (this.zoom > 1 || this.isFast);
    if (needs && this.side < WHOLE_PX) {
      this.side = WHOLE_PX;
      this.load();
    }
    if (this.figure.dataset.large) showTiles(this, this.zoom > 1 && shown > WHOLE_PX);
  }

  load() {
    const address = `/picture/${this.key}/${this.number}.jpg?side=${this.side}${this.look}`;
    const next = new Image();
    next.onload = () => { if (this.wanted === address) this.image.src = address; };
    next.onerror = () => this.broken(true);
    this.wanted = address;
    next.src = address;
  }

  to(zoom, x = this.x, y = this.y) {
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, zoom));
    [this.x, this.y] = this.zoom === 1 ? [0.5, 0.5] : [x, y];
    this.draw();
  }

  at(event) {
    // Return the place of a pointer in px of the picture.
    const port = this.port.getBoundingClientRect();
    return [event.clientX - port.left, event.clientY - port.top].map((at, axis) => (at - this.corner[axis]) / this.scale);
  }
}

function heard(viewer, all) {
  const { port } = viewer;
  port.addEventListener("wheel", (event) => {
    event.preventDefault();
    const zoom = viewer.zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2);
    const [x, y] = viewer.at(event).map((at, axis) => at / viewer.size[axis]);
    const share = zoom > viewer.zoom ? 0.3 : 0;
    for (const each of all) each.to(zoom, each.x + (x - each.x) * share, each.y + (y - each.y) * share);
  }, { passive: false });
  port.addEventListener("pointerdown", (event) => {
    const isPan = event.button === 1 || (event.button === 0 && (event.shiftKey || !port.classList.contains("draws")));
    if (!isPan || viewer.zoom === 1) return;
    event.preventDefault();
    port.setPointerCapture(event.pointerId);
    const [fromX, fromY, x, y] = [event.clientX, event.clientY, viewer.x, viewer.y];
    const move = (moved) => {
      const [width, height] = viewer.size.map((side) => side * viewer.scale);
      for (const each of all) each.to(viewer.zoom, x - (moved.clientX - fromX) / width, y - (moved.clientY - fromY) / height);
    };
    const done = () => port.removeEventListener("pointermove", move);
    port.addEventListener("pointermove", move);
    port.addEventListener("pointerup", done, { once: true });
    port.addEventListener("pointercancel", done, { once: true });
  });
}

function prefetch(work) {
  const { next, origin } = work.dataset;
  if (!next || navigator.connection?.saveData) return;
  for (const number of origin === "duplicates" ? [0, 1] : [0]) {
    new Image().src = `/picture/${next}/${number}.jpg?side=${FIRST_PX}`;
  }
}

export function viewers(work) {
  const all = [...work.querySelectorAll(".viewer")].map((figure) => new Viewer(figure, work.dataset.key));
  const button = work.querySelector("[data-key-of=z]");
  const drawAll = () => all.forEach((each) => each.draw());
  const watch = new ResizeObserver(drawAll);
  for (const each of all) {
    watch.observe(each.port);
    heard(each, all);
    each.changed.push(() => button.setAttribute("aria-pressed", String(each.zoom > 1)));
  }
  drawAll();
  const main = all[0]?.image;
  if (main?.complete) prefetch(work);
  else main?.addEventListener("load", () => prefetch(work), { once: true });
  const step = (by) => () => all.forEach((each) => each.to(each.zoom * by));
  const close = () => Math.max(2.5, Math.min(8, 1 / all[0].fit));
  const move = (x, y) => (event) => {
    if (!event.shiftKey || all[0].zoom === 1) return false;
    all.forEach((each) => each.to(each.zoom, each.x + (x * 0.15) / each.zoom, each.y + (y * 0.15) / each.zoom));
  };
  const keys = [
    ["z", () => { const zoom = all[0].zoom > 1 ? 1 : close(); all.forEach((each) => each.to(zoom)); }],
    ["+", step(1.4)], ["=", step(1.4)], ["-", step(1 / 1.4)],
    ["0", () => { if (work.querySelector("details.reject[open]")) return work.querySelector("details.reject .whole input")?.click(); all.forEach((each) => each.to(1)); }],
    ["ArrowLeft", move(-1, 0)], ["ArrowRight", move(1, 0)], ["ArrowUp", move(0, -1)], ["ArrowDown", move(0, 1)],
  ];
  return { all, keys, end: () => watch.disconnect() };
}
