// The service worker: what a shopper has read stays readable without a network.
//
// What is kept of a page is never the page that a visitor saw, with their name, their
// cart and their tokens. It is a copy that the worker asks for by itself, without
// cookies: the one that a stranger gets. Everything else is left to the network.
//
// SHOP, from /sw.js, says what this shop's addresses are (shop/pwa.py). Its version is in
// the names of all caches, so that nothing of an older shop is left over.

const names = ["shell", "files", "pages", "pictures"];
const [SHELL, FILES, PAGES, PICTURES] = names.map((n) => `duken-${n}-${SHOP.version}`);
const MOST = { [FILES]: 80, [PAGES]: 40, [PICTURES]: 150 };
// A copy so young (ms) is not asked for again.
const YOUNG = 10 * 60 * 1000;
// A name with a hash always has the same content.
const HASHED = /\.[0-9a-f]{12}\.\w+$/;
const LANGUAGE = "/offline/language";
// The language that was read last, until the worker is stopped; LANGUAGE has it longer.
let spoken = "";

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  const language = event.data?.language;
  if (language in SHOP.offline) event.waitUntil(remember(language));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (SHOP.untouched.some((start) => url.pathname.startsWith(start))) return;
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname.startsWith(SHOP.static)) event.respondWith(file(event, url));
  else if (url.pathname.startsWith(SHOP.media)) event.respondWith(picture(event));
});

async function install() {
  const shell = await caches.open(SHELL);
  await shell.addAll(SHOP.shell.map((url) => new Request(url, { credentials: "omit" })));
  // Pages come from the network first, so a new worker may take over at once.
  await skipWaiting();
}

async function activate() {
  const mine = [SHELL, FILES, PAGES, PICTURES];
  const old = (name) => name.startsWith("duken-") && !mine.includes(name);
  await Promise.all((await caches.keys()).filter(old).map((name) => caches.delete(name)));
  await clients.claim();
}

async function page(event, url) {
  try {
    const response = await fetch(event.request);
    const language = response.headers.get("Content-Language");
    if (response.ok && language) event.waitUntil(keepCopy(url, language));
    return response;
  } catch {
    return (await keptPage(url)) || offlinePage();
  }
}

function isReadable(url) {
  const known = ["page", "lang"];
  if (![...url.searchParams.keys()].every((name) => known.includes(name))) return false;
  return (
    SHOP.pages.includes(url.pathname) ||
    SHOP.below.some((start) => url.pathname.startsWith(start))
  );
}

async function keptPage(url) {
  return isReadable(url) && (await caches.open(PAGES)).match(url.pathname + url.search);
}

async function keepCopy(url, language) {
  await remember(language);
  const pages = await caches.open(PAGES);
  if (!isReadable(url) || navigator.connection?.saveData) return;
  const key = url.pathname + url.search;
  const known = await pages.match(key);
  if (
    known?.headers.get("Content-Language") === language &&
    Date.now() - known.headers.get("X-Kept-At") < YOUNG
  ) {
    return;
  }
  const asked = new URL(url);
  asked.searchParams.set("lang", language);
  const answer = await fetch(asked, { credentials: "omit" });
  // What a stranger may not see is not kept.
  if (!answer.ok || answer.redirected) return pages.delete(key);
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.set("X-Kept-At", Date.now());
  // By this mark static/js/pwa.js tells a copy from the page.
  const text = (await answer.text()).replace("<html ", "<html data-kept ");
  await put(PAGES, key, new Response(text, { headers }));
}

async function remember(language) {
  spoken = language;
  await (await caches.open(PAGES)).put(LANGUAGE, new Response(language));
}

async function offlinePage() {
  const known = await (await caches.open(PAGES)).match(LANGUAGE);
  const language = spoken || (known ? await known.text() : SHOP.language);
  const address = SHOP.offline[language] || SHOP.offline[SHOP.language];
  return (await caches.open(SHELL)).match(address);
}

async function file(event, url) {
  const kept = (await caches.match(url.pathname)) || null;
  if (kept && HASHED.test(url.pathname)) return kept;
  return fetchedOrKept(event, FILES, kept);
}

async function picture(event) {
  return fetchedOrKept(event, PICTURES, await caches.match(event.request.url));
}

async function fetchedOrKept(event, cache, kept) {
  try {
    const response = await fetch(event.request);
    if (response.status === 200) {
      event.waitUntil(put(cache, event.request.url, response.clone()));
    }
    return response;
  } catch {
    return kept || Response.error();
  }
}

// The oldest make room.
async function put(name, key, response) {
  const cache = await caches.open(name);
  await cache.put(key, response);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, -MOST[name]).map((old) => cache.delete(old)));
}
