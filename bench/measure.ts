import { startDynamoDbLocal } from '../local/dynamodb/dynamodb-local.ts';
import type { Assembly } from '../local/stack/synthesize.ts';
import { measureAck } from './ack.ts';
import { measureCold } from './cold.ts';
import { circumstances } from './machine.ts';
import type { Options } from './options.ts';
import type { Findings } from './report.ts';

/** Measures the parts that were asked for, with bundles in `folder`. Whatever it starts has ended when it resolves. */
export async function measure(
  assembly: Assembly,
  folder: string,
  { parts, ack, mapped, cold }: Pick<Options, 'parts' | 'ack' | 'mapped' | 'cold'>,
  progress: (line: string) => void,
): Promise<Findings> {
  const findings: Findings = { circumstances: circumstances(), troubles: [] };
  if (parts.includes('cold')) findings.cold = await measureCold(assembly, { ...cold, folder, progress });
  if (!parts.includes('ack')) return findings;
  const dynamodb = await startDynamoDbLocal();
  try {
    const connections = Math.max(...ack.cells.map((cell) => cell.connections));
    const onTrouble = (trouble: string) => {
      if (findings.troubles.includes(trouble)) return;
      findings.troubles.push(trouble);
      progress(trouble);
    };
    findings.ack = await measureAck({ assembly, folder, dynamodb, connections, onTrouble }, ack, mapped, progress);
  } finally {
    await dynamodb.stop();
  }
  return findings;
}
