/**
 * The control plane from the other side: Hono's typed client over the unix socket. What a route answers is known
 * here by its type; only types of `app.ts` are imported, so a command that uses this loads no server.
 *
 * @module
 */
import { hc } from "hono/client";
import type { Event } from "../model/event.ts";
import type { DutyName } from "../model/janitor.ts";
import type { Net } from "../ports/net.ts";
import type { ControlApp } from "./app.ts";
import { type OwnVia, VIA_HEADER } from "./via.ts";
import type { ConfigView } from "./config_view.ts";
import type { ExplainView } from "./explain_view.ts";
import type { FailoverWish } from "./failover_plan.ts";
import type { ProblemBody } from "./problem.ts";
import type { ChannelHealth, Said, SaidQuery } from "../model/said.ts";
import type { NoticeMatch, Silence } from "../model/notice.ts";
import type { QuotaView } from "./quota_view.ts";
import { readEvents } from "./sse.ts";
import type { StatusView } from "./view.ts";

/** The daemon said no: 409 when the state does not allow it, 404 for what it does not know, 400 for a wrong request. */
export class ControlError extends Error {
  override name = "ControlError";
  constructor(readonly status: number, readonly title: string, readonly detail: string) {
    super(`${title}: ${detail}`);
  }
}

export type ControlClient = ReturnType<typeof controlClient>;

/**
 * Each call rejects with `NotListeningError` when no daemon listens, `ControlError` when it refuses. Dispose of it to
 * close its connections.
 */
export function controlClient(net: Net, socketPath: string, { via }: { via?: OwnVia } = {}) {
  const wire = net.client(socketPath);
  return {
    socketPath,
    ...calls(via ? saying(wire.fetch, via) : wire.fetch),
    follow: (after: number, options: FollowOptions) => follow(wire.fetch, after, options),
    [Symbol.dispose]: () => wire.close(),
  };
}

/** Each request says by what way the owner asks. */
function saying(fetch: typeof globalThis.fetch, via: OwnVia): typeof globalThis.fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set(VIA_HEADER, via);
    return fetch(input, { ...init, headers });
  };
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Told before the stream goes on with what there is. */
  onGap(gap: Gap): void;
}

/** Events that cannot be shown: the janitor has trimmed them, or the cursor is of another journal than this one. */
export interface Gap {
  readonly is: "trimmed" | "reset";
  /** What was followed from. */
  readonly after: number;
  /** The oldest event there is. */
  readonly first: number;
}

/** What can be asked, by whatever way a request goes. */
export type Calls = ReturnType<typeof calls>;

