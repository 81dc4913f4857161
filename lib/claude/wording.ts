/**
 * What Claude Code says when a turn gets no answer, as data: the only place where its texts stand.
 *
 * Its word for the error decides first; only `rate_limit` needs a look at the text, since a used-up quota, a
 * server's throttle and missing credit all say it. The samples are what the tests run over.
 *
 * @module
 */
import type { WindowName } from "../model/quota.ts";

/** What a `rate_limit` means. */
export type Meaning =
  | { readonly kind: "quota"; readonly window: WindowName | null }
  | { readonly kind: "throttle" }
  | { readonly kind: "billing" };

export interface Wording {
  readonly means: Meaning;
  /** From the start of the text: the same words further inside may be anybody's. */
  readonly says: RegExp;
  readonly samples: readonly Sample[];
}

/** A text as it was seen or documented, and where: a version of Claude Code, or `docs` of 2026-08. */
export type Sample = readonly [seenIn: string, text: string];

/** Claude Code's own words for an error, where they alone say what it means. Others are `other`. */
export const ERRORS: Readonly<Record<string, "login" | "billing" | "server">> = {
  authentication_failed: "login",
  oauth_org_not_allowed: "login",
  account_on_hold: "login",
  cloud_credential_error: "login",
  billing_error: "billing",
  overloaded: "server",
  server_error: "server",
};

/**
 * The provider took the login or the account away. Nothing moves on from that by itself: whoever fails over from a
 * suspension evades it. A token is also revoked by a person who signs out elsewhere; that looks the same, so it waits too.
 */
export const SUSPENDED: {
  /** Claude Code's words that say it alone. */
  readonly errors: readonly string[];
  /** With an error of the login, or behind `apiError`. */
  readonly says: RegExp;
  /** A disabled organization is answered with 400, which is `invalid_request` and not an error of the login. */
  readonly apiError: RegExp;
  /** The error's word and its text. */
  readonly samples: readonly (readonly [error: string, ...Sample])[];
} = {
  errors: ["account_on_hold", "oauth_org_not_allowed"],
  says:
    /\btoken (?:has been )?revoked\b|\b(?:account|organization) (?:is on hold|(?:is|has been) (?:disabled?|suspended|banned))\b/i,
  apiError: /^(?:[^·]{0,60}· )?API Error: 40[013]\b/,
  samples: [
    ["authentication_failed", "2.1.330", "OAuth token revoked · Please run /login"],
    ["invalid_request", "2.1.144", "API Error: 400 This organization has been disabled."],
    [
      "invalid_request",
      "2.1.11",
      'API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."}}',
    ],
    [
      "oauth_org_not_allowed",
      "2.1.161",
      "Your organization has disabled Claude subscription access for Claude Code · Use an Anthropic API key instead",
    ],
  ],
};

const WAIT: Meaning = { kind: "throttle" };
/** No reset brings it back: a person must act. */
const PAY: Meaning = { kind: "billing" };

function quota(window: WindowName | null): Meaning {
  return { kind: "quota", window };
}

