// A list that a scanner fills. Without this file lines are typed, and checked first.
{
  const form = document.querySelector(".receive[data-find]");
  if (form) receive(form);

  function receive(form) {
    const scan = form.querySelector("#scan");
    const said = form.querySelector("#scan-said");
    const rows = form.querySelector("[data-rows]");
    const unknown = form.querySelector("[data-unknown]");
    unknown.append(document.createElement("ul"));
    const pieces = form.querySelector("[data-pieces]");
    const lines = form.elements.lines;
    // What a code has been found to mean; the scanner does not wait for the server.
    const known = new Map();
    let waiting = Promise.resolve();
    let isSent = false;

    const row = (product) => rows.querySelector(`[data-product="${product}"]`);
    const field = (row) => row.querySelector("[name=quantity]");

    function count() {
      let total = 0;
      for (const row of rows.children) {
        const quantity = Math.max(0, Math.trunc(Number(field(row).value) || 0));
        row.querySelector("[data-after]").textContent = Number(row.dataset.stock) + quantity;
        total += quantity;
      }
      pieces.textContent = total || "";
      form.querySelector("[data-empty]").hidden = rows.children.length > 0;
    }

    function prepare(row) {
      const button = row.querySelector("[data-remove]");
      button.hidden = false;
      row.querySelector(".receive-name").title = row.querySelector(".receive-name").textContent;
    }

    function add(found) {
      let there = row(found.product);
      if (there) {
        field(there).value = Number(field(there).value || 0) + found.quantity;
      } else {
        if (rows.children.length >= Number(form.dataset.max)) {
          missing("", form.dataset.tooMany);
          return;
        }
        rows.insertAdjacentHTML("afterbegin", found.html);
        there = row(found.product);
        prepare(there);
      }
      // The latest on top, where the eye is.
      rows.prepend(there);
      for (const other of rows.querySelectorAll(".latest")) other.classList.remove("latest");
      there.classList.add("latest");
      count();
      const sku = there.querySelector("th").textContent;
      said.textContent = `${sku} × ${field(there).value}`;
      said.className = "";
    }

    function missing(code, reason) {
      said.textContent = reason;
      said.className = "receive-error";
      const item = document.createElement("li");
      item.textContent = reason;
      unknown.querySelector("ul").prepend(item);
      unknown.hidden = false;
    }

    async function look(code) {
      if (known.has(code) && row(known.get(code).product)) {
        add(known.get(code));
        return;
      }
      try {
        const answer = await fetch(`${form.dataset.find}?${new URLSearchParams({ code })}`);
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        const found = await answer.json();
        if (found.error) {
          missing(code, found.error);
          return;
        }
        known.set(code, found);
        add(found);
      } catch {
        // Nothing that was scanned gets lost.
        lines.value += `${lines.value && !lines.value.endsWith("\n") ? "\n" : ""}${code}\n`;
        form.querySelector("[data-more]").open = true;
        missing(code, form.dataset.failed);
      }
    }

    scan.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const code = scan.value.trim();
      scan.value = "";
      if (code) waiting = waiting.then(() => look(code));
    });

    // A list that is pasted, or a file, goes to the server as a whole, and comes back.
    const check = form.querySelector("[data-check]");
    scan.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text").trim();
      if (!/[\r\n]/.test(text)) return;
      event.preventDefault();
      lines.value = [lines.value.trim(), text].filter(Boolean).join("\n");
      form.requestSubmit(check);
    });
    form.elements.file.addEventListener("change", () => form.requestSubmit(check));

    rows.addEventListener("input", count);
    rows.addEventListener("keydown", (event) => {
      // Enter in a quantity goes back to scanning.
      if (event.key !== "Enter") return;
      event.preventDefault();
      scan.focus();
    });
    rows.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (!button) return;
      button.closest("tr").remove();
      count();
      scan.focus();
    });

    form.addEventListener("submit", (event) => {
      if (isSent) event.preventDefault();
      isSent = true;
    });
    addEventListener("pageshow", () => (isSent = false));
    addEventListener("beforeunload", (event) => {
      if (!isSent && rows.children.length) event.preventDefault();
    });

    form.querySelector("[data-with-script]").hidden = false;
    form.querySelector("[data-without-script]")?.remove();
    const more = form.querySelector("[data-more]");
    more.open = Boolean(lines.value.trim());
    [...rows.children].forEach(prepare);
    count();
    scan.focus();
  }
}
