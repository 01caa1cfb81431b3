// Shows each run's question in the list of runs, which has numbers alone.
//
// The page asks for the runs itself. Their tags are kept on the way, and written beside
// the number of each run, whenever the list has changed.
(() => {
  const tags = new Map();
  const ask = window.fetch;

  window.fetch = async (...request) => {
    const response = await ask(...request);
    if (response.url.includes("/dag_runs/latest")) {
      const runs = await response.clone().json().catch(() => []);
      for (const run of runs) tags.set(String(run.id), run.tags ?? {});
    }
    return response;
  };

  function label(run) {
    const { question, tenant, answered } = tags.get(run) ?? {};
    const verdict = { yes: "answered", no: "not answered" }[answered];
    return { question: question ?? "", about: [tenant, verdict].filter(Boolean).join(", ") };
  }

  function write(link) {
    const cell = link.closest("td");
    const run = link.getAttribute("href").split("/").pop();
    const { question, about } = label(run);
    let text = cell.querySelector(".headrace-run");
    if (text?.dataset.shown === run + question + about) return;
    text?.remove();
    text = document.createElement("a");
    text.className = "headrace-run";
    text.dataset.shown = run + question + about;
    text.href = link.getAttribute("href");
    text.append(question, document.createElement("br"), Object.assign(
      document.createElement("small"), { textContent: about }));
    cell.append(text);
  }

  const writeAll = () => document.querySelectorAll("td .run-link").forEach(write);
  new MutationObserver(writeAll).observe(document, { childList: true, subtree: true });
})();
