import { type StatusJudgement, statusJudgement } from './status-judgement.ts';
import texts from './status-texts.json' with { type: 'json' };

/** What nbwatch knows of a NetBackup status code, in words for people. */
export interface StatusCode extends StatusJudgement {
  code: number;
  /** A short phrase without a full stop. */
  meaning: string;
  /** The likely cause, one sentence. */
  cause: string;
  /** The first thing to check, one sentence. */
  check: string;
}

const catalogue: Readonly<Record<string, Pick<StatusCode, 'meaning' | 'cause' | 'check'>>> = texts;

/** What nbwatch knows of a status code; undefined if it is not in the catalogue. */
export function statusCode(code: number): StatusCode | undefined {
  const [words, judgement] = [Object.hasOwn(catalogue, code) ? catalogue[code] : undefined, statusJudgement(code)];
  return words && judgement && { code, ...words, ...judgement };
}
