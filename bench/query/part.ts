import { startDynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import type { Part } from '../part.ts';
import { measureQuery, type QueryFigures } from './measure.ts';
import { planOf } from './plan.ts';
import { plots } from './plots.ts';
import { report } from './report.ts';

export const query: Part<QueryFigures> = {
  name: 'query',
  about: 'each question, asked of tables of 10,000, 100,000 and 1,000,000 records, which take long to load',
  measure({ assembly, pace, progress }) {
    // A DynamoDB Local of its own: the other parts' one is made for little data, and would keep all of this until the
    // end.
    return measureQuery(assembly, planOf(pace), () => startDynamoDbLocal({ large: true }), progress);
  },
  report,
  plots,
};
