import assert from "node:assert/strict";
import { holdsSecret, redact, scrub } from "../../lib/model/secret_text.ts";

const C = "canary3f9a7c";
const LONG = `${C}-${C}_${C}`;

const SECRETS: readonly (readonly [text: string, left: string])[] = [
  [`key sk-ant-api03-${LONG} here`, "key [secret] here"],
  [
    `https://api.telegram.org/bot7012345678:AAF${LONG}/sendMessage`,
    "https://api.telegram.org/bot[secret]/sendMessage",
  ],
  [`authorization: Bearer ${C}`, "authorization: [secret]"],
  [`{"Authorization":"Basic ${C}","a":1}`, '{"Authorization":"[secret]","a":1}'],
  [`Authorization: Digest a, b=${C}\nHost: x`, "Authorization: [secret]\nHost: x"],
  [`x-api-key=${C}`, "x-api-key=[secret]"],
  [`Cookie: a=${C}; b=2`, "Cookie: [secret]"],
  [`sent Bearer ${C}`, "sent Bearer [secret]"],
  [`https://ada:${C}@example.org/x`, "https://[secret]@example.org/x"],
  [`postgres://:${C}@db/x`, "postgres://[secret]@db/x"],
  [
    `https://example.org/?a=1&access_token=${C}&b=2`,
    "https://example.org/?a=1&access_token=[secret]&b=2",
  ],
  [`https://example.org/?key=${C}`, "https://example.org/?key=[secret]"],
  [`password=${C}`, "password=[secret]"],
  [`{"client_secret": "${C}"}`, '{"client_secret": "[secret]"}'],
  [`DB_PASSWORD: ${C}`, "DB_PASSWORD: [secret]"],
  [`https://hooks.slack.com/services/T0/B0/${C}`, "https://hooks.slack.com/[secret]"],
  [`https://discord.com/api/webhooks/123/${LONG}`, "https://discord.com/api/webhooks/[secret]"],
  [`xoxb-123-${C}`, "[secret]"],
  [`whsec_${C}${C}=`, "[secret]"],
  [`cf_0a1b2c3d_${LONG}`, "[secret]"],
  [`ghp_${C}${C}`, "[secret]"],
  [`AKIA${"ABCDEFGH12345678"}`, "[secret]"],
  [`eyJhbGciOiJ.eyJzdWIiOiI.${C}`, "[secret]"],
  [`-----BEGIN EC PRIVATE KEY-----\n${C}\n-----END EC PRIVATE KEY----- x`, "[secret] x"],
  [`-----BEGIN PRIVATE KEY-----\n${C}`, "[secret]"],
];

Deno.test("redact() takes each kind of secret out of a text and leaves the rest, also the second time", () => {
  for (const [text, left] of SECRETS) {
    assert.equal(redact(text), left);
    assert.equal(redact(left), left);
    assert.ok(holdsSecret(text), text);
    assert.ok(!holdsSecret(left), left);
  }
  const all = SECRETS.map(([text]) => text).join("\n");
  assert.ok(!redact(all).includes(C), redact(all));
});

Deno.test("redact() leaves what only sounds like a secret", () => {
  for (
    const text of [
      "ccl-3 is quarantined",
      "the token of account work is read from /home/ada/.config/token",
      "input_tokens: 12345, maxTokens=200",
      "basic settings, bearer of news",
      "2026-11-28T14:02:00.000Z 127.0.0.1:4747",
      "https://example.org/a:b@c?page=2&monkey=1",
      "keyboard: someone has pressed a key=no",
      "0b9c7a52-6f0e-4f0a-9d56-1c2f3a4b5c6d",
      "claude-failover session send ccl-3 'go on'",
    ]
  ) assert.equal(redact(text), text);
});

Deno.test("scrub() takes what is known out as well, the longer first", () => {
  assert.equal(scrub(`a ${C}-more ${C} b`, [C, `${C}-more`]), "a [secret] [secret] b");
  assert.equal(scrub("one is no secret", ["o"]), "one is no secret");
});
