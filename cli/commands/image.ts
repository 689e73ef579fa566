import type { Command } from 'commander';
import type { ImageFact } from '../../functions/ledger/fact.ts';
import { type Image, imageHistory, readImage } from '../../functions/questions/images.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { recordItems } from '../../functions/records/items.ts';
import { isKept } from '../../functions/store/items.ts';
import { filtered } from '../filters.ts';
import { type CommonOptions, examples, tabular } from '../options.ts';
import { showSentTime, showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, cut, jsonLine } from '../table.ts';

interface ImageOptions extends CommonOptions {
  primary?: string;
}

/** An image on a primary that has it. */
interface Found {
  primary: string;
  image: Image | undefined;
  history: readonly ImageFact[];
  /** Its condition, or why the condition is not known. */
  is: string;
}

const HISTORY_COLUMNS: Columns<ImageFact> = {
  'received (UTC)': ({ receivedAt }) => showTime(receivedAt),
  operation: ({ entry }) => entry.operationId,
  'created time as sent (read as UTC)': ({ entry }) => showSentTime(entry.createdTime),
  client: ({ entry }) => cut(entry.clientName),
};

/** One table for all primaries. */
const CSV_COLUMNS: Columns<ImageFact & { is: string }> = {
  primary: ({ primary }) => primary,
  image: ({ entry }) => entry.backupId,
  condition: ({ is }) => is,
  ...HISTORY_COLUMNS,
};

export function addImageCommand(program: Command, streams: Streams): void {
  filtered(tabular(program.command('image')), 'primary')
    .argument('<backup-id>', 'the backup id, as images shows it')
    .description('the history and the present condition of a backup image, on every primary that has it')
    .addHelpText('after', examples('npx nbwatch image sql01_1458601200', 'npx nbwatch image sql01_1458601200 --json'))
    .action((backupId: string, options: ImageOptions) =>
      withSession(options, streams, async (session) => {
        const found: Found[] = [];
        for (const primary of await session.primaries(options.primary)) {
          const one = await find(session, primary, backupId);
          if (one.image || one.history.length > 0) found.push(one);
        }
        if (found.length === 0)
          return session.notFound(
            `No image ${backupId} ${options.primary ? `of ${options.primary} ` : ''}is known.`,
            'Find its backup id with: npx nbwatch images --client NAME --since 400d',
          );
        if (options.csv) {
          const rows = found.flatMap(({ is, history }) => history.map((fact) => ({ is, ...fact })));
          return session.print(rows, CSV_COLUMNS, '');
        }
        for (const { primary, image, history, is } of found) {
          if (options.json) await streams.out(jsonLine({ primary, backupId, ...image, history }));
          else {
            await streams.out(`${backupId} on ${primary}: ${is}\n`);
            await session.print(history, HISTORY_COLUMNS, 'No history.');
          }
        }
      }),
    );
}

async function find({ tables, target, now }: Session, primary: string, backupId: string): Promise<Found> {
  let unreadable = false;
  const onUnreadable: Tables['onUnreadable'] = (item) => {
    unreadable = true;
    tables.onUnreadable(item);
  };
  const image = await readImage({ ...tables, onUnreadable }, primary, backupId, now);
  const history = await imageHistory(tables, primary, backupId, now);
  const isOver = !unreadable && isRecordOver(history, target.outputs.ImageRecordDays, now);
  const without = unreadable
    ? 'its record cannot be read'
    : isOver
      ? RECORD_OVER
      : 'reported, but its record is not made yet';
  return { primary, image, history, is: image?.condition ?? without };
}

const RECORD_OVER = 'DELETED; its record has expired since';

/**
 * Whether the record of an image with this history, which is not empty, has expired. Only records of deleted images do.
 */
function isRecordOver(history: readonly ImageFact[], imageDays: number | undefined, now: number): boolean {
  const [record] = recordItems(history, imageDays);
  return record !== undefined && !isKept(record, now);
}
