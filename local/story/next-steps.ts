/** What the story left for commands to show. */
export interface StoryResult {
  /** The image that expired normally. */
  image: string;
  /** The message about the job that failed. */
  alert: string;
}

type NextStep = readonly [command: string, why: string];

const COLUMNS = 80;

/** The reason for a wider command goes on a line of its own. */
const WIDEST = 34;

const DEPLOY: NextStep = ['npx cdk deploy -c nbwatch:emails=you@example.com', 'deploy it to your own AWS account'];

/** Commands that work while a run serves. `endpointFile`: the path of the file that a primary server is given. */
export function whileServing(endpointFile: string, told: StoryResult | undefined): string[] {
  return [
    'What to do next, in another terminal',
    ...shown([
      ['npx nbwatch status', 'what is fine, and what needs attention'],
      ['npx nbwatch jobs --failed', 'what failed in the last day'],
      ...(told ? ofStory(told) : []),
      ['npx nbwatch report --since 1d', 'the last day on one page'],
      ['npx nbwatch simulate night', 'send more: a whole night of backups'],
      DEPLOY,
    ]),
    '  To connect a primary server: docs/connecting.md. Any WebSocket client works:',
    '  send examples/01-connect.json with your token, then any other of examples/.',
    `  The token is in ${endpointFile}`,
  ];
}

/** What to do after `--exit`, when no run is left to query. */
export function afterwards(): string[] {
  return [
    'What to do next',
    ...shown([
      ['npm start', 'the same, then it keeps running for you to query'],
      ['npx nbwatch simulate', 'months in seconds: the alerts you would get'],
      DEPLOY,
    ]),
    '  How it works: docs/architecture.md. A real primary server: docs/connecting.md',
  ];
}

function ofStory({ image, alert }: StoryResult): NextStep[] {
  return [
    [`npx nbwatch image ${image}`, 'what happened to an image'],
    [`npx nbwatch alerts show ${alert}`, 'the whole email'],
  ];
}

function shown(steps: readonly NextStep[]): string[] {
  const fits = ([command, why]: NextStep, width: number) =>
    command.length <= width && width + why.length + 4 <= COLUMNS;
  const width = Math.max(...steps.map(([command]) => command.length).filter((length) => length <= WIDEST));
  return steps.flatMap((step) =>
    fits(step, width)
      ? [`  ${step[0].padEnd(width)}  ${step[1]}`]
      : [`  ${step[0]}`, `  ${' '.repeat(width)}  ${step[1]}`],
  );
}
