/**
 * Reading what transcripts say of use: 1 GB of them the first time, then again with nothing new and with one line more. Beside it
 * ccusage, where `CLAUDE_FAILOVER_CCUSAGE` names its program, on the same files in the same run.
 *
 * The files are made up in the shape of real ones: a fifth of the lines are answers, the rest are tool results, prompts and
 * lines that Claude Code keeps for itself; one line in two thousand is very long. `CLAUDE_FAILOVER_USAGE_MB` makes it less than 1 GB.
 *
 * @module
 */
import { UsageReader } from "../../lib/claude/usage/reader.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { randomFrom } from "../../test/support/random.ts";
import { duration, type Row } from "./row.ts";

const MB = 1024 * 1024;
const FILES = 40;

export async function bench(): Promise<Row[]> {
  const megabytes = Number(Deno.env.get("CLAUDE_FAILOVER_USAGE_MB") ?? 1024);
  const dir = await Deno.makeTempDir({ prefix: "cf-bench-usage-" });
  try {
    const project = `${dir}/projects/-home-ada-src`;
    await Deno.mkdir(project, { recursive: true });
    const made = await makeTranscripts(project, megabytes * MB);
    const reader = new UsageReader(systemFiles);
    const before = Deno.memoryUsage().rss;
    const peak = watchMemory();
    const first = await timed(() => readAll(reader, made.paths));
    const rss = peak.stop();
    if (first.result.messages !== made.messages) {
      throw new Error(`read ${first.result.messages} messages of ${made.messages}`);
    }
    const again = await timed(() => readAll(reader, made.paths));
    await Deno.writeTextFile(made.paths[0]!, answerLine("new", 5), { append: true });
    const more = await timed(() => readAll(reader, made.paths));
    if (again.result.messages !== 0 || more.result.messages !== 1) throw new Error("read it twice");
    const size = made.bytes / MB;
    return [
      {
        name: `first time, ${size.toFixed(0)} MiB in ${FILES} files`,
        value: duration(first.ms),
        note: `${(size / first.ms * 1000).toFixed(0)} MiB/s, ${made.messages} messages`,
      },
      { name: "again, nothing new", value: duration(again.ms) },
      { name: "again, one message more", value: duration(more.ms) },
      {
        name: "peak memory while reading",
        value: `${(rss / MB).toFixed(0)} MiB`,
        note: `of which ${(before / MB).toFixed(0)} MiB before`,
      },
      ...await ccusage(dir, size),
    ];
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function readAll(reader: UsageReader, paths: readonly string[]) {
  let [messages, output] = [0, 0];
  for (const path of paths) {
    for await (const use of reader.read(path)) {
      messages += use.messages;
      output += use.tokens.output;
    }
  }
  return { messages, output };
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

function watchMemory(): { stop(): number } {
  let most = 0;
  const look = () => most = Math.max(most, Deno.memoryUsage().rss);
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      look();
      return most;
    },
  };
}

function answerLine(id: string, output: number, text = "done"): string {
  const usage = {
    input_tokens: 3,
    cache_creation_input_tokens: 812,
    cache_read_input_tokens: 20_511,
    output_tokens: output,
  };
  return JSON.stringify({
    parentUuid: "0b9c7a52-6f0e-4f0a-9d56-1c2f3a4b5c6d",
    sessionId: "c",
    cwd: "/home/ada/src",
    type: "assistant",
    requestId: `req_${id}`,
    message: {
      id,
      model: "claude-opus-5-5",
      role: "assistant",
      content: [{ type: "text", text }],
      usage,
    },
    timestamp: "2026-11-28T05:40:00.000Z",
  }) + "\n";
}

async function makeTranscripts(dir: string, bytes: number) {
  const random = randomFrom(1);
  const encoder = new TextEncoder();
  const paths: string[] = [];
  let [messages, written] = [0, 0];
  for (let i = 0; i < FILES; i++) {
    const path = `${dir}/c${i}.jsonl`;
    paths.push(path);
    using file = await Deno.open(path, { createNew: true, write: true });
    const writer = file.writable.getWriter();
    for (let size = 0; size < bytes / FILES;) {
      let part = "";
      while (part.length < MB) {
        const kind = random();
        if (kind < 0.2) {
          const line = answerLine(
            `msg_${i}_${messages++}`,
            Math.ceil(random() * 900),
            "a".repeat(300),
          );
          part += random() < 0.5 ? line + line : line; // a block each
        } else if (kind < 0.2005) part += filler(2 * MB);
        else part += filler(300 + 6_000 * random() ** 3);
      }
      const chunk = encoder.encode(part);
      await writer.write(chunk);
      size += chunk.length;
      written += chunk.length;
    }
    await writer.close();
  }
  return { paths, messages, bytes: written };
}

function filler(length: number): string {
  const content = [{ type: "tool_result", content: "out — ".repeat(Math.ceil(length / 6)) }];
  return JSON.stringify({ type: "user", message: { role: "user", content }, sessionId: "c" }) +
    "\n";
}

async function ccusage(dir: string, size: number): Promise<Row[]> {
  const program = Deno.env.get("CLAUDE_FAILOVER_CCUSAGE");
  const name = "ccusage";
  if (!program) {
    return [{ name, value: "not run", note: "CLAUDE_FAILOVER_CCUSAGE names its program" }];
  }
  const { ms, result } = await timed(() =>
    new Deno.Command(program, {
      args: ["daily", "--json", "--offline"],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH")!, HOME: dir, CLAUDE_CONFIG_DIR: dir },
    }).output()
  );
  const text = new TextDecoder();
  if (!result.success) throw new Error(`ccusage failed: ${text.decode(result.stderr)}`);
  const total = JSON.parse(text.decode(result.stdout)).totals;
  return [{
    name: `${name}, which has no second time`,
    value: duration(ms),
    note: `${(size / ms * 1000).toFixed(0)} MiB/s, ${total?.outputTokens} output tokens`,
  }];
}
