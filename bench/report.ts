import type { Findings } from './measure.ts';

/** The findings as Markdown. */
export function report({ circumstances, parts, troubles }: Findings): string {
  const { at, commit, node, cpu, cores, memoryGb, system, load } = circumstances;
  const paragraphs = [
    `Measured ${at} at commit ${commit}, on ${cores} cores of ${cpu}, ${memoryGb} GB, ${system}, Node ${node}; load before it began: ${load}.`,
    ...Object.values(parts).flatMap((part) => part.report),
    ...(troubles.length > 0
      ? [`Troubles, which make figures doubtful:\n${troubles.map((line) => `- ${line}`).join('\n')}`]
      : []),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

/** The findings as JSON: every figure, and no text about it. */
export function asJson({ circumstances, parts, troubles }: Findings): string {
  const figures = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.figures]));
  return `${JSON.stringify({ circumstances, ...figures, troubles }, undefined, 2)}\n`;
}
