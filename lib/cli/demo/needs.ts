/**
 * The programs a demo needs, and how to get a missing one.
 *
 * @module
 */
import { type Processes, ProgramNotFoundError } from "../../ports/process.ts";
import { type CliError, mistake } from "../errors.ts";

/** Program -> a harmless way to call it, and the package it comes in. */
const NEEDED = [
  { program: "tmux", probe: ["tmux", "-V"], inPackage: "tmux" },
  { program: "flock", probe: ["flock", "--version"], inPackage: "util-linux" },
] as const;

/** Package manager -> how it installs. The first that is there is the system's. */
const INSTALLERS = [
  ["apt-get", "sudo apt-get install"],
  ["dnf", "sudo dnf install"],
  ["pacman", "sudo pacman -S"],
  ["zypper", "sudo zypper install"],
  ["apk", "sudo apk add"],
  ["brew", "brew install"],
] as const;

/** The mistake of a machine without one of them, or null. */
export async function missingProgram(processes: Processes): Promise<CliError | null> {
  for (const { program, probe, inPackage } of NEEDED) {
    if (await isThere(processes, [...probe])) continue;
    const installer = await findInstaller(processes);
    const hint = installer === null
      ? `install the package ${inPackage}`
      : `\`${installer} ${inPackage}\``;
    return mistake(`Cannot run the demo: ${program} is not installed`, hint);
  }
  return null;
}

async function findInstaller(processes: Processes): Promise<string | null> {
  for (const [program, command] of INSTALLERS) {
    if (await isThere(processes, [program, "--version"])) return command;
  }
  return null;
}

async function isThere(processes: Processes, argv: string[]): Promise<boolean> {
  try {
    await processes.run(argv as [string, ...string[]], { timeoutMs: 5_000 });
    return true;
  } catch (error) {
    if (error instanceof ProgramNotFoundError) return false;
    throw error;
  }
}
