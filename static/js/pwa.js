// Starts the service worker (worker.js), and tells a kept copy of a page from the page.

if ("serviceWorker" in navigator) {
  addEventListener("load", () => {
    // Browsers that forbid it, in a private window for one, have the shop without it.
    navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
    // The first page was not the worker's to fetch: it is told what is read here.
    navigator.serviceWorker.ready.then(({ active }) => {
      active.postMessage({ language: document.documentElement.lang });
    });
  });
}

if ("kept" in document.documentElement.dataset) {
  document.getElementById("kept").hidden = false;
  // A copy has nobody's token: what it sends would be refused.
  for (const button of document.querySelectorAll("form[method=post] button")) {
    button.disabled = true;
  }
  // A network that is back may not reach the shop yet, so the shop is asked first.
  const renew = async () => {
    const answer = await fetch("/health/live", { cache: "no-store" }).catch(() => null);
    if (answer?.ok) location.reload();
  };
  addEventListener("online", renew);
  setInterval(() => navigator.onLine && renew(), 4000);
}
