import * as v from 'valibot';

const schema = v.looseObject({ token: v.string() });

/** The token of a CONNECT request's payload (`{ "token": "…" }`), or undefined when there is none. */
export function readConnectToken(payload: unknown): string | undefined {
  const read = v.safeParse(schema, payload);
  return read.success ? read.output.token : undefined;
}

const connectSchema = v.looseObject({ type: v.literal('CONNECT') });

/** Whether a message says that it is a CONNECT, whatever else is missing. */
export function isConnect(message: unknown): boolean {
  return v.is(connectSchema, message);
}
