import * as v from 'valibot';

/** Thrown when a function's environment is not what its stack should set. Names faulty variables, never values. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** Reads a function's environment with its schema. Called on the first invocation, which then reports any fault. */
export function readEnvironment<S extends v.ObjectSchema<v.ObjectEntries, undefined>>(
  schema: S,
  variables: NodeJS.ProcessEnv,
): v.InferOutput<S> {
  const read = v.safeParse(schema, variables);
  if (read.success) return read.output;
  const faults = read.issues.map(
    (issue) => `${v.getDotPath(issue)} ${issue.received === 'undefined' ? 'is missing' : `is not ${issue.expected}`}`,
  );
  throw new EnvironmentError(`The function's environment is wrong: ${faults.join('; ')}. Deploy the stack again.`);
}

/** Makes a value on first use and keeps it; a failure is not kept. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const nonEmpty = v.pipe(v.string(), v.nonEmpty());
/** The variables that Lambda itself sets. */
export const lambdaEnvironment = v.object({ AWS_REGION: nonEmpty });
export const wholeNumber = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number));
/** A number of days, or `forever`, read as undefined. */
export const days = v.union([
  v.pipe(
    v.literal('forever'),
    v.transform(() => undefined),
  ),
  wholeNumber,
]);
/** Address ranges, separated by commas; `all` is read as none. */
export const cidrs = v.pipe(
  nonEmpty,
  v.transform((text) => (text === 'all' ? [] : text.split(','))),
);
