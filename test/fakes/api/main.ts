/**
 * The local API as a program, for trying things by hand:
 *
 *     deno run -A test/fakes/api/main.ts --port 8787
 *
 * It prints the environment that sends `claude` to it, and serves until SIGINT or SIGTERM.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { startApi } from "./server.ts";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  await print(Deno.stderr, `Cannot listen: --port ${values.port} is no port\n`);
  Deno.exit(2);
}
await using api = await startApi({ port });
for (const [name, value] of Object.entries(api.env)) await print(Deno.stdout, `${name}=${value}\n`);
await print(Deno.stdout, `# to steer it: ${api.url}/_control/accounts\n`);
await new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => resolve());
  }
});

async function print(to: { write(bytes: Uint8Array): Promise<number> }, text: string) {
  await to.write(new TextEncoder().encode(text));
}
