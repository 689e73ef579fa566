import { compileFilters } from './filter.ts';

/** The properties of an `AWS::Lambda::EventSourceMapping` on a DynamoDB stream, resolved. */
export interface MappingProperties {
  FunctionName: string;
  EventSourceArn: string;
  StartingPosition: 'TRIM_HORIZON' | 'LATEST';
  BatchSize?: number;
  MaximumBatchingWindowInSeconds?: number;
  BisectBatchOnFunctionError?: boolean;
  MaximumRetryAttempts?: number;
  MaximumRecordAgeInSeconds?: number;
  FunctionResponseTypes?: string[];
  DestinationConfig?: { OnFailure?: { Destination?: string } };
  FilterCriteria?: { Filters?: { Pattern: string }[] };
  ParallelizationFactor?: number;
  Enabled?: boolean;
}

export interface MappingDefinition {
  /** The logical id in the template. */
  id: string;
  functionId: string;
  properties: MappingProperties;
}

/** A mapping with Lambda's defaults filled in. */
export interface Mapping {
  id: string;
  functionId: string;
  functionName: string;
  eventSourceArn: string;
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  batchSize: number;
  windowMs: number;
  bisect: boolean;
  /** Retries after the first failure; Infinity for -1. */
  retries: number;
  /** Infinity for -1. On AWS a record then still ends after the stream's 24 hours. */
  maximumAgeMs: number;
  reportsItems: boolean;
  destination: string | undefined;
  parallel: number;
  matches(record: unknown): boolean;
}

const known = new Set([
  ...['FunctionName', 'EventSourceArn', 'StartingPosition', 'BatchSize', 'MaximumBatchingWindowInSeconds'],
  ...['BisectBatchOnFunctionError', 'MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'FunctionResponseTypes'],
  ...['DestinationConfig', 'FilterCriteria', 'ParallelizationFactor', 'Enabled', 'Tags'],
]);

/** Throws where a run would silently differ from AWS: for an unsupported property, or a value that AWS refuses. */
export function readMapping({ id, functionId, properties }: MappingDefinition): Mapping {
  const refuse = (reason: string): never => {
    throw new Error(`event source mapping ${id}: ${reason}`);
  };
  const within = (name: string, value: number, least: number, most: number): number =>
    Number.isInteger(value) && value >= least && value <= most ? value : refuse(`${name} must be ${least} to ${most}`);

  const stray = Object.keys(properties).find((name) => !known.has(name));
  if (stray) refuse(`the property ${stray} is not supported`);
  if (!['TRIM_HORIZON', 'LATEST'].includes(properties.StartingPosition))
    refuse(`StartingPosition ${properties.StartingPosition} is not one of a DynamoDB stream`);
  const odd = properties.FunctionResponseTypes?.find((type) => type !== 'ReportBatchItemFailures');
  if (odd) refuse(`the response type ${odd} is not supported`);
  const destination = properties.DestinationConfig?.OnFailure?.Destination;
  if (destination !== undefined && !/^arn:[^:]+:(s3|sqs|sns):/.test(destination))
    refuse(`${destination} is neither a bucket nor a queue nor a topic`);

  const retries = within('MaximumRetryAttempts', properties.MaximumRetryAttempts ?? -1, -1, 10_000);
  const age = within('MaximumRecordAgeInSeconds', properties.MaximumRecordAgeInSeconds ?? -1, -1, 604_800);
  if (age >= 0 && age < 60) refuse('MaximumRecordAgeInSeconds must be -1, or at least 60');
  let matches: Mapping['matches'];
  try {
    matches = compileFilters(properties.FilterCriteria?.Filters?.map((filter) => filter.Pattern) ?? []);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  return {
    id,
    functionId,
    functionName: properties.FunctionName,
    eventSourceArn: properties.EventSourceArn,
    startingPosition: properties.StartingPosition,
    batchSize: within('BatchSize', properties.BatchSize ?? 100, 1, 10_000),
    windowMs: within('MaximumBatchingWindowInSeconds', properties.MaximumBatchingWindowInSeconds ?? 0, 0, 300) * 1000,
    bisect: properties.BisectBatchOnFunctionError ?? false,
    retries: retries < 0 ? Number.POSITIVE_INFINITY : retries,
    maximumAgeMs: age < 0 ? Number.POSITIVE_INFINITY : age * 1000,
    reportsItems: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    destination,
    parallel: within('ParallelizationFactor', properties.ParallelizationFactor ?? 1, 1, 10),
    matches,
  };
}
