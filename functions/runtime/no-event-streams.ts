/*
 * Stands in for @smithy/core/event-streams in every bundle: the SDK loads it for operations that stream events, and no function calls
 * one.
 */
const unavailable = (): never => {
  throw new Error('Event streams are not in the bundles: functions/runtime/no-event-streams.ts stands for them');
};

export const EventStreamSerde = unavailable;
export const eventStreamSerdeProvider = unavailable;
/** The client of S3 asks for this when it is made. It asks for nothing more until somebody selects from an object. */
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;
