// The page's own part: signs in, fetches what the daemon has rendered, and does so again as soon as its event stream stirs.
const KEY = "claude-failover.token";
const AGAIN_MS = 2_000;
const THROTTLE_MS = 500;
// The stream has a comment each 15 s; with nothing for so long the daemon is gone.
const SILENCE_MS = 40_000;

const el = (id) => document.getElementById(id);
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let skewMs = 0;

class SignedOut extends Error {}

async function ask(path, signal) {
  const token = sessionStorage.getItem(KEY);
  if (token === null) throw new SignedOut("");
  const response = await fetch(path, { headers: { authorization: `Bearer ${token}` }, signal });
  if (response.ok) return response;
  const { title, detail } = await response.json();
  if (response.status === 401) throw new SignedOut(`${title}: ${detail}`);
  throw new Error(`${title}: ${detail}`);
}

async function show(signal) {
  const text = await (await ask("/v1/dashboard", signal)).text();
  const focused = document.activeElement?.id;
  el("view").innerHTML = text;
  if (focused) el(focused)?.focus();
  skewMs = Number(el("now").dataset.now) - Date.now();
  tick();
}

function say(text, isLost) {
  if (el("link").textContent !== text) el("link").textContent = text;
  el("link").classList.toggle("lost", isLost);
  document.body.classList.toggle("lost", isLost);
}

function tick() {
  for (const time of el("view").querySelectorAll("time")) {
    const at = Date.parse(time.dateTime);
    time.title ||= new Date(at).toLocaleString();
    time.textContent = relative(at - Date.now() - skewMs);
  }
}

function relative(ms) {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit));
  const words = days > 0
    ? `${days} d ${hours % 24} h`
    : hours > 0
    ? `${hours} h ${minutes % 60} min`
    : minutes > 0
    ? `${minutes} min`
    : `${seconds} s`;
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

async function follow() {
  const stop = new AbortController();
  let silence;
  let due = null;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(new Error("nothing was heard")), SILENCE_MS);
  };
  try {
    heard();
    const stream = (await ask("/v1/events/stream", stop.signal)).body.getReader();
    await show(stop.signal);
    say("Live", false);
    while (!(await stream.read()).done) {
      heard();
      due ??= setTimeout(() => {
        due = null;
        show(stop.signal).catch((error) => stop.abort(error));
      }, THROTTLE_MS);
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
  }
}

function signOut(why) {
  sessionStorage.removeItem(KEY);
  el("view").replaceChildren();
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
setInterval(tick, 1_000);
if (sessionStorage.getItem(KEY) === null) signOut("");
else live();
