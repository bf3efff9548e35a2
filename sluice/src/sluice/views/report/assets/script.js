"use strict";
(() => {
  const jobs = () => [...document.querySelectorAll(".job")];
  const filter = document.getElementById("filter");
  const shown = () => jobs().filter((job) => !("hidden" in job.dataset));
  const reveal = (element) => {
    for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    element.scrollIntoView({ block: "nearest" });
  };
  const step = (list, by) => {
    if (!list.length) return;
    const here = list.indexOf(document.activeElement && document.activeElement.closest(".job"));
    const next = list[here < 0 ? (by > 0 ? 0 : list.length - 1) : (here + by + list.length) % list.length];
    next.querySelector("summary").focus();
    next.scrollIntoView({ block: "nearest" });
    return next;
  };
  const follow = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) reveal(target);
  };
  document.querySelector(".tools").hidden = false;
  document.querySelector(".tools").addEventListener("click", (event) => {
    const action = event.target.dataset.action;
    if (action) for (const job of shown()) job.open = action === "open";
  });
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const job of jobs()) {
      const text = job.firstElementChild.textContent.toLowerCase() + " " + job.className;
      if (words.every((word) => text.includes(word))) delete job.dataset.hidden;
      else job.dataset.hidden = "";
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== filter && event.target.matches("input, select, textarea")) return;
    if (event.target === filter) {
      if (event.key === "Escape") { filter.value = ""; filter.dispatchEvent(new Event("input")); filter.blur(); }
      return;
    }
    if (event.key === "j") step(shown(), 1);
    else if (event.key === "k") step(shown(), -1);
    else if (event.key === "f") { const job = step(shown().filter((one) => one.classList.contains("failure")), 1); if (job) job.open = true; }
    else if (event.key === "/") { filter.focus(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const node = event.target.closest(".sluice-graph [data-job]");
    const job = node && jobs().find((one) => one.dataset.node === node.dataset.job);
    if (job) { job.open = true; job.scrollIntoView({ block: "start" }); job.querySelector("summary").focus(); }
  });
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => { for (const job of jobs()) job.open = true; });
  follow();
})();
