/**
 * What tmux prints and what it takes, as text. Pure.
 *
 * @module
 */
import type { SessionName } from "../model/ids.ts";
import type { Pane } from "./tmux.ts";

/** A pane with what only the port needs to know. */
export interface Row {
  readonly pane: Pane;
  /** The server's pid. */
  readonly server: number;
  /** In copy mode, or another that takes the keys for itself. */
  readonly scrolledBack: boolean;
  /** Its terminal is closed, and tmux has not collected the program yet: how it ended is not known. */
  readonly ending: boolean;
}

/** Session names hold no colon (tmux replaces it), the rest are numbers, and the free text stands last. */
export const ROW = [
  "#{version}",
  "#{pid}",
  "#{session_name}",
  "#{pane_id}",
  "#{pane_pid}",
  "#{pane_dead}",
  "#{pane_dead_status}",
  "#{pane_dead_signal}",
  "#{session_attached}",
  "#{session_activity}",
  "#{pane_in_mode}",
  "#{pane_start_command}",
].join(":");

const ROW_TEXT = /^([^:]*):(\d+):([^:]*):(%\d+):(\d+):([01]?):(\d*):(\w*):(\d+):(\d+):(\d+):(.*)$/;

/** The lines of `list-panes -F ROW`. One that does not fit throws: a pane overlooked is a session lost. */
export function parsePanes(text: string): Row[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const match = ROW_TEXT.exec(line) ?? [];
    const [whole, version, server, session, id, pid, closed, exit, killed, ...rest] = match;
    const [attached, activeAtS, mode, startCommand] = rest;
    if (whole === undefined) {
      throw new Error(
        `Cannot read tmux's list of panes: ${JSON.stringify(line)} is not understood`,
      );
    }
    const ending = closed === "1" && exit === "" && killed === "" && tellsSignals(version!);
    return {
      server: Number(server),
      scrolledBack: mode !== "0",
      ending,
      pane: {
        session: session!,
        id: id!,
        pid: Number(pid),
        dead: closed === "1" && !ending,
        exit: exit === "" ? null : Number(exit),
        startCommand: startCommand!,
        attached: Number(attached),
        activeAt: Number(activeAtS) * 1_000,
      },
    };
  });
}

/** Before tmux 3.3 a pane that a signal ended shows nothing but that it is closed. */
function tellsSignals(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined || Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 3);
}

/** The pane we made: the session's oldest, whatever a person split or opened beside it. */
export function ownRow(rows: readonly Row[], session: SessionName): Row | null {
  const number = (row: Row) => Number(row.pane.id.slice(1));
  return rows.filter((row) => row.pane.session === session)
    .reduce<Row | null>((own, row) => own && number(own) < number(row) ? own : row, null);
}

/** The text in pieces of at most `length` characters, none of them cut in two. */
export function textChunks(text: string, length: number): string[] {
  const characters = [...text];
  const chunks = [];
  for (let at = 0; at < characters.length; at += length) {
    chunks.push(characters.slice(at, at + length).join(""));
  }
  return chunks;
}

const KEY =
  /^([CMS]-)*(.|Enter|Escape|Tab|BTab|Space|BSpace|Up|Down|Left|Right|Home|End|PageUp|PageDown|DC|IC|F([1-9]|1[0-2]))$/u;

/** Whether tmux knows a key of this name; any single character is one. */
export function isKey(name: string): boolean {
  return KEY.test(name);
}
