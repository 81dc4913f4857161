/**
 * HTTP over a unix socket and over TCP, for real.
 *
 * @module
 */
import { AddressInUseError, type Net, NotListeningError } from "./net.ts";
import { Enduring } from "./net_enduring.ts";
import { Requests } from "./net_requests.ts";

/** `sun_path` of the kernel, less its closing zero. */
const MAX_PATH_BYTES = Deno.build.os === "linux" ? 107 : 103;

export const systemNet: Net = {
  async serve(socketPath, handler) {
    refuseLongPath(socketPath);
    const requests = new Requests(handler);
    const enduring = await Enduring.begin(async (signal) => {
      const server = await listen(socketPath, signal, requests);
      // Made 0755 by the bind; until here only the folder (0700) protects it.
      await Deno.chmod(socketPath, 0o600);
      return server;
    });
    return { close: () => enduring.close(requests) };
  },

  async serveTcp({ hostname, port: wanted, tls }, handler) {
    const requests = new Requests(handler);
    let port = wanted;
    // deno-lint-ignore require-await -- async, so that a failure is a rejection as in the other one
    const enduring = await Enduring.begin(async (signal) => {
      try {
        const server = Deno.serve(
          { hostname, port, signal, onListen() {}, ...tls },
          (request, { completed, remoteAddr }) =>
            requests.answer(request, remoteAddr.hostname, completed),
        );
        port = server.addr.port;
        return server;
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
        const message = `Cannot listen on ${hostname}:${port}: somebody listens there already`;
        throw new AddressInUseError(message, { cause: error });
      }
    });
    return { port, close: () => enduring.close(requests) };
  },

  client(socketPath) {
    refuseLongPath(socketPath);
    const client = Deno.createHttpClient({
      proxy: { transport: "unix", path: socketPath },
      // A kept connection would fail once with EPIPE after each restart of the daemon.
      poolMaxIdlePerHost: 0,
    });
    return {
      async fetch(input, init) {
        try {
          return await fetch(input, { ...init, client });
        } catch (error) {
          const why = nobodyListens(error)
            ? "nobody listens there"
            : wentAway(error)
            ? "who listened there went away before it answered"
            : null;
          if (why === null) throw error;
          throw new NotListeningError(`Cannot reach ${socketPath}: ${why}`, { cause: error });
        }
      },
      close: () => client.close(),
    };
  },
};

async function listen(
  path: string,
  signal: AbortSignal,
  requests: Requests,
): Promise<Deno.HttpServer<Deno.UnixAddr>> {
  const serve = () =>
    Deno.serve({ path, signal, onListen() {} }, (request, info) => {
      return requests.answer(request, null, info.completed);
    });
  try {
    return serve();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  }
  await removeStale(path);
  return serve();
}

/** Takes away a socket whose server died. Two that start at once could both get here: the daemon holds a lock. */
async function removeStale(path: string): Promise<void> {
  if (!(await Deno.lstat(path)).isSocket) {
    throw new Error(`Cannot listen on ${path}: a file that is no socket is there`);
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    return await Deno.remove(path);
  }
  throw new AddressInUseError(`Cannot listen on ${path}: somebody listens there already`);
}

/** Deno says only in words what a connect failed with: ENOENT, or ECONNREFUSED (111 on Linux, 61 on macOS). */
function nobodyListens(error: unknown): boolean {
  return error instanceof TypeError && error.cause instanceof Error &&
    /client error \(Connect\).*\(os error (2|61|111)\)/.test(error.cause.message);
}

/**
 * The connection was there and ended without an answer: EPIPE, or ECONNRESET (104 on Linux, 54 on macOS) for one that
 * the server had not taken yet when it closed.
 */
function wentAway(error: unknown): boolean {
  return error instanceof TypeError && error.cause instanceof Error &&
    /\(os error (32|54|104)\)|connection closed before message completed/.test(error.cause.message);
}

function refuseLongPath(path: string): void {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_PATH_BYTES) {
    throw new Error(
      `Cannot use the socket ${path}: its path has ${bytes} bytes, the system takes ${MAX_PATH_BYTES}`,
    );
  }
}
