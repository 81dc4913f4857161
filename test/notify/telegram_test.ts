import assert from "node:assert/strict";
import type { TelegramSpec } from "../../lib/model/notify_config.ts";
import type { Sent } from "../../lib/notify/channel.ts";
import { openChannel } from "../../lib/notify/channels/mod.ts";
import { BotApi, flood, refusal } from "./bot_api.ts";
import { channelWorld, message } from "./receiver.ts";

const TOKEN = "7012345678:AAF-canary_3f9a7c-canary_3f9a7c-can";
const TEXT = [
  "Critical: ccl-3 is quarantined",
  "Its process ended 5 times within a minute of its start.",
  "To do: claude-failover session start ccl-3",
].join("\n");

async function setup(chats: readonly string[] = ["7"], more: Partial<TelegramSpec> = {}) {
  const world = await channelWorld();
  const api = new BotApi(TOKEN, ["7", "-1009", "@news"]);
  const spec: TelegramSpec = {
    type: "telegram",
    name: "phone",
    token: { file: await world.secret(TOKEN) },
    chats: chats.map((text) => {
      const [chat, topic] = text.split(":");
      return { chat: chat!, topic: topic === undefined ? null : Number(topic) };
    }),
    api: api.url,
    ...more,
  };
  return {
    ...world,
    api,
    channel: openChannel(spec, world.deps),
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

function refOf(sent: Sent): string {
  assert.ok(sent.is === "sent" && sent.ref !== null, JSON.stringify(sent));
  return sent.ref;
}

function whyOf(sent: Sent): string {
  assert.ok(sent.is !== "sent", JSON.stringify(sent));
  assert.ok(!sent.why.includes("canary"), sent.why);
  return sent.why;
}

Deno.test("Telegram: a message goes to each chat and topic, and rings unless it is only good to know", async () => {
  await using w = await setup(["7", "-1009:12", "@news"]);
  assert.equal((await w.channel.send(message(), w.signal)).is, "sent");
  await w.channel.send(message({ severity: "info", title: "fine" }, { key: "42:a" }), w.signal);
  assert.deepEqual(w.api.texts("7").map((text) => text.split("\n")[0]), [
    "Critical: ccl-3 is quarantined",
    "fine",
  ]);
  assert.equal(w.api.texts("7")[0], TEXT);
  const [loud, silent] = w.api.chats.get("-1009")!;
  assert.deepEqual([loud!.topic, loud!.silent, silent!.silent], [12, false, true]);
  assert.equal(w.api.texts("@news").length, 2);
});

Deno.test("Telegram: what a notice says is never read as formatting", async () => {
  await using w = await setup();
  await w.channel.send(message({ title: "<b>*_[x](y)`", lines: [], todo: null }), w.signal);
  assert.deepEqual(w.api.texts("7"), ["Critical: <b>*_[x](y)`"]);
  assert.equal(w.api.calls[0]!.payload["parse_mode"], undefined);
});

Deno.test("Telegram: an update edits the message in each chat", async () => {
  await using w = await setup(["7", "-1009:12"]);
  const replaces = refOf(await w.channel.send(message(), w.signal));
  const again = await w.channel.send(message({ count: 50 }, { key: "90:a", replaces }), w.signal);
  assert.equal(refOf(again), replaces);
  for (const chat of ["7", "-1009"]) {
    const [only, ...more] = w.api.chats.get(chat)!;
    assert.deepEqual(more, []);
    assert.equal(only!.edits, 1);
    const calls = w.api.calls.filter(({ payload }) => payload["chat_id"] === chat);
    for (const { payload } of calls) {
      assert.deepEqual(payload["link_preview_options"], { is_disabled: true });
    }
    assert.match(only!.text, /^Critical: ccl-3 is quarantined \(50 times\)\n/);
  }
});

Deno.test("Telegram: an update that changes nothing is sent; one whose message is gone is a new message", async () => {
  await using w = await setup();
  const replaces = refOf(await w.channel.send(message(), w.signal));
  const same = await w.channel.send(message({}, { key: "43:a", replaces }), w.signal);
  assert.equal(refOf(same), replaces);
  assert.equal(w.api.texts("7").length, 1);

  w.api.chats.get("7")!.length = 0; // the person has deleted it
  const anew = await w.channel.send(message({ count: 2 }, { key: "44:a", replaces }), w.signal);
  assert.notEqual(refOf(anew), replaces);
  assert.equal(w.api.texts("7").length, 1);
});

Deno.test("Telegram: 4,096 characters at most, cut at the end of a line and never within a character", async () => {
  await using w = await setup();
  await w.channel.send(
    message({ lines: Array(200).fill("a line of thirty-two characters.") }),
    w.signal,
  );
  await w.channel.send(
    message({ title: "half \ud83d", lines: ["😀".repeat(4_000)] }, { key: "2:a" }),
    w.signal,
  );
  const [lines, faces] = w.api.texts("7");
  assert.ok(lines!.length <= 4_096 && lines!.length > 4_000, `${lines!.length}`);
  assert.ok(lines!.endsWith("characters.\n…"), lines!.slice(-40));
  assert.ok(faces!.length <= 4_096 && faces!.isWellFormed() && faces!.endsWith("\n…"));
});

Deno.test("Telegram: a flood is waited out as long as it says, and the chats that have the message are left alone", async () => {
  await using w = await setup(["7", "-1009"]);
  w.api.next.push(null, () => flood(34));
  assert.deepEqual(await w.channel.send(message(), w.signal), {
    is: "retry",
    why: "Telegram says: Too Many Requests: retry after 34",
    afterMs: 34_000,
    unsure: false,
  });
  assert.deepEqual([w.api.texts("7").length, w.api.texts("-1009").length], [1, 0]);
  refOf(await w.channel.send(message(), w.signal));
  assert.deepEqual([w.api.texts("7").length, w.api.texts("-1009").length], [1, 1]);
});

const REFUSING = ["7", "-1009", "404"];

Deno.test("Telegram: a message that each chat refuses is rejected, and each is named with its reason", async () => {
  await using w = await setup(REFUSING);
  w.api.blockedBy.add("7");
  w.api.movedTo.set("-1009", -1007);
  const sent = await w.channel.send(message(), w.signal);
  assert.equal(sent.is, "rejected");
  assert.equal(
    whyOf(sent),
    [
      "chat 7: Telegram says: Forbidden: bot was blocked by the user (write to the bot once, or let it into the chat)",
      "chat -1009: Telegram says: Bad Request: group chat was upgraded to a supergroup chat (the chat's number is -1007 now)",
      "chat 404: Telegram says: Bad Request: chat not found (correct the chat in the config)",
    ].join("; "),
  );
});

Deno.test("Telegram: a chat that refuses keeps no other from a message, nor from its updates", async () => {
  await using w = await setup([...REFUSING, "@news"]);
  w.api.blockedBy.add("7");
  w.api.movedTo.set("-1009", -1007);
  const sent = await w.channel.send(message(), w.signal);
  assert.ok(sent.is === "sent" && sent.but, JSON.stringify(sent));
  assert.match(sent.but, /^chat 7: .*blocked.*; chat -1009: .*; chat 404: .*not found/);
  await w.channel.send(message({ count: 2 }, { key: "2:a", replaces: sent.ref }), w.signal);
  const [only, ...more] = w.api.chats.get("@news")!;
  assert.deepEqual([only!.edits, more], [1, []]);
});

Deno.test("Telegram: an attempt that is aborted between two chats goes on with the second", async () => {
  await using w = await setup(["7", "-1009"]);
  const stop = new AbortController();
  const over = Promise.withResolvers<Response>();
  w.api.next.push(null, () => {
    stop.abort(new Error("stopping"));
    return over.promise;
  });
  await assert.rejects(w.channel.send(message(), stop.signal), /stopping/);
  over.resolve(flood(1));
  const sent = await w.channel.send(message(), w.signal);
  assert.ok(sent.is === "sent" && sent.but === undefined, JSON.stringify(sent));
  assert.deepEqual([w.api.texts("7").length, w.api.texts("-1009").length], [1, 1]);
});

for (
  const [token, why] of [
    ["7012345678:AAF-another-canary-another-canary-1", "Unauthorized"],
    ["no token at all, a canary", "Not Found"],
  ] as const
) {
  Deno.test(`Telegram: a wrong token keeps the message, with a hint (${why})`, async () => {
    await using w = await setup(["7", "-1009"]);
    await w.secret(token);
    const sent = await w.channel.send(message(), w.signal);
    assert.equal(sent.is, "retry");
    const hint = "the token is not one that BotFather gave, or it was revoked";
    assert.equal(whyOf(sent), `Telegram says: ${why} (${hint})`);

    await w.secret(TOKEN); // a new token counts at once
    refOf(await w.channel.send(message(), w.signal));
  });
}

const ODD: [string, () => Response, RegExp][] = [
  ["a server error", () => refusal(502, "Bad Gateway"), /^Telegram says: Bad Gateway$/],
  ["a page of HTML", () => new Response("<html>canary"), /answers with what is no JSON$/],
  ["an empty answer", () => new Response(""), /answers with what is no JSON$/],
  [
    "JSON of somebody else",
    () => Response.json({ canary: 1 }),
    /does not answer as Telegram does$/,
  ],
  ["null", () => Response.json(null), /ended without an answer$/],
  ["a redirect", () => Response.redirect("https://example.org/canary"), /is no JSON$/],
];
for (const [name, answer, why] of ODD) {
  Deno.test(`Telegram: ${name} is tried again, and the message may have arrived`, async () => {
    await using w = await setup();
    w.api.next.push(answer);
    const sent = await w.channel.send(message(), w.signal);
    assert.ok(sent.is === "retry" && sent.unsure, JSON.stringify(sent));
    assert.match(whyOf(sent), why);
    assert.equal(w.api.calls.length, 1);
  });
}

Deno.test("Telegram: an answer that repeats the token does not bring it into the reason", async () => {
  await using w = await setup();
  w.api.next.push(() => refusal(400, `Bad Request: no /bot${TOKEN}/ here`));
  assert.match(whyOf(await w.channel.send(message(), w.signal)), /no \/bot\[secret\]\/ here$/);
});

Deno.test("Telegram: sent without a number is sent, and its update is a new message", async () => {
  await using w = await setup();
  w.api.next.push(() => Response.json({ ok: true, result: true }));
  const replaces = refOf(await w.channel.send(message(), w.signal));
  refOf(await w.channel.send(message({}, { key: "2:a", replaces }), w.signal));
  assert.deepEqual(w.api.calls.map(({ method }) => method), ["sendMessage", "sendMessage"]);
});

Deno.test("Telegram: a message that may be a repeat says so", async () => {
  await using w = await setup();
  await w.channel.send(message({}, { maybeRepeated: true }), w.signal);
  assert.match(w.api.texts("7")[0]!, /\n\(It may have been sent before\.\)$/);
});
