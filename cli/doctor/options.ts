import type { CommonOptions } from '../options.ts';
import type { DestinationOptions } from '../simulate/destination.ts';

export interface DoctorOptions extends CommonOptions, DestinationOptions {
  probe?: boolean;
  minutes?: number;
  jobs?: number;
}

/** The defaults of a probe. */
export const PROBE_MINUTES = 20;
export const PROBE_JOBS = 100;
