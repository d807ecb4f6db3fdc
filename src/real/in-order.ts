/**
 * Many questions, some asked at a time, their answers handed over in the order of the questions.
 *
 * What can go wrong: output that depends on which answer came first. An early answer waits for those before it.
 */

/** Ask every question, `jobs` at a time, and hand over each answer as soon as those before it are. */
export async function inOrder<Q, A>(
  questions: readonly Q[],
  jobs: number,
  ask: (question: Q) => Promise<A>,
  done: (question: Q, answer: A) => void,
): Promise<void> {
  const answers = new Map<number, A>();
  let [next, told] = [0, 0];
  const tell = () => {
    for (let answer = answers.get(told); answer !== undefined; answer = answers.get(told)) {
      answers.delete(told);
      done(questions[told] as Q, answer);
      told++;
    }
  };
  const work = async (): Promise<void> => {
    for (let at = next++; at < questions.length; at = next++) {
      answers.set(at, await ask(questions[at] as Q));
      tell();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, questions.length) }, work));
}
