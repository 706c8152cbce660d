// Choices: where a digit chooses a value and doesn't save it yet: Enter or `a` does, once one has read what was chosen.
import { changed } from "./review_drafts.js";
import { tell } from "./review_sending.js";

const form = (work) => work.querySelector("form[data-draft]:has(select[name=value])");

function shown(work) {
  const { value } = form(work).querySelector("select");
  for (const each of work.querySelectorAll("[data-chooses] button")) each.setAttribute("aria-current", String(each.value === value));
}

export function choices(work) {
  if (!work.querySelector("[data-chooses]")) return;
  form(work).addEventListener("input", () => shown(work));
  shown(work);
}

export function choose(work, button) {
  form(work).querySelector("select").value = button.value;
  changed(form(work));
  button.focus(); // Enter saves it
  tell(`Chosen: ${JSON.parse(button.value)}. Enter or a saves.`);
}
