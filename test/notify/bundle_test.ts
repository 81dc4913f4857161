import assert from "node:assert/strict";
import type { Notice } from "../../lib/model/notice.ts";
import { bundleOf, groupOf, joined, plus, tell } from "../../lib/notify/bundle.ts";
import { utc } from "../support/local_time.ts";

function notice(id: string, changes: Partial<Notice> = {}): Notice {
  return {
    id,
    kind: "session.waiting",
    severity: "warning",
    at: Date.UTC(2026, 0, 5, 9),
    title: `${id} waits for you`,
    lines: ["Since a while."],
    todo: `claude-failover session attach ${id}`,
    subject: { session: id, account: "a" },
    seqs: { first: 4, last: 4 },
    count: 1,
    ...changes,
  };
}

Deno.test("tell() of one notice says just that", () => {
  const one = notice("s1");
  assert.deepEqual(tell(bundleOf(one), utc), one);
});

Deno.test("plus() counts what is said again, and replaces what is known better", () => {
  const again = tell(plus(bundleOf(notice("s1")), notice("s1")), utc);
  assert.deepEqual([again.title, again.count], ["s1 waits for you", 2]);
  const better = notice("s1", { title: "s1 waits for a permission", seqs: { first: 5, last: 5 } });
  const known = tell(plus(bundleOf(notice("s1")), better), utc);
  assert.deepEqual([known.title, known.count, known.seqs], [better.title, 1, {
    first: 4,
    last: 5,
  }]);
});

Deno.test("tell() of several names whom it is about, the last ones, and what they have in common", () => {
  const all = ["s2", "s3"].map((id) => notice(id)).reduce(plus, bundleOf(notice("s1")));
  const { title, lines, todo, subject, count } = tell(all, utc);
  assert.equal(title, "Sessions wait for you: s1, s2, s3");
  assert.deepEqual(lines, ["s1", "s2", "s3"].map((id) => `09:00:00 ${id} waits for you`));
  assert.equal(todo, "claude-failover status shows them");
  assert.deepEqual(subject, { account: "a" });
  assert.equal(count, 3);
});

Deno.test("tell() of several kinds is a digest, as grave as the gravest", () => {
  const bad = notice("x", { kind: "failover.failed", severity: "critical", subject: {} });
  const { kind, severity, title } = tell(plus(bundleOf(notice("s1")), bad), utc);
  assert.deepEqual([kind, severity, title], ["digest", "critical", "What has happened meanwhile"]);
});

Deno.test("joined() loses none of the count, however little is kept", () => {
  const many = (prefix: string, count: number) =>
    Array.from({ length: count - 1 }, (_, i) => notice(`${prefix}${i}`))
      .reduce(plus, bundleOf(notice(`${prefix}x`)));
  const all = joined(many("a", 70), many("b", 50));
  assert.deepEqual([all.count, all.kept.length], [120, 20]);
  const { lines } = tell(all, utc);
  assert.equal(lines.length, 9);
  assert.equal(lines.at(-1), "And 112 more before.");
});

Deno.test("groupOf() puts together what is of one kind, but each swap and each account by itself", () => {
  assert.equal(groupOf(notice("s1")), groupOf(notice("s2")));
  const swap = (id: string) => notice(id, { kind: "failover.done" });
  assert.notEqual(groupOf(swap("w1")), groupOf(swap("w2")));
  const unfit = (account: string) => notice("x", { kind: "account.unfit", subject: { account } });
  assert.notEqual(groupOf(unfit("a")), groupOf(unfit("b")));
});
