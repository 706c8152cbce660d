// Sending: what htmx sends and puts in place; a verdict that got no answer is sent again, until there is one.
const DECIDED = new Set(["accept", "reject", "edit"]); // what leaves no edit behind
let busy = false;
let sent = null; // {form, button} of the verdict that is on its way
let timer = 0;

export const isBusy = () => busy;

export function tell(words) {
  document.getElementById("told").textContent = words;
}

function trouble(words) {
  const shown = document.getElementById("trouble");
  if (!shown) return;
  shown.textContent = words;
  shown.hidden = !words;
}

function again(tries) {
  const { form, button } = sent;
  const wait = Math.min(8000, 500 * 2 ** tries);
  trouble(`Not saved yet: the server doesn't answer. It is sent again by itself (try ${tries + 1}).`);
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!form.isConnected) return;
    sent = { form, button, tries: tries + 1 };
    busy = false;
    form.requestSubmit(button ?? undefined);
  }, wait);
}

export function sending({ saved, swapped }) {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-form]")) {
      const tries = sent?.form === event.target ? sent.tries : 0;
      sent = { form: event.target, button: event.submitter, tries };
    }
  }, true);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (busy) event.preventDefault();
    else busy = true;
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("[data-form]") && sent?.form === event.detail.elt) return again(sent.tries);
    busy = false;
    trouble("The server doesn't answer. Is it still running?");
  });
  document.addEventListener("htmx:responseError", (event) => {
    busy = false;
    const { status, responseText } = event.detail.xhr;
    const isOurs = event.detail.elt.matches("[data-form]") && sent?.form === event.detail.elt;
    if (status >= 502 && status <= 504 && isOurs) return again(sent.tries);
    trouble(`Not saved: ${status === 403 ? "this page is out of date; load it again" : responseText.slice(0, 200)}`);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    busy = false;
    const path = event.detail.requestConfig?.path ?? "";
    const said = event.detail.requestConfig?.parameters?.verdict;
    if (path.startsWith("/decide/") && DECIDED.has(said) && event.detail.xhr.status < 300) saved(path.split("/")[2]);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "item") return;
    busy = false;
    const said = sent?.form.querySelector("[name=verdict]")?.value;
    const words = { accept: "Accepted.", reject: "Rejected.", edit: "Saved.", skip: "Skipped.", undo: "Taken back." };
    const told = sent && event.detail.xhr.status < 300 ? (sent.form.dataset.told ?? words[said] ?? "") : "";
    sent = null;
    tell("");
    void swapped().then(() => tell(told)); // who hears it may press the next key
  });
}
