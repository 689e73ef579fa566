import { type Job, jobMaker } from '../message.ts';
import { inTurn, percentile } from '../percentiles.ts';
import { type Ground, type Stack, startStack, VARIANTS, type Variant } from './stacks.ts';

/** What is measured as one: so many connections, each with messages of so many entries, one after the other. */
export interface Cell {
  connections: number;
  entries: number;
}

/** One stack in one round of one cell. */
export interface Turn {
  messages: number;
  /** ms from sent to acknowledged. */
  p50: number;
  /** The slowest where there are fewer than 100 messages. */
  p99: number;
  /** Messages acknowledged per second, over all connections. */
  perSecond: number;
}

/**
 * A cell with its turns, round by round. If `failed` gives a reason, the cell was given up, and its turns say nothing.
 */
export interface CellFigures<Who extends string> extends Cell {
  turns: Record<Who, Turn[]>;
  failed?: string;
}

export interface AckPlan {
  cells: readonly Cell[];
  /** The most rounds: after so many seconds no cell is started. */
  rounds: number;
  seconds: number;
  /** About how many entries make a turn, and the most messages in one. */
  entriesInTurn: number;
  messagesInTurn: number;
  /** Each connection sends at least so many entries, or one message. */
  entriesOfEach: number;
}

export interface AckFigures {
  cells: CellFigures<Variant>[];
  /** Ours with the streams read, beside ours without. */
  mapped: CellFigures<'paused' | 'mapped'>[];
}

type Progress = (line: string) => void;

/** Messages of each connection in a turn. */
export function messagesEach(
  { connections, entries }: Cell,
  { messagesInTurn, entriesInTurn, entriesOfEach }: Pick<AckPlan, 'entriesInTurn' | 'messagesInTurn' | 'entriesOfEach'>,
) {
  const messages = Math.min(messagesInTurn, entriesInTurn / entries);
  return Math.max(Math.ceil(entriesOfEach / entries), Math.round(messages / connections));
}

/**
 * Measures ours, floor and peer in turn, with streams that wake no function. Then ours like that beside ours with
 * streams that wake their functions.
 */
export async function measureAck(
  ground: Ground,
  plan: AckPlan,
  mapped: AckPlan,
  progress: Progress,
): Promise<AckFigures> {
  const start = (variant: Variant) => () => startStack(ground, variant, variant);
  const starts = { ours: start('ours'), floor: start('floor'), peer: start('peer') };
  const cells = await compare('ack', VARIANTS, starts, plan, progress);
  const both = {
    paused: () => startStack(ground, 'ours', 'paused'),
    mapped: () => startStack(ground, 'ours', 'mapped', { mapped: true }),
  };
  return {
    cells,
    mapped: await compare('ack with streams read', ['paused', 'mapped'], both, mapped, progress),
  };
}

/**
 * Measures each cell of each stack in each round, one after the other with nothing beside it, while all stacks are up.
 */
async function compare<Who extends string>(
  part: string,
  who: readonly Who[],
  starts: Record<Who, () => Promise<Stack>>,
  plan: AckPlan,
  progress: Progress,
): Promise<CellFigures<Who>[]> {
  const makeJobs = jobMaker();
  const stacks: { name: Who; stack: Stack }[] = [];
  const figures = plan.cells.map((cell) => ({ ...cell, turns: emptyTurns(who) }) as CellFigures<Who>);
  try {
    for (const name of who) {
      progress(`${part}: starting ${name}`);
      stacks.push({ name, stack: await starts[name]() });
    }
    const most = Math.max(...plan.cells.map(({ connections }) => connections));
    for (const { name, stack } of stacks) {
      progress(`${part}: warming ${name}`);
      await warm(stack, most, Math.max(plan.entriesOfEach, 5), makeJobs);
      await stack.rest();
    }
    const until = performance.now() + plan.seconds * 1_000;
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const cell of figures) {
        if (cell.failed !== undefined || performance.now() > until) continue;
        progress(`${part}: round ${round} of ${plan.rounds}, ${cell.connections} connections, ${cell.entries} entries`);
        for (const { name, stack } of inTurn(stacks, round - 1)) {
          if (cell.failed !== undefined) break;
          const turn = measureTurn(stack, cell, messagesEach(cell, plan), makeJobs);
          await turn.then(
            (measured) => cell.turns[name].push(measured),
            (error: unknown) => {
              cell.failed = `${name}: ${error instanceof Error ? error.message : error}`;
            },
          );
          await stack.rest();
        }
      }
    }
  } finally {
    for (const { stack } of stacks) await stack.stop();
  }
  for (const cell of figures) if (who.some((name) => cell.turns[name].length === 0)) cell.failed ??= 'no time was left';
  return figures;
}

/**
 * Starts as many functions as there are connections, a few at a time, because Lambda and the one-machine run give each
 * ten seconds to start. Then each connection sends so many messages, because a function is slower until its code is
 * compiled.
 */
async function warm(stack: Stack, most: number, each: number, makeJobs: (count: number) => Job[]): Promise<void> {
  for (let connections = 1; connections < most; connections += 4)
    await measureTurn(stack, { connections, entries: 1 }, 1, makeJobs);
  await measureTurn(stack, { connections: most, entries: 1 }, each, makeJobs);
}

const emptyTurns = <Who extends string>(who: readonly Who[]) =>
  Object.fromEntries(who.map((name) => [name, []])) as unknown as Record<Who, Turn[]>;

async function measureTurn(
  { senders }: Stack,
  { connections, entries }: Cell,
  each: number,
  makeJobs: (count: number) => Job[],
): Promise<Turn> {
  const taken: number[] = [];
  const begun = performance.now();
  const work = senders.slice(0, connections).map(async ({ send }) => {
    for (let n = 0; n < each; n += 1) taken.push(await send(makeJobs(entries)));
  });
  // Let all end before a failure is reported: what comes next must be measured without them.
  await Promise.allSettled(work);
  await Promise.all(work);
  const seconds = (performance.now() - begun) / 1_000;
  return {
    messages: taken.length,
    p50: percentile(taken, 50),
    p99: percentile(taken, 99),
    perSecond: taken.length / seconds,
  };
}
