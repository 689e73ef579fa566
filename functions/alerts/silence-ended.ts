import { type Silence, silenceForm } from '../silences/silence.ts';
import type { Digest } from './alert-of.ts';
import type { AlertSettings } from './alert-settings.ts';
import { dedupKeyOf } from './dedup-key.ts';
import { digestAlert } from './digest-alert.ts';
import { digestLabel, outcome } from './failure-digest.ts';
import type { Alert } from './message.ts';
import { subjectAround } from './subject.ts';
import { clip, timeOf } from './words.ts';

const TEXT = 200;

/** The alert that a silence is over, with what it held back. */
export function silenceEnded(silence: Silence, digest: Digest, settings: AlertSettings): Alert {
  const { id, reason, from, until, every, zone } = silence;
  const [first] = [...digest.whole.failures, ...digest.whole.recovered];
  const name = clip(reason, TEXT);
  return digestAlert(
    digest,
    {
      kind: 'SilenceEnded',
      introduce(failures) {
        const what = outcome(failures, digest.whole.recovered.length);
        return {
          subject: subjectAround(`${digestLabel(failures)} Silence over, ${what} meanwhile: `, name, ''),
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
