/** A server as the daemon has it, in a process that may open few files: its port comes first, then whether it can open one. */
import { systemNet } from "../../lib/ports/net_real.ts";

// As the daemon does at its start. Deno (2.9.6) opens files for its first listener, and panics when it may not.
Deno.addSignalListener("SIGHUP", () => {});
const tcp = await systemNet.serveTcp({ hostname: "127.0.0.1", port: 0 }, () => {
  Deno.openSync("/dev/null").close();
  return new Response("ok");
});
console.log(tcp.port);
await Deno.stdin.read(new Uint8Array(1)); // until its parent goes
Deno.exit(0);
