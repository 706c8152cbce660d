// Boxes: the panels of a figure, drawn over it and listed beside it; one of them is chosen and moved.
import { changed } from "./review_drafts.js";
import { tell } from "./review_sending.js";
import { drawing } from "./review_drawing.js";
import { layer, list } from "./review_boxlist.js";

const LEAST_PX = 4;

export function boxes(work, seen) {
  const place = work.querySelector("[data-boxes]");
  if (!place) return [];
  const form = work.querySelector("form[data-draft]");
  const field = form.querySelector("[name=value]");
  const viewer = seen.all[0];
  const state = {
    boxes: JSON.parse(field.value), chosen: 0, viewer, place,
    mayAdd: () => place.dataset.maySplit === "1" || state.boxes.length === 0,
  };
  const original = JSON.parse(field.defaultValue);
  let offered = null;
  let turn = -1;

  state.save = () => {
    field.value = JSON.stringify(state.boxes);
    changed(form);
    state.draw();
  };
  state.draw = () => { layer(state); list(state); };
  state.choose = (at) => {
    const count = state.boxes.length;
    state.chosen = count ? (at + count) % count : 0;
    state.draw();
    const box = state.boxes[state.chosen];
    if (box) tell(`Panel ${box.label ?? "without a label"}, ${state.chosen + 1} of ${count}`);
  };
  state.add = (box) => {
    if (!state.mayAdd()) return tell("The licence lets this figure stay whole only.");
    state.boxes.push({ key: null, label: null, box });
    state.chosen = state.boxes.length - 1;
    state.save();
  };
  state.remove = (at) => {
    if (state.boxes.length === 1) return tell("A figure has at least one panel: reject it instead.");
    state.boxes.splice(at, 1);
    state.chosen = Math.max(0, Math.min(state.chosen, state.boxes.length - 1));
    state.save();
  };
  state.label = (at, text) => {
    state.boxes[at].label = text.trim() || null;
    field.value = JSON.stringify(state.boxes);
    changed(form);
    layer(state);
  };
  state.set = (at, box) => {
    state.boxes[at].box = within(box, viewer);
    state.save();
  };
  state.reset = () => {
    state.boxes = structuredClone(original);
    state.chosen = 0;
    state.save();
  };

  async function propose() {
    offered ??= await fetch(`/proposals/${work.dataset.key}`).then((answer) => answer.json()).catch(() => null);
    const may = (offered ?? []).filter((each) => place.dataset.maySplit === "1" || each.length === 1);
    if (!may.length) return tell("There is no other proposal.");
    turn = (turn + 1) % may.length;
    state.boxes = keyed(may[turn], original);
    state.chosen = 0;
    state.save();
    const words = `Proposal ${turn + 1} of ${may.length}: ${may[turn].length} panel${may[turn].length === 1 ? "" : "s"}`;
    place.querySelector("[data-proposal]").textContent = words;
    tell(words);
  }

  const nudge = (x, y) => (event) => {
    const box = state.boxes[state.chosen];
    if (!box) return false;
    const by = event.shiftKey ? 10 : 1;
    const [left, top, right, bottom] = box.box;
    const [dx, dy] = [x * by, y * by];
    const moved = event.altKey ? [left, top, right + dx, bottom + dy] : shifted(box.box, dx, dy, viewer);
    state.set(state.chosen, moved);
  };

  drawing(state);
  state.draw();
  field.addEventListener("change", () => {
    try { state.boxes = JSON.parse(field.value); state.draw(); } catch { tell("That isn't JSON."); }
  });
  return [
    ["p", () => void propose()],
    ["n", () => state.choose(state.chosen + 1)],
    ["m", () => state.choose(state.chosen - 1)],
    ["ArrowLeft", nudge(-1, 0)], ["ArrowRight", nudge(1, 0)], ["ArrowUp", nudge(0, -1)], ["ArrowDown", nudge(0, 1)],
    ["Delete", () => state.remove(state.chosen)],
    ["Backspace", () => state.remove(state.chosen)],
    ["b", () => orTell(free(state.boxes, viewer), state.add)],
    ["l", () => place.querySelectorAll(".boxlist input")[state.chosen]?.select()],
  ];
}

export function within(box, { width, height }) {
  let [left, top, right, bottom] = box.map(Math.round);
  if (left > right) [left, right] = [right, left];
  if (top > bottom) [top, bottom] = [bottom, top];
  left = Math.max(0, Math.min(left, width - LEAST_PX));
  top = Math.max(0, Math.min(top, height - LEAST_PX));
  return [left, top, Math.min(width, Math.max(right, left + LEAST_PX)), Math.min(height, Math.max(bottom, top + LEAST_PX))];
}

const orTell = (box, add) => (box ? add(box) : tell("There is no room for one more: draw it by mouse."));

// The place nearest to the middle where a new box lies on no old one, a third of the sides or smaller.
function free(boxes, { width, height }) {
  for (const count of [3, 4, 6, 9, 12]) {
    const [wide, tall] = [width / count, height / count];
    if (Math.min(wide, tall) < LEAST_PX) return null;
    const steps = Array.from({ length: 2 * count - 1 }, (_, at) => at / 2);
    const places = steps.flatMap((x) => steps.map((y) => [x, y]));
    const far = ([x, y]) => Math.hypot(x - (count - 1) / 2, y - (count - 1) / 2);
    places.sort((one, other) => far(one) - far(other));
    for (const [x, y] of places) {
      const box = within([x * wide, y * tall, (x + 1) * wide, (y + 1) * tall], { width, height });
      if (boxes.every((each) => overlap(each.box, box) < 0.3)) return box;
    }
  }
  return null;
}

function shifted([left, top, right, bottom], dx, dy, { width, height }) {
  const x = Math.max(-left, Math.min(dx, width - right));
  const y = Math.max(-top, Math.min(dy, height - bottom));
  return [left + x, top + y, right + x, bottom + y];
}

function overlap(one, other) {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(one) + area(other) - width * height);
}

function keyed(offered, original) {
  // A box that is nearly one of those that stood there keeps its key, and so its panel's id.
  const free = [...original];
  return offered.map((each) => {
    const at = free.findIndex((known) => overlap(known.box, each.box) > 0.6);
    const [known] = at < 0 ? [null] : free.splice(at, 1);
    return { key: known?.key ?? null, label: each.label ?? known?.label ?? null, box: each.box };
  });
}
