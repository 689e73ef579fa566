import './require-node-24.js';
import { App } from 'aws-cdk-lib';
import { suppressFindings } from '../lib/nag-suppressions.ts';
import { NbwatchStack } from '../lib/nbwatch-stack.ts';
import { readSettings, SettingError } from '../lib/settings.ts';

const app = new App();
try {
  suppressFindings(new NbwatchStack(app, 'Nbwatch', { settings: readSettings(app.node.getAllContext()) }));
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exit(1);
}
