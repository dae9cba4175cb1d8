// What makes the pages nicer. Each of them is complete without this file.

// A menu closes when the reader turns to something else.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Messages that htmx brought float over the page: good news leaves by itself, bad news
// stays until it is tapped or the next message comes.
let farewell;
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const messages = event.detail.target;
  if (messages.id !== "messages") return;
  clearTimeout(farewell);
  messages.classList.add("is-toast");
  if (!messages.querySelector("[role=alert]")) {
    farewell = setTimeout(() => messages.replaceChildren(), 6000);
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest(".messages.is-toast .alert")) {
    event.target.closest(".alert").remove();
  }
});

// An address that is to be shared names only what was asked for.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "filters") return;
  const asked = event.detail.formData;
  for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  // Newest first is how the catalog stands; what was searched for stands by relevance.
  if (asked.get("ordering") === "-created_at" && !asked.get("q")) asked.delete("ordering");
});

// The fields of the filters come with every answer, because their counts change. What
// the shopper has opened, ticked and typed meanwhile stays, and the field they are at
// stays where it is on the screen.
let placeOfField;
const topOf = (id) => document.getElementById(id)?.getBoundingClientRect().top;
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id !== "filter-fields") return;
  for (const old of target.querySelectorAll("details, input[id]")) {
    const fresh = fragment.getElementById(old.id);
    if (!fresh) continue;
    if (old.matches("details")) fresh.open = old.open;
    else if (old.type === "checkbox") fresh.checked = old.checked;
    else fresh.value = old.value;
  }
  const field = document.activeElement;
  placeOfField = target.contains(field) && { id: field.id, top: topOf(field.id) };
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id !== "filter-fields" || !placeOfField) return;
  const top = topOf(placeOfField.id);
  if (top !== undefined) scrollBy({ top: top - placeOfField.top, behavior: "instant" });
});

// The next page begins at its top for the keyboard too.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.elt.closest(".pagination")) {
    document.getElementById("results").focus({ preventScroll: true });
  }
});

// On a phone the filters stand above the goods: once asked, they make room.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "filters") return;
  for (const drawer of document.querySelectorAll("details.drawer[open]")) {
    drawer.open = false;
    document.getElementById("results").focus();
  }
});

// Thumbnails slide the gallery without moving the page.
document.addEventListener("click", (event) => {
  const thumb = event.target.closest(".gallery-thumbs a");
  const slide = thumb && document.querySelector(thumb.hash);
  if (!slide) return;
  event.preventDefault();
  slide.parentElement.scrollTo({ left: slide.offsetLeft });
});
