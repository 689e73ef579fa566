import type { Clock } from '../clock.ts';
import { deniedReply, errorReply, throttledReply } from './answers.ts';
import { type Backends, type Forwarder, forwarder } from './backends.ts';
import { type Asked, type Call, resources, type Service, Unsupported } from './call.ts';
import { type Caller, callerOf } from './caller.ts';
import { type Fault, type FaultPlan, noFaults } from './faults.ts';
import type { Incoming, Reply } from './http.ts';
import { evaluate, type Role } from './iam.ts';
import type { Tables } from './leading-keys.ts';
import { serveS3 } from './object-lock.ts';
import { serveSns } from './publish.ts';
import { createQueueDelivery } from './queue-delivery.ts';
import { requestOf, serviceOf } from './requests.ts';
import type { Published } from './sns-rules.ts';

export interface ExchangeOptions {
  clock: Clock;
  /** The roles by access key id, which is the role's logical id. */
  roles: ReadonlyMap<string, Role>;
  backends: Backends;
  tables: Tables;
  /** Names of buckets under Object Lock. */
  lockedBuckets?: ReadonlySet<string>;
  /** How many of the last calls are remembered; it may be up to twice as many. */
  remembered?: number;
  faults?: () => FaultPlan;
  /** Kills a worker. Returns false if it no longer runs that invocation; then the call goes on. */
  onKill?: (worker: string, invocation?: number) => unknown;
  /** The number of the invocation that a worker is running. */
  running?: (worker: string) => number | undefined;
  /** `call` has the action and resource that were denied. */
  onDenied?: (call: Call, why: string) => void;
  onPublished?: (message: Published) => void;
}

/** The outcome of a request: an answer, no answer ever, or the end of its socket. */
export type Outcome = Reply | 'hang' | 'cut';

export interface Exchange {
  /** Never rejects. */
  answer(incoming: Incoming): Promise<Outcome>;
  /** The last calls of roles, in order. */
  calls(): readonly Call[];
  /** Delays in progress end without a call. */
  close(): void;
}

/** Enough for every test. A run that stays up for weeks makes millions of calls. */
const REMEMBERED = 10_000;

/** On AWS every call uses TLS, so the condition holds here too. */
const CONTEXT = { 'aws:SecureTransport': 'true' };

export function exchange(options: ExchangeOptions): Exchange {
  const { remembered = REMEMBERED } = options;
  const calls: Call[] = [];
  let made = 0;
  const delays = new Set<() => void>();
  const backend: Forwarder = forwarder(options.backends);
  const queues = createQueueDelivery(options.backends.fauxqs?.url ?? '');

  async function answer(incoming: Incoming): Promise<Outcome> {
    // Until the service is known, an error is reported as most services do: in a header and as JSON.
    let service: Service = 'execute-api';
    try {
      const caller = callerOf(incoming);
      service = serviceOf(incoming, caller);
      const role = options.roles.get(caller.accessKeyId ?? '');
      if (!role) return await serve(service, incoming);
      return await serveRole(role, caller, requestOf(incoming, service, options.tables), incoming);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof Unsupported) return errorReply(service, 400, 'UnsupportedOnOneMachine', message);
      return errorReply(service, 500, 'InternalFailure', message);
    }
  }

  async function serveRole(role: Role, caller: Caller, asked: Asked, incoming: Incoming): Promise<Outcome> {
    made += 1;
    const call: Call = {
      n: made,
      role: role.name,
      worker: caller.worker,
      service: asked.service,
      action: asked.action,
      resource: resources(asked.needs),
      needs: asked.needs,
    };
    calls.push(call);
    if (calls.length > 2 * remembered) calls.splice(0, calls.length - remembered);
    const denied = authorize(role, call, asked);
    if (denied) return denied;
    const plan = options.faults?.() ?? noFaults();
    // A kill ends the invocation that made the call, not one that its worker begins meanwhile.
    const invocation = options.running?.(call.worker);
    const kill = (side: 'before' | 'after') => () => {
      const hasEnded = options.running !== undefined && invocation === undefined;
      const missed = hasEnded || options.onKill?.(call.worker, invocation) === false;
      if (missed) plan.missed?.(call, side);
      return !missed;
    };
    const instead = await inject(plan.before(call), call, kill('before'));
    if (instead) return instead;
    const reply = await serve(asked.service, incoming);
    return (await inject(plan.after(call), call, kill('after'))) ?? reply;
  }

  function authorize(role: Role, call: Call, asked: Asked): Reply | undefined {
    for (const need of asked.needs) {
      const decision = evaluate(role.statements, { ...need, context: CONTEXT });
      if (decision.allowed) continue;
      const denied = { ...call, action: need.action, resource: need.resource };
      options.onDenied?.(denied, decision.why);
      return deniedReply(call.service, { ...denied, why: decision.why });
    }
    return undefined;
  }

  function serve(service: Service, incoming: Incoming): Promise<Reply> {
    const forward = (what: Incoming) => backend.forward(service, what);
    if (service === 's3') return serveS3(incoming, forward, options.lockedBuckets ?? new Set());
    if (service !== 'sns') return forward(incoming);
    return serveSns(incoming, forward, queues.deliver, (message) => options.onPublished?.(message));
  }

  /** Undefined if the call goes on as if nothing had happened. */
  async function inject(fault: Fault | undefined, call: Call, kill: () => boolean): Promise<Outcome | undefined> {
    if (!fault) return undefined;
    switch (fault.kind) {
      case 'error':
        return errorReply(call.service, fault.status, fault.code, fault.message);
      case 'throttle':
        return throttledReply(call.service);
      case 'delay':
        await delay(fault.ms);
        return undefined;
      case 'kill':
        return kill() ? 'cut' : undefined;
      default:
        return fault.kind;
    }
  }

  function delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = options.clock.after(ms, () => {
        delays.delete(cancel);
        resolve();
      });
      delays.add(cancel);
    });
  }

  return {
    answer,
    calls: () => [...calls],
    close() {
      for (const cancel of delays) cancel();
      backend.close();
      queues.close();
    },
  };
}
