"use strict";
(() => {
  const most = 3000;
  const byId = (id) => document.getElementById(id);
  const parse = (html) => { const holder = document.createElement("template"); holder.innerHTML = html; return holder.content; };

  // Parts of the page take the place of older ones; what a person opened, typed or reads stays.
  const attributes = (old, fresh) => {
    const turned = old.nodeName === "DETAILS" && old.className !== fresh.className && fresh.open && !old.open;
    for (const { name, value } of fresh.attributes)
      if (!(old.nodeName === "DETAILS" && name === "open") && old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes])
      if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open") && name !== "data-hidden") old.removeAttribute(name);
    if (turned) old.open = true;
  };
  const morph = (old, fresh) => {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
    if (old.nodeType !== Node.ELEMENT_NODE) { if (old.data !== fresh.data) old.data = fresh.data; return; }
    if (old.matches(".log, input, textarea") || old.isEqualNode(fresh)) return;
    attributes(old, fresh);
    const known = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
    let at = old.firstChild;
    for (const one of [...fresh.childNodes]) {
      const same = one.id ? known.get(one.id) : at && !at.id && at.nodeName === one.nodeName ? at : null;
      if (same) {
        if (same !== at) old.insertBefore(same, at); else at = at.nextSibling;
        morph(same, one);
      } else old.insertBefore(one, at);
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };

  // Logs: asked for when their step is opened, then followed.
  const waiting = new WeakSet();
  const load = async (log) => {
    if (waiting.has(log)) return;
    waiting.add(log);
    try {
      const answer = await fetch(`${log.dataset.source}&part=1`);
      if (!answer.ok) return;
      log.innerHTML = await answer.text();
      log.dataset.lines = answer.headers.get("X-Lines");
      log.scrollTop = log.scrollHeight;
    } finally { waiting.delete(log); }
  };
  const empty = (log) => log.firstElementChild && log.firstElementChild.matches(".show");
  const loadOpened = (details) => {
    const log = details.open && details.querySelector(":scope > .log[data-source]");
    if (log && empty(log)) load(log);
  };
  const append = ({ log: anchor, first, next, html }) => {
    const log = document.querySelector(`.log[data-log="${CSS.escape(anchor)}"]`);
    if (!log || empty(log) || waiting.has(log)) return;
    const shown = Number(log.dataset.lines);
    if (next - 1 <= shown) return;
    if (first <= shown) return load(log);
    const bottom = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (first > shown + 1) log.append(parse(`<div class="cut">${first - shown - 1} lines came too fast to be shown</div>`));
    log.append(parse(html));
    log.dataset.lines = next - 1;
    while (log.childElementCount > most) log.firstElementChild.remove();
    if (bottom) log.scrollTop = log.scrollHeight;
  };
  document.addEventListener("toggle", (event) => { if (event.target.matches("details.step")) loadOpened(event.target); }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".log > .show");
    if (link) { event.preventDefault(); load(link.parentElement); }
  });
  for (const log of document.querySelectorAll(".log[data-source]")) log.scrollTop = log.scrollHeight;
  for (const step of document.querySelectorAll("details.step[open]")) loadOpened(step);

  // The inputs belong to one event.
  const chosen = byId("event");
  const inputs = document.querySelector("fieldset[data-event]");
  const choose = () => { if (inputs) inputs.hidden = inputs.disabled = chosen.value !== inputs.dataset.event; };
  if (chosen) { chosen.addEventListener("change", choose); choose(); }
  document.addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
  });
  addEventListener("pageshow", () => { for (const button of document.querySelectorAll("button")) button.disabled = false; });

  // News.
  const address = document.body.dataset.stream;
  if (!address) return;
  const lamp = byId("live");
  const tell = (state, words) => { lamp.hidden = false; lamp.className = `live ${state}`; if (lamp.textContent !== words) lamp.textContent = words; };
  const news = new EventSource(address);
  news.addEventListener("open", () => tell("on", "live"));
  news.addEventListener("error", () => tell("off", news.readyState === EventSource.CLOSED ? "not live: load the page again" : "connection lost"));
  news.addEventListener("part", (event) => {
    const { id, html } = JSON.parse(event.data);
    const old = byId(id);
    const fresh = parse(html).firstElementChild;
    if (!old || !fresh) return;
    if (id.startsWith("run") || !old.contains(document.activeElement) || fresh.nodeName !== "FORM") morph(old, fresh);
    if (id === "head") document.title = document.title.replace(/^[^\s\w#]*\s*/u, "");
    if (id === "cards") for (const step of old.querySelectorAll("details.step[open]")) loadOpened(step);
  });
  news.addEventListener("lines", (event) => append(JSON.parse(event.data)));
  news.addEventListener("end", () => { news.close(); tell("done", "finished"); });
  addEventListener("pagehide", () => news.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
