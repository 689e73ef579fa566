import { EndWith, EXIT } from '../errors.ts';
import type { Streams } from '../program.ts';
import type { Session } from '../session.ts';
import { type Colour, type Columns, sentence } from '../table.ts';
import { CHECKS } from './checks.ts';
import { withDoctor } from './doctor.ts';
import { examine } from './examine.ts';
import { type Finding, needsAttention } from './finding.ts';
import type { DoctorOptions } from './options.ts';

const COLOURS: Readonly<Record<Finding['state'], Colour>> = {
  ...{ ok: 'green', warning: 'yellow', failed: 'red', unknown: 'gray' },
};

const COLUMNS: Columns<Finding> = {
  check: ({ check }) => check,
  state: ({ state }) => ({ text: state, colour: COLOURS[state] }),
  what: ({ what }) => sentence(what),
};

/** Prints what every check found, then what to do. Ends with another exit code if something needs attention. */
export async function report(session: Session, { json, csv }: DoctorOptions, streams: Streams): Promise<void> {
  const found: Finding[] = [];
  await withDoctor(session, async (doctor) => {
    async function* noted() {
      for await (const finding of examine(doctor, CHECKS)) {
        found.push(finding);
        yield finding;
      }
    }
    await session.print(noted(), COLUMNS, '');
  });
  const steps = found.flatMap(({ check, next }) => (next === undefined ? [] : [`  ${check}: ${next}`]));
  if (steps.length > 0 && !json && !csv) await streams.out(`\nWhat to do next\n${[...new Set(steps)].join('\n')}\n`);
  if (found.some(needsAttention)) throw new EndWith(EXIT.attention);
}
