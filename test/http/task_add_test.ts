/** `POST /v1/tasks`: a task put into an inbox over HTTP, and what the journal says of it. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Fact } from "../../lib/model/event.ts";
import { midday, setup } from "./setup.ts";

const SPEC = emptySpec("t");

function found(file: string, { task = "t1", hops = 0 } = {}): Fact {
  const spec = { ...SPEC, hops };
  const at = { project: "shop", file, ref: file, digest: "d" };
  return { type: "task.found", task, ...at, spec, ignored: [] };
}

Deno.test("a task is in the inbox before the answer, and its request is done when it is found", async () => {
  using w = setup();
  const { seq, file } = await w.client.addTask({ project: "shop", text: "Mend it", title: "a/b" });
  equal([file, w.control.inbox.get(file)], ["a-b.md", `---\ntitle: "a/b"\n---\n\nMend it`]);
  equal((await w.client.request(seq)).outcome, { is: "pending" });
  w.control.record(found("other.md"));
  equal((await w.client.request(seq)).outcome, { is: "pending" });
  w.control.record(found(file, { task: "t2" }));
  equal((await w.client.request(seq)).outcome, { is: "done" });
});

Deno.test("a task that the inbox refuses is a request that failed, with why", async () => {
  using w = setup();
  const { seq, file } = await w.client.addTask({ project: "shop", text: "x" });
  w.control.record({ type: "task.refused", task: "t1", project: "shop", file, why: "too long" });
  equal((await w.client.request(seq)).outcome, { is: "failed", reason: "too long" });
});

Deno.test("what an agent adds has the agent's task for its maker, one hop further", async () => {
  using w = setup({ facts: [...midday(), found("t1.md", { hops: 1 })] });
  w.control.record({ type: "task.assigned", task: "t1", session: "ccl-0", mark: "m", why: "idle" });
  const { file } = await w.client.addTask({ project: "shop", text: "x", session: "ccl-0" });
  match(w.control.inbox.get(file)!, /^made_by: "t1"\nhops: 2$/m);
  const other = await w.client.addTask({ project: "shop", text: "x", session: "ccl-1" });
  match(w.control.inbox.get(other.file)!, /^made_by: "ccl-1"\nhops: 1$/m);
  await rejects(
    w.client.addTask({ project: "shop", text: "x", session: "nobody" }),
    /Not found: no session nobody/,
  );
});

Deno.test("nothing stays in the inbox that could not be written down", async () => {
  using w = setup();
  const { record } = w.control;
  w.control.record = () => {
    throw new Error("the disk is full");
  };
  await rejects(w.client.addTask({ project: "shop", text: "x" }), /the disk is full/);
  w.control.record = record;
  equal(w.control.inbox.size, 0);
});
