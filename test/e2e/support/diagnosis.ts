/**
 * What a person wants to see when a test with six real sessions has failed.
 *
 * @module
 */
import type { Exchange } from "../../fakes/api/request_log.ts";
import type { Pool } from "./pool.ts";

/** Runs the test; an error of it comes out with the journal, the screens and what the API was asked. */
export async function diagnosed(world: Pool, test: () => Promise<void>): Promise<void> {
  try {
    await test();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message}\n${await report(world)}`, { cause: error });
  }
}

async function report(world: Pool): Promise<string> {
  const names = Object.keys(world.state().sessions);
  const sessions = await Promise.all(names.map((name) => reportOf(world, name)));
  const others = world.events().filter((event) => !("session" in event)).map(lineOf);
  return [...sessions, section("the journal, of no session", others)].join("\n");
}

async function reportOf(world: Pool, name: string): Promise<string> {
  const session = world.state().sessions[name]!;
  const screen = await world.socket.tmux("capture-pane", "-p", "-t", `=${name}:`)
    .catch((error) => String(error));
  const journal = world.events().filter((event) => "session" in event && event.session === name);
  const asked = world.api.requests().filter((e) => e.conversation === session.conversation);
  return [
    section(
      `${name}: ${session.phase.name} under ${session.account}, journal`,
      journal.map(lineOf),
    ),
    section(`${name}: screen`, screen.split("\n").filter((line) => line.trim() !== "")),
    section(`${name}: asked at the API`, asked.filter(({ isTurn }) => isTurn).map(askedLine)),
  ].join("\n");
}

function askedLine({ n, account, status, said }: Exchange): string {
  const last = said.at(-1);
  return `${n} ${account} ${status}, ${said.length} texts, last ${last?.by}: ${
    last?.text.slice(-120)
  }`;
}

function lineOf(event: { readonly at: number }): string {
  const text = JSON.stringify(event);
  return `${new Date(event.at).toISOString().slice(11, 23)} ${text.slice(0, 400)}`;
}

function section(title: string, lines: readonly string[]): string {
  return `-- ${title}\n${lines.map((line) => `   ${line}`).join("\n")}`;
}
