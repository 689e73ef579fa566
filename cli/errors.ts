/** Exit codes. `nbwatch --help` documents them, and scripts rely on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, attention: 4 } as const;

/** An error that the user can fix. The message says what happened, `next` what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly next: string;
  readonly exitCode: number;
  constructor(message: string, next: string, exitCode: number = EXIT.failed) {
    super(message);
    this.next = next;
    this.exitCode = exitCode;
  }
}

/** Ends a command that has printed everything with an exit code other than 0. */
export class EndWith extends Error {
  override readonly name = 'EndWith';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

const SIGN_IN =
  'Sign in again (aws sso login, or new keys), check AWS_PROFILE, then repeat the command. For a one-machine run, start it first with: npm start -- --no-demo';
const SET_REGION = 'Name the Region of the stack: AWS_REGION=eu-central-1 npx nbwatch …';
const PERMIT =
  'Use an AWS profile (AWS_PROFILE) that may do what the message names, in the account and Region of the stack.';
const FIND =
  'Check that AWS_PROFILE and AWS_REGION are those of the stack, and that it is still deployed; name another with --stack.';
const CONNECT =
  'Check the network, proxy and Region (AWS_REGION) of this shell, or that the one-machine run is still up; then repeat the command.';
const WAIT = 'AWS is busy or in trouble: repeat the command in a minute.';

/** What to do about an AWS or network error, by its name or code. */
const NEXT: ReadonlyMap<string, string> = new Map([
  ['CredentialsProviderError', SIGN_IN],
  ['TokenProviderError', SIGN_IN],
  ['ExpiredToken', SIGN_IN],
  ['ExpiredTokenException', SIGN_IN],
  ['InvalidAccessKeyId', SIGN_IN],
  ['InvalidClientTokenId', SIGN_IN],
  ['InvalidSignatureException', SIGN_IN],
  ['SignatureDoesNotMatch', SIGN_IN],
  ['UnrecognizedClientException', SIGN_IN],
  ['AccessDenied', PERMIT],
  ['AccessDeniedException', PERMIT],
  ['AuthorizationError', PERMIT],
  ['AuthorizationErrorException', PERMIT],
  ['NoSuchBucket', FIND],
  ['NotFoundException', FIND],
  ['ResourceNotFoundException', FIND],
  ['ECONNREFUSED', CONNECT],
  ['ECONNRESET', CONNECT],
  ['EAI_AGAIN', CONNECT],
  ['EHOSTUNREACH', CONNECT],
  ['ENETUNREACH', CONNECT],
  ['ENOTFOUND', CONNECT],
  ['ETIMEDOUT', CONNECT],
  ['NetworkingError', CONNECT],
  ['TimeoutError', CONNECT],
  ['InternalServerError', WAIT],
  ['ProvisionedThroughputExceededException', WAIT],
  ['RequestLimitExceeded', WAIT],
  ['ServiceUnavailable', WAIT],
  ['ThrottlingException', WAIT],
]);

/** What the user can do about an error from outside this program; undefined if nothing is known. */
export function nextStep(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message === 'Region is missing') return SET_REGION;
  return NEXT.get('code' in error ? String(error.code) : '') ?? NEXT.get(error.name);
}

/** Whether this is an AWS or network error that passes on its own. */
export function passes(error: unknown): boolean {
  const next = nextStep(error);
  return next === WAIT || next === CONNECT;
}
