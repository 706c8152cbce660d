// Drafts: an edit that isn't saved yet survives a reload, in this tab.
import { tell } from "./review_sending.js";

const STANDING = new Set(["csrf", "nonce", "queue", "saw", "verdict", "typed"]);
const nameOf = (key) => `draft:${document.querySelector(".who")?.textContent}:${key}`; // people may share a tab
const first = new WeakMap(); // form -> its fields as the server sent them

function fieldsOf(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !STANDING.has(name)));
}

export const isDirty = (form) => first.has(form) && first.get(form) !== fieldsOf(form);

export function clearDraft(key) {
  sessionStorage.removeItem(nameOf(key));
}

export function changed(form) {
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function bringBack(form, fields) {
  const told = new Map(fields);
  for (const field of form.elements) {
    if (!field.name || STANDING.has(field.name)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = told.get(field.name) === field.value;
    else if (told.has(field.name)) field.value = told.get(field.name);
    told.delete(field.type === "radio" ? "" : field.name);
  }
  for (const [name, value] of told) {
    if (!name.startsWith("added-")) continue;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(field);
  }
  const details = form.closest("details");
  if (details) details.open = true;
  tell("Your edit, which wasn't saved yet, is back.");
}

function label(work, form) {
  const button = work.querySelector("[data-form=accept] button");
  button.disabled = button.hasAttribute("data-empty") && !isDirty(form);
  button.firstChild.textContent = isDirty(form) ? "Accept my edit " : "Accept ";
  form.classList.toggle("dirty", isDirty(form));
}

// The button says that it accepts the edit, so that is what it sends.
function accepting(work, event) {
  const form = [...work.querySelectorAll("form[data-draft]")].find(isDirty);
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-save]"));
}

export function drafts(work) {
  work.querySelector("[data-form=accept] button").addEventListener("click", (event) => accepting(work, event));
  for (const form of work.querySelectorAll("form[data-draft]")) {
    form.autocomplete = "off"; // a reload must not leave half an edit of another item here
    form.reset();
    first.set(form, fieldsOf(form));
    const kept = sessionStorage.getItem(nameOf(work.dataset.key));
    if (kept) bringBack(form, JSON.parse(kept));
    form.addEventListener("input", () => {
      if (isDirty(form)) sessionStorage.setItem(nameOf(work.dataset.key), fieldsOf(form));
      else clearDraft(work.dataset.key);
      label(work, form);
    });
    label(work, form);
  }
}
