import type { Command } from 'commander';
import type { ImageFact } from '../../functions/ledger/fact.ts';
import { CONDITIONS, type Image, imageEventsByDay, imagesOfClient } from '../../functions/questions/images.ts';
import { merge, newestFirst } from '../../functions/questions/merge.ts';
import { CliError, EXIT } from '../errors.ts';
import { type Filters, filtered, isNamed, noneOf } from '../filters.ts';
import {
  type CommonOptions,
  choosing,
  examples,
  moreSince,
  type RangeOptions,
  ranged,
  rangeOf,
  readName,
  tabular,
} from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Colour, type Columns, cut } from '../table.ts';

interface ImagesOptions extends CommonOptions, Pick<Filters, 'client' | 'primary'>, RangeOptions {
  condition?: Image['condition'];
  operation?: string;
}

const COLOURS: Partial<Record<string, Colour>> = { NO_LOCAL_COPY: 'yellow', DELETED: 'gray' };

const IMAGE_COLUMNS: Columns<Image> = {
  'received (UTC)': ({ receivedAt }) => showTime(receivedAt),
  primary: ({ primary }) => primary,
  image: ({ backupId }) => backupId,
  condition: ({ condition }) => ({ text: condition, colour: COLOURS[condition] }),
};

const EVENT_COLUMNS: Columns<ImageFact> = {
  'received (UTC)': ({ receivedAt }) => showTime(receivedAt),
  primary: ({ primary }) => primary,
  image: ({ entry }) => entry.backupId,
  operation: ({ entry }) => entry.operationId,
  client: ({ entry }) => cut(entry.clientName),
};

const HELP = `
With --client, each image is shown once, as it is now. Without it, or with --operation, image events are shown: one line for each
time that NetBackup reported something about an image.
`;

export function addImagesCommand(program: Command, streams: Streams): void {
  filtered(ranged(tabular(program.command('images'))), 'client', 'primary')
    .description('the images of a client, or image events, newest first')
    .addOption(
      choosing('--condition <condition>', "only the client's images in this condition now", CONDITIONS).conflicts(
        'operation',
      ),
    )
    .option('--operation <operation>', 'only events with this operation: CREATE, UPDATE, DELETE, …', readName)
    .addHelpText(
      'after',
      HELP +
        examples(
          'npx nbwatch images --since 7d',
          'npx nbwatch images --client sql01 --since 400d',
          'npx nbwatch images --client sql01 --condition RESTORABLE --since 30d',
          'npx nbwatch images --operation DELETE --from 2026-11-23 --to 2026-11-24 --csv',
        ),
    )
    .action((options: ImagesOptions) => {
      if (options.condition !== undefined && options.client === undefined)
        throw new CliError('--condition needs a client.', 'Name one with --client.', EXIT.usage);
      return withSession(options, streams, (session) => list(session, options));
    });
}

async function list({ tables, now, print, primaries }: Session, options: ImagesOptions): Promise<void> {
  const { client, condition, operation } = options;
  const range = rangeOf(options, now);
  const names = await primaries(options.primary);
  if (client !== undefined && operation === undefined) {
    const only = condition && { only: { attribute: 'condition', value: condition } };
    const images = names.map((primary) => imagesOfClient(tables, primary, client, range, now, only));
    return print(
      merge(images, newestFirst),
      IMAGE_COLUMNS,
      noneOf(`No such images of ${client} in that time.${moreSince('400d', options)}`, options),
    );
  }
  async function* find(primary: string): AsyncGenerator<ImageFact> {
    for await (const fact of imageEventsByDay(tables, primary, range, now))
      if (isNamed(fact.entry.clientName, client) && isNamed(fact.entry.operationId, operation)) yield fact;
  }
  return print(
    merge(names.map(find), newestFirst),
    EVENT_COLUMNS,
    noneOf('No such image events in that time.', options),
  );
}
