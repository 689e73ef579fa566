import type { Part } from '../part.ts';
import { type AckFigures, measureAck } from './measure.ts';
import { plans } from './plan.ts';
import { plots } from './plots.ts';
import { report } from './report.ts';

export const ack: Part<AckFigures> = {
  name: 'ack',
  about: 'the time from a notification to its acknowledgement, through the gateway, and notifications per second',
  async measure({ dynamodb, pace, ...ground }) {
    const { ack, mapped } = plans(pace);
    const connections = Math.max(...ack.cells.map((cell) => cell.connections));
    return measureAck({ ...ground, dynamodb: await dynamodb(), connections }, ack, mapped, ground.progress);
  },
  report,
  plots,
};
