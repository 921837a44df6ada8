import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countVisit, visitSentence } from '../../src/lab/visits.ts';

const visits = [
  { brought: undefined, count: 0, sentence: 'Welcome for your first time here !' },
  { brought: '0', count: 1, sentence: 'You have seen this page 1 times !' },
  { brought: '1', count: 2, sentence: 'You have seen this page 2 times !' },
  { brought: '41', count: 42, sentence: 'You have seen this page 42 times !' },
  { brought: '007', count: 8, sentence: 'You have seen this page 8 times !' },
  ...['', '-1', '1.5', '1e3', 'many', ' 1', '1 ', '٣', '9999999999', '<b>'].map((brought) => ({
    brought,
    count: 0,
    sentence: 'Welcome for your first time here !',
  })),
];
for (const { brought, count, sentence } of visits) {
  test(`visit=${brought} gives visit=${count}`, () => {
    assert.equal(countVisit(brought), count);
    assert.equal(visitSentence(count), sentence);
  });
}