export function calls(fetch: typeof globalThis.fetch) {
  const v1 = hc<ControlApp>("http://claude-failover", { fetch }).v1;
  return {
    // Of the answers that a route may give, this one is never a 304: we send no ETag.
    status: () => answer(v1.status.$get({ header: {} })) as Promise<StatusView>,
    // As of `explain`.
    quota: () => answer(v1.quota.$get()) as Promise<QuotaView>,
    checkAccount: (id: string) => answer(v1.accounts[":id"].check.$post({ param: { id } })),
    sessions: async () => (await answer(v1.sessions.$get())).sessions,
    swaps: (limit: number) => answer(v1.swaps.$get({ query: { limit: String(limit) } })),
    swap: (id: string) => answer(v1.swaps[":id"].$get({ param: { id } })),
    // Hono's type of the JSON makes an absent window an undefined one, which it is not.
    explain: (swap?: string) =>
      answer(
        swap === undefined
          ? v1.decisions.now.$get()
          : v1.decisions[":id"].$get({ param: { id: swap } }),
      ) as Promise<ExplainView>,
    explainAt: (at: number) =>
      answer(v1.decisions.$get({ query: { at: String(at) } })) as Promise<ExplainView>,
    failover: (wish: FailoverWish & { dryRun?: boolean }) =>
      answer(v1.swaps.$post({ json: { ...wish, dryRun: wish.dryRun ?? false } })),
    confirm: (proposal?: string) => answer(v1.proposal.confirm.$post({ json: { proposal } })),
    reject: (proposal?: string, reason?: string) =>
      answer(v1.proposal.reject.$post({ json: { proposal, reason } })),
    freeze: (reason?: string) => answer(v1.freeze.$post({ json: { reason } })),
    thaw: () => answer(v1.thaw.$post()),
    stop: (options: { sessions: boolean }) => answer(v1.daemon.stop.$post({ json: options })),
    start: (name: string) => answer(v1.sessions[":name"].start.$post({ param: { name } })),
    stopSession: (name: string) => answer(v1.sessions[":name"].stop.$post({ param: { name } })),
    park: (name: string) => answer(v1.sessions[":name"].park.$post({ param: { name } })),
    restart: (name: string) => answer(v1.sessions[":name"].restart.$post({ param: { name } })),
    hold: (name: string, reason?: string) =>
      answer(v1.sessions[":name"].hold.$post({ param: { name }, json: { reason } })),
    unhold: (name: string) => answer(v1.sessions[":name"].unhold.$post({ param: { name } })),
    session: (name: string) => answer(v1.sessions[":name"].$get({ param: { name } })),
    send: (name: string, prompt: { text: string; timeoutMs: number }) =>
      answer(v1.sessions[":name"].send.$post({ param: { name }, json: prompt })),
    pin: (name: string, account: string) =>
      answer(v1.sessions[":name"].pin.$post({ param: { name }, json: { account } })),
    unpin: (name: string) => answer(v1.sessions[":name"].unpin.$post({ param: { name } })),
    tasks: (
      { all, project, limit = 1_000, after }: {
        all: boolean;
        project?: string | undefined;
        limit?: number;
        after?: string | undefined;
      },
    ) =>
      answer(
        v1.tasks.$get({
          query: {
            all: `${all}`,
            limit: String(limit),
            ...(project ? { project } : {}),
            ...(after ? { after } : {}),
          },
        }),
      ),
    taskPreview: () => answer(v1.tasks.preview.$get()),
    addTask: (
      wish: {
        project: string;
        text: string;
        title?: string | undefined;
        priority?: number | undefined;
        after?: string[] | undefined;
        session?: string | undefined;
      },
    ) => answer(v1.tasks.$post({ json: wish })),
    task: (task: string) => answer(v1.tasks[":task"].$get({ param: { task } })),
    endTask: (
      task: string,
      said: { as: "done" | "failed"; note?: string | undefined; session?: string | undefined },
    ) => answer(v1.tasks[":task"].end.$post({ param: { task }, json: said })),
    moveTask: (task: string, project: string) =>
      answer(v1.tasks[":task"].move.$post({ param: { task }, json: { project } })),
    cancelTask: (task: string) => answer(v1.tasks[":task"].cancel.$post({ param: { task } })),
    retryTask: (task: string) => answer(v1.tasks[":task"].retry.$post({ param: { task } })),
    pauseDispatch: (reason?: string) => answer(v1.dispatch.pause.$post({ json: { reason } })),
    resumeDispatch: () => answer(v1.dispatch.resume.$post()),
    tidy: (wish: { duties?: DutyName[] | undefined; dryRun: boolean }) =>
      answer(v1.janitor.run.$post({ json: wish })),
    /** What became of the request at that place in the journal; waits so long for it to be settled. */
    request: (seq: number, waitMs = 0) =>
      answer(
        v1.requests[":seq"].$get({
          param: { seq: String(seq) },
          query: { waitMs: String(waitMs) },
        }),
      ),
    /** Of the daemon that runs; the file may say something else by now. */
    config: () => answer(v1.config.$get()) as Promise<ConfigView>,
    notify: () => answer(v1.notify.$get()) as Promise<NotifyView>,
    said: ({ limit, channel, stage }: SaidQuery) =>
      answer(
        v1.notify.history.$get({
          query: {
            limit: String(limit),
            ...(channel ? { channel } : {}),
            ...(stage ? { stage } : {}),
          },
        }),
      ) as Promise<{ messages: Said[] }>,
    testNotice: (channel?: string) => answer(v1.notify.test.$post({ json: { channel } })),
    silence: (wish: { forMs: number; reason?: string | undefined; match: NoticeMatch }) =>
      answer(v1.notify.silence.$post({ json: wish as never })),
    unsilence: (silence?: string) => answer(v1.notify.unsilence.$post({ json: { silence } })),
    ack: () => answer(v1.notify.ack.$post()),
    reload: () => answer(v1.config.reload.$post()),
    capture: (name: string, lines = 0) =>
      answer(
        v1.sessions[":name"].capture.$get({ param: { name }, query: { lines: String(lines) } }),
      ),
    // Hono's type of the JSON makes an absent window an undefined one, which it is not.
    events: (after: number, limit: number) =>
      answer(
        v1.events.$get({ query: { after: String(after), limit: String(limit) } }),
      ) as Promise<{ events: Event[]; seq: number; first: number; next: number | null }>,
  };
}

export interface NotifyView {
  readonly channels: readonly (ChannelHealth & { readonly type: string })[];
  readonly silences: readonly Silence[];
  /** False: the notifier rests after a failure, and the channels are not told of. */
  readonly atWork: boolean;
  readonly ackedSeq: number;
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

async function answer<R extends Answer>(
  request: Promise<R>,
): Promise<Awaited<ReturnType<R["json"]>>> {
  const response = await request;
  if (response.ok) return await response.json() as Awaited<ReturnType<R["json"]>>;
  throw await controlError(response);
}

async function controlError(response: Pick<Response, "status" | "text">): Promise<ControlError> {
  const text = await response.text();
  const { title, detail } = parseProblem(text) ?? { title: "Unexpected answer", detail: text };
  return new ControlError(response.status, title, detail);
}

function parseProblem(text: string): ProblemBody | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Every event after `after`, in order, as it happens. Ends when the daemon closes the stream or dies, or the signal aborts. */
async function* follow(
  fetchIt: typeof fetch,
  after: number,
  { signal, onGap }: FollowOptions,
): AsyncGenerator<Event> {
  try {
    const response = await fetchIt(`http://claude-failover/v1/events/stream?after=${after}`, {
      headers: { accept: "text/event-stream" },
      signal,
    });
    if (!response.ok || !response.body) throw await controlError(response);
    for await (const { event, data } of readEvents(response.body)) {
      if (event === "error") throw new ControlError(500, "The event stream failed", data);
      if (event === "trimmed" || event === "reset") onGap({ is: event, ...JSON.parse(data) });
      else yield JSON.parse(data);
    }
  } catch (error) {
    if (!signal.aborted && !isBrokenOff(error)) throw error;
  }
}

/** The daemon was killed while we read; Deno (2.9.6) tells that only in words. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof TypeError && error.message.startsWith("error reading a body");
}
