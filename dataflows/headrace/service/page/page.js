// The page to ask at. All that comes from documents is put in as text, never as HTML.

import { TOKEN, byId, documentAddress, made, posted, Problem, request, tell } from "./basics.js";
import { openDocuments } from "./documents.js";

// Characters of a document that are shown on either side of a citation.
const AROUND = 3000;
const EARLIER = "headrace-earlier";
const MOST_EARLIER = 20;
// A block of code, which is not whole yet while the answer is written; code in a line;
// and the mark of a citation.
const SPECIAL =
  /^```[^\n]*\n(?<block>[^]*?)(?:^```[^\n]*$|$(?![^]))|`(?<code>[^`\n]+)`|\[(?<number>\d+)\]/gm;

let asking = null; // of the question that is being answered
let present = null; // the answer that is shown
let opener = null; // what opened the source
let earlier = JSON.parse(sessionStorage.getItem(EARLIER) ?? "[]");
const filters = new Map(); // chosen values, by field

function pages(citation) {
  if (citation.page == null) return "";
  return citation.last_page
    ? `pages ${citation.page}–${citation.last_page}`
    : `page ${citation.page}`;
}

const placeName = (citation) =>
  [citation.title || citation.document_id, ...(citation.headings ?? [])].join(" › ");

// ---------------------------------------------------------------- asking

// The events of a response, each with its name and data.
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const [name, data] = block.split("\n");
      yield { name: name.replace("event: ", ""), data: JSON.parse(data.replace("data: ", "")) };
    }
  }
}

async function ask(question) {
  asking?.abort();
  const own = (asking = new AbortController());
  const body = { question, filters: Object.fromEntries(filters) };
  if (byId("follow-up").checked && present) {
    body.history = [...(present.history ?? []), present.question, present.answer];
  }
  begin(question);
  const draft = { question, answer: "", citations: [], history: body.history };
  try {
    const headers = { Accept: "text/event-stream" };
    const response = await request("v1/ask", posted(body, { headers, signal: own.signal }));
    let isWhole = false;
    for await (const { name, data } of eventsOf(response)) {
      if (own.signal.aborted) return;
      if (name === "text") draft.answer += data.text;
      else if (name === "citation") draft.citations.push(data);
      else if (name === "reset") Object.assign(draft, { answer: "", citations: [] });
      else if (name === "error") throw new Problem(data.status, data.detail);
      else if (name === "answer") end({ ...data, history: body.history });
      isWhole ||= name === "answer";
      if (name === "text" || name === "citation" || name === "reset") showText(draft);
    }
    if (!isWhole) throw new Problem(0, "The answer broke off. Ask again.");
  } catch (error) {
    if (asking !== own) return;
    if (error.name !== "AbortError") tell(error);
    byId("state").textContent = error.name === "AbortError" ? "Stopped." : "";
  } finally {
    if (asking === own) {
      asking = null;
      byId("answer").classList.remove("waits");
      byId("stop").hidden = true;
    }
  }
}

function begin(question) {
  tell(null);
  closeSource();
  byId("result").hidden = false;
  byId("asked").textContent = question;
  byId("state").textContent = "Looking for an answer…";
  for (const id of ["answer", "found", "notes"]) byId(id).replaceChildren();
  byId("answer").classList.add("waits");
  byId("stages").hidden = byId("thumbs").hidden = true;
  byId("stop").hidden = false;
}

function end(answer) {
  show(answer);
  earlier = [answer, ...earlier.filter((one) => one.question !== answer.question)];
  earlier = earlier.slice(0, MOST_EARLIER);
  try {
    sessionStorage.setItem(EARLIER, JSON.stringify(earlier));
  } catch {
    sessionStorage.removeItem(EARLIER); // too large to keep: it lasts as long as the page
  }
  showEarlier();
}

// ---------------------------------------------------------------- the answer

function show(answer) {
  present = answer;
  byId("result").hidden = false;
  byId("asked").textContent = answer.question;
  const isReply = !answer.answered && answer.answer;
  byId("state").textContent =
    answer.answered || isReply ? "" : `The documents do not answer this: ${answer.reason || "nothing fits"}`;
  showText(answer);
  byId("found").replaceChildren();
  if (answer.citations.length) showPlaces("Sources", answer.citations);
  else if (answer.nearest.length) showPlaces("What comes nearest", answer.nearest);
  showNotes(answer);
  showStages(answer);
  byId("thumbs").hidden = false;
  byId("thanks").textContent = "";
  for (const thumb of byId("thumbs").querySelectorAll("button")) {
    thumb.setAttribute("aria-pressed", "false");
  }
  byId("follow-up").disabled = !answer.answered;
  if (!answer.answered) byId("follow-up").checked = false;
}

// The text: code as such, and each mark of a citation opens it.
function showText({ answer, citations }) {
  const known = new Map(citations.map((citation) => [citation.number, citation]));
  const shown = [];
  let end = 0;
  let isAfterBlock = false;
  const addText = (text) => text && shown.push(isAfterBlock ? text.replace(/^\n+/, "") : text);
  for (const found of answer.matchAll(SPECIAL)) {
    const { block, code, number } = found.groups;
    const before = answer.slice(end, found.index);
    addText(block === undefined ? before : before.trimEnd());
    const citation = known.get(Number(number));
    if (block !== undefined) shown.push(made("pre", { tabindex: "0" }, made("code", {}, block.trimEnd())));
    else if (code) shown.push(made("code", {}, code));
    else shown.push(citation ? mark(citation) : found[0]);
    end = found.index + found[0].length;
    isAfterBlock = block !== undefined;
  }
  addText(answer.slice(end));
  byId("answer").replaceChildren(...shown);
}

function mark(citation) {
  const label = `Source ${citation.number}: ${placeName(citation)}`;
  const open = (event) => openSource(citation, event.currentTarget);
  const attributes = { type: "button", class: "mark quiet", "aria-label": label, onclick: open };
  return made("button", { ...attributes, title: label }, String(citation.number));
}

function showPlaces(title, citations) {
  const list = made("ol");
  for (const citation of citations) {
    const open = (event) => openSource(citation, event.currentTarget);
    const where = [citation.source, pages(citation)].filter(Boolean).join(", ");
    list.append(
      made(
        "li",
        {},
        made(
          "button",
          { type: "button", class: "place quiet", "data-number": citation.number, onclick: open },
          made("b", {}, String(citation.number)),
          made("b", {}, placeName(citation)),
          made("q", {}, citation.quote),
          made("small", {}, where),
        ),
      ),
    );
  }
  byId("found").append(made("h3", {}, title), list);
}

function showNotes(answer) {
  byId("notes").replaceChildren(...answer.notes.map((note) => made("li", {}, note)));
}

function showStages(answer) {
  const rows = answer.stages.map((stage) => {
    const bar = made("div", { class: "bar" });
    bar.style.marginInlineStart = `${(100 * stage.start_ms) / answer.total_ms}%`;
    bar.style.width = `${(100 * stage.ms) / answer.total_ms}%`;
    const cells = [made("td", {}, stage.ms.toFixed(1)), made("td", {}, bar)];
    return made("tr", {}, made("th", { scope: "row" }, stage.node), ...cells);
  });
  byId("stages").hidden = !rows.length;
  byId("stages").querySelector("summary").textContent =
    `${rows.length} stages, ${Math.round(answer.total_ms)} ms`;
  byId("stages").querySelector("tbody").replaceChildren(...rows);
}

function showEarlier() {
  const items = earlier.map((answer) =>
    made("li", {}, made("button", { type: "button", class: "quiet", onclick: () => again(answer) }, answer.question)),
  );
  byId("earlier").hidden = !items.length;
  byId("earlier").querySelector("ol").replaceChildren(...items);
}

function again(answer) {
  asking?.abort();
  tell(null);
  closeSource();
  show(answer);
  byId("question").value = answer.question;
  byId("result").scrollIntoView({ block: "nearest" });
}

// ---------------------------------------------------------------- the source

async function openSource(citation, from) {
  opener = from;
  byId("source").hidden = false;
  byId("source-title").textContent = citation.title || citation.document_id;
  byId("trail").textContent = [...(citation.headings ?? []), pages(citation), citation.source]
    .filter(Boolean)
    .join(" › ");
  byId("text").replaceChildren("Loading…");
  byId("whole").hidden = true;
  for (const place of document.querySelectorAll("button.place")) {
    place.setAttribute("aria-current", String(place.dataset.number === String(citation.number)));
  }
  try {
    const stored = await (await request(documentAddress(citation.document_id))).json();
    if (opener === from) showSource(stored, citation, AROUND);
  } catch (error) {
    byId("text").replaceChildren(error.message);
    if (error.status === 401) tell(error);
  }
  byId("source-title").focus({ preventScroll: true });
}

// The document's text with the quote marked. Places count code points, as Python does.
function showSource(stored, citation, around) {
  const letters = Array.from(stored.text);
  const { start, end } = citation;
  const from = Math.max(0, start - around);
  const to = Math.min(letters.length, end + around);
  const text = (first, last) => letters.slice(first, last).join("");
  const isStored = text(start, end) === citation.quote;
  const marked = made("mark", {}, text(start, end));
  byId("text").replaceChildren(
    ...(isStored ? [] : [made("p", {}, made("em", {}, "The document has changed since this answer. It now reads:"))]),
    (from > 0 ? "… " : "") + text(from, start),
    isStored ? marked : text(start, end),
    text(end, to) + (to < letters.length ? " …" : ""),
  );
  if (isStored) marked.scrollIntoView({ block: "center" });
  byId("whole").hidden = from === 0 && to === letters.length;
  byId("whole").onclick = () => showSource(stored, citation, Infinity);
}

function closeSource() {
  if (byId("source").hidden) return;
  byId("source").hidden = true;
  for (const place of document.querySelectorAll("button.place")) place.removeAttribute("aria-current");
  if (opener?.isConnected) opener.focus();
  opener = null;
}

// ---------------------------------------------------------------- filters

async function loadFields() {
  try {
    const { facets } = await (await request("v1/facets")).json();
    const options = facets.map((facet) =>
      made("option", { value: facet.field }, `${facet.field} (${facet.documents})`),
    );
    byId("field").replaceChildren(byId("field").options[0], ...options);
  } catch (error) {
    tell(error);
  }
}

async function loadValues() {
  const field = byId("field").value;
  const first = byId("value").options[0];
  byId("value").replaceChildren(first);
  byId("value").disabled = !field;
  if (!field) return;
  try {
    const { facets } = await (await request(`v1/facets?field=${encodeURIComponent(field)}`)).json();
    const options = facets.map((facet) =>
      made("option", { value: facet.value }, `${facet.value} (${facet.documents})`),
    );
    byId("value").replaceChildren(first, ...options);
  } catch (error) {
    tell(error);
  }
}

function chooseValue() {
  const field = byId("field").value;
  const value = byId("value").value;
  if (!value) return;
  filters.set(field, [...new Set([...(filters.get(field) ?? []), value])]);
  byId("value").value = "";
  showFilters();
}

function showFilters() {
  const items = [];
  for (const [field, values] of filters) {
    for (const value of values) {
      const text = `${field}: ${value}`;
      const remove = () => {
        const left = values.filter((one) => one !== value);
        if (left.length) filters.set(field, left);
        else filters.delete(field);
        showFilters();
        byId("field").focus();
      };
      const attributes = { type: "button", class: "quiet", "aria-label": `Remove ${text}` };
      items.push(made("li", {}, made("button", { ...attributes, onclick: remove }, `${text} ✕`)));
    }
  }
  byId("chosen").replaceChildren(...items);
  byId("filter-count").textContent = items.length ? `(${items.length})` : "";
}

// ---------------------------------------------------------------- what users do

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = byId("question").value.trim();
  if (question) ask(question);
});
byId("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("ask").requestSubmit();
  }
});
byId("stop").addEventListener("click", () => asking?.abort());
byId("close").addEventListener("click", closeSource);
byId("field").addEventListener("change", loadValues);
byId("value").addEventListener("change", chooseValue);
byId("show-documents").addEventListener("click", openDocuments);
byId("documents-dialog").addEventListener("close", loadFields);
byId("use-token").addEventListener("click", () => byId("token-dialog").showModal());
byId("token-dialog").addEventListener("close", () => {
  const token = byId("token").value.trim();
  byId("token").value = "";
  if (!token) return;
  sessionStorage.setItem(TOKEN, token);
  tell(null);
  loadFields();
});
byId("thumbs").addEventListener("click", async (event) => {
  const thumb = event.target.closest("button");
  if (!thumb) return;
  const given = {
    question: present.question,
    answer: present.answer,
    is_helpful: thumb.dataset.helpful === "true",
  };
  try {
    await request("v1/feedback", posted(given));
    for (const one of byId("thumbs").querySelectorAll("button")) {
      one.setAttribute("aria-pressed", String(one === thumb));
    }
    byId("thanks").textContent = "Thank you.";
  } catch (error) {
    tell(error);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeSource();
});

showEarlier();
loadFields();
