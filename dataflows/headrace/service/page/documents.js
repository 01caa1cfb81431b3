// The tenant's documents: listed, added as files, removed.

import { byId, documentAddress, made, request, tell } from "./basics.js";

const A_TIME = 50;

export function openDocuments() {
  byId("documents").replaceChildren();
  byId("outcomes").replaceChildren();
  byId("upload-state").textContent = byId("documents-problem").textContent = "";
  byId("documents-dialog").showModal();
  list("");
}

function fail(error) {
  if (error.status === 401) tell(error);
  else byId("documents-problem").textContent = error.message;
}

// Shows those that follow an id, by their ids; with "" all from the first.
async function list(after) {
  try {
    const query = new URLSearchParams({ after, limit: A_TIME });
    const { documents, more } = await (await request(`v1/documents?${query}`)).json();
    const items = documents.map(item);
    if (after) byId("documents").append(...items);
    else byId("documents").replaceChildren(...items);
    byId("more-documents").hidden = !more;
    byId("more-documents").textContent = `Show more (${more.toLocaleString("en")})`;
    byId("more-documents").onclick = () => list(documents.at(-1).document_id);
    if (!after && !items.length) byId("documents").append(made("li", {}, "There are none yet."));
  } catch (error) {
    fail(error);
  }
}

function item({ document_id, title, chunk_count }) {
  const size = `${chunk_count.toLocaleString("en")} ${chunk_count === 1 ? "chunk" : "chunks"}`;
  const remove = made("button", { type: "button", class: "quiet", "aria-label": `Remove ${document_id}` }, "Remove");
  const shown = made("li", {}, made("span", {}, title, made("small", {}, `${document_id}, ${size}`)), remove);
  // The second click removes: there is no way back but to add the file again.
  remove.addEventListener("click", async () => {
    if (remove.textContent === "Remove") {
      remove.textContent = "Really remove?";
      return;
    }
    remove.disabled = true;
    try {
      await request(documentAddress(document_id), { method: "DELETE" });
      shown.remove();
    } catch (error) {
      remove.disabled = false;
      remove.textContent = "Remove";
      fail(error);
    }
  });
  remove.addEventListener("blur", () => {
    if (!remove.disabled) remove.textContent = "Remove";
  });
  return shown;
}

// One file after the other, so that each is told as soon as it is stored.
async function upload(files) {
  byId("send-files").disabled = true;
  byId("documents-problem").textContent = "";
  byId("outcomes").replaceChildren();
  let done = 0;
  try {
    for (const file of files) {
      byId("upload-state").textContent = `${file.name} is being read (${done + 1} of ${files.length})…`;
      const body = new FormData();
      body.append("files", file);
      const { outcomes } = await (await request("v1/documents/upload", { method: "POST", body })).json();
      for (const outcome of outcomes) byId("outcomes").append(made("li", {}, said(outcome)));
      done += 1;
    }
    byId("upload").reset();
  } catch (error) {
    fail(error);
  } finally {
    byId("send-files").disabled = false;
    byId("upload-state").textContent = "";
    if (done) list("");
  }
}

function said({ source, status, reason }) {
  return `${source}: ${status}${reason ? ` (${reason})` : ""}`;
}

byId("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  upload([...byId("files").files]);
});
byId("close-documents").addEventListener("click", () => byId("documents-dialog").close());
