/**
 * Who runs on this host: `/proc` on Linux, `ps` elsewhere.
 *
 * @module
 */

/** One line of the process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** When it was born, in the table's own terms; with the boot it tells a process from a later one of its number. */
  readonly started: string;
  /** It has ended, and its parent has not looked yet. */
  readonly zombie: boolean;
}

export interface ProcessTable {
  /** Changes with every boot. */
  boot(): Promise<string>;
  row(pid: number): Promise<ProcessRow | null>;
  rows(): Promise<ProcessRow[]>;
}

/**
 * Linux, without a program: `/proc/PID/stat`, and the kernel's own id of this boot. Synchronous, for no disk is asked:
 * half the cost of asking a thread for it, and the whole table is one moment.
 */
export const procTable: ProcessTable = {
  async boot() {
    return (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  },
  row: (pid) => Promise.resolve(rowOf(pid)),
  rows() {
    const pids = Deno.readDirSync("/proc").filter(({ name }) => /^\d+$/.test(name));
    const rows = pids.map(({ name }) => rowOf(Number(name))).filter((row) => row !== null);
    return Promise.resolve(rows.toArray());
  },
};

function rowOf(pid: number): ProcessRow | null {
  try {
    return parseStat(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** macOS and the BSDs. `lstart` knows seconds only, so a pid reused within one second looks the same. */
export const psTable: ProcessTable = {
  async boot() {
    return (await output("sysctl", "-n", "kern.boottime")).trim();
  },
  async row(pid) {
    return parsePs(await output("ps", "-o", PS_FIELDS, "-p", `${pid}`))[0] ?? null;
  },
  async rows() {
    return parsePs(await output("ps", "-A", "-o", PS_FIELDS));
  },
};

const PS_FIELDS = "pid=,ppid=,stat=,lstart=";

/** A line of `/proc/PID/stat`: the program's name is in parentheses and may itself hold some, and spaces. */
export function parseStat(text: string): ProcessRow {
  const nameEnd = text.lastIndexOf(")");
  // After the name come the fields 3 (state), 4 (parent), ... 22 (start in clock ticks since boot).
  const fields = text.slice(nameEnd + 2).split(" ");
  const [state, parent] = fields;
  const started = fields[22 - 3];
  if (nameEnd < 0 || !parent || !started) {
    throw new Error(`Cannot read a process's state: ${JSON.stringify(text)} is no line of /proc`);
  }
  return {
    pid: Number.parseInt(text),
    parent: Number(parent),
    started,
    zombie: state === "Z" || state === "X",
  };
}

/** The output of `ps -o pid=,ppid=,stat=,lstart=`. */
export function parsePs(text: string): ProcessRow[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, state, started] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ??
      [];
    if (!pid || !state || !started) return [];
    return [{ pid: Number(pid), parent: Number(parent), started, zombie: state.startsWith("Z") }];
  });
}

/** A process that ends while its file is read is ESRCH (3), for which Deno 2.9.6 has neither a class nor a code. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && /\(os error 3\)/.test(error.message));
}

/** `ps -p` ends with 1 when there is no such process: an empty table, not a failure. */
async function output(program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, env: { LC_ALL: "C" }, stdin: "null" });
  return new TextDecoder().decode((await command.output()).stdout);
}
