"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const search = byId("search"), state = byId("state"), severity = byId("severity"),
    control = byId("control"), standing = byId("standing");
  const rows = [...document.querySelectorAll("tr[data-row]")].map((row) => {
    const detail = byId("t" + row.dataset.row);
    return { row, detail, text: null };
  });
  const textOf = (one) => (one.text ??= one.detail.textContent.toLowerCase());

  const fits = (one, words) => {
    const { state: has, severity: found, controls, standing: known } = one.row.dataset;
    if (state.value === "open" && (has === "passed" || has === "accepted")) return false;
    if (state.value && state.value !== "open" && has !== state.value) return false;
    if (severity && severity.value && !found.split(" ").includes(severity.value)) return false;
    if (control && control.value && !controls.split(" ").includes(control.value)) return false;
    if (standing && standing.value && !known.split(" ").includes(standing.value)) return false;
    return words.every((word) => textOf(one).includes(word));
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of rows) {
      const fit = fits(one, words);
      one.row.hidden = one.detail.hidden = !fit;
      shown += fit;
    }
    byId("shown").textContent = shown + " of " + rows.length + " tenants shown";
  };

  let soon = 0;
  const later = () => { clearTimeout(soon); soon = setTimeout(filter, 120); };
  search.addEventListener("input", later);
  for (const choice of [state, severity, control, standing]) if (choice) choice.addEventListener("change", filter);
  document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());

  const theme = byId("theme");
  theme.addEventListener("change", () => {
    if (theme.value) document.documentElement.dataset.theme = theme.value;
    else delete document.documentElement.dataset.theme;
  });

  const open = () => {
    const target = /^#t\d+$/.test(location.hash) && byId(location.hash.slice(1));
    if (!target) return;
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  document.querySelector("table").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && link.hash === location.hash) open();
  });

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = rows.filter((one) => !one.detail.open && !one.detail.hidden
      && one.row.dataset.state !== "passed").map((one) => one.detail);
    for (const detail of closed) detail.open = true;
  });
  addEventListener("afterprint", () => { for (const detail of closed) detail.open = false; });
  filter();
  open();
})();
