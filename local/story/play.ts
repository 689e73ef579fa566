import type { EndpointFile } from '../../client/endpoint-file.ts';
import { createPrimary } from '../../client/primary.ts';
import { times } from '../../client/times.ts';
import { createLook } from '../look.ts';
import type { Published } from '../proxy/sns-rules.ts';
import type { Run } from '../run.ts';
import { CHAPTERS, type Expectation, type Scene } from './chapters.ts';
import { readExample } from './examples.ts';
import type { Narrator } from './narrator.ts';

/** What the one client needs to know of a story's stage. `published` fills as alerts leave, `chat` as copies of them do. */
export interface Stage {
  run: Run;
  endpoint: EndpointFile;
  published: readonly Published[];
  chat: readonly Published[];
}

/**
 * Plays the documented messages through a real WebSocket, one after the other, and checks what came of each; then all of them
 * again across a reconnect, when nothing may change. Returns every expectation that did not hold.
 */
export async function play({ run, endpoint, published, chat }: Stage, narrator: Narrator): Promise<Expectation[]> {
  const { LedgerTable = '', RecordsTable = '' } = run.deployment.outputs;
  const look = createLook(run.dynamodb, { ledger: LedgerTable, records: RecordsTable });
  const scene: Scene = { look, published };
  const failed: Expectation[] = [];
  const check = (expectations: readonly Expectation[]) => {
    const missed = expectations.filter(({ expected, actual }) => expected !== actual);
    failed.push(...missed);
    narrator.checked(expectations, missed);
  };

  // After a cut NetBackup waits a minute before it connects again. The story has no minute.
  const primary = createPrimary({ endpoint, insecure: true, times: { ...times(), reconnectAfter: 500 } });
  await primary.start();
  narrator.connected(endpoint.hostName);
  try {
    for (const chapter of CHAPTERS) {
      const { payload, id, timeStamp, file } = readExample(chapter.file);
      narrator.chapter(chapter.title, file);
      const { ms } = await primary.notify(payload, { id, timeStamp });
      narrator.acknowledged(payload, ms);
      await run.idle();
      check(await chapter.check(scene));
    }
    const [alert] = published;
    if (alert) narrator.alert(alert, chat[0]);

    narrator.again();
    primary.cut();
    const again = CHAPTERS.map(({ file }) => readExample(file));
    await Promise.all(again.map(({ payload, id, timeStamp }) => primary.notify(payload, { id, timeStamp })));
    await run.idle();
    for (const chapter of CHAPTERS.slice(0, -1)) check(withoutAlerts(await chapter.check(scene)));
    check((await CHAPTERS.at(-1)?.check(scene)) ?? []);
  } finally {
    await primary.stop();
  }
  return failed;
}

/** How many alerts there are is a matter of when one asks; at the end, the last chapter asks. */
const withoutAlerts = (expectations: readonly Expectation[]) => expectations.filter(({ what }) => what !== 'alerts');
