// Keeps the empty form on the phone, so that it opens without a network; the page works without this.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/status-worker.js", { scope: "/status" });
