/**
 * What is measured of the notifier's channels.
 *
 * @module
 */
import type { Family } from "./family.ts";

export interface ChannelFigures {
  readonly channel: string;
  /** Since its last success. */
  readonly failures: number;
  /** How many messages are in each stage. */
  readonly messages: Readonly<Record<string, number | undefined>>;
}

/** Told although there is none of them: a rule should see them come. */
const STAGES = ["pending", "sending", "dead"];

export function notifyFamilies(channels: readonly ChannelFigures[]): Family[] {
  return [
    {
      name: "claude_failover_notices",
      help: "How many messages to the channel are in that stage, of those that the outbox has",
      type: "gauge",
      figures: channels.flatMap(({ channel, messages }) =>
        [...new Set([...STAGES, ...Object.keys(messages)])].map((stage) => ({
          labels: { channel, stage },
          value: messages[stage] ?? 0,
        }))
      ),
    },
    {
      name: "claude_failover_notice_failures",
      help: "How often the channel failed since its last success",
      type: "gauge",
      figures: channels.map(({ channel, failures }) => ({ labels: { channel }, value: failures })),
    },
  ];
}
