import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { NbwatchFunction } from './nbwatch-function.ts';

/** Every function of the stack that is defined so far, in the order of definition. */
export function functionsOf(stack: IConstruct): NbwatchFunction[] {
  return stack.node.findAll().filter((one) => one instanceof NbwatchFunction);
}

/** Those of them that a stream wakes. */
export function streamConsumersOf(stack: IConstruct): NbwatchFunction[] {
  return functionsOf(stack).filter((one) => one.node.findAll().some((child) => child instanceof EventSourceMapping));
}
