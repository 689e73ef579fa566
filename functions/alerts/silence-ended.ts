import { type Silence, silenceForm } from '../silences/silence.ts';
import type { Told } from './alert-of.ts';
import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import { outcome, toldLabel } from './failure-digest.ts';
import type { Alert } from './message.ts';
import { subjectAround } from './subject.ts';
import { toldAlert } from './told-alert.ts';
import { clip, timeOf } from './words.ts';

const TEXT = 200;

/** The alert that a silence is over, with what it held back. */
export function silenceEnded(silence: Silence, told: Told, settings: AlertSettings): Alert {
  const { id, reason, from, until, every, zone } = silence;
  const [first] = [...told.whole.failures, ...told.whole.recovered];
  const name = clip(reason, TEXT);
  return toldAlert(
    told,
    {
      kind: 'SilenceEnded',
      introduce(failures) {
        const what = outcome(failures, told.whole.recovered.length);
        return {
          subject: subjectAround(`${toldLabel(failures)} Silence over, ${what} meanwhile: `, name, ''),
          headline: `The silence "${name}" is over. ${what} while it lasted; nbwatch held this back until now.`,
        };
      },
      facts: {
        Silence: clip(id, TEXT),
        'Applied to': coveredBy(silence),
        Every: every === undefined ? '' : `${clip(every, TEXT)}, ${zone}`,
        From: from === 0 ? '' : timeOf(from, settings.zone),
        Until: until ? timeOf(until, settings.zone) : '',
      },
      nextSteps: [],
      dedupKey: dedupKeyOf('SilenceEnded', id, first?.pk ?? '', first?.sk ?? ''),
      data: { silence: clippedTexts(silence) },
    },
    settings,
  );
}

function coveredBy({ primary, client, policy, jobType, status }: Silence): string {
  const named = Object.entries({ primary, client, policy, 'job type': jobType, status });
  const texts = named.flatMap(([what, name]) => (name === undefined ? [] : [`${what} ${clip(name, TEXT)}`]));
  return texts.join(', ') || 'every job';
}

/** What a person wrote into a silence has no length limit; a message has. */
function clippedTexts(silence: Silence): object {
  const clipped = Object.entries(silenceForm(silence)).map(([name, value]) => [
    name,
    typeof value === 'string' ? clip(value, TEXT) : value,
  ]);
  return Object.fromEntries(clipped);
}
