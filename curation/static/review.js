// Review: starts the parts of the page anew for each item, and joins their keys.
import { boxes } from "./review_boxes.js";
import { changes } from "./review_changes.js";
import { choices } from "./review_choices.js";
import { contrast } from "./review_contrast.js";
import { clearDraft, drafts } from "./review_drafts.js";
import { figure } from "./review_figure.js";
import { actions, listen, painted } from "./review_keys.js";
import { pair } from "./review_pairs.js";
import { isBusy, sending } from "./review_sending.js";
import { spans } from "./review_spans.js";
import { tags } from "./review_tags.js";
import { viewers } from "./review_viewers.js";

let keys = new Map();
let ends = [];

function located({ title, place }, isFirst) {
  if (!place) return; // a page that is no queue
  document.title = title;
  if (location.pathname !== place) history[isFirst ? "replaceState" : "pushState"](null, "", place);
}

function begin(isFirst) {
  for (const end of ends) end();
  ends = [];
  keys = new Map();
  const main = document.querySelector("main");
  located(main.dataset, isFirst);
  const work = main.matches(".work") ? main : null;
  if (!work) {
    for (const [key, act] of actions(null)) keys.set(key, act);
    if (!isFirst) main.focus();
    return;
  }
  document.body.classList.add("scripted");
  drafts(work); // first: the others show what it brings back
  const seen = viewers(work);
  for (const part of [actions(work), seen.keys, pair(work, seen), contrast(work, seen), figure(work), boxes(work, seen), spans(work), tags(work)]) {
    for (const [key, act] of part) keys.set(key, act);
  }
  changes(work);
  choices(work);
  ends.push(seen.end);
  if (!isFirst) work.querySelector("#question").focus({ preventScroll: true });
}

async function begun(isFirst) {
  begin(isFirst);
  const work = document.querySelector("main.work");
  await painted();
  if (work) work.dataset.ready = "1";
}

listen(() => (isBusy() ? new Map() : keys));
sending({ saved: clearDraft, swapped: () => begun(false) });
addEventListener("popstate", () => location.reload());
void begun(true);
