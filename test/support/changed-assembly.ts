import { inject } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../functions/alerts/alert-settings.ts';
import { type Assembly, readAssembly } from '../../local/stack/synthesize.ts';
import { isObject, type Resource, type Template } from '../../local/template/template.ts';

/** The synthesized stack with a changed copy of its template. */
export function changedAssembly(change: (template: Template) => void): Assembly {
  const { template, folder } = readAssembly(inject('assemblyFolder'));
  const copy = structuredClone(template);
  change(copy);
  return { template: copy, folder };
}

/**
 * The only resource of a type whose logical id begins with `start`, with its properties. Throws if there is none or
 * more than one.
 */
export function resourceOf(
  template: Template,
  type: string,
  start = '',
): Resource & { id: string; Properties: Record<string, unknown> } {
  const found = Object.entries(template.Resources).filter(([id, { Type }]) => Type === type && id.startsWith(start));
  const [id, resource] = found[0] ?? [];
  if (!id || !resource || found.length > 1) throw new Error(`${found.length} resources of type ${type} start ${start}`);
  resource.Properties ??= {};
  return { ...resource, id, Properties: resource.Properties };
}

/** Sets a variable in the environment of the function whose logical id begins with `functionStart`. */
export function setVariable(template: Template, functionStart: string, name: string, value: string): void {
  const { Properties } = resourceOf(template, 'AWS::Lambda::Function', functionStart);
  const { Environment } = Properties;
  if (!isObject(Environment) || !isObject(Environment.Variables) || !(name in Environment.Variables))
    throw new Error(`${functionStart} has no variable ${name}`);
  Environment.Variables[name] = value;
}

/**
 * Removes the statements of a function's role that name this action, on a resource that contains `resource`. Throws if
 * there is none.
 */
export function removeActions(template: Template, functionStart: string, action: string, resource = ''): void {
  const { Properties } = resourceOf(template, 'AWS::IAM::Policy', `${functionStart}Role`);
  const document = Properties.PolicyDocument;
  if (!isObject(document) || !Array.isArray(document.Statement)) throw new Error('no policy document');
  const kept = document.Statement.filter(
    ({ Action, Resource }) => ![Action].flat().includes(action) || !JSON.stringify(Resource).includes(resource),
  );
  if (kept.length === document.Statement.length) throw new Error(`${functionStart} may not ${action} anyway`);
  document.Statement = kept;
}

/**
 * The stack with a budget that allows an alert for each failure of a test. Nothing wakes the archive, unless
 * `archives` is set.
 */
export function talkative({ archives = false } = {}): Assembly {
  return changedAssembly((template) => {
    if (!archives) delete template.Resources[resourceOf(template, 'AWS::Lambda::EventSourceMapping', 'Archive').id];
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 60, perHour: 60 } };
    setVariable(template, 'Publisher', 'ALERT_SETTINGS', JSON.stringify(settings));
  });
}
