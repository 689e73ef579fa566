import type { Command } from 'commander';
import { imageEventsByDay, imageHistory, imagesOfClient, readImage } from '../../functions/questions/images.ts';
import { merge, newestFirst } from '../../functions/questions/merge.ts';
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

export function addImageCommands(program: Command, streams: Streams): void {
  common(program.command('image <backup-id>'))
    .description('what happened to a backup image, and what it is now; on every primary that has it')
    .option('--primary <name>', 'only on this primary')
    .addHelpText('after', '\nExample:\n  nbwatch image sql01_1458601200')
    .action((backupId: string, options: ImageOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries, notFound }) => {
        let found = false;
        for (const primary of await primaries(options.primary)) {
          const image = await readImage(tables, primary, backupId, now);
          const history = await imageHistory(tables, primary, backupId, now);
          if (!image && history.length === 0) continue;
          found = true;
          if (!options.json)
            streams.out(
              `${backupId} on ${primary}: ${image?.condition ?? 'no record yet, or none that can be read'}\n`,
            );
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
        if (!found) notFound(`No image ${backupId} is known.`, 'Find its name with: nbwatch images --client NAME');
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
