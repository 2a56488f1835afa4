// Refreshes the parts marked data-live every two seconds, unless somebody is busy in one of them.
"use strict";
const parts = () => document.querySelectorAll("[data-live]");
const busy = () => {
  const active = document.activeElement;
  return document.hidden || String(getSelection()) || (active && active.closest("[data-live]"));
};
async function refresh() {
  if (!busy()) {
    try {
      const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
        if (next && next.innerHTML !== part.innerHTML && !busy()) part.innerHTML = next.innerHTML;
      }
      document.body.classList.remove("away");
    } catch {
      document.body.classList.add("away");
    }
  }
  setTimeout(refresh, 2000);
}
if (document.querySelector("[data-live]")) setTimeout(refresh, 2000);
for (const radio of document.querySelectorAll(".segments input")) {
  radio.addEventListener("change", () => radio.form.requestSubmit());
}
