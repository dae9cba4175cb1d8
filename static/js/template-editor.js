// The rows of a spec template. Without this file empty rows and positions do the same.
{
  const list = document.querySelector(".attributes");
  if (list) edit(list);

  function edit(list) {
    const prefix = list.dataset.prefix;
    const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
    const initial = document.getElementById(`id_${prefix}-INITIAL_FORMS`);
    const most = Number(document.getElementById(`id_${prefix}-MAX_NUM_FORMS`).value);
    const blank = document.querySelector(".attribute-template");
    const add = document.querySelector("[data-add]");
    const status = document.querySelector("[data-status]");
    const rows = () => [...list.children];
    const part = (row, name) => row.querySelector(`[name$="-${name}"]`);

    function number() {
      rows().forEach((row, place) => {
        part(row, "ORDER").value = place + 1;
        row.querySelector("[data-move='-1']").disabled = place === 0;
        row.querySelector("[data-move='1']").disabled = place === list.children.length - 1;
      });
      add.disabled = list.children.length >= most;
    }

    function place(row, position, focus) {
      const others = rows().filter((other) => other !== row);
      const at = Math.min(Math.max(position, 1), others.length + 1) - 1;
      list.insertBefore(row, others[at] ?? null);
      number();
      // The button at the end of the way is disabled and cannot keep the focus.
      const button = focus?.disabled ? row.querySelector("[data-move]:enabled") : focus;
      button?.focus();
      status.textContent = `${list.dataset.moved} ${at + 1}`;
    }

    function prepare(row) {
      row.querySelector(".moves-row").hidden = false;
    }

    add.addEventListener("click", () => {
      const html = blank.innerHTML.replaceAll("__prefix__", total.value);
      list.insertAdjacentHTML("beforeend", html);
      total.value = Number(total.value) + 1;
      prepare(list.lastElementChild);
      number();
      part(list.lastElementChild, "label").focus();
    });

    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button) return;
      const row = button.closest(".attribute");
      place(row, rows().indexOf(row) + 1 + Number(button.dataset.move), button);
    });

    list.addEventListener("change", (event) => {
      if (!event.target.name.endsWith("-ORDER")) return;
      const position = Number(event.target.value);
      if (position) place(event.target.closest(".attribute"), position, event.target);
    });

    // Empty rows are for pages without scripts; the last ones alone may go, because
    // rows are counted by their numbers.
    while (Number(total.value) > Number(initial.value)) {
      const last = part(list, `${Number(total.value) - 1}-key`)?.closest(".attribute");
      if (!last || last.classList.contains("errors")) break;
      if (part(last, "key").value || part(last, "label").value) break;
      last.remove();
      total.value = Number(total.value) - 1;
    }
    document.querySelector("[name=_more]").hidden = true;
    add.hidden = false;
    rows().forEach(prepare);
    number();
  }
}
