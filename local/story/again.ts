import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../functions/keys/tables.ts';
import { kindsOf } from './night.ts';
import type { Scene } from './scene.ts';

type Kept = ReadonlyMap<string, string>;

/** The connection is cut and everything is sent again. Nothing may change, and no alert may be sent twice. */
export async function again(scene: Scene): Promise<void> {
  const { narrator, primary, stage } = scene;
  narrator.act('The network is cut, and NetBackup sends everything again');
  const [before, alerts] = [await everythingKept(scene), kindsOf(scene)];
  primary.cut();
  const messages = await scene.sendAgain();
  const after = await everythingKept(scene);
  narrator.does(`${messages} notifications are sent again, over a new connection`);
  const facts = [...before.keys()].filter((key) => key.startsWith('fact ')).length;
  const told = alerts.split(', ').length;
  scene.check(`nothing changed: still ${facts} facts and ${told} alerts; no alert is sent twice`, [
    { what: 'changed by sending again', expected: '', actual: changes(before, after).join('; ') },
    { what: 'alerts', expected: alerts, actual: kindsOf(scene) },
    { what: 'copies for the chat', expected: told, actual: stage.chat.length },
  ]);
}

/** Every fact, and every record of a job, image or series, by its key. */
async function everythingKept({ stage: { run } }: Scene): Promise<Kept> {
  const kept = new Map<string, string>();
  const { LedgerTable, RecordsTable } = run.deployment.outputs;
  for (const [kind, TableName] of Object.entries({ fact: LedgerTable, record: RecordsTable }))
    for await (const { Items = [] } of paginateScan({ client: run.dynamodb }, { TableName, ConsistentRead: true }))
      for (const item of Items) {
        const { pk, sk, ...rest } = unmarshall(item) as ItemKey & Record<string, unknown>;
        if (/^(job|image|series|aside|unprojected)#/.test(pk)) kept.set(`${kind} ${pk} ${sk}`, stable(rest));
      }
  return kept;
}

/** Keys whose items differ. */
function changes(before: Kept, after: Kept): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

/** JSON whose text does not depend on the order of the attributes. */
function stable(item: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}
