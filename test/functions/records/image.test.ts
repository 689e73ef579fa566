import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageFact } from '../../../functions/ledger/fact.ts';
import { foldImage, inOrder } from '../../../functions/records/image.ts';
import { type Content, exampleText, imageFact, must } from '../support.ts';
import { imageFacts, shuffled } from './arbitraries.ts';

const NLCA = 'NO_LOCAL_COPY_AVAILABLE';
const at = (operationId: string, createdTime: number, other: Content = {}) =>
  imageFact({ operationId, createdTime, ...other });
const fold = (...facts: ImageFact[]) => must(foldImage(facts));
const conditionOf = (...facts: ImageFact[]) => fold(...facts).condition;

describe('an image', () => {
  it.each(['CREATE', 'UPDATE'])('is restorable once it is announced by %s', (operation) => {
    expect(conditionOf(at(operation, 5))).toBe('RESTORABLE');
  });

  it.each(['CREATE', 'UPDATE'])(
    'is deleted when its latest DELETE is up to 3,600 s older than its latest %s',
    (made) => {
      const delta = (seconds: number) => conditionOf(at('DELETE', 10_000), at(made, 10_000 + seconds));
      expect([-1, 0, 1, 3_600].map(delta)).toEqual(Array(4).fill('DELETED'));
      expect(delta(3_601)).toBe('RESTORABLE');
    },
  );

  it('is restorable again after an import, and deleted again by the next DELETE', () => {
    const life = [at('CREATE', 0), at('DELETE', 5_000), at('CREATE', 9_000), at('DELETE', 20_000)];
    expect(conditionOf(...life.slice(0, 2))).toBe('DELETED');
    expect(conditionOf(...life.slice(0, 3))).toBe('RESTORABLE');
    expect(conditionOf(...life)).toBe('DELETED');
  });

  it('without a local copy stays so until a newer CREATE, whatever UPDATE says', () => {
    expect(conditionOf(at('CREATE', 1), at(NLCA, 5))).toBe('NO_LOCAL_COPY');
    expect(conditionOf(at('CREATE', 5), at(NLCA, 5))).toBe('NO_LOCAL_COPY');
    expect(conditionOf(at('CREATE', 1), at(NLCA, 5), at('UPDATE', 9_999))).toBe('NO_LOCAL_COPY');
    expect(conditionOf(at('CREATE', 1), at(NLCA, 5), at('CREATE', 6))).toBe('RESTORABLE');
    expect(conditionOf(at('CREATE', 6), at(NLCA, 5), at('CREATE', 1))).toBe('RESTORABLE');
    expect(conditionOf(at(NLCA, 5))).toBe('NO_LOCAL_COPY');
  });

  it('that is deleted stays deleted when its local copies are reported gone', () => {
    expect(conditionOf(at('CREATE', 1), at('DELETE', 5), at(NLCA, 99_999))).toBe('DELETED');
  });

  it.each(['NEW_OPERATION', 'delete', 'toString', '__proto__'])(
    'is not changed by the unknown operation %s',
    (operation) => {
      expect(conditionOf(at('CREATE', 1), at(operation, 9))).toBe('RESTORABLE');
      expect(conditionOf(at('DELETE', 1), at(operation, 99_999))).toBe('DELETED');
      expect(conditionOf(at(NLCA, 1), at(operation, 9))).toBe('NO_LOCAL_COPY');
      expect(fold(at(operation, 9), at('ANOTHER', 3))).toMatchObject({ condition: 'UNKNOWN', operationId: operation });
    },
  );

  it('that AIR deleted, with UPDATE and NO_LOCAL_COPY_AVAILABLE in one second, has no local copy', () => {
    const { payload, timeStamp } = JSON.parse(exampleText('06-image-deleted-air.json'));
    const facts = payload[0].data.map((content: Content) => imageFact(content, { messageTime: timeStamp }));
    for (const order of [facts, facts.toReversed()]) {
      expect(foldImage(order)).toMatchObject({
        ...{ condition: 'NO_LOCAL_COPY', operationId: NLCA, createdTime: 1_471_485_862 },
        ...{ backupId: 'localhost_1471469619', clientName: 'localhost', clientType: 'STANDARD' },
      });
      expect(fold(...order).ageAtDeletion).toBe(1_471_471_464 - 1_471_469_619);
    }
  });

  it('is undefined without facts', () => expect(foldImage([])).toBeUndefined());
});

