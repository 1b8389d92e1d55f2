// Keeps the empty form and its look, and nothing that was ever asked or answered.
const KEPT = "status VERSION";
const SHELL = ["/status", "/status/no-network", "/static/base.css?VERSION", "/static/status.js?VERSION", "/static/mark.svg"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(SHELL)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, search } = new URL(request.url);
  if (request.method === "GET" && SHELL.includes(pathname + search) && pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (request.mode === "navigate") {
    const instead = request.method === "GET" && pathname === "/status" ? "/status" : "/status/no-network";
    event.respondWith(fetch(request).catch(() => caches.match(instead)));
  }
});
