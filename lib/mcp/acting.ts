/**
 * The tools that change something.
 *
 * @module
 */
import { z } from "zod";
import { checkedSchema } from "../http/account_routes.ts";
import { planSchema } from "../http/schema/swap.ts";
import { acting, type Tool } from "./tool.ts";

const reason = z.string().trim().min(1).max(200).optional()
  .describe("Why, for whoever looks at the status");
const taken = z.object({
  seq: z.int().describe("Its place in the journal; the tool `request` says what became of it"),
});

const failover = acting({
  name: "failover",
  title: "Move sessions to another account",
  description:
    "Moves the sessions of an account to another one. First it only says what would happen: `dryRun` is true unless you say false, " +
    "and the plan names each session that moves or stays and why. Each moved session is stopped and goes on with its conversation " +
    "under the other account, so work under way may be cut; if you run in one of them, that may be you. Ask your user before you " +
    "do it.",
  input: z.strictObject({
    from: z.string().min(1).optional()
      .describe("The account to leave; the one with most live sessions when left out"),
    to: z.string().min(1).optional().describe("The account to go to; the best when left out"),
    dryRun: z.boolean().default(true).describe("Only say what would happen"),
  }),
  output: z.object({
    swap: z.string().nullable().describe("Null: of a dry run"),
    seq: z.int().nullable(),
    plan: planSchema,
  }),
  destructive: true,
  idempotent: false,
  run: (calls, wish) => calls.failover(wish),
});

const what = z.enum(["moves", "tasks"]).default("moves").describe(
  "moves: automatic moves to another account; tasks: the handing out of tasks",
);

const pause = acting({
  name: "pause",
  title: "Pause automatic moves or tasks",
  description:
    "No automatic move begins, or no task is handed out, until `resume`. What is under way goes on. A person may still ask for moves.",
  input: z.strictObject({ what, reason }),
  output: taken,
  destructive: false,
  idempotent: true,
  run: (calls, { what, reason }) =>
    what === "moves" ? calls.freeze(reason) : calls.pauseDispatch(reason),
});

const resume = acting({
  name: "resume",
  title: "Resume automatic moves or tasks",
  description:
    "Automatic moves may begin again, or tasks are handed out again. Moves are also paused when a provider has revoked or suspended " +
    "an account; look at `frozen` in `status` and ask your user first.",
  input: z.strictObject({ what }),
  output: taken,
  destructive: false,
  idempotent: true,
  run: (calls, { what }) => what === "moves" ? calls.thaw() : calls.resumeDispatch(),
});

const accountCheck = acting({
  name: "account_check",
  title: "Check an account now",
  description:
    "What stands in the way of work under an account: whether it is signed in, its settings, the folders that it trusts. Claude Code " +
    "itself is asked, which takes up to a few seconds; the policy goes by what is found. No problems: it could take work.",
  input: z.strictObject({ account: z.string().min(1) }),
  output: checkedSchema,
  destructive: false,
  idempotent: true,
  run: (calls, { account }) => calls.checkAccount(account),
});

const MAX_TASK_CHARS = 100_000;

const taskAdd = acting({
  name: "task_add",
  title: "Put a task into a project's inbox",
  description:
    "Puts a task into the inbox of a project; an idle session works on it when it is its turn. `text` is Markdown and says all that " +
    "whoever does it must know, since they see nothing of this conversation. `tasks` shows what becomes of it.",
  input: z.strictObject({
    project: z.string().min(1).describe("Its id; `sessions` and `tasks` show those there are"),
    text: z.string().min(1).max(MAX_TASK_CHARS),
    title: z.string().trim().min(1).max(120).optional(),
    priority: z.int().min(0).max(100).optional().describe("Greater goes first; 50 if left out"),
    after: z.array(z.string().min(1)).max(100).optional()
      .describe("`ref`s of tasks of the project that must be done before"),
  }),
  output: taken.extend({ project: z.string(), file: z.string() }),
  destructive: false,
  idempotent: false,
  run: (calls, wish) => calls.addTask(wish),
});

export const ACTING: readonly Tool[] = [failover, pause, resume, accountCheck, taskAdd];
