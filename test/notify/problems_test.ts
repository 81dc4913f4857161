import assert from "node:assert/strict";
import type { ChannelSpec } from "../../lib/model/notify_config.ts";
import { channelProblems } from "../../lib/notify/channels/mod.ts";
import { channelWorld, PLANTED } from "./receiver.ts";

Deno.test("channelProblems() names each secret and path that stands in the way, and no secret", async () => {
  await using w = await channelWorld({ CF_ADDRESS: `http://example.org/${PLANTED}` });
  const open = await w.secret(PLANTED, 0o640);
  const none = { file: `${w.dir}/none` };
  const http = { headers: {}, labels: {}, secretHeaders: { a: { file: open }, b: none, c: none } };
  const cases: [ChannelSpec, string[]][] = [
    [
      {
        type: "telegram",
        name: "phone",
        token: { file: open },
        chats: [],
        api: "https://api.telegram.org",
      },
      [`${open} is open to other users (mode 0640): chmod 600 it`],
    ],
    [
      { type: "loki", name: "loki", address: { env: "CF_ADDRESS" }, ...http },
      [
        `${open} is open to other users (mode 0640): chmod 600 it`,
        `there is no file ${w.dir}/none`,
        "the address in $CF_ADDRESS must be https: anybody on the way can read http",
      ],
    ],
    [
      {
        type: "webhook",
        name: "hook",
        address: { env: "CF_NONE" },
        format: "generic",
        body: null,
        secret: { env: "CF_SECRET" },
        headers: {},
        secretHeaders: {},
      },
      ["$CF_SECRET is not set", "$CF_NONE is not set"],
    ],
    [
      { type: "file", name: "log", path: `${w.dir}/sub/n.jsonl`, maxBytes: 1, keep: 1 },
      [`there is no folder ${w.dir}/sub`],
    ],
    [
      { type: "exec", name: "bell", command: [`${w.dir}/bell`] },
      [`there is no program ${w.dir}/bell`],
    ],
    [{ type: "exec", name: "bell", command: ["sh"] }, []],
    [{ type: "file", name: "log", path: `${w.dir}/n.jsonl`, maxBytes: 1, keep: 1 }, []],
    [{ type: "stdout", name: "journald" }, []],
  ];
  for (const [spec, says] of cases) {
    const found = await channelProblems(spec, w.deps);
    assert.deepEqual(found, says);
    assert.ok(!found.join().includes(PLANTED));
  }
});
