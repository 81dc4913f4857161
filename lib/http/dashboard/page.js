// The page's own part: signs in, fetches what the daemon has rendered, and does so again as soon as its event stream stirs.
import { wireActions } from "./act.js";
import { patchChildren } from "./patch.js";

const KEY = "claude-failover.token";
const AGAIN_MS = 2_000;
const THROTTLE_MS = 400;
// The stream has a comment each 15 s; with nothing for so long the daemon is gone.
const SILENCE_MS = 25_000;
// The stream's first comment: nothing has happened since the page was fetched.
const GREETING = ": claude-failover";
const TOLD_MS = 8_000;

const el = (id) => document.getElementById(id);
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const decoder = new TextDecoder();
let looks = 0;
let shown = 0;
let pauseMs = THROTTLE_MS;
let skewMs = 0;
let isLost = true;

class Answered extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}
class SignedOut extends Answered {
  constructor(message) {
    super(message, 401);
  }
}

async function ask(path, init = {}) {
  const token = sessionStorage.getItem(KEY);
  if (token === null) throw new SignedOut("");
  const headers = { ...init.headers, authorization: `Bearer ${token}` };
  const response = await fetch(path, { ...init, headers });
  if (response.ok) return response;
  const { title, detail } = await response.json();
  if (response.status === 401) throw new SignedOut(`${title}: ${detail}`);
  throw new Answered(`${title}: ${detail}`, response.status);
}

async function send(method, path, body, key) {
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
  try {
    const response = await ask(path, { method, headers, body: body && JSON.stringify(body) });
    return await response.json();
  } catch (error) {
    if (error instanceof SignedOut) signOut(error.message);
    if (error instanceof TypeError) {
      throw new Error("The daemon cannot be reached; nothing is known of the request");
    }
    throw error;
  }
}

async function show(signal) {
  const begun = performance.now();
  const look = ++looks;
  const fresh = document.createElement("template");
  fresh.innerHTML = await (await ask("/v1/dashboard", { signal })).text();
  if (look < shown) return; // a later one was quicker
  shown = look;
  patchChildren(el("view"), fresh.content);
  const { now, needs, may } = el("now").dataset;
  // A large pool on a slow machine is looked at less often.
  pauseMs = Math.max(THROTTLE_MS, 10 * (performance.now() - begun));
  skewMs = Number(now) - Date.now();
  document.body.dataset.needs = needs;
  el("may").textContent = may === "act" ? "May act" : "May look only";
  tick();
}

function say(text, lost) {
  isLost = lost;
  if (el("link").textContent !== text) el("link").textContent = text;
  document.body.classList.toggle("lost", lost);
  document.body.classList.toggle("out", sessionStorage.getItem(KEY) === null);
  entitle();
}

function entitle() {
  const needs = Number(document.body.dataset.needs ?? 0);
  const mark = sessionStorage.getItem(KEY) === null
    ? ""
    : isLost
    ? "No daemon · "
    : needs > 0
    ? `(${needs}) `
    : "";
  const title = `${mark}claude-failover`;
  if (document.title !== title) document.title = title;
}

let told;
function tell(text) {
  el("told").textContent = text;
  clearTimeout(told);
  told = setTimeout(() => el("told").textContent = "", TOLD_MS);
}

function tick() {
  for (const time of el("view").querySelectorAll("time")) {
    const at = Date.parse(time.dateTime);
    time.title ||= new Date(at).toLocaleString();
    const text = time.dataset.as === "clock"
      ? new Date(at).toTimeString().slice(0, 8)
      : relative(at - Date.now() - skewMs, time.dataset.as === "bare");
    if (time.textContent !== text) time.textContent = text;
  }
  entitle();
}

function relative(ms, isBare) {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit));
  const words = days > 0
    ? pair(days, "d", hours % 24, "h")
    : hours > 0
    ? pair(hours, "h", minutes % 60, "min")
    : minutes > 0
    ? `${minutes} min`
    : `${seconds} s`;
  if (isBare) return ms > 0 ? words : "now";
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

function pair(big, bigUnit, small, smallUnit) {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

async function follow() {
  const stop = new AbortController();
  const { signal } = stop;
  let silence;
  let due = null;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(new Error("nothing was heard")), SILENCE_MS);
  };
  try {
    heard();
    const stream = (await ask("/v1/events/stream", { signal })).body.getReader();
    await show(signal);
    say("Live", false);
    for (;;) {
      const { done, value } = await stream.read();
      if (done) return;
      heard();
      if (decoder.decode(value).trim() === GREETING) continue;
      due ??= setTimeout(() => {
        due = null;
        show(signal).catch((error) => stop.abort(error));
      }, pauseMs);
    }
  } finally {
    clearTimeout(silence);
    clearTimeout(due);
    stop.abort();
  }
}

async function live() {
  el("sign-in").hidden = true;
  el("sign-out").hidden = false;
  for (;;) {
    try {
      await follow();
      say("The daemon has closed the stream; trying again", true);
    } catch (error) {
      if (error instanceof SignedOut) return signOut(error.message);
      say(`No word from the daemon; trying again (${error.message})`, true);
    }
    await rest(AGAIN_MS);
    if (sessionStorage.getItem(KEY) === null) return;
  }
}

function signOut(why) {
  sessionStorage.removeItem(KEY);
  if (el("act").open) el("act").close();
  el("view").replaceChildren();
  el("may").textContent = "";
  el("sign-in").hidden = false;
  el("sign-out").hidden = true;
  say(why || "Signed out", false);
}

el("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, el("token").value.trim());
  el("token").value = "";
  live();
});
el("sign-out").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  location.reload();
});
wireActions({ send, tell });
setInterval(tick, 1_000);
if (sessionStorage.getItem(KEY) === null) signOut("");
else live();
