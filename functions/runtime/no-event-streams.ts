/*
 * Replaces @smithy/core/event-streams in every bundle. The SDK loads that for operations that stream events, and no
 * function calls one.
 */
const unavailable = (): never => {
  throw new Error('Event streams are not in the bundles: functions/runtime/no-event-streams.ts stands for them');
};

export const EventStreamSerde = unavailable;
export const eventStreamSerdeProvider = unavailable;
/** The S3 client calls this when it is created. It needs nothing more until somebody selects from an object. */
export const resolveEventStreamSerdeConfig = <T>(config: T): T => config;
