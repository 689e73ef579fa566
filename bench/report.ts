import { ExplainedError } from '../local/explained-error.ts';
import type { Circumstances } from './machine.ts';
import type { Findings } from './measure.ts';
import type { AnyPart } from './parts.ts';

/** The findings as Markdown. */
export function report({ circumstances, parts, failed, troubles }: Findings): string {
  const { at, commit, node, cpu, cores, memoryGb, system, load } = circumstances;
  const paragraphs = [
    `Measured ${at} at commit ${commit}, on ${cores} cores of ${cpu}, ${memoryGb} GB, ${system}, Node ${node}; load before it began: ${load}.`,
    ...Object.values(parts).flatMap((part) => part.report),
    ...Object.entries(failed).map(([name, why]) => `Not measured: ${name}. ${why}`),
    ...(troubles.length > 0
      ? [`Troubles, which make figures doubtful:\n${troubles.map((line) => `- ${line}`).join('\n')}`]
      : []),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

/** The findings as JSON: every figure, and no text about it. */
export function asJson({ circumstances, parts, failed, troubles }: Findings): string {
  const figures = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.figures]));
  return `${JSON.stringify({ circumstances, ...figures, failed, troubles }, undefined, 2)}\n`;
}

/**
 * The findings of these parts, as far as the JSON that `asJson` wrote has them. Throws ExplainedError for any other
 * text.
 */
export function readJson(text: string, parts: readonly AnyPart[]): Findings {
  // Files from before parts could fail on their own have no `failed`.
  const { circumstances, failed = {}, troubles, ...figures } = object(text);
  const found = parts.filter(({ name }) => Object.hasOwn(figures, name));
  if (!circumstances || !Array.isArray(troubles) || found.length === 0)
    throw new ExplainedError(
      'The file of --from has no figures of these parts: npm run bench -- --json FILE writes one.',
    );
  return {
    circumstances: circumstances as Circumstances,
    parts: Object.fromEntries(found.map(({ name, read }) => [name, read(figures[name])])),
    failed: failed as Findings['failed'],
    troubles,
  };
}

function object(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
