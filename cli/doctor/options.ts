import type { CommonOptions } from '../options.ts';
import type { DestinationOptions } from '../simulate/destination.ts';

export interface DoctorOptions extends CommonOptions, DestinationOptions {
  probe?: boolean;
  minutes?: number;
  jobs?: number;
}

/** What a probe does unless somebody says otherwise. */
export const PROBE_MINUTES = 20;
export const PROBE_JOBS = 100;
