/** A server as the daemon has it, in a process that may open few files: its port comes first, then whether it can open one. */
import { systemNet } from "../../lib/ports/net_real.ts";

const tcp = await systemNet.serveTcp({ hostname: "127.0.0.1", port: 0 }, () => {
  Deno.openSync("/dev/null").close();
  return new Response("ok");
});
console.log(tcp.port);
await Deno.stdin.read(new Uint8Array(1)); // until its parent goes
Deno.exit(0);
