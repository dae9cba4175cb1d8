// The product form: attributes follow the template at once, and pictures are dropped in,
// put in order and described. Without this file a button and fields do the same.
{
  const drop = document.querySelector("[data-drop]");
  if (drop) pictures(drop);
  const template = document.getElementById("id_template");
  if (template) attributes(template);

  function pictures(drop) {
    const input = drop.querySelector("input[type=file]");
    const list = drop.querySelector("[data-items]");
    const zone = drop.querySelector("[data-zone]");
    const status = drop.querySelector("[data-status]");
    const blank = drop.querySelector("[data-blank]");
    const types = input.accept.split(",");
    const files = new WeakMap();
    let dragged = null;

    function keep() {
      // The files stand in the input in the order in which they stand on the page.
      const chosen = new DataTransfer();
      const items = [...list.children];
      items.forEach((item, place) => {
        if (files.has(item)) chosen.items.add(files.get(item));
        item.querySelector("[data-move='-1']").disabled = place === 0;
        item.querySelector("[data-move='1']").disabled = place === items.length - 1;
      });
      input.files = chosen.files;
    }

    function prepare(item) {
      // Their order is the page's: no positions.
      for (const field of item.querySelectorAll("[data-without-script]")) field.remove();
      item.querySelector("[data-buttons]").hidden = false;
      item.draggable = true;
    }

    function say(text, isError) {
      status.textContent = text;
      status.className = isError ? "receive-error" : "";
    }

    function add(file) {
      if (!types.includes(file.type)) return `${file.name}: ${drop.dataset.noPicture}`;
      if (file.size > Number(drop.dataset.maxBytes)) return `${file.name}: ${drop.dataset.tooLarge}`;
      if (list.children.length >= Number(drop.dataset.max)) return drop.dataset.tooMany;
      list.append(blank.content.cloneNode(true));
      const item = list.lastElementChild;
      files.set(item, file);
      item.querySelector("[data-name]").textContent = file.name;
      const reader = new FileReader();
      reader.addEventListener("load", () => (item.querySelector("img").src = reader.result));
      reader.readAsDataURL(file);
      prepare(item);
      return "";
    }

    function take(chosen) {
      const refused = [...chosen].map(add).filter(Boolean);
      keep();
      say(refused.join(" "), true);
    }

    function place(item, before) {
      list.insertBefore(item, before);
      keep();
      say(`${drop.dataset.moved} ${[...list.children].indexOf(item) + 1}`);
    }

    input.addEventListener("change", () => take([...input.files]));

    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => {
        if (dragged) return;
        event.preventDefault();
        zone.classList.add("over");
      });
    }
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      if (dragged) return;
      event.preventDefault();
      zone.classList.remove("over");
      take(event.dataTransfer.files);
    });
    // Beside the zone a browser would leave the page and show the file.
    for (const name of ["dragover", "drop"]) {
      addEventListener(name, (event) => {
        if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
      });
    }

    list.addEventListener("dragstart", (event) => {
      dragged = event.target.closest("[data-item]");
      event.dataTransfer.effectAllowed = "move";
    });
    list.addEventListener("dragend", () => (dragged = null));
    list.addEventListener("dragover", (event) => {
      if (dragged) event.preventDefault();
    });
    list.addEventListener("drop", (event) => {
      const target = event.target.closest("[data-item]");
      if (!dragged || !target || target === dragged) return;
      event.preventDefault();
      const items = [...list.children];
      const isLater = items.indexOf(dragged) < items.indexOf(target);
      place(dragged, isLater ? target.nextElementSibling : target);
    });

    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const item = button?.closest("[data-item]");
      if (!item) return;
      if (button.hasAttribute("data-remove")) {
        const next = item.nextElementSibling ?? item.previousElementSibling;
        item.remove();
        keep();
        (next?.querySelector("[data-remove]") ?? input).focus();
        return;
      }
      if (button.dataset.move === "-1") place(item, item.previousElementSibling);
      else place(item, item.nextElementSibling?.nextElementSibling ?? null);
      // The button at the end of the way is disabled and cannot keep the focus.
      (button.disabled ? item.querySelector("[data-move]:enabled") : button)?.focus();
    });

    drop.querySelector("[data-with-script]").hidden = false;
    [...list.children].forEach(prepare);
    keep();
  }

  function attributes(template) {
    const form = template.form;
    const row = template.closest(".form-row");
    const button = row.querySelector("[name=_attributes]");
    let asked = 0;

    async function draw() {
      const turn = ++asked;
      const sent = new FormData(form);
      // Pictures stay here: only the fields are asked for.
      for (const name of [...sent.keys()]) if (sent.get(name) instanceof File) sent.delete(name);
      sent.set(button.name, button.value);
      try {
        const answer = await fetch(form.action || location.href, {
          method: "POST",
          body: sent,
          headers: { "X-Requested-With": "fetch" },
        });
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector(".field-template");
        if (turn !== asked || !fresh) return;
        while (row.nextElementSibling) row.nextElementSibling.remove();
        while (fresh.nextElementSibling) row.parentElement.append(fresh.nextElementSibling);
      } catch {
        // The button beside it does the same by loading the page.
      }
    }

    // Django's own scripts tell of changes by jQuery; the browser's event comes too.
    template.addEventListener("change", draw);
  }
}
