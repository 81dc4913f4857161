// What a person asks for: shown in words, previewed where there is a plan, sent once, and its outcome awaited.
const WAIT_MS = 20_000;

const el = (id) => document.getElementById(id);

/** `send(method, path, body, key)` gives the answer's JSON, or throws what has a `status` if there was an answer. */
export function wireActions({ send, tell }) {
  let now = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-ask], button[data-copy]");
    if (!button) return;
    if (button.dataset.copy) return copy(button.dataset.copy);
    open(JSON.parse(button.dataset.ask));
  });
  el("act-no").addEventListener("click", () => el("act").close());
  el("act-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (now && !el("act-yes").disabled) confirm(now);
  });
  el("act-to").addEventListener("change", () => preview(now));
  el("act").addEventListener("close", () => {
    if (el("act").open) return; // it comes late, and the next question is already being asked
    const opener = now && el(now.ask.id);
    now = null;
    (opener ?? el("main")).focus({ preventScroll: true });
  });

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      tell(`Copied: ${text}`);
    } catch {
      tell(`Cannot copy; it is: ${text}`);
    }
  }

  function open(ask) {
    now = { ask, key: crypto.randomUUID(), to: ask.plan?.to ?? null, looks: 0 };
    el("act-title").textContent = ask.title;
    el("act-text").textContent = ask.text;
    el("act-yes").textContent = ask.yes;
    el("act-no").textContent = "Cancel";
    el("act-yes").hidden = false;
    el("act-said").textContent = "";
    el("act-reason").value = "";
    el("act-why").hidden = !ask.reason;
    el("act-plan").replaceChildren();
    const targets = ask.plan?.targets ?? [];
    el("act-where").hidden = targets.length === 0;
    el("act-to").replaceChildren(
      new Option("the best one", ""),
      ...targets.map((target) => new Option(target, target)),
    );
    el("act-yes").disabled = ask.plan !== undefined;
    el("act").showModal();
    (ask.reason ? el("act-reason") : el("act-no")).focus();
    if (ask.plan) preview(now);
  }

  /** The plan of a dry run; only what was shown can be confirmed. */
  async function preview(mine) {
    const { from, to } = mine.ask.plan;
    const look = ++mine.looks;
    const wish = {
      from,
      dryRun: true,
      ...(to || el("act-to").value ? { to: to ?? el("act-to").value } : {}),
    };
    const isOld = () => now !== mine || mine.looks !== look;
    el("act-yes").disabled = true;
    say("Looking at what would happen …");
    try {
      const { plan } = await send("POST", "/v1/swaps", wish);
      if (isOld()) return;
      el("act-plan").replaceChildren(...planParts(plan));
      mine.to = plan.to;
      mine.key = crypto.randomUUID();
      el("act-yes").disabled = plan.sessions.length === 0;
      say(plan.sessions.length === 0 ? "Nothing would move." : "");
    } catch (error) {
      if (isOld()) return;
      el("act-plan").replaceChildren();
      say(error.message, true);
    }
  }

  async function confirm(mine) {
    const { ask, key } = mine;
    const reason = el("act-reason").value.trim();
    const body = {
      ...ask.body,
      ...(ask.reason && reason ? { reason } : {}),
      ...(ask.path === "/v1/swaps" ? { to: mine.to } : {}),
    };
    const report = (text, isBad) => {
      if (now === mine) say(text, isBad);
      else tell(`${ask.title}: ${text}`);
    };
    el("act-yes").disabled = true;
    say("Asking the daemon …");
    let taken;
    try {
      taken = await send("POST", ask.path, body, key);
    } catch (error) {
      // What was answered is settled; what got lost may be sent again, under the same key.
      if (error.status !== undefined) mine.key = crypto.randomUUID();
      if (now === mine) el("act-yes").disabled = false;
      return report(error.message, true);
    }
    if (now === mine) {
      el("act-yes").hidden = true;
      el("act-no").textContent = "Close";
      el("act-no").focus();
    }
    report(`Taken, as journal line ${taken.seq}. Waiting for what comes of it …`);
    const outcome = await outcomeOf(taken.seq);
    if (outcome.is === "done") report("Done.");
    else report(`${outcome.is === "refused" ? "Refused" : "Failed"}: ${outcome.reason}`, true);
  }

  async function outcomeOf(seq) {
    for (;;) {
      try {
        const { outcome } = await send("GET", `/v1/requests/${seq}?waitMs=${WAIT_MS}`);
        if (outcome.is !== "pending") return outcome;
      } catch (error) {
        if (error.status !== undefined) return { is: "failed", reason: error.message };
        await new Promise((resolve) => setTimeout(resolve, 1_000)); // the daemon is away; its journal is not
      }
    }
  }

  function say(text, isBad = false) {
    el("act-said").textContent = text;
    el("act-said").classList.toggle("bad", isBad);
  }
}

function planParts({ from, to, sessions, left, candidates, warning }) {
  return [
    text(
      "p",
      `${from} → ${to}: ${sessions.length === 0 ? "no session" : sessions.join(", ")}`,
      "planned",
    ),
    ...(warning === null ? [] : [text("p", `Against it speaks: ${warning}`, "bad")]),
    ...list("They stay:", left.map(({ session, why }) => `${session}: ${why}`)),
    ...list(
      "Weighed:",
      candidates.map(({ account, rejected }) => `${account}: ${rejected ?? "can take the work"}`),
    ),
  ];
}

function list(title, lines) {
  if (lines.length === 0) return [];
  const ul = document.createElement("ul");
  ul.append(...lines.map((line) => text("li", line)));
  return [text("p", title, "soft"), ul];
}

function text(tag, content, name = "") {
  const node = document.createElement(tag);
  node.textContent = content;
  node.className = name;
  return node;
}