describe('an image that is deleted', () => {
  it('has its age at deletion from the message time and the backup time, whose clocks agree', () => {
    const { payload, timeStamp } = JSON.parse(exampleText('05-image-deleted.json'));
    const deleted = imageFact(payload[0].data[0], { messageTime: timeStamp });
    expect(fold(deleted).ageAtDeletion).toBe(1_459_814_495 - 1_458_601_200);
  });

  it('has no age at deletion when the message had no usable time', () => {
    expect(fold(imageFact({}, { messageTime: 0 }))).not.toHaveProperty('ageAtDeletion');
    expect(fold(imageFact({ backupTime: 1 }, { messageTime: 1 })).ageAtDeletion).toBe(0);
  });

  it('has its state from the fact that decides, and its names from the newest', () => {
    const deleted = imageFact(
      { createdTime: 5, clientName: 'before' },
      { receivedAt: 55, requestId: 'r-5', messageTime: 1_458_601_300 },
    );
    const renamed = imageFact({ operationId: 'UPDATE', createdTime: 7, clientName: 'after', clientType: 'NEW' });
    expect(fold(renamed, deleted)).toEqual({
      ...{ primary: 'demo', backupId: 'localhost_1458601200', condition: 'DELETED', operationId: 'DELETE' },
      ...{ createdTime: 5, receivedAt: 55, firstAt: 55, requestId: 'r-5', ageAtDeletion: 100 },
      ...{ clientName: 'after', clientType: 'NEW', backupTime: 1_458_601_200 },
    });
  });
});

describe('for any facts of an image', () => {
  it('their order changes nothing', () => {
    fc.assert(
      fc.property(shuffled(imageFacts), ([facts, others]) => {
        expect(foldImage(others)).toEqual(foldImage(facts));
        expect(others.toSorted(inOrder)).toEqual(facts.toSorted(inOrder));
      }),
      { numRuns: 500 },
    );
  });

  it('the condition follows from the latest fact of each operation', () => {
    fc.assert(
      fc.property(imageFacts, (facts) => {
        const latest = (...operations: string[]) =>
          Math.max(
            ...facts
              .filter(({ entry }) => operations.includes(entry.operationId))
              .map(({ entry }) => entry.createdTime),
          );
        const [deleted, made] = [latest('DELETE'), latest('CREATE', 'UPDATE')];
        const [copyless, created] = [latest(NLCA), latest('CREATE')];
        const gone = deleted >= 0 && deleted + 3_600 >= made;
        const without = copyless >= 0 && copyless >= created;
        const expected = gone ? 'DELETED' : without ? 'NO_LOCAL_COPY' : made >= 0 ? 'RESTORABLE' : 'UNKNOWN';
        expect(conditionOf(...facts)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('the image is known since the first of them was received', () => {
    fc.assert(
      fc.property(imageFacts, (facts) => {
        expect(fold(...facts).firstAt).toBe(facts.map(({ receivedAt }) => receivedAt).sort((a, b) => a - b)[0]);
      }),
    );
  });

  it('the history is ordered by second, then by operation', () => {
    const history = [at('NEW', 1), at('DELETE', 1), at('UPDATE', 2), at('CREATE', 1), at(NLCA, 1), at('UPDATE', 1)];
    expect(history.toSorted(inOrder).map(({ entry }) => `${entry.createdTime} ${entry.operationId}`)).toEqual([
      ...['1 CREATE', '1 UPDATE', `1 ${NLCA}`, '1 DELETE', '1 NEW', '2 UPDATE'],
    ]);
  });
});
