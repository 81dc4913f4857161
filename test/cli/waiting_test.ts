/** What a person sees while a command takes its time. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { Underway, waiting } from "../../lib/cli/waiting.ts";
import { world } from "./world.ts";

const tty = { isTty: true, columns: 40 };

Deno.test("waiting() says after a second what for and for how long, and leaves a clean line", async () => {
  await using w = await world({ ...tty, facts: null });
  const work = Promise.withResolvers<number>();
  const result = waiting(w.context, "looking at the pool", work.promise);
  await w.clock.advance(900);
  equal(w.said.err, "");
  await w.clock.advance(1_200);
  equal(w.said.err.split("\r\x1b[K"), [
    "",
    "looking at the pool (1 s)",
    "looking at the pool (2 s)",
  ]);
  work.resolve(7);
  equal(await result, 7);
  equal(w.said.err.endsWith("\r\x1b[K"), true);
  equal(w.said.out, "");
});

Deno.test("waiting() says nothing of what is quick, and nothing where no terminal is", async () => {
  await using w = await world({ ...tty, facts: null });
  equal(await waiting(w.context, "x", Promise.resolve(1)), 1);
  equal(w.said.err, "");
  await using piped = await world({ facts: null });
  const work = Promise.withResolvers<number>();
  const result = waiting(piped.context, "x", work.promise);
  await piped.clock.advance(5_000);
  work.resolve(1);
  await result;
  equal(piped.said.err, "");
});

Deno.test("waiting() fails as the work fails, and cuts what does not fit into the line", async () => {
  await using w = await world({ ...tty, facts: null });
  const work = Promise.withResolvers<number>();
  const result = waiting(w.context, "y".repeat(60), work.promise);
  await w.clock.advance(1_000);
  equal(w.said.err, `\r\x1b[K${"y".repeat(39)}`);
  work.reject(new Error("no room"));
  await rejects(result, /no room/);
});

Deno.test("Underway names what is still going on", async () => {
  const underway = new Underway("checking");
  const slow = Promise.withResolvers<void>();
  const [first, second] = [
    underway.of("work", Promise.resolve()),
    underway.of("spare", slow.promise),
  ];
  equal(underway.words(), "checking work, spare");
  await first;
  equal(underway.words(), "checking spare");
  slow.resolve();
  await second;
  equal(underway.words(), "checking");
});
