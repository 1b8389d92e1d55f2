// Zoom, turn and lay documents side by side. Everything else works without this file.
"use strict";
(() => {
  const room = document.getElementById("papers");
  if (!room) return;
  const WIDEST = 400, NARROWEST = 50, STEP = 50;

  const button = (label, sign, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tool";
    made.textContent = sign;
    made.title = label;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };

  const equip = (picture) => {
    const link = picture.closest("a");
    const frame = document.createElement("div");
    frame.className = "viewer";
    frame.tabIndex = 0;
    link.before(frame);
    frame.append(link);
    let width = 100, turned = 0;
    const show = () => {
      // A turned picture keeps its old box: margins give it the room it takes when lying.
      const isLying = turned % 180 !== 0;
      picture.style.width = `${width}%`;
      picture.style.maxWidth = "none";
      picture.style.transform = `rotate(${turned}deg)`;
      const gap = isLying ? (picture.offsetWidth - picture.offsetHeight) / 2 : 0;
      picture.style.marginBlock = `${Math.max(0, gap)}px`;
      picture.style.marginInline = gap < 0 ? `${-gap}px` : "auto";
    };
    const zoom = (by) => { width = Math.min(WIDEST, Math.max(NARROWEST, width + by)); show(); };
    const turn = () => { turned = (turned + 90) % 360; show(); };
    const words = room.dataset;
    const tools = document.createElement("div");
    tools.className = "tool-row";
    tools.append(
      button(words.zoomIn, "+", () => zoom(STEP)),
      button(words.zoomOut, "−", () => zoom(-STEP)),
      button(words.turn, "↻", turn),
    );
    frame.before(tools);
    frame.addEventListener("keydown", (event) => {
      const acts = { "+": () => zoom(STEP), "-": () => zoom(-STEP), "r": turn };
      if (acts[event.key]) { acts[event.key](); event.preventDefault(); }
    });
  };

  room.querySelectorAll(".paper a > img").forEach(equip);
  if (room.querySelectorAll(".paper").length > 1) {
    const toggle = button(room.dataset.pairs, room.dataset.pairs, () => {
      const isOn = room.closest(".case").classList.toggle("pairs");
      toggle.setAttribute("aria-pressed", String(isOn));
    });
    toggle.setAttribute("aria-pressed", "false");
    room.querySelector("h2").after(toggle);
  }
})();
