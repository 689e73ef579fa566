import type { Command } from 'commander';
import type { ImageFact } from '../../functions/ledger/fact.ts';
import { imageEventsByDay, imageHistory, imagesOfClient, readImage } from '../../functions/questions/images.ts';
import { merge, newestFirst } from '../../functions/questions/merge.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { recordItems } from '../../functions/records/items.ts';
import { isKept } from '../../functions/store/items.ts';
import { type CommonOptions, common, type RangeOptions, ranged, rangeOf } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

interface ImageOptions extends CommonOptions {
  primary?: string;
}
interface ImagesOptions extends ImageOptions, RangeOptions {
  client?: string;
}

const RECORD_OVER = 'DELETED, so long ago that its record is gone';

/** Whether the record of an image that has this history, of which there is some, is past its time: only that of a deleted one ends. */
function isRecordOver(history: readonly ImageFact[], imageDays: number | undefined, now: number): boolean {
  const [record] = recordItems(history, imageDays);
  return record !== undefined && !isKept(record, now);
}

export function addImageCommands(program: Command, streams: Streams): void {
  common(program.command('image <backup-id>'))
    .description('what happened to a backup image, and what it is now; on every primary that has it')
    .option('--primary <name>', 'only on this primary')
    .addHelpText('after', '\nExample:\n  nbwatch image sql01_1458601200')
    .action((backupId: string, options: ImageOptions) =>
      withSession(options, streams, async ({ tables, target, now, print, primaries, notFound }) => {
        let found = false;
        for (const primary of await primaries(options.primary)) {
          let unreadable = false;
          const onUnreadable: Tables['onUnreadable'] = (item) => {
            unreadable = true;
            tables.onUnreadable(item);
          };
          const image = await readImage({ ...tables, onUnreadable }, primary, backupId, now);
          const history = await imageHistory(tables, primary, backupId, now);
          if (!image && history.length === 0) continue;
          found = true;
          if (options.json) {
            streams.out(`${JSON.stringify({ primary, backupId, ...image, history })}\n`);
            continue;
          }
          const isOver = !unreadable && isRecordOver(history, target.outputs.ImageRecordDays, now);
          const without = unreadable ? 'its record cannot be read' : isOver ? RECORD_OVER : 'not projected yet';
          streams.out(`${backupId} on ${primary}: ${image?.condition ?? without}\n`);
          await print(
            history,
            ({ entry, receivedAt }) => ({
              'received (UTC)': showTime(receivedAt),
              operation: entry.operationId,
              'created time as sent': entry.createdTime,
              client: entry.clientName,
            }),
            'No history.',
          );
        }
        if (!found)
          notFound(`No image ${backupId} is known.`, 'Find its name with: nbwatch images --client NAME --since 400d');
      }),
    );

  ranged(common(program.command('images')))
    .description('the images of a client, or what happened to images, newest first')
    .option('--client <name>', 'the images of this client as they are now')
    .option('--primary <name>', 'only of this primary')
    .addHelpText('after', '\nExamples:\n  nbwatch images --since 7d\n  nbwatch images --client sql01 --since 400d')
    .action((options: ImagesOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries }) => {
        const names = await primaries(options.primary);
        const range = rangeOf(options, now);
        const { client } = options;
        if (client !== undefined) {
          await print(
            merge(
              names.map((primary) => imagesOfClient(tables, primary, client, range, now)),
              newestFirst,
            ),
            ({ primary, backupId, condition, receivedAt }) => ({
              'received (UTC)': showTime(receivedAt),
              primary,
              image: backupId,
              condition,
            }),
            `No images of ${client} in this time.`,
          );
          return;
        }
        await print(
          merge(
            names.map((primary) => imageEventsByDay(tables, primary, range, now)),
            newestFirst,
          ),
          ({ primary, entry, receivedAt }) => ({
            'received (UTC)': showTime(receivedAt),
            primary,
            image: entry.backupId,
            operation: entry.operationId,
          }),
          'Nothing happened to images in this time.',
        );
      }),
    );
}
