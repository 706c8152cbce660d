// Spans: the words of a caption that speak of a panel; their boundaries are moved by keys or dragged.
// Offsets count characters as Python does (code points), not as this language does.
import { changed } from "./review_drafts.js";
import { tell } from "./review_sending.js";

export function spans(work) {
  const place = work.querySelector("[data-spans]");
  if (!place) return [];
  const shown = place.querySelector("[data-caption]");
  const form = work.querySelector("form[data-draft]");
  const field = form.querySelector("[name=value]");
  const caption = Array.from(shown.textContent);
  if (caption.length !== Number(shown.dataset.length)) {
    tell("This caption holds characters that the page can't count: edit its spans as text.");
    return [];
  }
  let told = JSON.parse(field.value);
  let chosen = 0;

  const limit = (at) => {
    // Return between which offsets a boundary may lie.
    const [span, side] = [at >> 1, at % 2];
    const low = side ? told[span][0] + 1 : (told[span - 1]?.[1] ?? 0);
    const high = side ? (told[span + 1]?.[0] ?? caption.length) : told[span][1] - 1;
    return [low, high];
  };
  const move = (at, to) => {
    const [low, high] = limit(at);
    told[at >> 1][at % 2] = Math.max(low, Math.min(high, to));
    save();
  };
  const save = () => {
    field.value = JSON.stringify(told);
    changed(form);
    draw();
  };
  const choose = (at) => {
    const count = 2 * told.length;
    chosen = count ? (at + count) % count : 0;
    draw();
    shown.querySelectorAll(".edge")[chosen]?.focus();
  };

  function draw() {
    const isFocused = document.activeElement?.classList.contains("edge");
    const nodes = [];
    let at = 0;
    told.forEach(([start, end], number) => {
      nodes.push(caption.slice(at, start).join(""), edge(2 * number), mark(start, end), edge(2 * number + 1));
      at = end;
    });
    shown.replaceChildren(...nodes, caption.slice(at).join(""));
    if (isFocused) shown.querySelectorAll(".edge")[chosen]?.focus();
    work.querySelector("[data-gives]").textContent = told.map(([start, end]) => caption.slice(start, end).join("")).join(" ") || "No words.";
  }
  const mark = (start, end) => {
    const node = document.createElement("mark");
    node.textContent = caption.slice(start, end).join("");
    return node;
  };
  const edge = (at) => {
    const [low, high] = limit(at);
    const now = told[at >> 1][at % 2];
    const node = Object.assign(document.createElement("span"), { className: `edge ${at % 2 ? "end" : "start"}${at === chosen ? " chosen" : ""}`, tabIndex: 0 });
    const words = caption.slice(Math.max(0, now - 12), now).join("");
    const said = { role: "slider", "aria-label": `${at % 2 ? "End" : "Start"} of span ${(at >> 1) + 1}`, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": now, "aria-valuetext": `after “${words}”`, "aria-orientation": "horizontal" };
    for (const [key, value] of Object.entries(said)) node.setAttribute(key, value);
    node.addEventListener("focus", () => {
      if (chosen === at) return;
      chosen = at;
      shown.querySelectorAll(".edge").forEach((each, number) => each.classList.toggle("chosen", number === at));
    });
    node.addEventListener("pointerdown", (event) => drag(event, at));
    return node;
  };

  function drag(event, at) {
    event.preventDefault();
    chosen = at;
    const moved = (to) => {
      const offset = offsetAt(shown, to.clientX, to.clientY);
      if (offset !== null) move(at, offset);
    };
    const done = () => { removeEventListener("pointermove", moved); removeEventListener("pointerup", done); };
    addEventListener("pointermove", moved);
    addEventListener("pointerup", done);
  }

  const step = (way) => (event) => {
    if (!told.length) return false;
    const now = told[chosen >> 1][chosen % 2];
    move(chosen, event.shiftKey ? now + way : wordStep(caption, now, way, chosen % 2 === 1));
  };
  const add = () => {
    const range = selected(shown);
    const [start, end] = range ?? nextWord(caption, told[chosen >> 1]?.[1] ?? 0, told);
    if (start >= end) return tell("There are no free words after this span.");
    told = told.filter((span) => span[1] <= start || span[0] >= end);
    told.push([start, end]);
    told.sort((one, other) => one[0] - other[0]);
    chosen = 2 * told.findIndex((span) => span[0] === start) + 1;
    getSelection().removeAllRanges();
    save();
    choose(chosen);
  };
  draw();
  return [
    ["n", () => choose(chosen + 1)],
    ["m", () => choose(chosen - 1)],
    ["ArrowRight", step(1)],
    ["ArrowLeft", step(-1)],
    ["b", add],
    ["Delete", () => { told.splice(chosen >> 1, 1); chosen = 0; save(); choose(0); }],
    ["Backspace", () => { told.splice(chosen >> 1, 1); chosen = 0; save(); choose(0); }],
  ];
}

const isWord = (character) => /[\p{L}\p{N}]/u.test(character ?? "");

export function wordStep(caption, at, way, isEnd) {
  // Return the next place where a word begins or, for an end, where one has ended.
  const stops = (place) => (isEnd ? isWord(caption[place - 1]) && !isWord(caption[place]) : !isWord(caption[place - 1]) && isWord(caption[place]));
  for (let place = at + way; place > 0 && place < caption.length; place += way) if (stops(place)) return place;
  return way < 0 ? 0 : caption.length;
}

function nextWord(caption, from, told) {
  let start = from;
  while (start < caption.length && !isWord(caption[start])) start++;
  const limit = told.map(([first]) => first).find((first) => first >= start) ?? caption.length;
  return [start, Math.min(limit, wordStep(caption, start, 1, true))];
}

function offsetAt(shown, x, y) {
  const spot = document.caretPositionFromPoint?.(x, y) ?? caretRange(x, y);
  return spot && shown.contains(spot.offsetNode) ? before(shown, spot.offsetNode, spot.offset) : null;
}

function caretRange(x, y) {
  const range = document.caretRangeFromPoint?.(x, y);
  return range && { offsetNode: range.startContainer, offset: range.startOffset };
}

function before(shown, node, offset) {
  const range = document.createRange();
  range.setStart(shown, 0);
  range.setEnd(node, offset);
  return Array.from(range.toString()).length;
}

function selected(shown) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!shown.contains(range.startContainer) || !shown.contains(range.endContainer)) return null;
  return [before(shown, range.startContainer, range.startOffset), before(shown, range.endContainer, range.endOffset)];
}
