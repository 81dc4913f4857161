/**
 * Records the demo as text: docs/demo.cast (asciicast v2, for `asciinema play` and players in a page) and, for reading,
 * docs/demo.md.
 *
 *     deno task record
 *
 * @module
 */
const DOCS = new URL("../docs/", import.meta.url);
const MAIN = new URL("../main.ts", import.meta.url);
const COLUMNS = 100;
const ROWS = 60;
/** A pause in the recording is cut to this. */
const LONGEST_PAUSE_MS = 1_500;

/** The demo's own folder has another name each time. */
function withoutChance(text: string): string {
  return text.replaceAll(/\/tmp\/cf-demo-[0-9a-f]+/g, "/tmp/cf-demo");
}

async function record(): Promise<{ events: [number, string][]; text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN.pathname, "demo"],
    env: { NO_COLOR: "1", COLUMNS: String(COLUMNS) },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const events: [number, string][] = [];
  let at = 0;
  let last = performance.now();
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    const now = performance.now();
    at += Math.min(LONGEST_PAUSE_MS, now - last);
    last = now;
    events.push([at / 1_000, withoutChance(part)]);
  }
  const { success, code } = await child.status;
  if (!success) throw new Error(`Cannot record the demo: it ended with ${code}`);
  return { events, text: events.map(([, part]) => part).join("") };
}

if (import.meta.main) {
  const { events, text } = await record();
  const header = { version: 2, width: COLUMNS, height: ROWS, title: "claude-failover demo" };
  const lines = events.map(([at, part]) =>
    JSON.stringify([Number(at.toFixed(3)), "o", part.replaceAll("\n", "\r\n")])
  );
  await Deno.writeTextFile(
    new URL("demo.cast", DOCS),
    `${[JSON.stringify(header), ...lines].join("\n")}\n`,
  );
  await Deno.writeTextFile(
    new URL("demo.md", DOCS),
    `# The demo, as text

What \`scripts/demo\` (or \`claude-failover demo\`) shows, recorded by \`deno task record\`; [demo.cast](demo.cast) has it with its times, for
\`asciinema play\`. Accounts are made up and the agent is scripted; \`demo --real\` does the same with the installed Claude Code.

\`\`\`text
${text.trimEnd()}
\`\`\`
`,
  );
  console.log("docs/demo.cast and docs/demo.md are written.");
}
