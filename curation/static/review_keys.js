// Keys: one listener for the page; letters never act while somebody types.
import { isDirty } from "./review_drafts.js";
import { choose } from "./review_choices.js";
import { tell } from "./review_sending.js";

const TYPED = "textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button])";
const OWN_KEYS = /^(Arrow|Home|End|Page| $)/;

function leave(field) {
  field.blur();
  (document.getElementById("question") ?? document.querySelector("main"))?.focus({ preventScroll: true });
}

function typed(event, field) {
  if (event.key === "Escape" && field.getAttribute("aria-expanded") !== "true") {
    leave(field);
    event.preventDefault();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    field.form?.requestSubmit(field.form.querySelector("[data-save]") ?? undefined);
    event.preventDefault();
  }
}

// Who dictates, or types by accident, may turn single characters off; this browser remembers it.
const NO_LETTERS = "no-letters";
const isOff = (key) => key.length === 1 && key !== "?" && localStorage.getItem(NO_LETTERS) === "1";

function remembered() {
  const box = document.getElementById("letters");
  if (!box) return;
  box.checked = localStorage.getItem(NO_LETTERS) !== "1";
  box.addEventListener("change", () => localStorage.setItem(NO_LETTERS, box.checked ? "0" : "1"));
}

// What a key that is held does once: it must not decide about items that nobody has looked at.
const ONCE = new Set(["a", "r", "e", "s", "u", "w", "p", "b", "digit", "save", "Delete", "Backspace"]);
const DECIDING = /^(Key|Digit|Numpad|Enter|Space|Backspace|Delete)/; // of the others the end may never be told
const down = new Set(); // keys that are pressed at this moment
let isPainted = false;
let isArmed = false; // whether the item has been painted and no key was down since

function holding() {
  const rearm = () => { isArmed ||= isPainted && down.size === 0; };
  document.addEventListener("keydown", (event) => DECIDING.test(event.code) && down.add(event.code), true);
  document.addEventListener("keyup", (event) => {
    if (event.key === "Meta") down.clear(); // while it is down nobody tells of other keys
    down.delete(event.code);
    rearm();
  }, true);
  addEventListener("blur", () => {
    down.clear();
    rearm();
  });
}

// Waits until an item is painted; keys that decide count from the moment when none is down any more.
export async function painted() {
  isPainted = isArmed = false;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  isPainted = true;
  isArmed = down.size === 0;
}

const waits = (event, name) => ONCE.has(name) && (event.repeat || !isArmed);

export function listen(current) {
  remembered();
  holding();
  document.addEventListener("keydown", (event) => {
    if (waits(event, event.key === "Enter" ? "save" : "")) return event.preventDefault();
    const dialog = document.querySelector("dialog[open]");
    if (dialog?.id === "figure" && event.key === "g") dialog.close();
    if (dialog || event.isComposing) return;
    if (event.target.matches?.(TYPED) || event.target.isContentEditable) return typed(event, event.target);
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "Enter") current().get("save")?.(event);
      return;
    }
    if (isOff(event.key)) return;
    if (event.target.matches?.("input") && OWN_KEYS.test(event.key)) return;
    const key = event.key.length === 1 && !/[^\x00-\x7f]/.test(event.key) ? event.key.toLowerCase() : event.key;
    const name = [event.key, key, /^\d$/.test(key) ? "digit" : key].find((each) => current().has(each));
    const act = current().get(name);
    if (!act || (event.altKey && !event.key.startsWith("Arrow"))) return;
    if (waits(event, name)) return event.preventDefault();
    if (act(event) !== false) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-key-of]");
    const act = button && current().get(button.dataset.keyOf);
    if (act) act(event);
  });
}

const submit = (form, button) => form?.requestSubmit(button ?? undefined);

function accept(work) {
  const form = [...work.querySelectorAll("form[data-draft]")].find(isDirty);
  if (form) return submit(form, form.querySelector("[data-save]"));
  const button = work.querySelector("[data-form=accept] button");
  if (button.disabled) return tell("There is nothing to accept yet: choose a value.");
  submit(button.form, button);
}

function saveOf(work) {
  const save = work.querySelector("form[data-draft] [data-save]");
  if (save) submit(save.form, save);
}

function edit(work) {
  const details = work.querySelector("details.edit");
  if (details) details.open = true;
  const first = ".spans [role=slider], .boxlist button, .editor textarea:not(.plain *), .editor input:not([type=hidden]), .editor select, .choices button";
  const field = (details ?? work).querySelector(first);
  field?.focus();
  if (field?.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
}

function digit(work, event) {
  const rejecting = work.querySelector("details.reject[open]");
  if (event.key === "0" && rejecting) return rejecting.querySelector(".whole input")?.click();
  const scope = rejecting ?? work.querySelector(".choices, .options ~ .edit");
  const chosen = scope?.querySelector(`[data-digit="${event.key}"]`);
  if (!chosen) return false;
  const details = chosen.closest("details.edit");
  if (details) details.open = true;
  if (chosen.closest("[data-chooses]")) return choose(work, chosen);
  if (chosen.type === "radio") chosen.focus();
  chosen.click();
}

function escape(work) {
  for (const open of work.querySelectorAll("details.reject[open]")) open.open = false;
  work.querySelector("#question").focus({ preventScroll: true });
}

function reject(work) {
  const details = work.querySelector("details.reject");
  if (!details) return tell("They are taken for different: accept that, or say what they are.");
  details.open = !details.open;
  (details.open ? details.querySelector(".reasons button") ?? details.querySelector("input") : details.querySelector("summary")).focus();
}

const orTell = (node, act, words) => (node ? act(node) : tell(words));

export function actions(work) {
  const told = [
    ["?", () => document.getElementById("help")?.showModal()],
    ["u", () => orTell(document.querySelector("[data-form=undo]"), submit, "There is nothing of yours to take back.")],
  ];
  if (!work) return told;
  return [
    ...told,
    ["a", () => accept(work)],
    ["r", () => reject(work)],
    ["e", () => edit(work)],
    ["s", () => submit(work.querySelector("[data-form=skip]"))],
    ["j", () => orTell(work.querySelector("a[rel=next]"), (link) => link.click(), "This is the last one.")],
    ["k", () => orTell(work.querySelector("a[rel=prev]"), (link) => link.click(), "This is the first one.")],
    ["w", () => work.querySelector("details.reject[open] [name=words]")?.focus()],
    ["digit", (event) => digit(work, event)],
    ["save", () => saveOf(work)],
    ["Escape", () => escape(work)],
  ];
}
