/**
 * What the switcher needs from the rest.
 *
 * @module
 */
import type { Checkpoint } from "../claude/checkpoint_file.ts";
import type { AccountSpec, Config } from "../model/config.ts";
import type { SessionName } from "../model/ids.ts";
import type { Preflight } from "../model/preflight.ts";
import type { Session } from "../model/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import type { Tmux } from "../ports/tmux.ts";

export interface SwitcherDeps {
  readonly clock: Clock;
  readonly tmux: Tmux;
  readonly files: Files;
  readonly processes: Processes;
  newId(): string;
  /** What stands in the way of sessions in these folders under this account; empty: nothing. */
  preflight(
    config: Config,
    account: AccountSpec,
    cwds: readonly string[],
  ): Promise<Preflight>;
  saveCheckpoint(config: Config, session: Session, id: string): Promise<Checkpoint>;
  loadCheckpoint(config: Config, session: SessionName, id: string): Promise<Checkpoint | null>;
}