/** The first that fits counts. A `rate_limit` with none of them is a throttle: no wall without its text. */
export const RATE_LIMIT_WORDINGS: readonly Wording[] = [
  {
    means: PAY,
    says: /^You['’]ve hit your (?:usage credit|(?:org['’]s )?monthly spend) limit/i,
    samples: [
      ["docs", "You've hit your usage credit limit"],
      ["docs", "You've hit your monthly spend limit"],
      ["docs", "You've hit your org's monthly spend limit · ask your admin to raise it"],
    ],
  },
  {
    means: PAY,
    says:
      /^(?:You['’]re out of usage credits|Your (?:org is out of usage|seat type doesn['’]t include usage credits|group['’]s usage limit is set to))/i,
    samples: [
      ["docs", "You're out of usage credits. /model to switch models."],
      ["docs", "Your org is out of usage"],
      ["docs", "Your seat type doesn't include usage credits"],
      ["docs", "Your group's usage limit is set to $0"],
    ],
  },
  {
    means: PAY,
    says:
      /^[^.·"]*(?:usage allocation has been disabled by your admin|team['’]s shared budget|individual usage limit)/i,
    samples: [
      ["docs", "Your usage allocation has been disabled by your admin"],
      ["docs", "You've hit your team's shared budget"],
      ["docs", "You've hit your individual usage limit"],
    ],
  },
  {
    means: PAY,
    says:
      /^(?:API Error: )?(?:Usage credits required for|Credit balance is too low|spend limit reached)/i,
    samples: [
      [
        "docs",
        "API Error: Usage credits required for 1M context · run /usage-credits to turn them on",
      ],
      ["2.1.330", "Credit balance is too low"],
      ["docs", "spend limit reached (daily; resets 12am)"],
    ],
  },
  {
    means: quota("five_hour"),
    says: /^You['’]ve (?:hit|reached) your (?:5-hour|session) limit/i,
    samples: [
      ["2.1.330", "You've hit your 5-hour limit · resets 7:12pm (UTC)"],
      ["2.1.197", "You've hit your session limit · resets 7:29pm (UTC)"],
      ["docs", "You've hit your session limit · resets 3:45pm"],
      [
        "2.1.283",
        "You've hit your session limit · resets 2:40pm (America/Chicago) · progress saved",
      ],
    ],
  },
  {
    means: quota("seven_day"),
    says: /^You['’]ve (?:hit|reached) your weekly limit/i,
    samples: [
      ["2.1.197", "You've hit your weekly limit · resets Nov 25, 4:29pm (UTC)"],
      ["docs", "You've hit your weekly limit · resets Mon 12:00am"],
      ["2.1.285", "You've hit your weekly limit · resets Oct 6 at 8:30am (Asia/Calcutta)"],
    ],
  },
  {
    means: quota("seven_day_opus"),
    says: /^You['’]ve (?:hit|reached) your Opus limit/i,
    samples: [["2.1.330", "You've hit your Opus limit · resets Nov 25, 4:29pm (UTC)"]],
  },
  {
    means: quota("seven_day_sonnet"),
    says: /^You['’]ve (?:hit|reached) your Sonnet limit/i,
    samples: [["2.1.330", "You've hit your Sonnet limit · resets Nov 25, 4:29pm (UTC)"]],
  },
  {
    means: quota("seven_day_fable"),
    says: /^(?:You['’]ve (?:hit|reached) your Fable limit|Fable \d+ limit reached)/i,
    samples: [
      ["docs", "You've hit your Fable limit · resets Mon 12:00am"],
      ["docs", "You've reached your Fable limit"],
      [
        "docs",
        "Fable 5 limit reached · continuing on Fable 5 uses usage credits, and the prompt to confirm went " +
        "unanswered — nothing was sent",
      ],
    ],
  },
  {
    means: quota("five_hour"),
    says: /^5-hour limit reached/i,
    samples: [["2.0.x", "5-hour limit reached ∙ resets 2am"]],
  },
  {
    means: quota(null),
    says: /^You['’]ve (?:hit|reached) your /i,
    samples: [
      ["2.1.138", "You've hit your limit · resets 1:20pm (Europe/London)"],
      ["docs", "You've hit your usage limit · resets 3:45pm"],
    ],
  },
  {
    means: quota(null),
    says: /^(?:Claude (?:AI )?usage limit reached|Limit reached|You['’]re out of extra usage)/i,
    samples: [
      ["1.0.x", "Claude AI usage limit reached|1756789200"],
      ["2.0.x", "Claude usage limit reached. Your limit will reset at 3pm (Europe/Oslo)."],
      ["2.0.x", "Limit reached · resets Dec 17 at 6am (Europe/Oslo)"],
      ["2.1.100", "You're out of extra usage · resets 5pm (Europe/Oslo)"],
    ],
  },
  {
    means: WAIT,
    says:
      /^API Error: (?:Server is temporarily limiting requests|Request rejected \(429\)|Repeated 529)/i,
    samples: [
      [
        "2.1.330",
        "API Error: Server is temporarily limiting requests (not your usage limit) · try again later",
      ],
      [
        "2.1.330",
        "API Error: Request rejected (429) · This request would exceed your account's rate limit. Please try again later.",
      ],
      ["docs", "API Error: Request rejected (429) · this may be a temporary capacity issue"],
      ["docs", "API Error: Repeated 529 Overloaded errors. The API is at capacity"],
    ],
  },
];
