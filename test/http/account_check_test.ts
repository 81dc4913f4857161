/** `POST /v1/accounts/{id}/check`: looked at once for all who ask meanwhile, and the policy goes by what is found. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import type { Preflight } from "../../lib/model/preflight.ts";
import { finds } from "../support/preflights.ts";
import { setup } from "./setup.ts";

Deno.test("what a check finds stands in the status, and keeps work away until it is mended", async () => {
  using w = setup();
  w.control.problems = ["nobody is signed in"];
  const { check } = await w.client.checkAccount("spare");
  equal(check.problems, ["nobody is signed in"]);
  const { accounts } = await w.client.status();
  equal(accounts.find(({ id }) => id === "spare")!.check, check);
  equal(await spare(w), "its last preflight found: nobody is signed in");
  w.control.problems = [];
  equal((await w.client.checkAccount("spare")).check.problems, []);
  equal(await spare(w), null);
});

/** Why the policy would not move work there; null: it would. */
async function spare({ client }: ReturnType<typeof setup>): Promise<string | null> {
  const { considered: [work] } = await client.explain();
  return work!.candidates.find(({ account }) => account === "spare")!.rejected;
}

Deno.test("who asks while an account is being looked at shares that look", async () => {
  using w = setup();
  const { promise, resolve } = Promise.withResolvers<Preflight>();
  let looks = 0;
  w.control.check = () => {
    looks++;
    return promise;
  };
  const both = [w.client.checkAccount("spare"), w.client.checkAccount("spare")];
  resolve(await finds());
  await Promise.all(both);
  equal(looks, 1);
  await rejects(w.client.checkAccount("nobody"), /no account nobody in the config/);
});
