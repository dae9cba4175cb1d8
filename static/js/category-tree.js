// Hides and shows categories in their list where they stand: no branch folds up.
// Without this file the buttons send the list's form.
{
  const list = document.getElementById("changelist-form");
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  list?.append(status);

  list?.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-shown] button");
    if (!button) return;
    event.preventDefault();
    const id = button.closest("[data-shown]").dataset.shown;
    const sent = new FormData();
    sent.set("csrfmiddlewaretoken", list.elements.csrfmiddlewaretoken.value);
    sent.set("shown", button.value);
    for (const cell of list.querySelectorAll("[data-shown]")) sent.append("row", cell.dataset.shown);
    button.disabled = true;
    try {
      const answer = await fetch(button.formAction, {
        method: "POST",
        body: sent,
        headers: { "X-Requested-With": "fetch" },
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const { cells } = await answer.json();
      for (const [row, html] of Object.entries(cells)) {
        const cell = list.querySelector(`[data-shown="${row}"]`);
        if (cell) cell.outerHTML = html;
      }
      const fresh = list.querySelector(`[data-shown="${id}"]`);
      fresh.querySelector("button").focus();
      status.textContent = fresh.querySelector(".status").textContent;
    } catch {
      // Signed out, deleted meanwhile, no network: the server's own page says which.
      button.disabled = false;
      list.action = button.formAction;
      const value = document.createElement("input");
      value.type = "hidden";
      value.name = "shown";
      value.value = button.value;
      list.append(value);
      list.submit();
    }
  });
}
