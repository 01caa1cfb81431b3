// What all of the page uses: elements, requests, and what is said when one fails.

export const byId = (id) => document.getElementById(id);
export const TOKEN = "headrace-token";

export function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function request(path, options = {}) {
  const headers = { ...options.headers };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The service cannot be reached. Try again in a moment.");
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Problem(response.status, told.detail ?? `The service answered ${response.status}.`);
}

export function posted(body, more = {}) {
  const headers = { "Content-Type": "application/json", ...more.headers };
  return { method: "POST", body: JSON.stringify(body), ...more, headers };
}

export function tell(problem) {
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem?.message ?? "";
  if (problem?.status !== 401) return;
  // What the service says of a wrong token; of none, the dialog says enough itself.
  byId("token-problem").textContent = sessionStorage.getItem(TOKEN) ? problem.message : "";
  byId("documents-dialog").close();
  if (!byId("token-dialog").open) byId("token-dialog").showModal();
}

export const documentAddress = (id) => `v1/documents/${id.split("/").map(encodeURIComponent).join("/")}`;
