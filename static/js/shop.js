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

// Messages that htmx brought float over the page. Good news leaves by itself, unless
// somebody is at it; bad news stays until it is closed or the next message comes.
let farewell;
const messages = document.getElementById("messages");
const isRead = () => messages.matches(":hover, :focus-within");
function sayGoodbyeLater() {
  clearTimeout(farewell);
  if (messages.querySelector("[role=alert]")) return;
  farewell = setTimeout(() => {
    if (isRead()) sayGoodbyeLater();
    else messages.replaceChildren();
  }, 6000);
}
// htmx shows no answer that refuses; one that brings a message for here is shown.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const told = detail.xhr.getResponseHeader("HX-Reswap") === "none";
  if (detail.xhr.status === 429 && told) detail.shouldSwap = true;
});
// They lie below, or above if the reader's place on the page is below.
function makeWay() {
  const place = document.activeElement;
  if (!messages.classList.contains("is-toast") || messages.contains(place)) return;
  messages.classList.remove("is-above");
  if (place === document.body || !messages.children.length) return;
  const [ours, theirs] = [messages, place].map((one) => one.getBoundingClientRect());
  messages.classList.toggle("is-above", ours.top < theirs.bottom && theirs.top < ours.bottom);
}
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target !== messages) return;
  messages.classList.add("is-toast");
  makeWay();
  sayGoodbyeLater();
});
document.addEventListener("focusin", makeWay);
messages.addEventListener("click", (event) => {
  if (!event.target.closest(".message-close")) return;
  // What the message was about is where the keyboard goes on: the page, not the void.
  if (messages.querySelectorAll(".alert").length === 1) document.getElementById("main").focus({ preventScroll: true });
  event.target.closest(".alert").remove();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && messages.matches(".is-toast:focus-within")) {
    messages.replaceChildren();
    document.getElementById("main").focus({ preventScroll: true });
  }
});

// An address that is to be shared names only what was asked for.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "filters") return;
  const asked = event.detail.formData;
  for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  // Newest first is how the catalog stands; what was searched for stands by relevance.
  if (asked.get("ordering") === "-created_at" && !asked.get("q")) asked.delete("ordering");
  // Enter in a changed field asks twice: the way back is one step all the same.
  const there = new URLSearchParams(location.search).toString();
  const same = new URLSearchParams(asked).toString() === there;
  if (same && event.detail.path === location.pathname && there) event.preventDefault();
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

// The front page above the list goes when something is asked for; what the shopper
// looks at stays where it is on the screen.
let placeOfList;
const topOfList = () => document.querySelector(".catalog").getBoundingClientRect().top;
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id === "front") placeOfList = topOfList();
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id !== "front") return;
  scrollBy({ top: topOfList() - placeOfList, behavior: "instant" });
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

// On a phone a bar holds the button while the form of the product is out of sight.
const buyBar = document.getElementById("buy-bar");
if (buyBar) {
  new IntersectionObserver(([button]) => {
    buyBar.classList.toggle("is-away", button.isIntersecting);
  }).observe(document.querySelector("#add-to-cart button"));
}
