"use strict";
(() => {
  const root = document.documentElement;
  const main = () => document.querySelector("main");
  const find = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Light or dark, kept on this machine only.
  const remembered = (() => { try { return localStorage.getItem("tenfold-theme"); } catch { return null; } })();
  if (remembered === "light" || remembered === "dark") root.dataset.theme = remembered;
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("tenfold-theme", root.dataset.theme); } catch { /* a private window keeps nothing */ }
  });

  // The server's clock counts: a phone's may be minutes off.
  let skew = 0;
  const setClock = () => { skew = Number(main().dataset.now) - Date.now(); };
  const two = (value) => String(value).padStart(2, "0");
  const counted = (seconds) => {
    const whole = Math.floor(Math.abs(seconds));
    if (whole >= 172800) return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
    return `${Math.floor(whole / 3600)}:${two(Math.floor(whole % 3600 / 60))}:${two(whole % 60)}`;
  };
  const run = () => {
    for (const each of find(".left[data-deadline]")) {
      const rest = (Number(each.dataset.deadline) - Date.now() - skew) / 1000;
      const over = rest <= 0;
      each.textContent = (over ? each.dataset.over : each.dataset.left).replace("{time}", counted(rest));
      if (over) each.closest(".clock").classList.add("over");
    }
  };

  // Live: the page is asked for again, and those parts that differ are put in place, except where somebody is writing.
  const fieldChanged = (field) => {
    if (field.type === "hidden") return false;
    if (field.type === "file") return field.files.length > 0;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
    return field.value !== field.defaultValue;
  };
  const busy = (part) => {
    const active = document.activeElement;
    if (part.contains(active) && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName)) return true;
    return find("input, textarea, select", part).some(fieldChanged);
  };
  const swap = (old, fresh) => {
    if (busy(old)) return;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const again = focused ? focused.getAttribute("href") : null;
    for (const each of find("details[id]", old)) {
      const same = fresh.querySelector(`#${CSS.escape(each.id)}`);
      if (same) same.open = each.open;
    }
    old.replaceWith(fresh);
    if (again) {
      const same = find("a[href]", fresh).find((each) => each.getAttribute("href") === again);
      if (same) same.focus({ preventScroll: true });
    }
  };
  const news = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const next = fresh.querySelector("main");
    if (!next) return;
    const olds = find("[data-part]", main()).map((each) => each.dataset.part);
    const parts = find("[data-part]", next);
    if (parts.map((each) => each.dataset.part).join() === olds.join()) {
      for (const each of parts) swap(find("[data-part]", main()).find((old) => old.dataset.part === each.dataset.part), each);
      for (const name of ["mark", "now", "every"]) if (next.dataset[name]) main().dataset[name] = next.dataset[name];
    } else if (!busy(main())) {
      const at = scrollY;
      swap(main(), next);
      scrollTo(0, at);
    } else {
      // A part has come or gone while somebody writes: what both have is put in place, and the rest next time.
      for (const each of parts) {
        const old = find("[data-part]", main()).find((other) => other.dataset.part === each.dataset.part);
        if (old) swap(old, each);
      }
      main().dataset.now = next.dataset.now;
    }
    document.title = fresh.title;
    setClock();
    run();
  };
  let asked = Date.now();
  let asking = false;
  const line = document.getElementById("line");
  const ask = async () => {
    if (asking || document.hidden || !main().dataset.every) return;
    asking = true;
    // The shares of the clocks are the server's: once a minute they are asked for whatever has changed.
    const whole = Date.now() - asked > 60000;
    try {
      const answer = await fetch(location.href.split("#")[0], {
        headers: whole ? { "X-Live": "1" } : { "X-Live": "1", "X-Mark": main().dataset.mark },
        redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(15000),
      });
      if (answer.type === "opaqueredirect" || answer.status === 401) {
        if (!busy(main())) location.reload();
      } else if (answer.status === 200) {
        asked = Date.now();
        news(await answer.text());
      }
      line.hidden = answer.status < 500;
    } catch {
      line.hidden = false;
    }
    if (!line.hidden) line.textContent = line.dataset.lost;
    asking = false;
  };
  const every = Number(main().dataset.every || 0) * 1000;
  if (every) {
    setInterval(ask, every);
    document.addEventListener("visibilitychange", ask);
  }

  // A second click must not send twice.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog" || event.target.method === "get") return;
    setTimeout(() => { for (const each of find("button", event.target)) each.disabled = true; }, 0);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const each of find("button:disabled")) each.disabled = false;
  });

  // Keys.
  const keys = document.getElementById("keys");
  const cards = () => find(".card h3 a, .card h2 a");
  const step = (by) => {
    const all = cards();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const doing = {
    j: () => step(1),
    k: () => step(-1),
    o: () => { if (cards().includes(document.activeElement)) document.activeElement.click(); },
    c: () => {
      const card = document.activeElement.closest(".card");
      const button = card ? card.querySelector(".take button") : document.getElementById("take");
      if (button) button.click();
    },
    b: () => { location.href = "/tickets"; },
    "/": () => {
      const field = document.getElementById("search");
      if (field) { field.focus(); field.select(); } else { location.href = "/tickets/list"; }
    },
    "?": () => { keys.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (!keys || keys.open || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const what = Object.hasOwn(doing, event.key) ? doing[event.key] : null;
    if (what) { event.preventDefault(); what(); }
  });
  const help = document.getElementById("help");
  if (help) help.addEventListener("click", () => keys.showModal());

  // What has just been done is said once.
  const here = new URL(location.href);
  if (here.searchParams.has("said")) {
    here.searchParams.delete("said");
    history.replaceState(null, "", here);
  }

  setClock();
  run();
  setInterval(run, 1000);
})();
