// Suggestions under the search field, as a combobox with a list: the focus stays in the
// field, Down and Up choose, Enter follows, Escape closes. Without this file the field
// is a field and the form searches.
(() => {
  const field = document.getElementById("search");
  const list = document.getElementById("suggestions");
  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  show(false);

  function show(open) {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  field.addEventListener("htmx:configRequest", (event) => {
    if (field.value.trim().length >= 2) return;
    event.preventDefault();
    list.replaceChildren();
    show(false);
  });
  list.addEventListener("htmx:afterSwap", () => {
    // The answer may come when the shopper has gone on.
    show(document.activeElement === field && options().length > 0);
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      // The browser would empty the field.
      event.preventDefault();
      show(false);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = options();
      if (!all.length) return;
      event.preventDefault();
      const down = event.key === "ArrowDown";
      // From the field down to the first or up to the last, and back to the field.
      const place = all.indexOf(chosen()) + (down ? 1 : -1);
      const next = chosen() || down ? all[place] : all.at(-1);
      show(true);
      choose(next ?? null);
    } else if (event.key === "Enter" && !list.hidden && chosen()) {
      event.preventDefault();
      chosen().click();
    }
  });
  field.addEventListener("focus", () => show(options().length > 0 && field.value.trim().length >= 2));
  field.addEventListener("blur", () => show(false));
  // A press on a suggestion must not take the focus, or the list is gone before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  field.form.addEventListener("submit", () => show(false));
})();
